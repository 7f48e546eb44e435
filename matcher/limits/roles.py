"""What an amount is to a need when no phrase stands right beside it: to be spent on it, or something else.

Every word of its clause that gives or refuses money speaks, and of both the nearest is believed: in
去年亏了八万的毛病想花五万治 the loss is near the eight, the spending near the five.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.limits.phrases import either
from matcher.limits.said import Said

_FOR = ("budget_named", "budget_noun", "budget_cap", "role_spend")
_FOR_AFTER = ("budget_named", "budget_top", "budget_fits", "role_spend_after")
_AGAINST = ("spent_on", "spent_how", "past", "role_other")
_AGAINST_AFTER = ("of_what", "spent_how", "role_other", "role_other_after")


def to_be_spent(said: Said, others: Sequence[Said], before: str, after: str) -> bool:
    """Whether the words around an amount, up to the next one, rather give it than tell something else."""
    start, end = said.start - len(before), said.end + len(after)
    before = before[max([0, *(one.end - start for one in others if start < one.end <= said.start)]) :]
    after = after[: min([end, *(one.start for one in others if said.end <= one.start)]) - said.end]
    given = min(_last(before, _FOR) + _first(after, _FOR_AFTER), default=None)
    other = min(_last(before, _AGAINST) + _first(after, _AGAINST_AFTER), default=None)
    return given is not None and (other is None or given < other)


def _last(text: str, uses: tuple[str, ...]) -> list[int]:
    """How far before the end of ``text`` the last phrase of ``uses`` ends."""
    return [len(text) - found.end() for found in _any(uses).finditer(text)][-1:]


def _first(text: str, uses: tuple[str, ...]) -> list[int]:
    found = _any(uses).search(text)
    return [found.start()] if found else []


@cache
def _any(uses: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(either(use) for use in uses), re.IGNORECASE)
