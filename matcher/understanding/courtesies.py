"""Greetings, excuses and who sent somebody to ask: they stand before a need and tell nothing of it.

您好请问一下质检漏检 and 老板让我问一下仓库对不上账 are read as what follows. Who speaks is left out only
with a verb of saying or asking: 老板要看数据 is a need.
"""

from __future__ import annotations

import re

_SIGNS = r"[\s,，.。:：;；!！~～、?？]*"
_GREETING = (
    r"(?:各位|大家|老师|专家|客服|亲|朋友们?)?(?:您好|你好|早上好|上午好|下午好|晚上好|大家好|老师好|哈[喽啰]|嗨)"
    r"[啊呀哈呢]?|在吗|在不在|有人吗|打扰(?:一下|了|下)|不好意思|麻烦(?:问一?下|了)|谢谢"
)
_ASKING = (
    r"(?:我|我们|俺|咱们?)?(?:就|先)?(?:想|要)?(?:请教|咨询|打听|请问)(?:一下|下|个事儿?|问)?(?:[,，]|你们)?"
    r"|(?:我|我们|俺|咱们?)?(?:就|先)?想?问(?:一下|一问|下|问|个事儿?)"
)
_SENT = (
    r"(?:我们|咱们?|俺们?)?(?:老板娘?|领导|厂长|老总|经理|董事长|上级|总部)"
    r"(?:(?:说|讲)(?:了|是|过|的是|让|要我)?(?![得不])"
    r"|(?:让|叫|喊|派|安排|吩咐|催)(?:我|我们|俺)(?:们)?(?:来|去|先|给)?"
    r"(?:问|打听|咨询|了解|查|请教)(?:一?下|问|个)?)"
)
_ENGLISH = (
    r"dear (?:sirs?|madam|team|all)(?: or madam)?|good (?:morning|afternoon|evening)|hello|hey"
    r"|hi(?: there| all| team)?|sorry to (?:bother|disturb)(?: you)?|quick question"
    r"|just (?:asking|wondering)(?: if)?|i(?:'d| would) like to ask(?: you)?(?: about| if| whether)?"
    r"|(?:my|our|the) (?:boss|manager|director) (?:asked|told) me to (?:ask|find out|enquire|inquire)"
    r"(?: about| if| whether)?"
)
_SPANISH = (
    r"hola|buen[oa]s(?: d[ií]as| tardes| noches)?|estimad[oa]s?(?: señore?s| todos)?|disculpen?"
    r"|una (?:consulta|pregunta)|quer[ií]a (?:preguntar|consultar)(?: por| si)?"
    r"|mi jefe me (?:dijo|pidi[oó]) que pregunt(?:e|ara) (?:por|si)"
)
_LATIN = rf"(?:{_ENGLISH}|{_SPANISH})(?![a-zà-ÿ])"
_LEAD = re.compile(rf"(?:(?:{_GREETING}|{_ASKING}|{_SENT}|{_LATIN}){_SIGNS})+", re.IGNORECASE)


def only_courtesies(text: str) -> bool:
    """Whether ``text`` greets and says nothing else.

    >>> only_courtesies("你好！"), only_courtesies("hola, una consulta"), only_courtesies("老板要看数据")
    (True, True, False)
    """
    return bool(_LEAD.fullmatch(text))


def without_courtesies(text: str) -> str:
    """``text`` without the courtesies that it begins with; a text of nothing else stays as it is.

    >>> without_courtesies("您好，请问一下质检漏检怎么办")
    '质检漏检怎么办'
    """
    lead = _LEAD.match(text)
    return text[lead.end() :] or text if lead else text
