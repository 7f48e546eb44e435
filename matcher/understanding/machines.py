"""Machines and things that a need names: they are of the trade that works with them, unless they are made.

``data/machine_users.csv`` has the trades that work with a machine (``machine``, ``lang``, ``codes``); one
without codes is found in every trade (a computer, a forklift) and tells none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from catalog.resolve import Term
from matcher.shipped import shipped_rows

_MADE = (
    r"(?:(?:做|造|产|研发|卖|销售|出口|组装)[^,，。;；]{0,6}"
    r"|\b(?:we|i) (?:make|build|sell|design|produce|export|assemble)[^,.;]{0,16}"
    r"|\b(?:mak(?:er|ing)|manufactur\w+|build\w+|export\w*)(?: of)? "
    r"|\b(?:fabric|export|constru|diseñ|ensambl)\w+ |\b(?:hac|vend|produc)emos )"
)
_MAKERS = (
    r"(?:厂|制造|整机|主机|配件|行业|企业|生产|研发|出口|卖"
    r"| (?:manufactur|mak(?:er|ing)|factory|build))"
)
"""What tells, before and after a machine's name, that it is made and not used."""


def as_used(term: Term, text: str, glossed: bool = False) -> Term:
    """``term``; a machine gets the trades of its users first unless ``text`` says that it is made.

    What is found in every trade gets none then. A ``glossed`` term stands in Chinese for a word of ``text``:
    there it is enough that anything is made.
    """
    users = machine_users().get(term.text)
    if users is None or term.city is not None:
        return term
    name = re.escape(term.text)
    if makes_things(text) if glossed else _search(f"{_MADE}{name}|{name}{_MAKERS}", text):
        return term
    return replace(term, codes=tuple(dict.fromkeys((*users, *term.codes))) if users else ())


def makes_things(text: str) -> bool:
    """Whether ``text`` says that anything is made, whatever it is."""
    return _search(_MADE, text)


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


@cache
def machine_users() -> dict[str, tuple[str, ...]]:
    """Machines, and the trades that work with them: the terms of sectors name those that make them."""
    return {
        row["machine"]: tuple(filter(None, row["codes"].split(";")))
        for row in shipped_rows("machine_users.csv")
    }
