"""Personal data in free text → stars: telephone, e-mail, papers, bank account, WeChat and QQ.

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
_AT, _DOT = r"(?: ?[(\[] ?(?:at|arroba) ?[)\]] ?)", r"[ (\[]{1,2}(?:dot|punto)[ )\]]{1,2}"
_SPELT_EMAIL = (
    rf"(?<![a-z0-9._%+-])[a-z0-9._%+-]+(?:{_AT}[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    rf"|(?:{_AT}| (?:at|arroba) )[a-z0-9-]+(?:(?:{_DOT}|\.)[a-z0-9-]+)*?{_DOT}"
    r"(?:com|cn|net|org|edu|es|mx|co|ar|cl|pe|in|uk|de|eu|hk|tw|sg)(?![a-z]))"
)
"""li.mei at qq dot com."""
_NAMED = rf"(?:账号|帐号|号码|号|id|名){_S}(?:[:=]|是|为|叫)?"
_LINK = rf"{_S}(?:{_NAMED}|[:=]|是|为|叫|加)?{_S}"
_LINKED = rf"{_S}(?:{_NAMED}|[:=]|是|为|叫){_S}"
_HAN_CHAT = r"微[ \t]?信|薇信|威信|v信|加[ \t]?vx?"
_LATIN_CHAT = r"(?<![a-z])(?:wechat|weixin|wx|vx)"
_QQ = rf"(?P<qq>(?:(?<![a-z])qq|扣扣|企鹅)(?:[ \t]?群)?{_LINK})[1-9]\d{{4,11}}(?!\d)"
_SHORT_QQ = (
    r"(?P<q>(?<![a-z0-9])q[ \t]{0,2}[:号]?[ \t]{0,2})[1-9]\d{7,10}(?![\d.]|[ \t]{0,2}[元件个台吨%])"
)
_CHAT = (
    rf"(?P<chat>(?:{_HAN_CHAT}){_LINK}|{_LATIN_CHAT}{_LINKED})(?:[a-z][\w-]{{5,}}|\d[\d-]{{4,}})"
)
_SHORT_CHAT = (
    rf"(?P<short>(?:{_HAN_CHAT}|{_LATIN_CHAT}){_S})"
    r"(?=[a-z_-]{1,19}\d|[a-z-]{1,19}_)[a-z][\w-]{4,}"
)
_IDENTITY = r"(?<![\da-z])\d{6}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}[\dx](?![\da-z])"
_LONG = r"(?<![\d.])\d{15,19}(?!\d)"
_CARD = r"(?<![\d.])(?!(?:\d\d00[ -]?){4})[3-6]\d{3}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)"
_IBAN = (
    r"(?<![a-z0-9])(?=[a-z]{2}\d\d)(?:at|be|bg|ch|cy|cz|de|dk|ee|es|fi|fr|gr|hr|hu|ie|it|lt|lu|lv|mt|nl|no|pl|pt|ro|se|si|sk|tr)"
    r"\d\d(?: ?[a-z]{4}(?: ?\d{4}){2,4}|(?: ?\d{4}){3,6})(?: ?\d{1,3})?(?![a-z0-9])"
)
_CURP = r"(?<![a-z0-9])[a-z]{4}\d{6}[hm][a-z]{5}[a-z0-9]\d(?![a-z0-9])"
_PAPERS = (
    r"(?P<papers>(?:护照|通行证|(?<![a-z])(?:passport|pasaporte|dni|nie|nif|rfc|curp|c[ée]dula)\b)"
    r"[ \t]{0,3}(?:号码?|numbers?|no\.?|n[úu]mero|nº)?[ \t]{0,3}(?:[:=]|是|为|is|es)?[ \t]{0,3})"
    r"(?=[a-z0-9.-]*\d{5})[a-z0-9][a-z0-9.-]{6,14}(?![a-z0-9])"
)
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
_TRUNK = r"(?<![\d.,+-])(?:0\d{2} \d{3} \d{4}|0\d{4} \d{6}|\(\d{3}\) ?\d{3}-\d{4})(?![\d,.-]?\d)"
"""A number of another country as it is dialled there (087 123 4567, 07700 900123)."""
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
_ANYWHERE = frozenset([_EMAIL, _SPELT_EMAIL, _CHAT, _SHORT_CHAT, _SPOKEN])
"""Rules that may find something in a text of few digits."""
_FEWEST_DIGITS = 5
"""What any other rule finds has at least so many."""
_DIGIT = re.compile(r"[0-9]")
_RULES = tuple(
    (re.compile(rule, re.IGNORECASE | re.ASCII), rule in _ANYWHERE)
    for rule in (
        _EMAIL,
        _SPELT_EMAIL,
        _QQ,
        _SHORT_QQ,
        _CHAT,
        _SHORT_CHAT,
        _IDENTITY,
        _IBAN,
        _CURP,
        _PAPERS,
        _LONG,
        _CARD,
        _MOBILE,
        _SPOKEN,
        _ABROAD,
        _TRUNK,
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
    numbers = len(_DIGIT.findall(text)) >= _FEWEST_DIGITS
    for rule, anywhere in _RULES:
        if numbers or anywhere:
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
