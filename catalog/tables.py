"""A grid of cells → its tables: title rows and notes left out, merged cells filled, oddities told."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from catalog.asides import asides
from catalog.columns import (
    CODES,
    ROUNDED_CODE,
    Column,
    Row,
    RowIssue,
    Skipped,
    Table,
    kind_of,
    looks_like_header,
    names_fields,
    read_header,
    under_titles,
)
from catalog.errors import Bilingual
from catalog.files import MAX_COLUMNS

_HEADER_WITHIN = 30
_MAX_FILLED = 2_000_000
ROUNDED = "rounded"
"""Marks a cell that is a number of more than 15 digits."""
NO_ROWS = Bilingual("只有表头，没有数据行", "a header and no rows")
"""Why a sheet is left out that has a known header and nothing under it."""

Grid = list[tuple[int, list[str]]]
Merge = tuple[int, int, int, int]
Odd = tuple[int, int, str]


def tables_of(
    grid: Grid,
    name: str,
    sheet: str | None,
    merges: Iterable[Merge] = (),
    odd: Iterable[Odd] = (),
) -> list[Table | Skipped]:
    """The tables in a grid, one below the other: a row of other headers begins the next one."""
    if not grid:
        return [Skipped(name, sheet, Bilingual("空表", "empty"))]
    found = next(
        (i for i, row in enumerate(grid[:_HEADER_WITHIN]) if looks_like_header(row[1])), None
    )
    if found is None:
        reason = "没有认得的表头，例如：产品名称、服务商名称、案例名称、需求描述"
        told = Bilingual(reason, "no known header such as 产品名称 or product name")
        return [Skipped(name, sheet, told)]
    merges, odd = sorted(merges, key=itemgetter(1)), list(odd)
    tables: list[Table | Skipped] = []
    above = grid[:found]
    while found is not None:
        top = grid[found][0]
        of_header = merges[_before(merges, top, 1) : _before(merges, top + 3, 1)]
        bottom = max((r2 for _, r1, _, r2 in of_header if r1 == top and r2 - r1 <= 2), default=top)
        columns = read_header(_header(grid[found : found + 3], top, bottom, of_header))
        first = next((at for at in range(found, len(grid)) if grid[at][0] > bottom), len(grid))
        following = _next_header(grid, first, columns)
        stop = len(grid) if following is None else following
        end = grid[stop - 1][0] + 1
        part = _Part(
            name,
            sheet,
            top,
            columns,
            [text for _, texts in above for text in texts],
            grid[first:stop],
            merges[_before(merges, bottom + 1, 1) : _before(merges, end, 1)],
            odd[_before(odd, bottom + 1, 0) : _before(odd, end, 0)],
        )
        above = [] if following is None else _titles_above(grid, following, first)
        tables.append(_table(part, {number for number, _ in above}))
        found = following
    return tables


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows under one header, with what stands above it and the cells that are merged or odd."""

    name: str
    sheet: str | None
    top: int
    columns: tuple[Column, ...]
    above: list[str]
    body: Grid
    merges: list[Merge]
    odd: list[Odd]


def _before(cells: Sequence[tuple[Any, ...]], row: int, at: int) -> int:
    """How many of ``cells``, sorted by the row at ``at``, stand above ``row``."""
    return bisect_left(cells, row, key=itemgetter(at))


def _next_header(grid: Grid, first: int, columns: Sequence[Column]) -> int | None:
    """The place of the row from ``first`` on that begins another table than that of ``columns``."""
    rows = range(first, len(grid))
    return next(
        (
            at
            for at in rows
            if names_fields(grid[at][1]) and not _repeats(columns, grid[at][1], at == first)
        ),
        None,
    )


def _titles_above(grid: Grid, header: int, first: int) -> Grid:
    """The rows of one cell that stand right above a header."""
    start = header
    while start > first and sum(map(bool, grid[start - 1][1])) == 1:
        start -= 1
    return grid[start:header]


def _repeats(columns: Sequence[Column], texts: list[str], right_below: bool) -> bool:
    """Whether a row of headers says again what ``columns`` say, as on the next printed page.

    Right below, another language may say it in fewer words.
    """
    again = read_header(texts)
    if right_below:
        fields = {column.index: column.field for column in columns}
        return all(one.field in (None, fields.get(one.index)) for one in again)
    return [(one.index, one.field, one.unit) for one in again] == [
        (one.index, one.field, one.unit) for one in columns
    ]


