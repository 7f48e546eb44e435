"""Dates as people say them (年底前, before June) as days from today, with where they stand."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from catalog.records import MAX_DAYS
from matcher.expressions import Expression, Match
from matcher.limits.numbers import figure
from matcher.limits.phrases import either, rows
from matcher.limits.said import LATIN, Said

_MONTHS = re.findall(
    r"\w+",
    "january february march april may june july august september october november december"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
_SHORT_MONTHS = re.findall(
    r"\w+",
    "jan feb mar apr may jun jul aug sep oct nov dec"
    " ene feb mar abr may jun jul ago sep oct nov dic",
)
_BEFORE = ("before", "prior to", "antes de", "antes del")
_STARTS = (
    "from",
    "desde",
    "start",
    "starts",
    "starting",
    "begin",
    "begins",
    "empiece",
    "empieza",
    "comience",
)
_LOOSE = ("", ":", "in", "on", "en", "el", "a", "at", "este", *_STARTS)
_FIRST = (*_BEFORE, *_STARTS)
_THIS_YEAR = re.compile(r"para (?:el|este) año", re.IGNORECASE)  # more often the year of a budget
_SPRING = (2, 28)  # 开春: the end of February
_MONTH_PARTS = dict.fromkeys(("底", "末", "下旬", "份", "最后一天", "的最后一天"), 31) | {
    "初": 10,
    "上旬": 10,
    "中": 20,
    "中旬": 20,
}
_MONTH_PARTS_LATIN = {
    "mid|med|mitad|first half|primera (?:quinc|mitad)": 15,
    "first week|primera sem": 7,
    "second week|segunda sem": 14,
    "third week|tercera sem": 21,
    "early|beg|start|princip|primer|comien|inic": 10,
}
_QUARTERS = {"first": 1, "primer": 1, "second": 2, "segun": 2, "third": 3, "tercer": 3}
_QUARTERS |= {"fourth": 4, "cuarto": 4, "last": 4, "último": 4}
_ORDINALS = {
    word: day
    for day, word in enumerate(
        re.findall(
            r"\S+",
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
            " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
            " twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh"
            " twenty-eighth twenty-ninth thirtieth thirty-first",
        ),
        start=1,
    )
}
_DAYS = _ORDINALS | {"primero": 1, "once": 11}
_CARDINALS = (
    "(?:uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[ée]is"
    "|diecisiete|dieciocho|diecinueve|veint[a-zéúó]+|treinta(?: y uno)?)"
)
_WEEKDAYS = ("mon lun", "tue mar", "wed mié mie", "thu jue", "fri vie", "sat sáb sab", "sun dom")
_FULL_DATE = re.compile(r"(?<![0-9./-])([0-9]{1,2})([./-])([0-9]{1,2})\2(20[0-9]{2})(?![0-9])")
"""30.09.2026, 13/11/2026; the month first only where it cannot be otherwise."""
_SPANISH = ("antes de", "antes del", "para", "hasta", "el", "en")


@cache
def _calendar() -> tuple[Expression, ...]:
    festivals = "|".join(f"(?P<f{i}>{row['pattern']})" for i, row in enumerate(rows("festival")))
    filled = {"FESTIVALS": festivals, "MONTHS": "|".join((*_MONTHS, "sept", *_SHORT_MONTHS))}
    filled |= {
        "ORDINALS": "|".join(sorted(_ORDINALS, key=len, reverse=True)),
        "CARDINALS": _CARDINALS,
    }
    filled |= {"BEFORE": either("deadline_after"), "LEAD": either("deadline_lead")}
    made = []
    for row in rows("calendar"):
        text = re.sub("|".join(filled), lambda name: filled[name[0]], row["pattern"])
        made.append(Expression(text))
    return tuple(made)


def deadlines(text: str, today: date) -> list[Said]:
    """The days until the dates in ``text`` (年底前, before June); ``blurred`` without a word for before."""
    han, latin = _calendar()
    found, dates = [], [(match, _han_date) for match in han.finditer(text)]
    if LATIN.search(text):
        dates += [(match, _latin_date) for match in latin.finditer(text)]
    for match in _FULL_DATE.finditer(text):
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        with suppress(ValueError):
            told = date(year, *((month, day) if month <= 12 else (day, month)))
            if told >= today and (days := (told - today).days) <= MAX_DAYS:
                found.append(Said(match.start(), match.end(), max(days, 1), False))
    for match, read in dates:
        if "MES" in match[0]:  # para el MES is no month
            continue
        try:
            last = read(match, today)
        except ValueError:  # 31 February
            continue
        if last is not None and (days := (last - today).days) <= MAX_DAYS and last >= today:
            lead = (
                match["before"]
                if read is _han_date
                else (match["lead"] or "").lower() not in _LOOSE
            )
            loose = not lead or (read is _latin_date and bool(_THIS_YEAR.fullmatch(match[0])))
            end = match.start() + len(match[0].rstrip())
            found.append(Said(match.start(), end, max(days, 1), loose))
    return [one for one in found if not any(_holds(other, one) for other in found)]


def _holds(other: Said, one: Said) -> bool:
    """Whether ``one`` is but a part of ``other``: Q4 of "before Q4"."""
    inside = other.start <= one.start and one.end <= other.end
    return inside and other.end - other.start > one.end - one.start


def names_a_date(text: str) -> bool:
    """Whether ``text`` may say a date: its limits may then be others on another day."""
    han, latin = _calendar()
    if han.search(text) or _FULL_DATE.search(text):
        return True
    return bool(LATIN.search(text) and latin.search(text))


def _han_date(match: Match, today: date) -> date | None:
    told = match["year"]
    year = {"今年": 0, "本年": 0, "明年": 1, "来年": 1, "后年": 2}.get(told or "")
    exact = None if not told else today.year + year if year is not None else int(told[:4])
    if festival := _festival(match, today, exact):
        return festival
    if match["moon"]:
        return _lunar(match["moon"], int(figure(match["lunar"].lstrip("初")) or 0), today)
    if match["ny"]:
        return _next_festival(rows("festival")[0]["value"], today, None)
    if match["end"] or match["thisyear"]:
        return date(exact or today.year, 12, 31)
    if match["half"]:
        return _coming(today, exact, *((6, 30) if match["half"][0] == "上" else (12, 31)))
    if match["early"]:
        if match["early"][-1] in "初头" and not (told or match["before"]):  # 年初 is past
            return None
        return _coming(today, exact, *(_SPRING if "春" in match["early"] else (1, 31)))
    if match["middle"]:
        return _coming(today, exact, 6, 30)
    if match["iy"]:
        return date(int(match["iy"]), int(match["im"]), int(match["id"]))
    if match["dm"]:
        return _coming(today, exact, int(match["dm"]), int(match["dd"]))
    if match["quarter"]:
        before = (match["before"] or "").endswith("前") and not re.search("[末底]", match[0])
        return _quarter(match["quarter"], today, exact, before)
    return _han_near(match, today) or _han_month(match, today, exact)


def _han_near(match: Match, today: date) -> date | None:
    """A day told by how far it is: 后天, 二十号前, 下周五, 月底."""
    if match["soon"]:
        return today + timedelta("明后".find(match["soon"][-2]) + match["soon"].count("大") + 1)
    if match["dom"]:
        day = int(figure(match["dom"]) or 0)
        month = today.month + (day < today.day)
        return date(today.year + month // 13, (month - 1) % 12 + 1, day)
    if match["week"]:
        day = min("一二三四五六日天".index(match["weekday"] or "日"), 6)
        return today + timedelta(day - today.weekday() + 7 * match["week"].count("下"))
    if match["rel"]:
        month = today.month + match["rel"].count("下")
        last = _month_end(today.year + (month - 1) // 12, (month - 1) % 12 + 1)
        if match["relday"]:
            return last.replace(day=int(figure(match["relday"]) or 0))
        return last.replace(day=min(last.day, _MONTH_PARTS.get(match["relpart"] or "", 31)))
    return None


def _han_month(match: Match, today: date, exact: int | None) -> date | None:
    month, day = figure((match["m"] or "").replace("元", "一")), figure(match["d"] or "")
    if month is None:
        return None
    if match["am"]:  # 9月初（9月1日）
        return _coming(today, exact, int(match["am"]), int(match["ad"]))
    part = match["part"] or "份"
    if part == "份" and (match["before"] or "").endswith("前"):
        part = ""
    if day is None:
        last = _month_end(exact or today.year, int(month)).day
        day = Decimal(min(last, _MONTH_PARTS.get(part, 1)))
    return _coming(today, exact, int(month), int(day))


def _latin_date(match: Match, today: date) -> date | None:
    festival, end = _festival(match, today, None), (match["end"] or "").lower()
    lead = (match["lead"] or "").lower()
    if festival or match["yearend"]:
        return festival or date(today.year, 12, 31)
    if match["nextyear"] or match["yearonly"]:
        return _year_of(match, today, end, not end and lead in _BEFORE)
    if match["next"] or match["month"]:
        month = today.month + bool(match["next"])
        return _month_end(today.year + month // 13, (month - 1) % 12 + 1)
    if match["quarter"]:
        before = not end and lead in _BEFORE
        return _quarter(match["quarter"].lower(), today, None, before)
    if match["weekday"]:
        coming = match["nextweek"] or match["afternext"]
        if lead in ("", "on", "el", ":") and not coming:  # approved on Friday
            return None
        name = match["weekday"].lower()[:3]
        day = next(day for day, names in enumerate(_WEEKDAYS) if name in names) - today.weekday()
        return today + timedelta(day + 7 * (bool(coming) or day < 0))
    if match["sd"]:  # in English it may be the month
        if lead not in _SPANISH and int(match["sd"]) <= 12:
            return None
        return _coming(today, None, int(match["sm"]), int(match["sd"]))
    name = (match["m"] or match["m2"] or "").lower()
    if not name:  # a festival beyond those listed
        return None
    month = _month_of(name)
    told = match["y"] or match["y2"]
    exact = int(told) if told else None
    if said := match["d"] or match["d3"]:
        return _coming(today, exact, month, _day_of(said.lower()))
    last = _month_end(exact or today.year, month).day
    day = next((day for stem, day in _MONTH_PARTS_LATIN.items() if re.match(stem, end)), last)
    if not end and lead in _FIRST and not match["over"]:
        day = 1
    return _coming(today, exact, month, min(day, last))


def _year_of(match: Match, today: date, end: str, before: bool) -> date:
    """The last day of a year or of its first half; its first day when the thing is to be there ``before``."""
    year = int(match["yearonly"] or today.year + 1)
    if match["nextyear"] and re.match("first half|primera|mitad|mid", end):
        return date(year, 6, 30)
    return date(year, 1, 1) if before else date(year, 12, 31)


def _day_of(said: str) -> int:
    """A day of the month in figures or in words; 0 when it is none."""
    if said.isdigit():
        return int(said)
    return _DAYS.get(said) or int(figure(said) or 0)


def _month_of(name: str) -> int:
    if name in _MONTHS:
        return _MONTHS.index(name) % 12 + 1
    return _SHORT_MONTHS.index(name[:3]) % 12 + 1


def _quarter(told: str, today: date, exact: int | None, before: bool) -> date:
    """The last day of a quarter, or its first one when the thing is to be there ``before`` it."""
    now = (today.month + 2) // 3
    named = next(
        (int(digit) for digit in re.sub("[一二三四]", _digit, told) if digit in "1234"), None
    )
    named = named or next((n for stem, n in _QUARTERS.items() if told.startswith(stem)), None)
    coming = told[0] in "下n" or told.startswith("próx")
    number = named or now + coming
    year = exact or today.year + (number > 4 or (named is not None and number < now))
    last = _month_end(year, ((number - 1) % 4 + 1) * 3)
    return date(last.year, last.month - 2, 1) if before and (named or coming) else last


def _digit(han: re.Match[str]) -> str:
    return str("一二三四".index(han[0]) + 1)


def _festival(match: Match, today: date, exact: int | None) -> date | None:
    for index, row in enumerate(rows("festival")):
        if match[f"f{index}"]:
            return _next_festival(row["value"], today, exact)
    return None


def _lunar(moon: str, day: int, today: date) -> date | None:
    """A day of the moon before the New Year (腊月二十) or after it (正月初八).

    The last moon has 29 days until 2029, one more in some years after: then it is a day early.
    """
    away = day - 30 if moon[0] == "腊" else day - 1
    coming = (
        date.fromisoformat(new_year) + timedelta(min(away, 29) if away >= 0 else away)
        for new_year in rows("festival")[0]["value"].split()
    )
    return next((one for one in coming if one >= today), None)


def _next_festival(days: str, today: date, exact: int | None) -> date | None:
    if len(days) == 5:
        return _coming(today, exact, int(days[:2]), int(days[3:]))
    coming = (date.fromisoformat(day) for day in days.split())
    return next((d for d in coming if d >= today and exact in (None, d.year)), None)


def _coming(today: date, exact: int | None, month: int, day: int) -> date:
    if exact is None and (month, day) < (today.month, today.day):
        exact = today.year + 1
    return date(exact or today.year, month, day)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
