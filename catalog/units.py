"""What a header or a title says about the unit of a column: 价格（含税，万元）, 周期/月, 单位：万元.

A unit is handed on in the words that `catalog.quantities` reads. Words that look like a unit and are
none that is known are a doubt: a bare number is then worth nothing, rather than 10,000 times too little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from catalog.identity import folded
from catalog.numerals import FORMAL
from catalog.prices import FOREIGN

MONEY = frozenset(["price", "revenue_cny"])
PERIODS = frozenset(["deploy"])
COUNTS = frozenset(["headcount", "enterprises_served"])

_WORTH = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "million": 10**6, "mn": 10**6} | {
    **{"十万": 10**5, "tenthousand": 10**4, "万": 10**4, "w": 10**4, "wan": 10**4},
    **{"千": 1000, "thousand": 1000, "k": 1000, "百": 100, "hundred": 100, "": 1},
}
_SCALE_OF = {10**8: "亿", 10**7: "千万", 10**6: "百万", 10**5: "十万"} | {
    **{10**4: "万", 1000: "千", 100: "百", 1: ""}
}
_SCALED = rf"(?P<n>[0-9]+)?(?P<scale>{'|'.join(filter(None, _WORTH))})?s?"
_CNY = r"元|圆|人民币|rmb|cny|yuan|¥"
_SUM = re.compile(rf"(?P<sign>{_CNY})?{_SCALED}(?P<cny>(?:{_CNY})*)(?P<per>(?:/|每|per).+)?")
_COUNT = re.compile(rf"{_SCALED}(?P<what>人|名|家|个|户|位|persons?|people|employees)?")
_WITHIN = re.compile(r"(?<![0-9一二三四五六七八九两])(?P<scale>亿|千万|百万|十万|万|千)元")
_LIMIT = re.compile(r"以[上下内]|超|满|不[高低足]|[高低]于|至|起|-|~|每")
_PERIOD = (
    ("天", re.compile(r"个?(?:工作|自然|日历)?[天日]|(?:working|business|calendar)?days?|d")),
    ("周", re.compile(r"个?(?:周|星期|礼拜)|weeks?|wks?")),
    ("月", re.compile(r"个?(?:自然)?月(?:份|数)?|months?|mo")),
    ("季", re.compile(r"个?季度?|quarters?")),
    ("年", re.compile(r"年|years?|yrs?")),
    ("小时", re.compile(r"个?小时|hours?|hrs?|h")),
)
_FILLER = (
    r"(?:单位|计价|计量|金额|货币|币种|价格|大写|数值|不?含税|未税|税[前后]"
    r"|含|以|按|均|为|是|约|计|in|units?)+"
)
_EDGES = re.compile(rf"^{_FILLER}|{_FILLER}$")
_COUNTED = re.compile(
    r"20[0-9]{2}(?![0-9])(?:年度?|[.-][0-9]{1,2})*|[0-9.一二三四五六七八九十两]+"
    r"(?:%|折|年|个?月|天|日|小时|人|家|套|台|点|个|用户|版|期|次|级)"
)
_LIKE_A_UNIT = re.compile(r"[0-9百千万亿]|(?<![a-z])[wkm](?![a-z])|lion|thousand|hundred")
_BRACKET = re.compile(r"\((?P<inner>[^()]*)(?:\)|$)")
_SUFFIX = re.compile(
    r"(?<=.)(?P<unit>(?:人民币|rmb|cny)?(?:亿|千万|百万|十万|万|千)?元(?:人民币)?|万|天|个?月)$"
)
_TITLE = re.compile(
    r"(?:^|[\s(（【\[,，;；:：。]|金额|货币|价格|计价|计量|数据|人民币)单位\s*[:：为是(（]?\s*"
    r"(?P<told>[^\s)）】\]。]+)"
)


@dataclass(frozen=True, slots=True)
class Declared:
    """The unit that was found, or the words in ``doubt`` that look like one and are not understood."""

    unit: str = ""
    doubt: str = ""


def without_brackets(header: str) -> tuple[str, list[str]]:
    """A folded header without its brackets, and what stands in them."""
    inside: list[str] = []
    while found := _BRACKET.search(header):
        inside.append(found["inner"])
        header = header[: found.start()] + header[found.end() :]
    return header, inside


def without_suffix(header: str) -> tuple[str, str]:
    """A header without the unit that ends it (价格万元), and that unit."""
    found = _SUFFIX.search(header)
    return (header[: found.start()], found["unit"]) if found else (header, "")


def declared(field: str, brackets: Iterable[str], words: Iterable[str] = ()) -> Declared:
    """The unit that a column of ``field`` is told to have by ``brackets`` or by plain ``words``.

    Only what stands in brackets can be a doubt: a word beside the name may be anything.
    """
    read = _reader(field)
    if read is None:
        return Declared()
    pieces = [piece for bracket in brackets for piece in _pieces(bracket)]
    found = [unit for piece in (*pieces, *words) if (unit := read(piece)) is not None]
    if field in MONEY and not found:
        found = [unit for piece in pieces if (unit := _sum_within(piece))]
    units = set(found) - {""}
    doubts = [piece for piece in pieces if not found and _looks_like_a_unit(piece)]
    if len(units) == 1:
        return Declared(unit=units.pop())
    if units or doubts:
        return Declared(doubt="、".join(sorted(units) or doubts))
    return Declared()


def declared_above(field: str, titles: Iterable[str]) -> Declared:
    """The unit that a line above or below the table (单位：万元) gives to the columns of ``field``."""
    read = _reader(field)
    told = [folded(found["told"]) for title in titles for found in _TITLE.finditer(title)]
    pieces = [piece for text in told for piece in _pieces(text)]
    if read is None:
        return Declared()
    if field in COUNTS:  # 单位：万 is said of money
        pieces = [piece for piece in pieces if re.search(r"人|家|户", piece)]
    units = {unit for piece in pieces if (unit := read(piece))}
    # 单位 is a firm as well (单位：元亨机械厂): only what ends as money does can be a doubt.
    odd = [piece for piece in pieces if field in MONEY and re.fullmatch(r".{0,4}[元币]", piece)]
    if len(units) == 1:
        return Declared(unit=units.pop())
    return Declared(doubt="、".join(sorted(units) or odd))


def _reader(field: str) -> Callable[[str], str | None] | None:
    if field in MONEY:
        return _sum
    if field in PERIODS:
        return _period
    return _count if field in COUNTS else None


def _pieces(bracket: str) -> list[str]:
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", bracket.translate(FORMAL))
    text = re.sub(r"w/(?:o|tax|vat)[a-z]*", "", text)  # with and without tax, no 万
    return [piece for piece in re.split(r"[,;、|+。]|和|及|或", text) if piece]


def _sum(piece: str) -> str | None:
    """A unit of money as 万元 or 万元/年, foreign money as it stands, ``None`` for other words."""
    core = _EDGES.sub("", _EDGES.sub("", piece))
    if FOREIGN.search(core):
        return core
    found = _SUM.fullmatch(core)
    if found and (found["scale"] or found["sign"] or found["cny"] or len(found["n"] or "") > 3):
        scale = _scale(found)
        return None if scale is None else f"{scale}元{found['per'] or ''}"
    return None


def _sum_within(piece: str) -> str:
    """The unit among other words (含运费万元), unless they bound an amount (万元以上)."""
    within = _WITHIN.search(piece)
    return f"{within['scale']}元" if within and not _LIMIT.search(piece) else ""


def _period(piece: str) -> str | None:
    core = _EDGES.sub("", _EDGES.sub("", piece))
    return next((unit for unit, pattern in _PERIOD if pattern.fullmatch(core)), None)


def _count(piece: str) -> str | None:
    """The scale of a count (百 of 百人), nothing where it counts by ones."""
    found = _COUNT.fullmatch(_EDGES.sub("", piece))
    if not found or not (found["scale"] or found["what"] or len(found["n"] or "") > 2):
        return None
    return _scale(found)


def _scale(found: re.Match[str]) -> str | None:
    if found["n"] and found["scale"] and not found["scale"].isascii():
        return None  # 10万 is an amount, 10k a unit
    number = int(found["n"] or 1) or 1000  # RMB '000 counts thousands
    return _SCALE_OF.get(number * _WORTH[found["scale"] or ""])


def _looks_like_a_unit(piece: str) -> bool:
    return bool(_LIKE_A_UNIT.search(_COUNTED.sub("", piece)))
