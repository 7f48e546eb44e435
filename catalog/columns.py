"""Headers → columns: the field, the unit and the kind of record that a header tells.

The aliases stand in ``data/columns.csv``. A header that is not there stays unknown: it is reported,
never guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from catalog.errors import NOTHING, Bilingual
from catalog.identity import folded
from catalog.records import Kind
from catalog.units import declared, declared_above, without_brackets, without_suffix

_FILE = Path(__file__).parent / "data" / "columns.csv"
_NAMES = frozenset(["product", "case_name", "provider", "enterprise", "need"])
_OF_ENTERPRISE = frozenset(
    ["credit_code", "size", "headcount", "revenue_cny", "specialised_level", "above_scale"]
)
_OF_PROVIDER = frozenset(["provider_kind", "enterprises_served", "serious_dishonesty_listed"])
_LONGEST = 300
_SLASH = re.compile(r"[/／](?![^(（【\[]*[)）】\]])")
CODES = frozenset(["code", "credit_code"])
ROUNDED_CODE = (
    Bilingual("编码被表格软件当作数字舍入，未使用", "a code rounded as a number: not used"),
    Bilingual("请设为文本后重新填写", "format the column as text and type the code again"),
)
"""Spreadsheets keep 15 digits of a number: what follows them is lost."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place (from 0), the header as published, its field and declared unit.

    ``field`` is ``None`` for a header nobody knows; ``kind`` is set when the header tells the kind.
    ``doubt`` is what looks like a unit in the header and is none that is known.
    """

    index: int
    header: str
    field: str | None = None
    unit: str = ""
    kind: Kind | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One problem of one cell, row or sheet. An error rejects the row, a warning does not.

    ``row`` counts from 1 as the sheet shows it; ``column`` is the header as published.
    """

    severity: Severity
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str
    message: Bilingual
    expected: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text under the columns of its table."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind in a sheet, with what was odd about them."""

    file: str
    sheet: str | None
    kind: Kind
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    issues: tuple[RowIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sheet that was not read, and why."""

    file: str
    sheet: str | None
    reason: Bilingual


@cache
def _aliases() -> dict[str, tuple[str, str, Kind | None]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            _bare(row["header"]): (
                row["field"],
                row["unit"],
                Kind(row["kind"]) if row["kind"] else None,
            )
            for row in csv.DictReader(file)
        }


@cache
def headers() -> dict[tuple[str, str], str]:
    """The first published header of each (field, unit)."""
    found: dict[tuple[str, str], str] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["field"], row["unit"]), row["header"])
    return found


@lru_cache(maxsize=4_000)
def read_column(index: int, header: str) -> Column:
    """What the column under ``header`` holds; an unknown header gives a column without a field."""
    whole = _bare(header)
    _, brackets = without_brackets(whole)
    for name, words in _readings(whole):
        known = _aliases().get(name)
        if known:
            field, own, kind = known
            told = declared(field, brackets, words)
            unit = "" if told.doubt else _with_period(told.unit or own, own)
            return Column(index, header, field, unit, kind, told.doubt)
    return Column(index, header)


def under_titles(columns: Iterable[Column], titles: Sequence[str]) -> tuple[Column, ...]:
    """The columns; those without a unit of their own get the one of a title such as 单位：万元."""
    found = []
    for column in columns:
        own = column.unit
        # 年费 tells the period and leaves the sum open, 价格（元） tells all.
        if column.field and not column.doubt and (not own or _named_by_period(column)):
            told = declared_above(column.field, titles)
            unit = _with_period(told.unit or own, own)
            column = replace(column, unit="" if told.doubt else unit, doubt=told.doubt)
        found.append(column)
    return tuple(found)


@lru_cache(maxsize=1_000)
def variant(column: Column) -> str:
    """What a header says beside the name of its field: 标准版 of 价格/标准版（万元）."""
    found = []
    for part in _SLASH.split(column.header):
        bare, _ = without_brackets(_bare(part))
        known = next((one for one in (bare, without_suffix(bare)[0]) if one in _aliases()), None)
        of_field = known is not None and _aliases()[known][0] == column.field
        if not of_field and not declared(column.field or "", (), (bare,)).unit:
            found.append(re.sub(r"[(（【\[].*", "", part).strip())
    return "/".join(filter(None, found))


def read_header(cells: Sequence[str]) -> tuple[Column, ...]:
    """The columns under a row of headers; empty cells are left out."""
    return tuple(read_column(i, cell.strip()) for i, cell in enumerate(cells) if cell.strip())


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a row is the header: two known headers, half of all, or a name that stands alone."""
    columns = read_header([cell if len(cell) <= 60 else "" for cell in cells])
    known = [column for column in columns if column.field]
    if len(columns) == 1:
        return bool(known) and known[0].kind is not None
    return len({column.field for column in known}) >= 2 and 2 * len(known) >= len(columns)


def names_fields(cells: Sequence[str]) -> bool:
    """Whether a row below a header is a header itself: it names what records are, and looks like one.

    Most rows are told by one look at each cell.
    """
    if not any(len(cell) <= 60 and _worn(cell) in _naming() for cell in cells):
        return False
    return sum(map(bool, cells)) > 1 and looks_like_header(cells)


@cache
def _naming() -> frozenset[str]:
    """The headers that name a record: 产品名称, 服务商, 企业名称."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["field"] in _NAMES]
        return frozenset(_worn(row["header"]) for row in rows)


def _worn(cell: str) -> str:
    return cell.strip("* :：").replace(" ", "").lower()


def kind_of(columns: Sequence[Column]) -> Kind | None:
    """The kind of record that the rows under ``columns`` are; ``None`` when they do not tell."""
    fields = {column.field for column in columns}
    marks = [column.kind for column in columns if column.kind]
    if Kind.LISTING in marks and "product" in fields:
        return Kind.LISTING
    named = [kind for kind in marks if kind in (Kind.SOLUTION, Kind.CASE)]
    if named:
        return named[0]
    if Kind.NEED in marks:
        return Kind.NEED
    if "enterprise" in fields and fields & _OF_ENTERPRISE and not fields & _OF_PROVIDER:
        return Kind.ENTERPRISE
    if Kind.PROVIDER in marks or (fields & _OF_PROVIDER and fields & _NAMES):
        return Kind.PROVIDER
    return None


def _bare(header: str) -> str:
    text = re.sub(r"[*?:“”\"'‘’]", "", folded(header[:_LONGEST]))
    text = re.sub(r"[【\[]", "(", re.sub(r"[】\]]", ")", text))
    return re.sub(r"^(?:[0-9]{1,2}[.、]|[一二三四五六七八九十]+、)", "", text)


def _with_period(unit: str, own: str) -> str:
    """``unit`` charged by the period that the header's name tells (年费), unless it tells one."""
    return unit if "/" in unit or "/" not in own else f"{unit}/{own.partition('/')[2]}"


def _named_by_period(column: Column) -> bool:
    bare, brackets = without_brackets(_bare(column.header))
    return "/" in column.unit and not brackets and "元" not in bare


def _readings(whole: str) -> list[tuple[str, tuple[str, ...]]]:
    """The names that a header may be known under, each with the words beside it."""
    outside, _ = without_brackets(whole)
    readings: list[tuple[str, tuple[str, ...]]] = [(whole, ()), (outside, ())]
    parts = outside.split("/")
    for at, part in enumerate([outside, *parts] if len(parts) > 1 else parts):
        others = tuple(parts[: at - 1] + parts[at:]) if at else ()
        name, suffix = without_suffix(part)
        readings += [(part, others), (name, (suffix, *others))]
    return [*readings, ("".join(parts), ())]  # 部署 over 方式
