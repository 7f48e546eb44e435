"""What an answer says about the need's own text: what was set aside, and whether it told a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.tree import Tree
from catalog.wording import units
from matcher.types import Reason, Understanding
from matcher.understanding.asked import Asked, letters

_FEW_WORDS = 6
_PAIN = re.compile(
    r"[停坏慢乱错漏丢堵超缺差贵]|不(?:准|齐|够|清|出|上|到|住|平|均|良)|没人|靠人|人工|手工|找不|查不|算不|系统|软件"
)
"""What goes wrong or is wanted: the words of a problem, whatever it is."""
_WORD_LETTERS = 6
"""A text of no more letters is a word or a code, whose language is nobody's."""


def set_aside(need: Asked, lang: str) -> Iterator[Reason]:
    """What of the text was not read as a need, and why."""
    if need.personal:
        yield Reason("personal")
    if need.ordered:
        yield Reason("orders")
    if need.brands:
        names, zh, en = zip(*need.brands, strict=True)
        yield Reason(
            "brands",
            {
                "names": ", ".join(names),
                "kinds_zh": "、".join(dict.fromkeys(zh)),
                "kinds_en": ", ".join(dict.fromkeys(en)),
            },
        )
    if lang == "other" and letters(need.text) > _WORD_LETTERS:
        yield Reason("language")


def bare(need: Asked, understanding: Understanding, scenarios: Tree) -> bool:
    """Whether a few words alone (a trade, a complaint) were read as a scenario that they do not name."""
    if len(units(need.text)) > _FEW_WORDS or _PAIN.search(need.text):
        return False
    if any(one.given or one.words for one in understanding.scenarios):
        return False
    first = scenarios[understanding.scenarios[0].code].name
    return need.text.casefold() not in f"{first.zh} {first.en}".casefold()
