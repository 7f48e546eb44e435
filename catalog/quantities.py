"""Cells as people write them → money, days, levels, numbers, dates and lists of labels.

Every reader takes any text and never raises: what cannot be read comes back as ``None`` with a
``problem``. Money is integer CNY, time is whole days (rounded up), one month is 30 days.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Literal

import cn2an

from catalog.records import MAX_DAYS, MAX_MONEY_CNY, PriceModel

Problem = Literal["negative", "absurd", "unreadable", "foreign"]

_CN = "零〇一二两三四五六七八九十百千万亿"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_SCALES = {
    **{"亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "w": 10**4},
    **{"千": 10**3, "k": 10**3, "百": 100, "million": 10**6, "mn": 10**6, "thousand": 10**3},
}
_SCALE = r"亿|千万|百万|十万|万|千|百|(?:million|mn|thousand|w|k)(?![a-z])"
_CURRENCY = r"元|圆|块钱?|人民币|(?:rmb|cny|yuan)(?![a-z])"
_MONEY = re.compile(
    rf"(?<![a-z0-9.])(?P<sign>¥|rmb|cny|人民币)?\s*(?P<n>{_NUMBER})\s*(?P<scale>{_SCALE})?"
    rf"(?:多|余)?\s*(?P<unit>{_CURRENCY})?"
)
_AFTER_BARE = re.compile(
    r"\s*(?:$|[-~/;,、。.)+|]|起|左右|上下|以|不|每|至|到|含|内|一次|或|per|to|or|up|and|each|a )"
)
_FOREIGN = re.compile(
    r"\$|€|£|美[元金]|欧元|英镑|日[元圆]|港[元币]|台币|韩元|卢布|新加坡元"
    r"|(?<![a-z])(?:usd|eur|gbp|jpy|hkd|twd|ntd|sgd)(?![a-z])"
)
_VAGUE = re.compile(r"[几数若][十百千万亿]|[十百千万]几|十来|上[百千万]万?元")
_SIGN_PREFIX = re.compile(r"(?:约|大约|¥|rmb|cny|人民币|价格|报价|[:\s])*")
_APPROXIMATE = re.compile(
    r"约|大概|左右|上下|将近|接近|^近|[0-9十百千万]\s*(?:多|余)|几|≈|^~|以[内上下]|超过|不[超低]|起"
    r"|至少|最多|(?<![a-z])(?:about|approx|around|roughly|circa|up to|at least|from|over)"
)
_FLOOR = re.compile(r"起|以上|不低于|至少|≥|\+|(?<![a-z])(?:from|at least|starting)(?![a-z])")
_PER_USER = re.compile(r"(?:/|每|per\s*)(?:个)?(?:用户|账号|人(?!天|日)|席位|坐席|user|seat)")
_YEARLY = re.compile(r"(?:/|每|一|1|包|per\s*)\s*(?:年|year|yr)|年费|年付|annual|yearly|a year")
_MONTHLY = re.compile(
    r"(?:/|每|一个|1个|包|per\s*)\s*(?:个?月|month|mo(?![a-z]))|月费|月付|monthly"
)
_PER_PIECE = re.compile(
    r"(?:/|每|per\s*)\s*(?:台|点|件|工位|产线|条|人天|人日|次|个(?!月|用户)|只|车间|机床|设备|天|日|吨"
    r"|单|device|machine|unit|piece|day)"
)
_FREE = re.compile(
    r"(?<!首年)(?<!首月)免费(?!试|体验|诊断|培训)|开源|(?<![a-z])(?:free|open.source)"
)
_SHARED = re.compile(r"分成|收益分享|节能量|按效果|效果付费|shared.savings|revenue.shar")
_NEGOTIABLE = re.compile(
    r"面议|面谈|另议|协商|商议|商谈|洽谈|议价|询价|电询|咨询|按需|定制报价|negotia|on request|quot"
    r"|contact|tbd"
)
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
    ["待定", "面议", "待确认", "视情况而定", "视情况", "另议", "tbd", "tba", "按需", "不限"]
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
_PERIOD = re.compile(rf"(?<![0-9.a-z])(?P<n>{_NUMBER})\s*(?P<half>个半)?\s*(?:{_DAY_UNIT})?")
_CN_PERIOD = re.compile(
    rf"(?<![{_CN}])[{_CN}]++(?=\s*个?半?\s*(?:工作|自然)?(?:[天日周月年]|星期|礼拜|季|小时))"
)
_INSTANT = re.compile(
    r"即[开装买插]即用|开箱即用|立即|即时|随开随用|immediate|instant|out.of.the.box"
)
_RANGE = re.compile(r"\s*(?:-+|~+|至|到|to)\s*")
_LEVEL = re.compile(
    r"(?:l(?:evel|v)?\.?\s*|第|等级\s*)([1-4])(?![0-9.])|(?<![0-9.])([1-4])\s*级|(?<!十)([一二三四])级"
    r"|(?<![a-z])(i{1,3}|iv)\s*级|^([1-4])(?:\.0)?$|^(i{1,3}|iv)$"
)
_SEPARATORS = frozenset("；;、，,/／|｜\n\r")
_OPENING, _CLOSING = "（([【「《“", "）)]】」》”"
_LEVELS = {**{"一": 1, "二": 2, "三": 3, "四": 4}, **{"i": 1, "ii": 2, "iii": 3, "iv": 4}}
_LEVEL_NAMES = {"初始级": 1, "起步级": 1, "规范级": 2, "集成级": 3, "协同级": 4}
_DATE = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?(?:[ t][0-9:.z+-]*)?"
)


@dataclass(frozen=True, slots=True)
class Price:
    """A price as read: ``low`` in CNY, ``high`` of a range, ``floor`` when more may be due.

    A bare amount is a one-off price. ``approximate`` tells that words blur the number.
    """

    low: int | None = None
    high: int | None = None
    floor: bool = False
    model: PriceModel | None = None
    approximate: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as read; ``approximate`` tells that words or a range blur it."""

    value: Decimal | None = None
    approximate: bool = False
    problem: Problem | None = None


