"""What an amount or a time is to a need when no phrase stands right beside it.

Every word of its clause that gives or refuses speaks, and of both the nearest is believed: in
去年亏了八万的毛病想花五万治 the loss is near the eight, the spending near the five.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.limits.phrases import either
from matcher.limits.said import Said

_SPEND = ("budget_named", "budget_noun", "budget_cap", "role_spend")
_SPEND_AFTER = ("budget_named", "budget_top", "budget_fits", "role_spend_after")
_OTHER = ("spent_on", "spent_how", "past", "role_other")
_OTHER_AFTER = ("of_what", "spent_how", "role_other", "role_other_after")
_DONE = ("time_done", "time_modal", "time_cap", "time_ask", "role_allow")
_DONE_AFTER = ("time_done", "time_modal", "generic", "role_allow_after")
_PASSED = ("time_against", "role_passed")
_PASSED_AFTER = ("time_against", "role_passed", "role_passed_after")


def to_be_spent(said: Said, others: Sequence[Said], before: str, after: str) -> bool:
    """Whether the words around an amount, up to the next one, rather give it than tell something else."""
    before, after = _own(said, others, before, after)
    if _any(("role_income",)).search(before):
        return False
    given = _nearest(before, after, _SPEND, _SPEND_AFTER)
    return given is not None and given < _nearest(before, after, _OTHER, _OTHER_AFTER, 999)


def to_be_done(said: Said, others: Sequence[Said], before: str, after: str) -> bool:
    """Whether the words around a time, up to the next one, rather ask for something by it than tell a history."""
    before, after = _own(said, others, before, after)
    asked = _nearest(before, after, _DONE, _DONE_AFTER)
    return asked is not None and asked < _nearest(before, after, _PASSED, _PASSED_AFTER, 999)


def _own(said: Said, others: Sequence[Said], before: str, after: str) -> tuple[str, str]:
    """The parts of a clause that belong to one number of several."""
    start = said.start - len(before)
    cut = max((one.end - start for one in others if start < one.end <= said.start), default=0)
    stop = min((one.start for one in others if said.end <= one.start), default=None)
    return before[cut:], after if stop is None else after[: stop - said.end]


def _nearest(
    before: str, after: str, lead: tuple[str, ...], follow: tuple[str, ...], far: int | None = None
) -> int | None:
    """How far the nearest phrase of ``lead`` before or ``follow`` after stands, else ``far``."""
    last = [len(before) - found.end() for found in _any(lead).finditer(before)][-1:]
    first = _any(follow).search(after)
    return min([*last, *([first.start()] if first else [])], default=far)


@cache
def _any(uses: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(either(use) for use in uses), re.IGNORECASE)
