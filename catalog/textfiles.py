"""Text files → a table (CSV) or JSON objects by line: UTF-8, UTF-16 with BOM, GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any

from catalog.columns import RowIssue, Skipped, Table, looks_like_header, read_header
from catalog.errors import Bilingual, UnreadableFile
from catalog.files import MAX_ROWS, check_size, unreadable, without_guard
from catalog.tables import Grid, tables_of

_DELIMITERS = ",\t;"
_PROBED = 40


@dataclass(frozen=True, slots=True)
class Lines:
    """The JSON objects of a file by line number; lines that are none are among the issues."""

    file: str
    objects: tuple[tuple[int, dict[str, Any]], ...]
    issues: tuple[RowIssue, ...] = ()


def decoded(data: bytes, name: str) -> str:
    """The text in ``data``; bytes that are no text, or damaged text, are refused."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in data and not wide:
        raise _binary(name)
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        beyond_ascii = sum(byte > 127 for byte in data)
        damaged = data.decode("utf-8", "replace").count("\ufffd")
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise _binary(name) from error
        if wide or data.startswith(codecs.BOM_UTF8) or damaged * 10 < beyond_ascii:
            raise _binary(name) from None  # UTF-8 with a few broken bytes, no GB18030
    controls = sum(text.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f")
    if controls * 100 > len(text) or "\0" in text:
        raise _binary(name)
    return text


def read_csv(text: str, name: str) -> list[Table | Skipped]:
    """The tables in a text of cells between commas, tabs or semicolons."""
    grid: Grid = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    start = 1
    try:
        for number, cells in enumerate(reader, start=1):
            start = reader.line_num + 1
            texts = [without_guard(cell).strip() for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                check_size(name, len(texts), len(grid) + 1, MAX_ROWS)
                grid.append((number, texts))
    except csv.Error as error:
        raise unreadable(
            name,
            f"第 {start} 行起的引号没有成对",
            f"has a quote that is not closed, from line {start} on ({error})",
            '请给含逗号或换行的单元格加成对的英文双引号 "…"，或另存为 .xlsx',
            'close the quotes "…" around the cell, or save the sheet as .xlsx',
        ) from error
    return tables_of(grid, name, None)


def _delimiter(text: str) -> str:
    """The mark between cells: the one that makes most known headers, whatever the texts are full of."""
    lines = list(islice(io.StringIO(text, newline=""), _PROBED))
    counts = Counter("".join(lines[:10]))
    known = {mark: _known_headers(lines, mark) for mark in _DELIMITERS}
    most = max(known.values())
    if most == 1:  # one column: no mark divides it, so the rarest one is taken
        return min(_DELIMITERS, key=lambda mark: (known[mark] != 1, counts[mark]))
    return max(_DELIMITERS, key=lambda mark: (known[mark], counts[mark]))


def _known_headers(lines: list[str], delimiter: str) -> int:
    """How many fields the header has when ``delimiter`` stands between the cells; 0 for no header."""
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if looks_like_header(cells):
                return len({column.field for column in read_header(cells)} - {None})
    except csv.Error:
        pass
    return 0


def read_lines(text: str, name: str) -> Lines:
    """The JSON objects in ``text``, one a line."""
    objects: list[tuple[int, dict[str, Any]]] = []
    issues: list[RowIssue] = []
    lines = text.replace("\r\n", "\n").split("\n")
    check_size(name, 0, len(lines) - 1, MAX_ROWS)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_no_constant)
            json.dumps(value, ensure_ascii=False).encode()  # half a character is refused here
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            objects.append((number, value))
            continue
        issues.append(
            RowIssue(
                "error",
                name,
                None,
                number,
                None,
                line[:200],
                Bilingual("这一行不是 JSON 对象", "the line is no JSON object"),
                Bilingual(
                    '每行一个对象，如 {"kind": "solution", "name": "…"}', "one object a line"
                ),
            )
        )
    return Lines(name, tuple(objects), tuple(issues))


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _binary(name: str) -> UnreadableFile:
    return unreadable(
        name,
        "不是文本，或编码已损坏",
        "is no text, or its encoding is damaged",
        "请另存为 UTF-8 或 GB18030 编码的 .csv，或直接发送 .xlsx",
        "save it as .csv in UTF-8 or GB18030, or send the .xlsx",
    )
