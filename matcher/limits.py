"""What a need says about money, time, size, level and technology, each with the words that say it.

Money or time counts only where it is asked or allowed (预算, 以内, 能出, under, máximo), or stands alone as a
clause that names an amount to spend: 亏了八万 is a loss, 干了三十年 a history. In doubt nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from catalog.records import Size
from matcher.limit_words import (
    Said,
    amounts,
    deadlines,
    either,
    figure,
    pattern,
    periods,
    rows,
)

_LEAST_BUDGET, _MOST_ALONE = 300, 9_000_000
_LITTLE_MONEY = 0.3
_ALONE_DAYS = range(7, 731)
_HEADCOUNTS = ((20, Size.MICRO), (300, Size.SMALL), (1000, Size.MEDIUM))
_REVENUES = ((3_000_000, Size.MICRO), (40_000_000, Size.SMALL), (400_000_000, Size.MEDIUM))
_LEVELS = {**{"一": 1, "二": 2, "三": 3, "四": 4, "one": 1, "two": 2, "three": 3, "four": 4}}
_LEVELS |= {"1": 1, "2": 2, "3": 3, "4": 4, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4}
_LEVELS |= {"规范": 2, "集成": 3, "协同": 4}

_BOUNDARY = re.compile(r"[。;；!！?？\n、()（）…，]|,(?![0-9]{3}(?![0-9]))|\.(?![0-9])|——")


@dataclass(frozen=True, slots=True)
class ReadLimit:
    """One thing read from a need's words.

    ``field`` is budget (CNY, first year), days, size (`Size`), headcount, revenue (CNY), level (1-4) or
    technology (a tag of ``Solution.technologies``). ``hard`` when told as a limit, not a wish. ``words``
    are as they stand in the text; ``confidence`` is 0-1.
    """

    field: str
    value: int | str
    hard: bool
    words: str
    confidence: float


def read_limits(text: str, today: date) -> tuple[ReadLimit, ...]:
    """What ``text`` (normalised: `catalog.wording.normalised`) says, at most one of each but technology.

    Dates count from ``today``, the day in Asia/Shanghai. Of several budgets or times the hard one counts,
    then the surest, then the first.
    """
    found = (_best(_budgets(text)), _best(_times(text, today)), *_sizes(text), _level(text))
    return (*(limit for limit in found if limit), *_technologies(text))


def _best(found: Iterator[ReadLimit]) -> ReadLimit | None:
    return max(found, key=lambda limit: (limit.hard, limit.confidence), default=None)


def _clause(text: str, start: int, end: int, width: int = 48) -> tuple[str, str]:
    """What stands before and after ``start:end`` in the same clause, at most ``width`` characters."""
    before, after = text[max(0, start - width) : start], text[end : end + width]
    cut = max((boundary.end() for boundary in _BOUNDARY.finditer(before)), default=0)
    stop = _BOUNDARY.search(after)
    return before[cut:], after[: stop.start()] if stop else after


def _budgets(text: str) -> Iterator[ReadLimit]:
    for said in amounts(text):
        before, after = _clause(text, said.start, said.end)
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


def _times(text: str, today: date) -> Iterator[ReadLimit]:
    for said in periods(text):
        before, after = _clause(text, said.start, said.end)
        if pattern("ago", lead=r"\s*").match(after):
            continue
        if pattern("not_asked", tail=r"\s*$").search(before):
            continue
        latin = text[said.end - 1].isascii() or text[said.end - 1] in "íáñ"
        told = (_told_latin if latin else _told_period)(text, said, before, after)
        if told:
            yield _time(text, said, before, after, *told)
    for said in deadlines(text, today):
        before, after = _clause(text, said.start, said.end)
        if _deadline_asked(before, after, said.blurred):
            yield _time(text, said, before, after, True, 0.85, said.start, said.end)


def _time(
    text: str, said: Said, before: str, after: str, hard: bool, confidence: float, *where: int
) -> ReadLimit:
    whole = before + text[said.start : said.end] + after
    if pattern("must").search(text[max(0, said.start - 20) : said.end + 20]):
        hard = True
    elif pattern("soft").search(whole):
        hard = False
    if said.blurred:
        confidence -= 0.05
    return ReadLimit("days", said.value, hard, text[slice(*where)].strip(), round(confidence, 2))


def _told_period(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    within = pattern("within", lead=r"\s*").match(after)
    filler = rf"(?:\s|{either('budget_filler')}|最长|不超过|要)*$"
    cue = pattern("time_before", tail=filler).search(before)
    ready = pattern("time_done", tail=filler).search(before)
    gap = r"\s*(?:就|便|里|内|之内|以内|左右|上下|要|能|得|必须|可以|想|全|先|给我|都)*"
    done = pattern("time_done", lead=gap, tail=r"(?!了(?!.{0,6}[吗?]))").match(after)
    start, end = said.start, said.end
    if pattern("time_against").search(before + after):
        return None
    if within:
        rest = after[within.end() :]
        asked = pattern("time_done").search(rest) or pattern("generic").search(rest)
        if rest.strip() and not asked and not ready:
            return None
        return True, 0.95 if asked else 0.75, start, end + (done or within).end()
    if done:
        return False, 0.9, start, end + done.end()
    if (cue or ready) and not after[:1].strip("的后前里"):
        first = cue or ready
        assert first is not None
        hard = bool(pattern("time_cap").search(first[0]))
        return hard, 0.85, start - len(before) + first.start(), end
    return _time_alone(text, said, before, after)


def _told_latin(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    whole = before + after
    tight = pattern("lead_tight", tail=r"\s*$").search(before)
    lead = tight or pattern("lead_loose", tail=r"\s*$").search(before)
    if pattern("time_against").search(whole):
        return None
    asked = pattern("time_done").search(whole) or pattern("time_ask").search(whole)
    if lead and (asked or not (before[: lead.start()] + after).strip()):
        start = said.start - len(before) + lead.start()
        return bool(tight), 0.9 if asked else 0.7, start, said.end
    if cue := pattern("time_before", tail=r"\s*").search(before):
        start = said.start - len(before) + cue.start()
        return bool(pattern("time_cap").search(cue[0])), 0.85, start, said.end
    return _time_alone(text, said, before, after)


def _time_alone(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    if said.value not in _ALONE_DAYS:
        return None
    if not re.fullmatch(rf"(?:\s|{either('time_alone_before')})*", before, re.I):
        return None
    if not re.fullmatch(rf"(?:\s|{either('time_alone_after')})*", after, re.I):
        return None
    start = said.start - len(before)
    around = text[max(0, start - 16) : start]
    if pattern("time_lost").search(around) or pattern("time_against").search(around):
        return None
    return bool(pattern("time_cap").search(before + after)), 0.55, said.start, said.end


def _deadline_asked(before: str, after: str, loose: bool) -> bool:
    if pattern("time_against").search(before + after):
        return False
    if pattern("not_asked", tail=r"\s*$").search(before):
        return False
    done = pattern("time_done").search(before + " " + after)
    if loose:  # no 前 nor 内 stands there
        return bool(done) or bool(re.match(r"\s*(?:就?[要得]用|就要|要有|要上)", after))
    ask = pattern("time_ask").search(before) if re.search(r"[a-z]", before + after) else None
    return bool(done or ask or pattern("generic").search(after) or not (before + after).strip())


def _sizes(text: str) -> Iterator[ReadLimit]:
    people, turnover = _counted(text, "headcount"), _counted(text, "revenue")
    yield from (limit for limit in (people, turnover) if limit)
    told = [limit for limit in (people, turnover) if limit]
    if told:
        classes = list(Size)
        by = [
            next((size for most, size in steps if int(limit.value) < most), Size.LARGE)
            for limit, steps in ((people, _HEADCOUNTS), (turnover, _REVENUES))
            if limit
        ]
        size = min(by, key=classes.index)
        sure = 0.9 if len(told) > 1 else 0.75 if people else 0.5
        yield ReadLimit("size", size.value, False, told[0].words, sure)
        return
    for row in rows("size"):
        if found := _row(row).search(text):
            yield ReadLimit("size", row["value"], False, found[0], 0.6)
            return


def _counted(text: str, field: str) -> ReadLimit | None:
    for row in rows(field):
        for found in _row(row).finditer(text):
            if field == "headcount":
                number = figure(found["n"])
                value = int(number) if number is not None else None
            else:
                value = next((said.value for said in amounts(found["n"]) if said.money), None)
            if value:
                return ReadLimit(field, value, False, found[0], 0.85)
    return None


def _level(text: str) -> ReadLimit | None:
    for row in rows("level"):
        for found in _row(row).finditer(text):
            before, after = _clause(text, found.start(), found.end(), 12)
            if not pattern("level_against").search(before + found[0] + after):
                level = _LEVELS[found["n"].lower()]
                hard = bool(pattern("must").search(before + found[0]))
                return ReadLimit("level", level, hard, found[0], 0.85)
    return None


def _technologies(text: str) -> Iterator[ReadLimit]:
    for row in rows("technology"):
        for found in _row(row).finditer(text):
            before, after = _clause(text, found.start(), found.end(), 16)
            if pattern("not_wanted", tail=r"\s*$").search(before):
                continue
            hard = bool(pattern("technology_must", tail=r"\s*$").search(before))
            wished = pattern("technology_wish").search(before + after)
            sure = 0.9 if wished else 0.7
            yield ReadLimit("technology", row["value"], hard, found[0], sure)
            break


@cache
def _row_pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _row(row: dict[str, str]) -> re.Pattern[str]:
    return _row_pattern(row["pattern"])