def plain(text: str) -> str:
    """``text`` with half-width characters, small letters, one dash and no thousands commas."""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    text = re.sub(r"[‐‑‒–—―−﹣]+", "-", text)
    text = re.sub(r"\s+", " ", re.sub(r"[〜∼～]", "~", text))
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)


def is_blank(text: str) -> bool:
    """Whether a cell says that nothing is known: empty, 无, 暂无, /, N/A."""
    return plain(text) in _BLANK


def is_open(text: str) -> bool:
    """Whether a cell says that a number is still open: 待定, 面议."""
    return plain(text) in _OPEN or is_blank(text)


def read_price(text: str, unit: str = "") -> Price:
    """The price in ``text``; ``unit`` is what the header declares (万元, 元/年).

    The unit counts only when the cell has none of its own. Of several prices the first counts and
    is a floor. An upper limit alone (10万以内) is taken as the price, the most it can cost.
    """
    whole = plain(text)
    if read_date(text) is not None:
        return Price(problem="unreadable")
    if _FOREIGN.search(whole):
        return Price(model=_words_model(whole), problem="foreign")
    if _VAGUE.search(whole):
        return Price(model=_words_model(whole), approximate=True, problem="unreadable")
    outside = re.sub(r"\([^()]*\)", " ", whole).strip()
    body = _arabic(outside if re.search(rf"[0-9{_CN}]", outside) else whole, money=True)
    tokens = [found for found in _MONEY.finditer(body) if _is_money(found, body)]
    if not tokens:
        model = _words_model(whole)
        if model is PriceModel.FREE:
            return Price(low=0, model=model)
        return Price(model=model, problem=None if model else "unreadable")
    first, last = tokens[0], tokens[0]
    if len(tokens) > 1 and _RANGE.fullmatch(body[first.end() : tokens[1].start()]):
        last = tokens[1]
    low, high = _amount(first, unit), _amount(last, unit)
    scaled = first["scale"] or first["unit"] or not last["scale"]
    if last is not first and not scaled and Decimal(first["n"][:19]) <= Decimal(last["n"][:19]):
        low = _amount(first, unit, last["scale"])
    low, high = min(low, high), max(low, high)
    if _is_negative(body[: first.start()]):
        return Price(problem="negative")
    rest = tokens[2:] if last is not first else tokens[1:]
    said = body[: rest[0].start()] if rest else body
    model, divisor, piece = _charged(said, plain(unit))
    if high > MAX_MONEY_CNY:
        return Price(model=model, problem="absurd")
    lowest, highest = (_round(value / divisor) for value in (low, high))
    if low and not lowest:
        return Price()  # a fraction of a yuan (0.3元/件) is not free
    return Price(
        low=lowest,
        high=highest if highest > lowest else None,
        floor=bool(_FLOOR.search(said)) or piece or bool(rest),
        model=model,
        approximate=bool(_APPROXIMATE.search(body)),
    )


