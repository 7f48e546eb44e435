"""A grid of cells → a table: title rows and notes left out, merged cells filled, oddities told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

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
    read_header,
    under_titles,
)
from catalog.errors import Bilingual
from catalog.files import MAX_COLUMNS

_HEADER_WITHIN = 30
_MAX_FILLED = 2_000_000
_NOTE = re.compile(
    r"(?:注|备注|说明|填表说明|填报说明|合计|总计|小计|制表|审核)(?:$|[\s:：、0-9一（(])"
)
_TOTALS = frozenset(["合计", "总计", "小计"])
ROUNDED = "rounded"
"""Marks a cell that is a number of more than 15 digits."""
NO_ROWS = Bilingual("只有表头，没有数据行", "a header and no rows")
"""Why a sheet is left out that has a known header and nothing under it."""

Grid = list[tuple[int, list[str]]]
Merge = tuple[int, int, int, int]


def table_of(
    grid: Grid,
    name: str,
    sheet: str | None,
    merges: Iterable[Merge] = (),
    odd: Iterable[tuple[int, int, str]] = (),
) -> Table | Skipped:
    """The table in a grid: header under the title rows, merged cells filled, notes left out."""
    if not grid:
        return Skipped(name, sheet, Bilingual("空表", "empty"))
    found = next(
        (i for i, row in enumerate(grid[:_HEADER_WITHIN]) if looks_like_header(row[1])), None
    )
    if found is None:
        reason = "没有认得的表头，例如：产品名称、服务商名称、案例名称、需求描述"
        return Skipped(
            name, sheet, Bilingual(reason, "no known header such as 产品名称 or product name")
        )
    top = grid[found][0]
    merges = list(merges)
    bottom = max((r2 for _, r1, _, r2 in merges if r1 == top and r2 - r1 <= 2), default=top)
    above = [text for _, texts in grid[:found] for text in texts]
    below = [text for _, texts in grid[found + 1 :] if _NOTE.match(text := "".join(texts))]
    columns = under_titles(read_header(_header(grid, top, bottom, merges)), above + below)
    kind = kind_of(columns)
    if kind is None:
        seen = "、".join(column.header for column in columns[:8])
        return Skipped(
            name,
            sheet,
            Bilingual(
                f"看不出是哪一类目录，表头为：{seen}", f"its kind is not told by its header: {seen}"
            ),
        )
    odd = [cell for cell in odd if cell[0] > bottom]
    issues = [
        *_unknown_headers(columns, name, sheet, top),
        *_rounded_codes(grid, odd, columns, name, sheet),
        *_odd(odd, columns, name, sheet),
    ]
    body = _filled([row for row in grid if row[0] > bottom], merges)
    rows = []
    titles = {r1 for c1, r1, c2, _ in merges if c2 > c1}
    header = [column.header for column in columns]
    for number, texts in body:
        filled = [text for text in texts if text]
        if not filled or filled == header:
            continue
        alone = len(filled) == 1 and len(columns) > 1
        if (alone and (number in titles or _NOTE.match(filled[0]))) or filled[0] in _TOTALS:
            message = Bilingual(
                "标题、备注或合计行，未导入", "a title, note or total, not imported"
            )
            issues.append(RowIssue("warning", name, sheet, number, None, filled[0][:200], message))
            continue
        if len(texts) > columns[-1].index + 1:
            extra = "；".join(text for text in texts[columns[-1].index + 1 :] if text)
            message = Bilingual(
                "这一行比表头多出单元格，已忽略", "more cells than headers: ignored"
            )
            hint = Bilingual(
                "含逗号的单元格请加引号", "put quotes around cells that contain commas"
            )
            issues.append(
                RowIssue("warning", name, sheet, number, None, extra[:200], message, hint)
            )
        rows.append(Row(number, tuple(texts)))
    if not rows:
        return Skipped(name, sheet, NO_ROWS)
    return Table(name, sheet, kind, columns, tuple(rows), tuple(issues))


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
    odd: Iterable[tuple[int, int, str]],
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
    cells: Iterable[tuple[int, int, str]],
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
