"""Personal data in free text → stars: telephone, e-mail, identity number, WeChat and QQ.

What people write is masked rather too much than too little: a masked word costs a reader little, a
number that stays costs its owner more. Amounts, days and sizes stay.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "***"
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_GAP = r"[ \t.·-]?"
_S = r"[ \t]{0,3}"
_EMAIL = r"(?<![a-z0-9._%+-])[a-z0-9._%+-]+ ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_NAMED = rf"(?:账号|帐号|号码|号|id|名){_S}(?:[:=]|是|为|叫)?"
_LINK = rf"{_S}(?:{_NAMED}|[:=]|是|为|叫|加)?{_S}"
_LINKED = rf"{_S}(?:{_NAMED}|[:=]|是|为|叫){_S}"
_HAN_CHAT = r"微[ \t]?信|薇信|威信|v信|加[ \t]?vx?"
_LATIN_CHAT = r"(?<![a-z])(?:wechat|weixin|wx|vx)"
_QQ = rf"(?P<qq>(?:(?<![a-z])qq|扣扣|企鹅)(?:[ \t]?群)?{_LINK})[1-9]\d{{4,11}}(?!\d)"
_CHAT = (
    rf"(?P<chat>(?:{_HAN_CHAT}){_LINK}|{_LATIN_CHAT}{_LINKED})(?:[a-z][\w-]{{5,}}|\d[\d-]{{4,}})"
)
_SHORT_CHAT = (
    rf"(?P<short>(?:{_HAN_CHAT}|{_LATIN_CHAT}){_S})"
    r"(?=[a-z_-]{1,19}\d|[a-z-]{1,19}_)[a-z][\w-]{4,}"
)
_IDENTITY = r"(?<![\da-z])\d{6}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}[\dx](?![\da-z])"
_LONG = r"(?<![\d.])\d{15,19}(?!\d)"
_MOBILE = (
    rf"(?<![\d.])(?:(?:\+|00)86{_GAP})?1[3-9](?:\d{_GAP}\d{{4}}{_GAP}\d{{4}}"
    rf"|\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{4}}|\d{{2}}{_GAP}\d{{4}}{_GAP}\d{{3}}"
    rf"|\d{_GAP}\d{{3}}{_GAP}\d{{5}}|\d{{3}}{_GAP}\d{{6}})(?!\d)"
)
_SPOKEN = r"[一幺][三四五六七八九][零〇一幺二两三四五六七八九]{9}(?![零〇一幺二两三四五六七八九])"
_LANDLINE = (
    r"(?<![\d.])\(?0(?:10|2\d|[3-9]\d{2})\)?[ \t-]{0,2}[2-9]\d{2,3}[ -]?\d{4}(?!\d)"
    r"(?:[ ]?(?:-|转|ext\.?)[ ]?\d{1,6})?"
)
_SERVICE = r"(?<![\d.])[48]00[ -]?\d{3}[ -]?\d{4}(?!\d)"
_ABROAD = r"(?<![\d.+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)"
_CALLED = (
    r"(?P<called>(?:电话|手机|座机|固话|传真|联系方式|热线|(?<![a-z])(?:tel|phone|mobile|fax|teléfono)\b)"
    r"\.?(?:号码|号)?[ \t]{0,3}(?:[:=]|是|为)?[ \t]{0,3})\d(?:[ -]?\d){5,14}(?!\d)"
)
_LED = re.compile(
    r"(?:请|可以?|打|拨打?|致电|联系|加|找|我的?|本人|或者?|[,，、 ])*"
    r"(?:电话|手机|座机|固话|微信|邮箱|邮件|e-?mail|身份证|证件|联系方式|联系|QQ|扣扣|tel|phone|mobile|wechat|correo|teléfono)?"
    r"(?:号码?|是|为|同号|:|：|\.|\s)*\*\*\*",
    re.IGNORECASE,
)
_RULES = tuple(
    re.compile(rule, re.IGNORECASE | re.ASCII)
    for rule in (
        _EMAIL,
        _QQ,
        _CHAT,
        _SHORT_CHAT,
        _IDENTITY,
        _LONG,
        _MOBILE,
        _SPOKEN,
        _ABROAD,
        _LANDLINE,
        _SERVICE,
        _CALLED,
    )
)


def masked(text: str) -> str:
    """``text`` in NFKC, with what tells a person replaced by stars.

    >>> masked("注塑机老停，找王工１３８００１３８０００，微信 wang_gong8")
    '注塑机老停,找王工***,微信 ***'
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    for rule in _RULES:
        text = rule.sub(_stars, text)
    return text


def without_personal(text: str) -> str:
    """``text`` in NFKC without personal data and without the words that lead to it.

    >>> without_personal("打我电话13800138000，注塑机老停")
    ' ,注塑机老停'
    """
    stars = masked(text.replace(MASK, " "))
    return _LED.sub(" ", stars) if MASK in stars else unicodedata.normalize("NFKC", text)


def _stars(found: re.Match[str]) -> str:
    """What led to the number stays, so that the sentence can still be read."""
    return "".join(word for word in found.groups() if word) + MASK
