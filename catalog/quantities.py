"""Cells as people write them → days, levels and numbers; prices and dates are read beside them.

Every reader takes any text and never raises: what cannot be read comes back as ``None`` with a
``problem``. Time is whole days (rounded up), one month is 30 days; money is integer CNY.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from catalog.numerals import (
    APPROXIMATE,
    CHINESE,
    NUMBER,
    RANGE,
    SCALE,
    SCALES,
    VAGUE,
    Problem,
    arabic,
    is_negative,
    plain,
    read_date,
    value_of,
)
from catalog.prices import Price, read_price
from catalog.records import MAX_DAYS

__all__ = [
    "Price",
    "Quantity",
    "is_blank",
    "is_open",
    "plain",
    "read_date",
    "read_days",
    "read_level",
    "read_number",
    "read_price",
]

_BLANK = frozenset(
    (
        *("", "-", "--", "---", "/", "\\", "n/a", "na", "null", "none", "nil", "nan"),
        *(
            "无",
            "暂无",
            "空",
            "未公布",
            "未公开",
            "不详",
            "未知",
            "没有",
            "unknown",
            "not published",
        ),
    )
)
_OPEN = frozenset(
    (
        *("待定", "面议", "待确认", "视情况而定", "视情况", "另议", "tbd", "tba", "按需", "不限"),
        *("尽快", "尽早", "越快越好", "asap", "as soon as possible"),
    )
)
_DAY_UNITS = (
    (
        r"(?:个)?(?:工作|自然)?[日天]|(?:working |business |calendar )?days?(?![a-z])|d(?![a-z])",
        1.0,
    ),
    (r"个?(?:周|星期|礼拜)|(?:weeks?|wks?|w)(?![a-z])", 7.0),
    (r"个?月|(?:months?|mo)(?![a-z])", 30.0),
    (r"个?季度?|quarters?(?![a-z])", 90.0),
    (r"年|(?:years?|yrs?)(?![a-z])", 365.0),
    (r"个?小时|(?:hours?|hrs?|h)(?![a-z])", 1 / 24),
)
_DAY_UNIT = "|".join(f"(?P<u{i}>{pattern})" for i, (pattern, _) in enumerate(_DAY_UNITS))
_HALF = r"半(?!\s*个?(?:工作|自然)?[天日月周年])"
_PERIOD = re.compile(
    rf"(?<![0-9.a-z])(?P<n>{NUMBER})\s*(?P<half>个半)?\s*(?:(?:{_DAY_UNIT})\s*(?P<more>{_HALF})?)?"
)
_MONTH = r"(?:0?[1-9]|1[0-2])\s*月"
_DATED = re.compile(
    rf"(?<![0-9])20[0-9]{{2}}\s*(?:年|[-/.][0-9])|(?<![0-9.个]){_MONTH}\s*(?:份|底|末|初|[上中下]旬|以?前|之前|[0-9])"
    rf"|(?<![0-9一二三两半])年\s*[底末初中]|月[底末初中]|[上下]半年|[今明后本当]年|[一二三四1-4]季度[底末前]"
)
"""Words of a day in the calendar (2026年6月底前, 年底): how many days are left changes every day."""
_COUNTED = re.compile(r"[人名家个户位]|people|persons?")
_INSTANT = re.compile(
    r"即[开装买插]即用|开箱即用|立即|即时|随开随用|immediate|instant|out.of.the.box"
)
_LEVEL = re.compile(
    r"(?:l(?:evel|v)?\.?\s*|第|等级\s*)([1-4])(?![0-9.])|(?<![0-9.])([1-4])\s*级|(?<!十)([一二三四])级"
    r"|(?<![a-z])(i{1,3}|iv)\s*级|^([1-4])(?:\.0)?$|^(i{1,3}|iv)$"
)
_LEVELS = {**{"一": 1, "二": 2, "三": 3, "四": 4}, **{"i": 1, "ii": 2, "iii": 3, "iv": 4}}
_LEVEL_NAMES = {"初始级": 1, "起步级": 1, "规范级": 2, "集成级": 3, "协同级": 4}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as read; ``approximate`` tells that words or a range blur it."""

    value: Decimal | None = None
    approximate: bool = False
    problem: Problem | None = None


