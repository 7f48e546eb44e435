"""What a need says about money, time, size, level, technology and payment, with the words that say it.

Budget and time: every figure that may be one is found (`figures`), a classifier tells how likely each is
what may be spent or how long it may take (`choice`), and the likeliest counts where it is likely enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from matcher.limits.choice import LEAST_TOLD, chosen
from matcher.limits.figures import figures
from matcher.limits.firm import level, sizes
from matcher.limits.payment import payments
from matcher.limits.phrases import pattern, rows
from matcher.limits.said import ReadLimit
from matcher.limits.technology import technologies
from matcher.limits.told import told

_LITTLE_MONEY = 0.3
"""Confidence of a budget told without a figure (花点小钱试试); agreed, not fitted."""


def read_limits(text: str, today: date) -> tuple[ReadLimit, ...]:
    """What ``text`` (normalised: `catalog.wording.normalised`) says, at most one of each.

    Of technologies and of ways to pay there may be several.

    Dates count from ``today``, the day in Asia/Shanghai. The confidence of a budget or a time is the
    likelihood that it is told as one.
    """
    found = (*_budget_and_time(text, today), *sizes(text), level(text))
    return (*(limit for limit in found if limit), *technologies(text), *payments(text))


def _budget_and_time(text: str, today: date) -> Iterator[ReadLimit]:
    limits = {
        one.figure.field: told(text, one)
        for one in chosen(text, figures(text, today))
        if one.told >= LEAST_TOLD
    }
    if "budget" not in limits and (little := pattern("little_money").search(text)):
        value = int(rows("little_money")[0]["value"])
        yield ReadLimit("budget", value, False, little[0], _LITTLE_MONEY)
    yield from limits.values()


def without_limits(text: str, limits: Iterable[ReadLimit]) -> str:
    """``text`` without the words that tell money, time, size, level, how to pay or what is refused.

    What is left tells the pain; a technology that is asked for is a part of it.
    """
    for limit in limits:
        if limit.words and (limit.field != "technology" or limit.refused):
            text = text.replace(limit.words, " ")
    return text
