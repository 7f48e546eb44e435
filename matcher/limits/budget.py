"""The budget that a need tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcher.limits.amounts import amounts
from matcher.limits.periods import periods
from matcher.limits.phrases import either, pattern, rows
from matcher.limits.said import ReadLimit, Said, clause

_LEAST_BUDGET, _MOST_ALONE = 300, 9_000_000
_LITTLE_MONEY = 0.3


def budgets(text: str) -> Iterator[ReadLimit]:
    for said in amounts(text):
        before, after = clause(text, said.start, said.end)
        told = _told_budget(text, said, before, after)
        if told is None:
            continue
        hard, confidence, start, end = told
        value = said.value
        if _monthly(before, after):
            value *= 12
        if value < _LEAST_BUDGET or _per_piece(before, after):
            continue
        if said.blurred:
            confidence -= 0.1
        if text[said.start] == "小":
            hard, confidence = False, 0.4
        if pattern("soft").search(before[-12:] + text[said.start : said.end] + after[:12]):
            hard = False
        yield ReadLimit("budget", value, hard, text[start:end].strip(), round(confidence, 2))
    if little := pattern("little_money").search(text):
        value = int(rows("little_money")[0]["value"])
        yield ReadLimit("budget", value, False, little[0], _LITTLE_MONEY)


def _told_budget(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    """Whether an amount is asked or allowed: hard, confidence, and where its words begin and end."""
    filler = rf"(?:\s|{either('budget_filler')})*$"
    cap = pattern("budget_cap", tail=filler).search(before)
    wish = pattern("budget_wish", tail=filler).search(before)
    top = pattern("budget_top", lead=r"\s*钱?\s*").match(after)
    fits = pattern("budget_fits", lead=r"\s*").match(after)
    cue = min((found for found in (cap, wish) if found), key=re.Match.start, default=None)
    named = cue is not None and re.search("预算|budget|presupuesto", cue[0], re.I)
    floor = not cap and pattern("floor_before", tail=r"\s*$").search(before)
    if floor or pattern("floor_after", lead=r"\s*").match(after):
        return None
    monthly = _monthly(before, after) and (cap or top or _alone(text, said, before, after))
    if not (said.money or monthly or (named and said.value >= 1000)):
        return None
    if not named and _spent(before, before[: cue.start()] if cue else before):
        return None
    stop = top or fits
    if stop and pattern("of_what").match(after, stop.end()):
        return None
    start = said.start - len(before) + cue.start() if cue else said.start
    end = said.end + stop.end() if stop else said.end
    if cap or top:
        return True, 0.95, start, end
    if wish:
        return False, 0.9 if named else 0.85, start, end
    if fits:
        return False, 0.8, start, end
    return _unasked_budget(text, said, before, after)


def _unasked_budget(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    if _alone(text, said, before, after):
        return False, 0.6, said.start - len(before), said.end + len(after)
    started = pattern("alone_before", tail=r"*\s*").fullmatch(before) or not before.strip()
    timed = next((p for p in periods(after) if not after[: p.start].strip()), None)
    if started and timed and pattern("within", lead=r"\s*").match(after, timed.end):
        return False, 0.6, said.start, said.end
    if text[said.start] == "小" and pattern("small_after", lead=r"\s*").match(after):
        return False, 0.4, said.start, said.end
    return None


def _alone(text: str, said: Said, before: str, after: str) -> bool:
    if not said.value <= _MOST_ALONE or (said.value < 1000 and not _monthly(before, after)):
        return False
    if not re.fullmatch(rf"(?:\s|{either('alone_before')})*", before, re.I):
        return False
    if not re.fullmatch(rf"(?:\s|{either('alone_after')})*", after, re.I):
        return False
    start, end = said.start - len(before), said.end + len(after)
    around = f"{text[max(0, start - 24) : start]} {text[end : end + 12]}"
    return not (pattern("spent_on").search(around) or pattern("spent_how").search(around))


def _spent(before: str, lead: str) -> bool:
    """Whether the amount is one that was lost, paid, owed or earned."""
    han = r"[每年月天控制压降低砍从要能得掉和、高达不超过了进去到]"
    filler = rf"(?:\s|{either('budget_filler')}|{han}|(?:is|are|to|at|by|down|en)(?![a-z]))*$"
    spent = (pattern("spent_on", tail=filler), pattern("spent_how", tail=filler))
    return any(found.search(told) for found in spent for told in (before, lead))


def _monthly(before: str, after: str) -> bool:
    return bool(
        pattern("monthly_before", tail=r"\s*$").search(before)
        or pattern("monthly_after", lead=r"\s*").match(after)
    )


def _per_piece(before: str, after: str) -> bool:
    return bool(
        pattern("piece_before", tail="$").search(before)
        or pattern("piece_after", lead=r"\s*").match(after)
    )
