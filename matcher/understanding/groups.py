"""Groups of one need in two languages with three offers: one solves it, one helps in part, one looks alike.

``pair_examples.csv``, written by blind authors, who saw neither the judged needs nor the judged offers.
The encoder learns from them (`matcher.measure.adapt`), and so do the classifiers of needs, which besides
learn wishes that are said outright and needs in few plain words (``request_examples.csv``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from catalog.functions import shipped_functions
from catalog.taxonomy import ROOT
from catalog.wording import normalised
from matcher.shipped import shipped_rows
from matcher.understanding.reading import Example

_APART = 12
"""One group in so many is never learned, to see how well what was learned holds."""


@dataclass(frozen=True, slots=True)
class Group:
    """A need in Chinese and in ``lang``, the function that it asks for, and three offers."""

    function: str
    lang: str
    need: str
    foreign: str
    solves: str
    near: str
    off: str


def shipped_groups() -> tuple[list[Group], list[Group]]:
    """The groups that are learned, and those that are kept apart."""
    names = [one.name for one in fields(Group)]
    groups = [
        Group(*(normalised(row[name]) for name in names))
        for row in shipped_rows("pair_examples.csv")
    ]
    learned = [group for place, group in enumerate(groups) if place % _APART]
    return learned, groups[::_APART]


def group_needs(facet: str) -> Iterator[Example]:
    """The needs that are learned, in both languages, with the node of ``facet``: scenario or function."""
    for group in shipped_groups()[0]:
        codes = _codes(group.function, facet)
        yield Example(group.need, "zh", codes)
        yield Example(group.foreign, group.lang, codes)


def requests(facet: str) -> Iterator[Example]:
    """Wishes and short needs (求一套能扫码出入库的, 派活还靠写纸条); those of groups tell a whole pain."""
    for row in shipped_rows("request_examples.csv"):
        yield Example(normalised(row["text"]), row["lang"], _codes(row["function"], facet))


def _codes(function: str, facet: str) -> tuple[str, ...]:
    return (function if facet == "function" else shipped_functions()[function].parent or ROOT,)
