"""The budget that a need tells: an amount with a word that asks or allows (预算, 愿意花, 以内, under).

What stands nearest decides. A loss, a price, a wage or turnover just before the amount, or a past one in its
clause, keeps it from being a budget; a named budget (预算, budget) is one whatever else is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcher.limits.amounts import amounts
from matcher.limits.periods import periods
from matcher.limits.phrases import either, pattern, rows
from matcher.limits.roles import to_be_spent
from matcher.limits.said import ReadLimit, Said, clause

_LEAST_BUDGET, _LEAST_WEIGHED, _MOST_ALONE = 300, 1_000, 9_000_000
_LITTLE_MONEY = 0.3
_Told = tuple[bool, float, int, int]


def budgets(text: str) -> Iterator[ReadLimit]:
    """Every amount in ``text`` that is asked or allowed, in CNY of the first year."""
    here = amounts(text)
    sums = [said for said in here if said.money or said.value >= _LEAST_WEIGHED]
    for said in here:
        before, after = clause(text, said.start, said.end)
        topic = _topic(text[: said.start - len(before)])
        told = _told_budget(text, said, topic + before, after)
        if told is None and _weighed(text, said, sums, before, after):
            told = bool(pattern("budget_cap").search(before)), 0.55, said.start, said.end
        if told is None:
            continue
        before = topic + before
        hard, confidence, start, end = told
        value = said.value
        value *= _times_a_year(text, said, before, after)
        if value < _LEAST_BUDGET or _per_piece(before, after):
            continue
        if pattern("budget_total", tail=r"\s*").search(before):
            confidence = max(confidence, 0.92)
        if said.blurred:
            confidence -= 0.1
        if text[said.start] in "小大":
            hard, confidence = False, 0.4
        if pattern("soft").search(before[-12:] + text[said.start : said.end] + after[:12]):
            hard = False
        yield ReadLimit("budget", value, hard, text[start:end].strip(), round(confidence, 2))
    if little := pattern("little_money").search(text):
        value = int(rows("little_money")[0]["value"])
        yield ReadLimit("budget", value, False, little[0], _LITTLE_MONEY)


def _weighed(text: str, said: Said, sums: list[Said], before: str, after: str) -> bool:
    """Whether an amount that no phrase stands beside is to be spent.

    A bare figure is money where another amount of the need is (850.000 yuanes … no más de 200.000), a
    small one where it is a month's.
    """
    slang = text[said.end - 1] == "个"
    if slang or not (said.money or any(one.money for one in sums)):
        return False
    if pattern("floor_after", lead=r"\s*").match(after):
        return False
    value = said.value * _times_a_year(text, said, before, after)
    if not _LEAST_WEIGHED <= value <= _MOST_ALONE:
        return False
    return not pattern("counted").match(text, said.end) and to_be_spent(text, said, sums)


def _topic(before: str) -> str:
    """The budget that the clause before is about (预算这块，老板松口到三十万), or nothing."""
    found = pattern("budget_named", tail=r"[^0-9,，。;；]{0,5}[,，]\s*$").search(before)
    return found[0] if found else ""


def _told_budget(text: str, said: Said, before: str, after: str) -> _Told | None:
    """Whether an amount is asked or allowed: hard, confidence, and where its words begin and end."""
    filler = rf"(?:\s|{either('budget_filler')})*+$"
    named = pattern("budget_named", tail=r"[^0-9]{0,30}$").search(before)
    spend = rf"(?:\s|{either('budget_filler')}|{either('budget_wish')})*+$"
    cap = pattern("budget_cap", tail=spend).search(before)
    noun = pattern("budget_noun", tail=r"[^0-9]{0,13}$").search(before)
    wish = pattern("budget_wish", tail=filler).search(before)
    cue = min(
        (found for found in (named, cap, noun, wish) if found), key=re.Match.start, default=None
    )
    a_month = rf"\s*钱?\s*{either('monthly_after')}?\s*"
    top = pattern("budget_top", lead=a_month).match(after)
    fits = pattern("budget_fits", lead=a_month).match(after)
    floor = not cap and pattern("floor_before", tail=r"\s*$").search(before)
    above = pattern("floor_after", lead=r"\s*").match(after)
    if floor or above:
        sum_told = said.money or said.value >= _LEAST_WEIGHED
        refused = sum_told and pattern("floor_refused").match(after, above.end() if above else 0)
        return (True, 0.8, said.start, said.end) if refused else None
    monthly = _monthly(before, after) and (cue or top or _alone(text, said, before, after))
    if not (said.money or monthly or (named and said.value >= 1000)):
        return None
    lead = before[: cue.start()] if cue and cue is noun else before
    if not named and (_spent(lead) or pattern("past").search(before)):
        return None
    if not named and _comes_in(text, said):
        return None
    stop = top or fits
    if pattern("of_what", lead=r"\s*").match(after, stop.end() if stop else 0):
        return None
    start = said.start - len(before) + cue.start() if cue else said.start
    end = said.end + stop.end() if stop else said.end
    if cap or top:
        return True, 0.95, start, end
    if cue:
        return False, 0.9 if named else 0.85, start, end
    if fits:
        return False, 0.8, start, end
    return _unasked_budget(text, said, before, after)


def _unasked_budget(text: str, said: Said, before: str, after: str) -> _Told | None:
    if _alone(text, said, before, after):
        return False, 0.6, said.start - len(before), said.end + len(after)
    started = pattern("alone_before", tail=r"*+\s*").fullmatch(before) or not before.strip()
    if started and pattern("budget_use", lead=r"\s*").match(after):
        return False, 0.6, said.start, said.end
    timed = next((p for p in periods(after) if not after[: p.start].strip()), None)
    if started and timed and pattern("within", lead=r"\s*").match(after, timed.end):
        return False, 0.6, said.start, said.end
    if text[said.start] == "小" and pattern("small_after", lead=r"\s*").match(after):
        return False, 0.4, said.start, said.end
    return None


def _alone(text: str, said: Said, before: str, after: str) -> bool:
    """Whether the clause tells an amount and nothing else, and none before it tells a loss."""
    small = said.value < _LEAST_WEIGHED and not _monthly(before, after)
    if said.value > _MOST_ALONE or (small and text[said.end - 1] not in "块钱元"):
        return False
    if small and said.value < _LEAST_BUDGET:
        return False
    if first := next((p for p in periods(before) if not before[: p.start].strip()), None):
        before = re.sub(r"^\s*(?:and|y|和)?\s*", "", before[first.end :])
    if not re.fullmatch(rf"(?:\s|{either('alone_before')})*+", before, re.I):
        return False
    if not re.fullmatch(rf"(?:\s|{either('alone_after')})*+", after, re.I):
        return False
    start = said.start - len(before)
    last = text[max(0, start - 24) : start].rstrip(",，。;；、 ")
    told, _ = clause(last, len(last), len(last))
    return not (_spent(told) or pattern("owed").search(told) or pattern("quoted").search(told))


def _spent(before: str) -> bool:
    """Whether ``before`` ends with what was lost, paid, owed or earned, or what a thing costs."""
    han = r"[每年月天控制压降拿低砍从要能得掉和、高达不超过了进去到金总额下才给我们他空]"
    filler = (
        rf"(?:\s|{either('budget_filler')}|{han}|(?:is|are|to|at|by|down|en|us|over)(?![a-z]))*+$"
    )
    return any(pattern(use, tail=filler).search(before) for use in ("spent_on", "spent_how"))


def _monthly(before: str, after: str) -> bool:
    return bool(
        pattern("monthly_before", tail=r"\s*$").search(before)
        or pattern("monthly_after", lead=r"\s*").match(after)
    )


def _comes_in(text: str, said: Said) -> bool:
    """Whether the sentence tells money that the firm gets (奖励…最多三百万), unless its own is told after."""
    sentence = re.split("[。;；!！?？\n]", text[max(0, said.start - 80) : said.start])[-1]
    income = list(pattern("income").finditer(sentence))
    return bool(income) and not re.search(
        "[我咱自垫]|own|our|nosotros", sentence[income[-1].end() :]
    )


def _times_a_year(text: str, said: Said, before: str, after: str) -> int:
    """How often the amount is paid in a year."""
    if pattern("quarterly_before", tail=r"\s*$").search(before):
        return 4
    if pattern("quarterly_after", lead=r"\s*").match(after):
        return 4
    rent = pattern("monthly_rent").search(text[max(0, said.start - 30) : said.start])
    return 12 if rent or _monthly(before, after) else 1


def _per_piece(before: str, after: str) -> bool:
    return bool(
        pattern("piece_before", tail="$").search(before)
        or pattern("piece_after", lead=r"\s*").match(after)
    )
