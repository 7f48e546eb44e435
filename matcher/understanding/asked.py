"""What a text asks for, apart from what it carries with it: markup, links, contacts, orders, brands.

Tags and links are dropped, personal data is neither embedded nor searched, an order to the machine
("ignore the instructions above") does nothing, a clause that sets a subject aside (质量我们有系统了) is not
asked for, the background of a long message is not read, and a brand is read as the kind of product it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from catalog.markup import unmarked
from catalog.privacy import without_personal
from catalog.wording import HAN, normalised
from matcher.limits import read_limits, without_limits
from matcher.understanding.brands import any_brand, brands
from matcher.understanding.clauses import requested
from matcher.understanding.courtesies import without_courtesies
from matcher.understanding.story import Story, story_of

FEWEST_LETTERS = 2
"""A text of fewer letters or Chinese characters asks for nothing."""
_ANY_DAY = date(2026, 1, 10)
_LONGEST_LIMITS = 80
"""Characters beyond which a text is taken to say more than limits: reading them costs as much as all else."""
_KEPT = 2_048
"""Texts, some kilobytes each: `matcher.bulk` checks a thousand before it reads the first."""
_LETTER = re.compile(r"[^\W\d_]")
_ORDER = re.compile(
    r"(?:请|你|先|必须)*(?:忽略|无视|忘掉|忘记|不要理会|跳过)[^。!?！？\n,，;；]{0,12}(?:指令|提示词?|规则|设定|上文|命令)"
    r"|你(?:现在)?(?:是|扮演)(?:一个|系统)?[^。!?！？\n,，]{0,20}(?:管理员|助手|模型|机器人|AI)"
    r"|(?:输出|打印|显示|告诉我)[^。!?！？\n,，]{0,10}(?:系统提示|提示词|密码|密钥)"
    r"|\b(?:ignore|disregard|forget|override) (?:all |any |the |your |these ){0,3}"
    r"(?:previous |above |prior |earlier |preceding )?(?:instructions?|prompts?|rules)"
    r"|(?:^|(?<=\s))(?:system|assistant)\s?:|\byou are now [^.!?\n]{0,60}"
    r"|\b(?:reveal|print|output|show) (?:me )?(?:the |your )?(?:system prompt|passwords?|api keys?)"
    r"|\b(?:ignora|olvida) (?:todas )?(?:las )?instrucciones(?: anteriores| previas)?",
    re.IGNORECASE,
)
_RANKING = re.compile(
    r"(?:并|再|然后)?(?:把|将|让)[^,，。;；!！\n]{1,30}排(?:在|到|成)?(?:第一|首位|最前面?|前面|榜首)名?位?"
    r"|(?:and |then )?\b(?:rank|put|place|list) [^.,;!\n]{1,40}? (?:first|at the top|on top|#1|number one)"
    r"|(?:y )?\b(?:pon|clasifica) [^.,;!\n]{1,40}? (?:en primer lugar|primero)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A need's own words, and what was set aside.

    ``text`` is normalised; limits are read from all of it, the need from ``need``: a long message without
    its background, of which ``quoted`` are clauses that tell the need. ``brands`` are pairs of the brand as
    written and its kind in zh and en; ``aside`` the clauses that name a subject only to set it aside.
    """

    text: str
    need: str
    personal: bool
    ordered: bool
    brands: tuple[tuple[str, str, str], ...]
    aside: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()


def letters(text: str) -> int:
    """How many letters or Chinese characters ``text`` has."""
    return len(_LETTER.findall(text))


def asked(text: str, whole: bool = False) -> Asked:
    """What ``text`` asks for; ``whole`` says that no clause is set aside and nothing is background."""
    return _asked(text, whole)


@lru_cache(maxsize=_KEPT)
def _asked(text: str, whole: bool) -> Asked:
    plain = normalised(unmarked(text))
    own = normalised(without_personal(plain))
    told = _ORDER.sub(" ", own)
    ordered = told != own
    aside: tuple[str, ...] = ()
    if ordered:
        told = _RANKING.sub(" ", told)
    if told != plain:  # signs left at the ends by what was set aside
        told = normalised(told).strip(" .,，。;；:、")
    told = without_courtesies(told)
    if not whole:
        left, aside = requested(told)
        # Somebody who names a price names what it is for.
        told, aside = (told, ()) if aside and _tells_limits_alone(left) else (left, aside)
    story = Story(told) if whole else story_of(told)
    need, named = _with_kinds(story.text)
    told = _with_kinds(told)[0] if story.quoted else need
    return Asked(told, need, own != plain, ordered, named, aside, story.quoted)


def _tells_limits_alone(text: str) -> bool:
    if len(text) > _LONGEST_LIMITS:
        return False
    limits = read_limits(text, _ANY_DAY)
    return bool(limits) and letters(without_limits(text, limits)) < FEWEST_LETTERS


def _with_kinds(text: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """``text`` with the kind of product beside each brand, unless it names that kind, and the brands."""
    if not any_brand().search(text):  # as in most texts
        return text, ()
    found: dict[str, tuple[str, str, str]] = {}
    han = bool(HAN.search(text))
    for pattern, zh, en in brands():
        kind = zh if han else en
        for match in pattern.finditer(text):
            found.setdefault(match[0].casefold(), (match[0], zh, en))
        if kind.casefold() not in text.casefold():
            text = pattern.sub(rf"\g<0>({kind})", text, count=1)
    return text, tuple(found.values())
