"""How many people a firm has, of all the people that a need counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.wording import HAN
from matcher.expressions import Match
from matcher.limits.numbers import figure
from matcher.limits.phrases import expression, pattern, rows_in
from matcher.limits.said import LATIN, ReadLimit, clause

_NEAR_HAN, _NEAR_LATIN = 10, 30
"""Characters beside a count that may tell whose people it counts."""
_WHOLE = 12
"""Characters before it that may tell that all are counted, or fewer than so many."""
_SURE = 0.85
"""Agreed, not fitted."""


@dataclass(frozen=True, slots=True)
class _Count:
    """So many people, the words that tell it, and whether they are told to be all of the firm."""

    people: int
    whole: bool
    words: str


def headcount(text: str) -> ReadLimit | None:
    """The people of the firm: all of them where that is told (在册412人), else the largest count.

    Those who come, leave, are missing or belong to a shift or to somebody else are none.
    """
    counts = list(_counts(text))
    if not counts:
        return None
    most = max(counts, key=lambda one: (one.whole, one.people))
    return ReadLimit("headcount", most.people, False, most.words, _SURE)


def _counts(text: str) -> Iterator[_Count]:
    han, latin = HAN.search(text), LATIN.search(text)
    for row in rows_in("headcount", text):
        chinese = row["lang"] == "zh"
        for found in expression(row).finditer(text) if (han if chinese else latin) else ():
            number = figure(found["n"])
            if number and not _of_others(text, found, _NEAR_HAN if chinese else _NEAR_LATIN):
                before, _ = clause(text, found.start(), found.start(), _WHOLE)
                whole = pattern("headcount_whole").search(before + found[0])
                most = int(number) - _fewer(text, found)
                yield _Count(max(1, most), bool(whole), found[0].strip())


def _fewer(text: str, found: Match) -> bool:
    """Whether there are fewer than the number that is told (不到二十人)."""
    before, after = text[: found.start("n")][-_WHOLE:], text[found.end("n") : found.end()]
    below = pattern("headcount_below", tail=r"\s*$").search(before)
    return bool(below or pattern("headcount_up_to").search(after))


def _of_others(text: str, found: Match, near: int) -> bool:
    """Whether the people are new, gone, missing, of a shift, to be trained or somebody else's."""
    before, after = clause(text, found.start(), found.end(), near)
    counted = found.start("n") - found.start()
    ahead = before + found[0][:counted]
    return bool(
        pattern("headcount_others").search(ahead) or pattern("headcount_others_after").match(after)
    )