def read_days(text: str, unit: str = "天") -> Quantity:
    """The days in ``text``, rounded up; of a range the longer. ``unit`` counts for bare numbers."""
    whole = plain(text)
    if read_date(text) is not None:
        return Quantity(problem="unreadable")
    if re.search(r"当[天日]|same day", whole):
        return Quantity(Decimal(1))
    outside = re.sub(r"\([^()]*\)", " ", whole).strip()
    body = outside if re.search(rf"[0-9{_CN}半]", outside) else whole
    body = re.sub(r"(?<![个0-9.])半(?=个?[天日月周])", "0.5", body).replace("半年", "6个月")
    vague, body = bool(_VAGUE.search(body)), _arabic(body, money=False)
    tokens = [] if vague else list(_PERIOD.finditer(body))
    if not tokens:
        return Quantity(Decimal(0)) if _INSTANT.search(whole) else Quantity(problem="unreadable")
    first = tokens[0]
    if _is_negative(body[: first.start()]):
        return Quantity(problem="negative")
    days = [_days_of(token) for token in tokens[:2]]
    if len(days) > 1 and days[0] and days[1] and not body[first.end() : tokens[1].start()].strip():
        days = [days[0] + days[1]]
    ranged = len(days) > 1 and bool(_RANGE.fullmatch(body[first.end() : tokens[1].start()]))
    if days[0] is None and ranged and days[1] is not None:
        days[0] = Decimal(0)
    if days[0] is None:
        rest = (body[: first.start()] + body[(tokens[1] if ranged else first).end() :]).strip()
        if _APPROXIMATE.sub("", rest).strip(" ~+个") or not (by := _unit_days(unit)):
            return Quantity(problem="unreadable")
        numbers = [Decimal(token["n"][:19]) for token in tokens[: 2 if ranged else 1]]
        value = max(numbers) * by
    else:
        value = max(d for d in days[: 2 if ranged else 1] if d is not None)
    value = value.to_integral_value(ROUND_CEILING)
    if value > MAX_DAYS:
        return Quantity(problem="absurd")
    return Quantity(value, ranged or bool(_APPROXIMATE.search(whole)))


def read_level(text: str) -> int | None:
    """The level 1-4 in ``text`` (二级, 2, L2, 规范级), the highest of several."""
    body = plain(text)
    found = [level for name, level in _LEVEL_NAMES.items() if name in body]
    for groups in _LEVEL.findall(body):
        word = next(group for group in groups if group)
        found.append(_LEVELS.get(word) or int(word))
    return max(found, default=None)


def read_number(text: str) -> Quantity:
    """The one number in ``text`` (约120人, 1.2万, 95%); of a range the lower."""
    body = _arabic(plain(text), money=True)
    found = list(re.finditer(rf"({_NUMBER})\s*({_SCALE})?", body))
    if not found or _VAGUE.search(body):
        return Quantity(problem="unreadable")
    if _is_negative(body[: found[0].start()]):
        return Quantity(problem="negative")
    value = Decimal(found[0][1][:19]) * _SCALES.get(found[0][2] or "", 1)
    return Quantity(value, len(found) > 1 or bool(_APPROXIMATE.search(body)))