def is_blank(text: str) -> bool:
    """Whether a cell says that nothing is known: empty, 无, 暂无, /, N/A."""
    return plain(text) in _BLANK


def is_open(text: str) -> bool:
    """Whether a cell says that a number is still open: 待定, 面议."""
    return plain(text) in _OPEN or is_blank(text)


def read_days(text: str, unit: str = "天") -> Quantity:
    """The days in ``text``, rounded up; of a range the longer. ``unit`` counts for bare numbers.

    A day in the calendar (2026年6月底前) is no number of days: the problem is ``dated``.
    """
    whole = plain(text)
    if read_date(text) is not None or _DATED.search(arabic(whole, money=False)):
        return Quantity(problem="dated")
    if re.search(r"当[天日]|same day", whole):
        return Quantity(Decimal(1))
    outside = re.sub(r"\([^()]*\)", " ", whole).strip()
    body = outside if re.search(rf"[0-9{CHINESE}半]", outside) else whole
    body = re.sub(r"(?<![个0-9.])半(?=个?[天日月周])", "0.5", body).replace("半年", "6个月")
    vague, body = bool(VAGUE.search(body)), arabic(body, money=False)
    tokens = [] if vague else list(_PERIOD.finditer(body))
    if not tokens:
        return Quantity(Decimal(0)) if _INSTANT.search(whole) else Quantity(problem="unreadable")
    first = tokens[0]
    if is_negative(body[: first.start()]):
        return Quantity(problem="negative")
    days = [_days_of(token) for token in tokens[:2]]
    if len(days) > 1 and days[0] and days[1] and not body[first.end() : tokens[1].start()].strip():
        days = [days[0] + days[1]]
    ranged = len(days) > 1 and bool(RANGE.fullmatch(body[first.end() : tokens[1].start()]))
    if days[0] is None and ranged and days[1] is not None:
        days[0] = Decimal(0)
    if days[0] is None:
        rest = (body[: first.start()] + body[(tokens[1] if ranged else first).end() :]).strip()
        if APPROXIMATE.sub("", rest).strip(" ~+个") or not (by := _unit_days(unit)):
            return Quantity(problem="unreadable")
        numbers = [value_of(token["n"]) for token in tokens[: 2 if ranged else 1]]
        value = max(numbers) * by
    else:
        value = max(d for d in days[: 2 if ranged else 1] if d is not None)
    value = value.to_integral_value(ROUND_CEILING)
    if value > MAX_DAYS:
        return Quantity(problem="absurd")
    return Quantity(value, ranged or bool(APPROXIMATE.search(whole)))


def read_level(text: str) -> int | None:
    """The level 1-4 in ``text`` (二级, 2, L2, 规范级), the highest of several."""
    body = plain(text)
    found = [level for name, level in _LEVEL_NAMES.items() if name in body]
    for groups in _LEVEL.findall(body):
        word = next(group for group in groups if group)
        found.append(_LEVELS.get(word) or int(word))
    return max(found, default=None)


def read_number(text: str, unit: str = "") -> Quantity:
    """The one number in ``text`` (约120人, 1.2万, 95%); of a range the lower.

    ``unit`` is the scale that the header declares (百); it counts for bare numbers.
    """
    body = arabic(plain(text), money=True)
    found = list(re.finditer(rf"({NUMBER})\s*({SCALE})?", body))
    if not found or VAGUE.search(body):
        return Quantity(problem="unreadable")
    if is_negative(body[: found[0].start()]):
        return Quantity(problem="negative")
    scale = found[0][2] or (unit if not _COUNTED.search(body) else "")
    value = value_of(found[0][1]) * SCALES.get(scale, 1)
    return Quantity(value, len(found) > 1 or bool(APPROXIMATE.search(body)))


def _days_of(token: re.Match[str]) -> Decimal | None:
    number = value_of(token["n"])
    if token["half"] or token["more"]:
        number += Decimal("0.5")
    for index, (_, days) in enumerate(_DAY_UNITS):
        if token[f"u{index}"]:
            return number / 24 if days < 1 else number * int(days)
    return None


def _unit_days(unit: str) -> Decimal | None:
    unit = plain(unit) or "天"
    for pattern, days in _DAY_UNITS:
        if re.fullmatch(pattern, unit):
            return Decimal(1) / 24 if days < 1 else Decimal(int(days))
    return None
