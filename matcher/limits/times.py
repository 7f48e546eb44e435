"""The time that a need allows until the thing works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from matcher.limits.amounts import CURRENCY, amounts
from matcher.limits.dates import deadlines
from matcher.limits.periods import periods
from matcher.limits.phrases import either, pattern
from matcher.limits.roles import to_be_done
from matcher.limits.said import ReadLimit, Said, clause

_CONJUNCTION = re.compile(r"(?<![a-zà-ÿ])(?:and|but|because|so|y|pero|porque)(?![a-zà-ÿ])", re.I)
_PAID = re.compile(rf"(?:{CURRENCY}|[0-9]k?)\s*$", re.IGNORECASE)  # 3,500 yuan a month
_AND_MONEY = re.compile(r"\s*(?:and|y|,)\s[^,.;]{1,30}(?:yuan\w*|rmb|cny)\s*$", re.I)
_WISHED = re.compile("让|把(?!关)|要能|得能|就能|能够")  # what follows is the object of the wish
_NO_NAME = "(?![^,，0-9]{0,2}(?:系统|软件|看板|管理|追溯|平台|流程|模块|小程序|率|后|条|表))"
_EVENT = re.compile(r"([一-龥]{2})(?=$|以|了|的$)")
_NEAR = 30
_CLAUSES_ON = 5  # clauses after a time in which it may be taken up again
_ALONE_DAYS, _WEIGHED_DAYS = range(7, 731), range(2, 732)


def times(text: str, today: date) -> Iterator[ReadLimit]:
    """Every period and date in ``text`` until which something is to work, in days from ``today``."""
    dates = deadlines(text, today)
    yield from _periods_asked(text, dates)
    yield from _dates_asked(text, dates)


def _periods_asked(text: str, dates: list[Said]) -> Iterator[ReadLimit]:
    """The periods asked; a date that one of them counts from leaves ``dates``."""
    spans = periods(text)
    for said in spans:
        before, after = clause(text, said.start, said.end)
        if _asked_later(text, said, before, after) or _counted_down(text, said, before, after):
            yield _time(text, said, before, after, False, 0.7, said.start, said.end)
            continue
        if _history(text, said, before, after):
            continue
        latin = text[said.end - 1].isascii() or text[said.end - 1] in "íáñ"
        told = (_told_latin if latin else _told_period)(text, said, before, after)
        if told is None and _weighed(text, said, spans, before, after):
            told = bool(pattern("time_cap").search(before)), 0.55, said.start, said.end
        if told:
            start = next((one for one in dates if _counts_from(text, one, said)), None)
            if start:
                dates.remove(start)
                said = replace(said, value=said.value + start.value)
            yield _time(text, said, before, after, *told)


def _dates_asked(text: str, dates: list[Said]) -> Iterator[ReadLimit]:
    for said in dates:
        before, after = clause(text, said.start, said.end)
        restated = pattern("restated").match(text, said.end + len(after) + 1)
        if restated and any(one.start == restated.end() for one in dates):
            continue
        where = said.start, said.end
        if _deadline_asked(text, said, before, after):
            sure = (
                0.87 if re.search("[0-9日号]", text[slice(*where)]) else 0.85
            )  # the plainest date
            yield _time(text, said, before, after, True, sure, *where)
        elif _done_then(text, said, before, after):
            yield _time(text, said, before, after, True, 0.8, *where)
        elif not _refused(text, said, before, after) and to_be_done(
            text, said, dates, not said.blurred
        ):
            yield _time(text, said, before, after, False, 0.6, *where)


def _history(text: str, said: Said, before: str, after: str) -> bool:
    """Whether a period tells what was, recurs or is paid for (三个月前, 每半年, 3,500 yuan a month)."""
    rate = pattern("rate").fullmatch(text, said.start, said.end)
    return bool(
        pattern("ago", lead=r"\s*").match(after)
        or pattern("not_asked", tail=r"\s*$").search(before)
        or (rate and _PAID.search(before))
    )


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
    given = pattern("time_given", tail=r"[^,，。;；0-9]{0,8}$").search(before)
    if given:
        start = said.start - len(before) + given.start()
        return bool(pattern("time_cap").search(given[0])), 0.85, start, said.end
    filler = rf"(?:\s|{either('budget_filler')}|最长|不超过|要)*+$"
    cue = pattern("time_before", tail=filler).search(before)
    ready = pattern("time_done", tail=filler).search(before)
    gap = rf"\s*{either('time_gap')}*"
    done = pattern("time_done", lead=gap, tail=r"(?!了(?!.{0,6}[吗?]))").match(after)
    start, end = said.start, said.end
    if _against(before, after):
        return None
    if top := pattern("time_top", lead=r"\s*").match(after):
        return True, 0.9, start, end + top.end()
    over = pattern("time_over", tail=r"\s*$").search(before)
    if over and pattern("floor_refused").match(after):
        return True, 0.8, start, end
    if within:
        rest = after[within.end() :]
        asked = pattern("time_done").search(rest) or pattern("generic").search(rest)
        wished = said.value in _ALONE_DAYS and pattern("time_modal", lead=r"\s*").match(rest)
        if rest.strip() and not (asked or ready or wished):
            return None
        return True, 0.95 if asked else 0.75, start, end + (done or within).end()
    if done:
        return False, 0.9, start, end + done.end()
    if (cue or ready) and after[:1] not in ("后", "前"):
        first = cue or ready
        assert first is not None
        hard = bool(pattern("time_cap").search(first[0]))
        return hard, 0.85, start - len(before) + first.start(), end
    return _time_alone(text, said, before, after)


def _told_latin(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    whole = before + after
    rate = pattern("rate").fullmatch(text, said.start, said.end)
    tight = pattern("lead_tight", tail=r"\s*$").search(before)
    lead = tight or pattern("lead_loose", tail=r"\s*$").search(before)
    given = pattern("time_given", tail=r"\s*$").search(before)
    if given:
        start = said.start - len(before) + given.start()
        return bool(tight), 0.85, start, said.end
    if _against(before, after):
        return None
    asked = pattern("time_done").search(whole) or pattern("time_ask").search(whole)
    rest = re.sub(rf"^.*(?:{CURRENCY})\s*(?:y|and)?\s*", "", before[: lead.start()]) if lead else ""
    if rate and lead and not (tight or pattern("time_done").search(whole)):
        return None
    if lead and (asked or not (rest + after).strip()):
        start = said.start - len(before) + lead.start()
        return bool(tight), 0.9 if asked else 0.7, start, said.end
    if cue := pattern("time_before", tail=r"\s*").search(before):
        start = said.start - len(before) + cue.start()
        return bool(pattern("time_cap").search(cue[0])), 0.85, start, said.end
    if pattern("time_to", lead=r"\s*").match(after):
        return False, 0.7, said.start, said.end
    return _time_alone(text, said, before, after)


def _time_alone(
    text: str, said: Said, before: str, after: str
) -> tuple[bool, float, int, int] | None:
    if said.value not in _ALONE_DAYS:
        return None
    before, after = _without_budget(before), _AND_MONEY.sub("", after)
    if not re.fullmatch(rf"(?:\s|{either('time_alone_before')})*+", before, re.I):
        return None
    if not re.fullmatch(rf"(?:\s|{either('time_alone_after')})*+", after, re.I):
        return None
    start = said.start - len(before)
    around = text[max(0, start - 16) : start]
    if pattern("time_lost").search(around) or pattern("time_against").search(around):
        return None
    return bool(pattern("time_cap").search(before + after)), 0.55, said.start, said.end


def _without_budget(before: str) -> str:
    """What stands before a period, less an amount allowed in the same breath (最多十万最多三个月)."""
    said = max((one.end for one in amounts(before) if one.money), default=0)
    rest = pattern("budget_top", lead=r"\s*").sub("", before[said:], count=1)
    return rest if rest.strip() else before


def _counts_from(text: str, start: Said, said: Said) -> bool:
    """Whether the period counts from that date (从7月1号算起三个月)."""
    return bool(
        start.end <= said.start
        and pattern("counted_from", lead=r"\s*", tail=r"\s*").fullmatch(
            text[start.end : said.start]
        )
    )


def _weighed(text: str, said: Said, others: list[Said], before: str, after: str) -> bool:
    """Whether a period that no phrase stands beside is asked; 一年 and the like are rates there."""
    rate = pattern("rate").fullmatch(text, said.start, said.end)
    if rate and not pattern("within_done").match(after):
        return False
    if said.value not in _WEIGHED_DAYS or _against(before, after):
        return False
    return to_be_done(text, said, others)


def _refused(text: str, said: Said, before: str, after: str) -> bool:
    """Whether the words around a date say that it is no deadline."""
    loose = said.blurred
    latin = text[said.start : said.start + 2].isascii()
    latin = latin and not re.search("[0-9]", text[said.start : said.end])
    return bool(
        said.value not in _WEIGHED_DAYS
        or pattern("very_soon").fullmatch(text, said.start, said.end)
        or (loose and text[said.start] == "月")  # 月底对账 is every month's
        or _against(before, after)
        or pattern("not_asked", tail=r"\s*$").search(before)
        or (loose and (latin or pattern("date_after").match(after)))
    )


def _against(before: str, after: str) -> bool:
    """Whether the words around a time tell a warranty, a delivery, a payment; 交货系统 tells nothing."""
    near = _CONJUNCTION.split(before)[-1] + " " + _CONJUNCTION.split(after)[0][:_NEAR]
    if not pattern("handed_over").search(near):
        near = _WISHED.split(near)[0]
    return bool(pattern("time_against", tail=_NO_NAME).search(near))


def _asked_later(text: str, said: Said, before: str, after: str) -> bool:
    """Whether something is to work after a period (五个月后新厂投产，系统跟着一起上)."""
    later = pattern("later").match(after)
    if not later or pattern("role_passed").search(before):
        return False
    then = after[later.end() :]
    asked = pattern("time_done").search(then) or pattern("then_must").match(then)
    if asked and not re.search("[了没不]", then) and not _against("", then):
        return True
    return bool(pattern("later_asked").match(after)) or _done_then(text, said, before, after)


def _counted_down(text: str, said: Said, before: str, after: str) -> bool:
    """Whether so long is left until something that it is needed for (再过五十天新线投产，系统得一起上)."""
    left = pattern("left").search(before)
    return bool(
        left and (pattern("time_done").search(after) or _done_then(text, said, before[:0], after))
    )


def _done_then(text: str, said: Said, before: str, after: str) -> bool:
    """Whether a clause that follows asks for it by that time (9月20号审厂，这之前要上线)."""
    if pattern("not_asked", tail=r"\s*$").search(before):
        return False
    if pattern("back_then").search(after) and pattern("then_asked").search(after):
        return True
    at = said.end + len(after)
    event = _EVENT.search(after)
    for _ in range(_CLAUSES_ON):
        at += 1
        then = clause(text, at, at)[1]
        named = event and re.search(rf"{event[1]}(?:之?前|那天|当天|时|的时候|就[要得])", then)
        back = named or pattern("also_then").match(then) or pattern("must_then").match(then)
        if back and pattern("then_asked").search(then):
            return True
        at += len(then)
    return False


def _deadline_asked(text: str, said: Said, before: str, after: str) -> bool:
    loose = said.blurred  # neither 前 nor 内 stands there
    if _against(before, after):
        return False
    if loose and pattern("date_after").match(after):
        return False
    if pattern("not_asked", tail=r"\s*$").search(before):
        return False
    done = pattern("time_done").search(before + " " + after)
    if pattern("very_soon").fullmatch(text, said.start, said.end):
        return bool(done or re.match(r"\s*(?:之?前)?就?[要得]用", after))
    named = pattern("date_named").match(text, said.start)
    if named or pattern("date_must", tail=r"\s*$").search(before):
        return True
    if not loose and pattern("or_else").match(after):
        return True
    if loose:
        return bool(done) or bool(re.match(r"\s*(?:就?[要得]用|就要|要有|要上)", after))
    latin = re.search(r"[a-z]", text[said.start : said.end])
    sentence = re.split(r"[.;!?](?![0-9])", text[max(0, said.start - 90) : said.start])[-1]
    ask = pattern("time_ask").search(sentence) if latin else None
    whole = before + " " + after
    ask = ask or (pattern("time_modal").search(whole) if "了" not in whole else None)
    return bool(done or ask or pattern("generic").search(after) or not whole.strip())