def read_date(text: str) -> date | None:
    """The day in ``text`` (2026-05-20, 2026年5月20日, 2026/5/20, 20260520)."""
    body = unicodedata.normalize("NFKC", text).strip().lower()
    found = _DATE.fullmatch(body) or re.fullmatch(r"(20[0-9]{2})([0-9]{2})([0-9]{2})", body)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def split_labels(text: str, whole_names: Iterable[str] = ()) -> tuple[str, ...]:
    """The labels in a cell: split at ；;、，,/| and line ends, not in brackets or whole names."""
    for name in whole_names:
        if name in text:
            text = text.replace(name, "".join(_masked(char) for char in name))
    depth, low = 0, 0
    for char in text:
        depth += (char in _OPENING) - (char in _CLOSING)
        low = min(low, depth)
    guarded = depth == 0 and low == 0
    pieces, start, depth = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if char in _SEPARATORS and not (guarded and depth):
            pieces.append(text[start:at])
            start = at + 1
    pieces.append(text[start:])
    found = [_unwrapped("".join(_masked(char, -1) for char in piece).strip()) for piece in pieces]
    return tuple(dict.fromkeys(piece for piece in found if piece))


def _masked(char: str, way: int = 1) -> str:
    """Separators of a whole name moved to a private area and back."""
    code = ord(char)
    if way > 0:
        return chr(0xF0000 + code) if char in _SEPARATORS else char
    return chr(code - 0xF0000) if 0xF0000 <= code < 0x100000 else char


def _unwrapped(piece: str) -> str:
    if piece[:1] == "「" and piece.find("」") == len(piece) - 1:
        return piece[1:-1].strip()
    return piece


def _arabic(text: str, money: bool) -> str:
    """``text`` with its Chinese numerals in figures, where they count money (or time)."""

    def figures(found: re.Match[str]) -> str:
        run = found[0]
        scaled = re.search(r"[一二两三四五六七八九十百千].*[万亿]|^[十百]万", run[:20])
        counted = re.match(r"\s*(?:元|块|人(?!天|日)|家)", text[found.end() :])
        if len(run) > 20 or (money and not scaled and not counted):
            return run
        tail = run[-1] if "点" in run and run[-1] in "万亿" else ""
        try:
            number = cn2an.cn2an(run.removesuffix(tail), "smart")
        except (ValueError, KeyError, IndexError):
            return run
        return f"{number}{tail}"

    if not money:
        return _CN_PERIOD.sub(figures, text)
    return re.sub(rf"(?<![0-9.{_CN}])(?<![0-9.] )[{_CN}]+(?:点[{_CN}]+)?", figures, text)


def _is_money(found: re.Match[str], body: str) -> bool:
    if found["sign"] or found["scale"] or found["unit"]:
        return True
    return bool(_AFTER_BARE.match(body, found.end()))


def _amount(found: re.Match[str], unit: str, scale: str | None = None) -> Decimal:
    number = Decimal(found["n"][:19]) if len(found["n"]) < 19 else Decimal(10) ** 19
    scale = scale or found["scale"]
    if not (scale or found["unit"] or found["sign"]):
        declared = re.search(_SCALE, plain(unit))
        scale = declared[0] if declared else None
    return number * _SCALES.get(scale or "", 1)


def _is_negative(before: str) -> bool:
    before = before.strip()
    if not before.endswith(("-", "负", "minus")):
        return False
    return _SIGN_PREFIX.fullmatch(re.sub(r"(?:-|负|minus)$", "", before)) is not None


def _charged(said: str, unit: str) -> tuple[PriceModel, int, bool]:
    """How an amount is charged, by what it is divided to fit, and whether it is for one piece."""
    for text in (said, unit):
        user, yearly = _PER_USER.search(text), _YEARLY.search(text)
        if user and yearly:
            return PriceModel.PER_USER_MONTH, 12, False
        if user and _MONTHLY.search(text):
            return PriceModel.PER_USER_MONTH, 1, False
        if yearly:
            return PriceModel.YEARLY, 1, False
        if _MONTHLY.search(text):
            return PriceModel.MONTHLY, 1, False
    return PriceModel.ONE_OFF, 1, bool(_PER_PIECE.search(said) or _PER_USER.search(said))


def _words_model(text: str) -> PriceModel | None:
    if _SHARED.search(text):
        return PriceModel.SHARED_SAVINGS
    if _FREE.search(text):
        return PriceModel.FREE
    return PriceModel.NEGOTIABLE if _NEGOTIABLE.search(text) else None


def _round(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def _days_of(token: re.Match[str]) -> Decimal | None:
    number = Decimal(token["n"][:19]) if len(token["n"]) < 19 else Decimal(10) ** 9
    if token["half"]:
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
