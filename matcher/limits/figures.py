"""The figures of a need that may be its budget or the time it allows, with what each would be worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog.records import MAX_MONEY_CNY
from matcher.limits.amounts import amounts
from matcher.limits.dates import deadlines
from matcher.limits.derived import EACH_LATIN, derived
from matcher.limits.periods import periods
from matcher.limits.phrases import either, pattern
from matcher.limits.said import Said, clause

FIELDS = ("budget", "days")
_LEAST_BUDGET, _LEAST_BARE = 300, 1_000  # CNY in a year; of a figure without a currency
_LEAST_PRICE = 10  # CNY in a year, of one machine or user
_ONE = 10_000  # 一个 is one thing, not ten thousand
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_EACH = re.compile(rf"^{EACH_LATIN}(?: (?:and|y))?", re.IGNORECASE)
"""What a price is for may stand before how often it is paid (250 yuan per camera per month)."""
_AFTER = re.compile("[之以]?[后後](?![天面续勤])")
"""What begins after a date (国庆后) has no deadline there."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a budget or a time of ``value`` (CNY of the first year, days from today) may stand on.

    ``form`` is money, bare (no currency), slang (二十个), each, sum or share (`derived`); period,
    rate (一年, a month: more often how often something is paid than how long it takes) or date.
    """

    field: str
    form: str
    said: Said
    value: int


def figures(text: str, today: date) -> list[Figure]:
    """Every amount, sum, period and date of ``text``."""
    spans, dates = periods(text), deadlines(text, today)
    timed = [*spans, *dates]
    return [*_money(text, timed), *_times(text, spans, dates)]


def _money(text: str, timed: Sequence[Said]) -> list[Figure]:
    found, prices = [], []
    paid = _without_refused(text)
    for said in amounts(text):
        value = said.value * _times_a_year(paid, said)
        year = not said.money and _YEAR.fullmatch(text, said.start, said.end)
        inside = any(one.start <= said.start and said.end <= one.end for one in timed)
        slang = text[said.end - 1] == "个"  # 预算二十个
        if year or inside or (slang and said.value <= _ONE):
            continue
        if value >= (_LEAST_PRICE if said.money else _LEAST_BUDGET):
            prices.append((said, value))
        if value >= _LEAST_BUDGET:
            form = "slang" if slang else "money" if said.money else "bare"
            found.append(Figure("budget", form, said, value))
    sums = [
        (one.said, one.value)
        for one in found
        if one.form == "money" or one.said.value >= _LEAST_BARE
    ]
    for form, said, value in derived(text, prices, sums):
        if _LEAST_BUDGET <= value <= MAX_MONEY_CNY:
            found.append(Figure("budget", form, said, value))
    return found


def _times(text: str, spans: Sequence[Said], dates: Sequence[Said]) -> list[Figure]:
    found, begun = [], set()
    for said in spans:
        start = next((one for one in dates if _counts_from(text, one, said)), None)
        rate = pattern("rate").fullmatch(text, said.start, said.end)
        days = said.value + (start.value if start else 0)
        found.append(Figure("days", "rate" if rate else "period", said, days))
        if start:
            begun.add(start)
    ends = (one for one in dates if one not in begun and not _AFTER.match(text, one.end))
    return found + [Figure("days", "date", one, one.value) for one in ends]


def _counts_from(text: str, start: Said, said: Said) -> bool:
    """Whether the period counts from that date (从7月1号算起三个月)."""
    between = text[start.end : said.start]
    counted = pattern("counted_from", lead=r"\s*", tail=r"\s*")
    return start.end <= said.start and bool(counted.fullmatch(between))


def _times_a_year(text: str, said: Said) -> int:
    """How often the amount is paid in a year."""
    before, after = clause(text, said.start, said.end)
    before = _topic(text[: said.start - len(before)]) + before
    quarterly = pattern("quarterly_before", tail=r"\s*$").search(before)
    after = _EACH.sub("", after)
    if quarterly or pattern("quarterly_after", lead=r"\s*").match(after):
        return 4
    monthly = pattern("monthly_before", tail=r"\s*$").search(before)
    monthly = monthly or pattern("monthly_after", lead=r"\s*").match(after)
    return 12 if monthly or _rented(text, said, after) else 1


def _rented(text: str, said: Said, after: str) -> bool:
    """Whether the amount is what is paid monthly by what is told further before it (包月的,两千左右)."""
    ahead = text[max(0, said.start - 30) : said.start]
    rent = pattern("monthly_rent").search(ahead)
    if not rent or pattern("paid_once").search(f"{ahead[rent.end() :]} {after}"):
        return False
    _, beside, own = ahead[rent.end() :].rpartition(",")
    return not (beside and pattern("budget_total").search(own))


def _without_refused(text: str) -> str:
    """``text`` with blanks where it refuses to pay by the month (不要月租), each thing in its place."""
    for found in pattern("monthly_refused").finditer(text):
        text = f"{text[: found.start()]}{' ' * len(found[0])}{text[found.end() :]}"
    return text


def _topic(before: str) -> str:
    """The budget that the clause before is about (预算这块，老板松口到三十万), or nothing."""
    found = re.search(rf"{either('budget_named')}[^0-9,，。;；]{{0,5}}[,，]\s*$", before, re.I)
    return found[0] if found else ""
