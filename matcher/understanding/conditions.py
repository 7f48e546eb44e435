"""Clauses that tell only on what conditions something is wanted: how it is paid, where it runs, what not.

不要月租的，仓库管理 asks for a warehouse: words of rents and clouds would speak for subjects of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.wording import HAN
from matcher.limits.payment import payments
from matcher.limits.technology import technologies

_FEE = (
    r"(?:按|包)?[月年季](?:费|租|付|缴|收费|收钱)|年年(?:收|交)(?:钱|费)"
    r"|订阅(?:制|费|式)?|租用|续费|服务费|会员费"
)
_NOT = r"(?:坚决|绝对|反正)?(?:不要|不想要?|不接受|不考虑|不愿意?|拒绝|唔要|别要?|免|没有)"
_ONCE = r"(?:一次(?:性|过|過)?)?(?:付清|付款|买断|買斷|买清)|一次性(?:付|交|给)(?:钱|费)?"
_WE = r"(?:我们?|咱们?|就|只)?"
_CHINESE = (
    rf"{_WE}{_NOT}(?:交|收|那种|这种|什么)?(?:{_FEE})(?:制|的)?"
    rf"|(?:{_FEE})(?:制|的)*(?:都|就|也|我)?(?:{_NOT}|免谈|别来|不行|唔要)"
    rf"|{_WE}(?:想?要|最好|希望|接受|得)?(?:{_ONCE})(?:制|版|的)?(?:就行|最好|那种|也行)?"
)
_ENGLISH = (
    r"(?:no|without(?: a| any)?|not a|(?:i|we)? ?(?:do not|don't) want(?: a| any)?)"
    r"(?: monthly| yearly| annual| recurring)?"
    r" (?:fees?|subscriptions?|rent(?:al)?|licen[cs]e fees?|payments?)(?: please)?"
    r"|(?:one[- ](?:off|time)|outright|perpetual)(?: payment| purchase| fee| licen[cs]e| buy)?"
    r"(?: only)?(?: please)?|(?:buy|pay) once(?: only)?"
)
_SPANISH = (
    r"(?:sin|no (?:quiero|queremos)|nada de)"
    r" (?:cuotas?|mensualidad(?:es)?|suscripci[oó]n(?:es)?|rentas?)"
    r"(?: mensual(?:es)?| anual(?:es)?)?(?: por favor)?"
    r"|(?:un )?pago [uú]nico|(?:compra|pago) de una (?:sola )?vez"
)
_OFFLINE = (
    r"(?:只能|必须|一定)?(?:要|得)?在?(?:离线|内网|局域网|断网|没网)(?:里|时|环境|情况下)?"
    r"(?:也|都)?(?:要|得)?(?:能|可以)?(?:用|跑|运行|使用)"
    r"|不(?:能|许|准|让|可以)(?:联网|上外网|连外网)"
    r"|(?:(?:it )?(?:must|has to|should) )?(?:run|work)s? offline(?: only| too)?|offline only"
    r"|(?:que )?(?:funcione|trabaje) sin (?:internet|conexi[oó]n)"
)
_CONDITION = re.compile(rf"{_CHINESE}|{_ENGLISH}|{_SPANISH}|{_OFFLINE}", re.IGNORECASE)
_UNASKED = re.compile(
    r"(?:请|麻烦|拜托|求你们?)?(?:你们)?(?:不要|别|不用|不必|莫|唔好)(?:再|老|总|又)*(?:给|跟|向|同|对)?(?:我们?|咱们?)?"
    r"(?:再|老|总)*(?:推荐|推销|介绍|安利|推|卖|提)(?:什么|那些|这些|那种)?[^,，。;；]{0,14}"
    r"|(?:please )?(?:(?:do not|don't|never|stop) (?:recommend|suggest|sell|offer|push|show|pitch)(?:ing)?"
    r"|no more)\b[^,.;]{0,40}"
    r"|(?:por favor )?no (?:me|nos) (?:recomienden?|recomiendes|ofrezcan?|vendan?|sugieran?)\b[^,.;]{0,40}",
    re.IGNORECASE,
)
"""A clause that refuses to be told of something: what it names is not asked for."""
_LETTER = re.compile(r"[^\W\d_]")
_COURTESY = re.compile(
    r"我们?|咱们?|老板|[请吧呢吗啊哦了的就也都]|软件|系统"
    r"|\b(?:please|we|i|the|it|if possible|for us|and|a|system|software|por favor|el|la|y|nosotros)\b",
    re.IGNORECASE,
)
"""What stands beside how something is paid and tells no more."""
_BESIDE = {True: 4, False: 12}
"""Letters beside a refused technology that add nothing, in Chinese (true) and in Latin letters."""


def conditions_among(clauses: Sequence[str]) -> set[int]:
    """The places of those ``clauses`` of one text that tell no more than conditions.

    >>> conditions_among(["不要月租的", "要本地部署", "仓库管理"])
    {0, 1}
    """
    refusing = any(one.refused for one in technologies("，".join(clauses)))
    return {
        place
        for place, clause in enumerate(clauses)
        if _CONDITION.fullmatch(clause.strip())
        or _UNASKED.fullmatch(clause.strip())
        or (refusing and _refuses_alone(clause))
        or _tells_payment_alone(clause)
    }


def _tells_payment_alone(clause: str) -> bool:
    left = clause
    told = [one.words for one in payments(clause)]
    for words in told:
        left = left.replace(words, " ")
    return bool(told) and not _LETTER.search(_COURTESY.sub(" ", left))


def _refuses_alone(clause: str) -> bool:
    refused = [one.words for one in technologies(clause) if one.refused]
    left = clause
    for words in refused:
        left = left.replace(words, "")
    beside = sum(map(str.isalpha, left))
    return bool(refused) and beside <= _BESIDE[bool(HAN.search(clause))]
