"""What an amount or a time is to a need when no phrase stands right beside it.

Every word of its clause that gives or refuses speaks, and of both the nearest is believed: in
去年亏了八万的毛病想花五万治 the loss is near the eight, the spending near the five. Where no word speaks,
a number in a short clause counts unless something in or beside it makes that doubtful: needs seldom tell
money or days for any other reason without naming it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcher.limits.phrases import either
from matcher.limits.said import Said, clause

_SHORT = 14  # characters of a clause beside its number
_MOST_UNTOLD = 3_000_000  # CNY; more is hardly a budget where nothing says so
_SPEND = ("budget_named", "role_spend")
_SPEND_AFTER = ("budget_named", "budget_top", "budget_fits", "role_spend_after")
_OTHER = ("spent_on", "spent_how", "past", "role_other")
_OTHER_AFTER = ("of_what", "spent_how", "role_other", "role_other_after")
_DONE = ("time_done", "time_modal", "time_cap", "time_ask", "role_allow")
_DONE_AFTER = ("time_done", "time_modal", "generic", "role_allow_after")
_PASSED = ("time_against", "role_passed")
_PASSED_AFTER = ("time_against", "role_passed", "role_passed_after")


def to_be_spent(text: str, said: Said, others: Sequence[Said]) -> bool:
    """Whether the words around an amount, up to the next one, rather give it than tell something else.

    Where its own clause is little more than the amount, the clauses beside it speak (七万五，多了不谈).
    """
    before, after = _own(said, others, *clause(text, said.start, said.end))
    if _any(("role_income", "income")).search(before):
        return False
    told = _rather(before, after, _SPEND, _SPEND_AFTER, _OTHER, _OTHER_AFTER)
    short = _size(before + after) <= _SHORT
    before, after = _own(said, others, *_beside(text, said, before, after))
    if told is None and short and not _any(("role_income", "income")).search(before):
        told = _rather(before, after, _SPEND, _SPEND_AFTER, _OTHER, _OTHER_AFTER)
    if told is None and said.value <= _MOST_UNTOLD and _is_money(text[said.start : said.end]):
        own = _own(said, others, *clause(text, said.start, said.end))
        told = not _doubted(own, (before, after), "spend_doubt", _OTHER, _OTHER_AFTER)
    return bool(told)


def _size(words: str) -> int:
    """About how many Chinese characters the words would take."""
    latin = sum(char.isascii() for char in words)
    return len(words) - latin + latin // 3


def _is_money(words: str) -> bool:
    """Whether an amount is money without any word beside it: 20k may be parts, 五千 and ¥20k are money."""
    return not words.isascii() or bool(re.search(r"[a-z]{3}|[¥￥]", words, re.IGNORECASE))


def to_be_done(text: str, said: Said, others: Sequence[Said], limit: bool = False) -> bool:
    """Whether the words around a time, up to the next one, rather ask for it than tell a history.

    ``limit`` tells that the time itself is said as one (国庆前): the clauses beside it cannot doubt it.
    """
    before, after = _own(said, others, *clause(text, said.start, said.end))
    told = _rather(before, after, _DONE, _DONE_AFTER, _PASSED, _PASSED_AFTER)
    if told is None and _size(before + after) <= _SHORT * (1 + limit):
        wide = (before, after)
        if not limit:
            wide = _own(said, others, *_beside(text, said, *clause(text, said.start, said.end)))
        told = not _doubted((before, after), wide, "done_doubt", _PASSED, _PASSED_AFTER)
    return bool(told)


def _rather(
    before: str,
    after: str,
    lead: tuple[str, ...],
    follow: tuple[str, ...],
    other_lead: tuple[str, ...],
    other_follow: tuple[str, ...],
) -> bool | None:
    """Whether what is asked stands nearer than what is told beside; ``None`` when neither does."""
    asked = _nearest(before, after, lead, follow)
    other = _nearest(before, after, other_lead, other_follow)
    if asked is None:
        return None if other is None else False
    return other is None or asked < other


def _doubted(
    own: tuple[str, str],
    wide: tuple[str, str],
    doubt: str,
    lead: tuple[str, ...],
    follow: tuple[str, ...],
) -> bool:
    """Whether anything in or beside a clause that asks for nothing tells what its number is."""
    doubted = _any((doubt,)).search(own[0] + "|" + own[1])
    return bool(doubted) or _nearest(*wide, lead, follow) is not None


def _beside(text: str, said: Said, before: str, after: str) -> tuple[str, str]:
    """The clause of ``said`` with the one before and the one after it in the same sentence."""
    start, end = said.start - len(before), said.end + len(after)
    if start > 1 and text[start - 1] in ",，:":
        before = clause(text, start - 1, start - 1)[0] + text[start - 1] + before
    if end < len(text) and text[end] in ",，":
        after += text[end] + clause(text, end + 1, end + 1)[1]
    return before, after


def _own(said: Said, others: Sequence[Said], before: str, after: str) -> tuple[str, str]:
    """The parts of a clause that belong to one number of several."""
    start = said.start - len(before)
    cut = max((one.end - start for one in others if start < one.end <= said.start), default=0)
    stop = min((one.start for one in others if said.end <= one.start), default=None)
    return before[cut:], after if stop is None else after[: stop - said.end]


def _nearest(before: str, after: str, lead: tuple[str, ...], follow: tuple[str, ...]) -> int | None:
    """How far the nearest phrase of ``lead`` before or of ``follow`` after stands."""
    last = [len(before) - found.end() for found in _any(lead).finditer(before)][-1:]
    first = _any(follow).search(after)
    return min([*last, *([first.start()] if first else [])], default=None)


@cache
def _any(uses: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(either(use) for use in uses), re.IGNORECASE)