def _table(part: _Part, titles: Collection[int]) -> Table | Skipped:
    """The table of a part: merged cells filled, rows that are no records left out.

    ``titles`` are rows of the next table.
    """
    name, sheet, columns = part.name, part.sheet, part.columns
    kind = kind_of(columns)
    if kind is None:
        seen = "、".join(column.header for column in columns[:8])
        zh, en = (
            f"看不出是哪一类目录，表头为：{seen}",
            f"its kind is not told by its header: {seen}",
        )
        return Skipped(name, sheet, Bilingual(zh, en))
    issues = [
        *_unknown_headers(columns, name, sheet, part.top),
        *_rounded_codes(part.body, part.odd, columns, name, sheet),
        *_odd(part.odd, columns, name, sheet),
    ]
    body = _filled(part.body, part.merges)
    across = {r1 for c1, r1, c2, _ in part.merges if c2 > c1}
    left_out = asides(body, columns, across | set(titles), fuller=bool(titles))
    notes = [text for number, text in left_out.items() if number not in titles]
    columns = under_titles(columns, [*part.above, *notes])
    rows: list[Row] = []
    for number, texts in body:
        if number in left_out:
            message = Bilingual(
                "标题、备注或合计行，未导入", "a title, note or total, not imported"
            )
            value = left_out[number][:200]
            issues.append(RowIssue("warning", name, sheet, number, None, value, message))
        elif any(texts) and not (names_fields(texts) and _repeats(part.columns, texts, not rows)):
            issues += _beyond(texts, columns[-1].index + 1, name, sheet, number)
            rows.append(Row(number, tuple(texts)))
    if not rows:
        return Skipped(name, sheet, NO_ROWS)
    return Table(name, sheet, kind, columns, tuple(rows), tuple(issues))


def _beyond(
    texts: list[str], width: int, name: str, sheet: str | None, number: int
) -> Iterator[RowIssue]:
    """A warning about the cells of a row that stand beyond its header."""
    if len(texts) > width:
        extra = "；".join(text for text in texts[width:] if text)
        message = Bilingual("这一行比表头多出单元格，已忽略", "more cells than headers: ignored")
        hint = Bilingual("含逗号的单元格请加引号", "put quotes around cells that contain commas")
        yield RowIssue("warning", name, sheet, number, None, extra[:200], message, hint)


def _header(grid: Grid, top: int, bottom: int, merges: Iterable[Merge]) -> list[str]:
    """The header of one to three rows; a header over several columns goes before theirs."""
    rows = {number: texts for number, texts in grid if top <= number <= bottom}
    width = max(len(texts) for texts in rows.values())
    for c1, r1, c2, _ in merges:
        texts = rows.get(r1, [])
        if c2 > c1 and c1 <= len(texts) and bottom > top:
            width = max(width, min(c2, MAX_COLUMNS))
            texts += [""] * (width - len(texts))
            texts[c1 - 1 : c2] = [texts[c1 - 1]] * (min(c2, len(texts)) - c1 + 1)
    levels = [rows.get(number, []) for number in range(top, bottom + 1)]
    return [
        "/".join(dict.fromkeys(level[at] for level in levels if at < len(level) and level[at]))
        for at in range(width)
    ]


def _filled(body: Grid, merges: Iterable[Merge]) -> Grid:
    """The rows with every cell of a vertical merge filled from its first."""
    by_number = dict(body)
    left = _MAX_FILLED
    for c1, r1, _, r2 in merges:
        first = by_number.get(r1, [])
        if r2 == r1 or c1 > len(first) or not first[c1 - 1]:
            continue
        left -= r2 - r1
        for number in range(r1 + 1, r2 + 1 if left > 0 else r1):
            texts = by_number.get(number)
            if texts is not None:
                texts += [""] * (c1 - len(texts))
                texts[c1 - 1] = first[c1 - 1]
    return body


def _unknown_headers(
    columns: Iterable[Column], name: str, sheet: str | None, row: int
) -> Iterator[RowIssue]:
    for column in columns:
        if column.field is None:
            message = Bilingual("不认得的列，未导入", "an unknown column, not imported")
            yield RowIssue("warning", name, sheet, row, column.header, column.header, message)


def _rounded_codes(
    grid: Grid,
    odd: Iterable[Odd],
    columns: Iterable[Column],
    name: str,
    sheet: str | None,
) -> Iterator[RowIssue]:
    """Empty the codes that are numbers of more than 15 digits; each one is told."""
    headers = {column.index: column.header for column in columns if column.field in CODES}
    rows = dict(grid)
    for number, at, what in odd:
        if what == ROUNDED and at in headers:
            value, rows[number][at] = rows[number][at], ""
            yield RowIssue("warning", name, sheet, number, headers[at], value, *ROUNDED_CODE)


def _odd(
    cells: Iterable[Odd],
    columns: Iterable[Column],
    name: str,
    sheet: str | None,
) -> Iterator[RowIssue]:
    """One warning for each column with formulas or spreadsheet errors, naming the first row."""
    from openpyxl.utils.cell import get_column_letter  # loads all of openpyxl

    headers = {column.index: column.header for column in columns}
    messages = {
        "cached": Bilingual("公式，用了保存的结果", "formulas: their saved results were used"),
        "": Bilingual(
            "公式没有保存结果，按空处理", "formulas without a saved result: read as empty"
        ),
        "error": Bilingual("单元格是错误值，按空处理", "spreadsheet errors: read as empty"),
    }
    seen = [cell for cell in cells if cell[2] in messages]
    number = Counter((at, what) for _, at, what in seen)
    first = {(at, what): row for row, at, what in reversed(seen)}
    for (at, what), row in first.items():
        header = headers.get(at, get_column_letter(at + 1))
        hint = Bilingual("请选择性粘贴为数值", "paste the cells as values")
        count = f"{number[at, what]} 个单元格 / cells"
        yield RowIssue("warning", name, sheet, row, header, count, messages[what], hint)
