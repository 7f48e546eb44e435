"""Prices as people write them (约50万元, 4999元/年起, 面议) → CNY, price model, range and floor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

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
from catalog.records import MAX_MONEY_CNY, PriceModel

_CURRENCY = r"元|圆|块钱?|人民币|(?:rmb|cny|yuan)(?![a-z])"
_MONEY = re.compile(
    rf"(?<![a-z0-9.])(?P<sign>¥|rmb|cny|人民币)?\s*(?P<n>{NUMBER})\s*(?P<scale>{SCALE})?"
    rf"(?:多|余)?\s*(?P<unit>{_CURRENCY})?"
)
_AFTER_BARE = re.compile(
    r"\s*(?:$|[-~/;,、。.)+|]|整|起|左右|上下|以|不|每|至|到|含|内|一次|或|per|to|or|up|and|each|a )"
)
FOREIGN = re.compile(
    r"\$|€|£|美[元金]|欧元|英镑|日[元圆]|港[元币]|台币|韩元|卢布|新加坡元"
    r"|(?<![a-z])(?:usd|eur|gbp|jpy|hkd|twd|ntd|sgd)(?![a-z])"
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


def read_price(text: str, unit: str = "") -> Price:
    """The price in ``text``; ``unit`` is what the header declares (万元, 元/年).

    The unit counts only when the cell has none of its own; where it is foreign money, a currency. Of
    several prices the first counts and is a floor. An upper limit alone (10万以内) is taken as the
    price, the most it can cost.
    """
    whole = plain(text)
    if read_date(text) is not None:
        return Price(problem="unreadable")
    if FOREIGN.search(whole):
        return Price(model=_words_model(whole), problem="foreign")
    if VAGUE.search(whole):
        return Price(model=_words_model(whole), approximate=True, problem="unreadable")
    outside = re.sub(r"\([^()]*\)", " ", whole).strip()
    told = outside if re.search(rf"[0-9{CHINESE}]", outside) else whole
    body = arabic(told, money=True)
    tokens = [found for found in _MONEY.finditer(body) if _is_money(found, body)]
    if not tokens:
        model = _words_model(whole)
        if model is PriceModel.FREE:
            return Price(low=0, model=model)
        return Price(model=model, problem=None if model else "unreadable")
    if FOREIGN.search(plain(unit)) and not any(found["unit"] or found["sign"] for found in tokens):
        return Price(model=_words_model(whole), problem="foreign")
    first, last = tokens[0], tokens[0]
    if len(tokens) > 1 and RANGE.fullmatch(body[first.end() : tokens[1].start()]):
        last = tokens[1]
    low, high = _amount(first, unit), _amount(last, unit)
    scaled = first["scale"] or first["unit"] or not last["scale"]
    if last is not first and not scaled and value_of(first["n"]) <= value_of(last["n"]):
        low = _amount(first, unit, last["scale"])
    low, high = min(low, high), max(low, high)
    if is_negative(body[: first.start()]):
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
        approximate=bool(APPROXIMATE.search(body) or APPROXIMATE.search(told)),
    )


def _is_money(found: re.Match[str], body: str) -> bool:
    if found["sign"] or found["scale"] or found["unit"]:
        return True
    return bool(_AFTER_BARE.match(body, found.end()))


def _amount(found: re.Match[str], unit: str, scale: str | None = None) -> Decimal:
    number = value_of(found["n"])
    scale = scale or found["scale"]
    if not (scale or found["unit"] or found["sign"]):
        declared = re.search(SCALE, plain(unit))
        scale = declared[0] if declared else None
    return number * SCALES.get(scale or "", 1)


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
