"""Periods as people say them (一个半月, half a year, dos semanas) in days, with where they stand."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from catalog.records import MAX_DAYS
from matcher.expressions import Expression, Match
from matcher.limits.numbers import HAN_NUMBER, NUMBER, WORD_NUMBER, figure
from matcher.limits.said import LATIN, Said

_NO_THOUSANDS = re.sub("[千万]", "", HAN_NUMBER)  # 四万两个月 is money and a time
_PERIOD_ZH = Expression(
    r"(?P<ten>十天(?:半个?月|八[天日]))"
    rf"|(?<![0-9第上每前后近])(?<!过去)(?<!下)(?<![0-9][.,](?=[0-9]))(?<![零〇一二两三四五六七八九])"
    rf"(?P<half>[大小]?半)(?P<halfunit>年|个月|(?<![月一]半)月(?!刊)|个?季度)"
    rf"|(?<![0-9第{_NO_THOUSANDS}每])(?<![0-9][.,](?=[0-9]))"
    rf"(?![{HAN_NUMBER}]{{1,8}}[千万](?:[一两二三四五六七八九十]|十[一二])个半?(?:月|季度))"
    rf"(?:(?P<low>{NUMBER})\s*(?:个?(?:月|周|天|年))?\s*(?:-|~|—|–|到|至)\s*)?"
    rf"(?:(?P<n>{NUMBER})(?P<more>多|来|余)?\s*(?P<plus>个半|个多|个把|来个|多个|个)?|(?P<about>个把))\s*"
    r"(?P<unit>工作日|自然日|日历[天日]|天|日(?=内|之内|以内)|周|星期|礼拜|月|季(?=之?内|以内)|季度|年(?!产|底|末|初|代|度|前))"
    r"(?P<tail>半(?!夜))?",
)
_HALVES = {"年": 180, "月": 15, "个月": 15}
_UNITS_LATIN = (
    ("working days?|business days?|calendar days?|days?|d[íi]as?(?: hábiles| laborables)?", 1),
    ("weeks?|wks?|semanas?", 7),
    ("months?|mes(?:es)?", 30),
    ("quarters?(?! (?:of a )?million)|trimestres?", 90),
    ("years?|años?", 365),
    ("semestres?", 180),
    ("quincenas?", 15),
    ("fortnights?", 14),
)
_PERIOD_LATIN = Expression(
    r"(?<![0-9a-zà-ÿ])(?<![0-9][.,](?=[0-9]))(?:(?P<low>[0-9]{1,4}|\b(?:one|two|three|four|five|six|dos|tres|cuatro|cinco)\b)"
    r"\s*(?:-|–|to|or|a|o)\s*)?"
    rf"(?:(?P<n>[0-9]{{1,4}}(?:\.[0-9])?|{WORD_NUMBER})(?:[ -](?P<half>and a half))?[ -]*"
    r"|(?=(?:month|year) and a half|(?:mes|año) y medio))"
    rf"(?P<unit>{'|'.join(f'(?P<u{i}>{p})' for i, (p, _) in enumerate(_UNITS_LATIN))})(?![a-zà-ÿ])"
    r"(?P<tail> y medi[oa]| and a half)?"
)
_AND = ("", "零", "又", "加", "外加")
_DAYS_OF = {"周": 7, "星期": 7, "礼拜": 7, "月": 30, "季": 90, "季度": 90, "年": 365}


def periods(text: str) -> list[Said]:
    """The periods in ``text`` in days, rounded up, of a range the longer; hours are left out."""
    found: list[Said] = []
    for match in _PERIOD_ZH.finditer(text):
        days = _days(match)
        if days is not None and 0 < days <= MAX_DAYS:
            blurred = bool(match["low"] or match["ten"] or match["about"] or match["more"])
            found.append(_with_rest(text, found, Said(match.start(), match.end(), days, blurred)))
    for match in _PERIOD_LATIN.finditer(text) if LATIN.search(text) else ():
        number = figure(match["n"] or "one")
        if number is None or "MES" in match[0]:  # 30 MES is no time
            continue
        by = next(by for i, (_, by) in enumerate(_UNITS_LATIN) if match[f"u{i}"])
        half = _half(by) if match["half"] or match["tail"] else 0
        days = _half(by) if number == Decimal("0.5") else _days_of(number, by) + half
        if 0 < days <= MAX_DAYS:
            found.append(Said(match.start(), match.end(), days, bool(match["low"])))
    return found


def _with_rest(text: str, found: list[Said], said: Said) -> Said:
    """``said`` with the longer period that it goes on from (三个月零十天), which leaves ``found``."""
    whole = found[-1] if found else None
    between = text[whole.end : said.start] if whole else "-"
    if whole and whole.value > said.value and between in _AND and (between or said.value < 330):
        found.pop()
        return Said(whole.start, said.end, whole.value + said.value, whole.blurred)
    return said


def _days(match: Match) -> int | None:
    if match["ten"]:
        return 10 if "八" in match["ten"] else 15
    if match["half"]:
        return _HALVES.get(match["halfunit"], 45)
    unit = match["unit"]
    said = match["n"] or "一"
    number = figure(said)
    if number is None or (unit == "年" and number >= 100):
        return None
    if unit in ("月", "季度") and not (
        match["plus"] or match["about"] or said[-1] in "俩仨" or (unit == "季度" and said == "两")
    ):
        return None
    by = _DAYS_OF.get(unit, 1)
    half = match["plus"] == "个半" or match["tail"]
    return _days_of(number, by) + (_half(by) if half else 0)


def _half(by: int) -> int:
    """The days of half a period of ``by`` days: half a year is six months of 30."""
    return _up(Decimal(360 if by == 365 else by) / 2)


def _days_of(number: Decimal, by: int) -> int:
    """So many times ``by`` days; twelve months are a year."""
    return _up(number * by) + (number % 12 == 0 and by == 30) * 5 * int(number // 12)


def _up(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))
