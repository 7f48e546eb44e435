"""What a need says about money, time, size, level and technology, each with the words that say it.

Money or time counts only where it is asked or allowed (预算, 以内, 能出, under, máximo), or stands alone as a
clause that names an amount to spend: 亏了八万 is a loss, 干了三十年 a history. In doubt nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from matcher.limits.budget import budgets
from matcher.limits.firm import level, sizes, technologies
from matcher.limits.said import ReadLimit
from matcher.limits.times import times

_UNSURE = 0.6


def read_limits(text: str, today: date) -> tuple[ReadLimit, ...]:
    """What ``text`` (normalised: `catalog.wording.normalised`) says, at most one of each but technology.

    Dates count from ``today``, the day in Asia/Shanghai. Of several budgets or times the hard one counts,
    then the surest, then the first.
    """
    found = (_best(budgets(text)), _best(times(text, today)), *sizes(text), level(text))
    return (*(limit for limit in found if limit), *technologies(text))


def _best(found: Iterator[ReadLimit]) -> ReadLimit | None:
    """The hard one, then the surest, then the first; of unsure ones the last: what a story ends with."""
    limits = list(enumerate(found))
    return max(
        limits,
        key=lambda one: (
            one[1].hard,
            one[1].confidence,
            one[0] if one[1].confidence < _UNSURE else -one[0],
        ),
        default=(0, None),
    )[1]


def without_limits(text: str, limits: Iterable[ReadLimit]) -> str:
    """``text`` without the words that tell money, time, size or level: what is left tells the pain."""
    for limit in limits:
        if limit.field != "technology" and limit.words:
            text = text.replace(limit.words, " ")
    return text
