"""Files as cities send them → tables of text with sheet, row and column, or JSON objects by line.

Reads .xlsx, .csv (UTF-8 with or without BOM, UTF-16 with BOM, GB18030) and .jsonl. A file that is
too large, damaged, locked or carries macros is refused as a whole; a sheet that is none of the
known kinds is skipped with the reason.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.cell import range_boundaries

from catalog.columns import MAX_COLUMNS, Grid, Merge, RowIssue, Skipped, Table, table_of
from catalog.errors import Bilingual, UnreadableFile

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_ROWS = 200_000
_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER_LITERAL = re.compile(r'[0#?]\s*"([^"]+)"')
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


@dataclass(frozen=True, slots=True)
class Lines:
    """The JSON objects of a file by line number; lines that are none are among the issues."""

    file: str
    objects: tuple[tuple[int, dict[str, Any]], ...]
    issues: tuple[RowIssue, ...] = ()


Part = Table | Lines | Skipped


def read_file(path: Path) -> tuple[Part, ...]:
    """The parts of the file at ``path``.

    Raises:
        UnreadableFile: it cannot be opened, is too large, damaged, locked or of another format.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path.name)
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(
            path.name,
            f"打不开（{error.strerror}）",
            f"cannot be opened ({error.strerror})",
            "请检查路径和读取权限",
            "check the path and the permission to read",
        ) from error
    return read_bytes(data, path.name)


def read_bytes(data: bytes, name: str) -> tuple[Part, ...]:
    """The parts of a file given as its bytes and name.

    Raises:
        UnreadableFile: it is empty, too large, damaged, locked or of another format.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise _unreadable(name, "是空文件", "is empty", "请发送有表头和数据的文件", "send rows")
    suffix = Path(name).suffix.lower()
    if data.startswith(_OLE2):
        raise _ole2(data, name)
    if suffix == ".xlsm":
        raise _macros(name)
    if suffix == ".xlsx":
        return tuple(_workbook(data, name))
    if data.startswith(b"PK\x03\x04"):
        raise _wrong_extension(name, "压缩包或工作簿", "an archive or a workbook")
    if suffix == ".csv":
        return (_csv(_decode(data, name), name),)
    if suffix in (".jsonl", ".ndjson"):
        return (_lines(_decode(data, name), name),)
    raise _wrong_extension(
        name, f"“{suffix or '无扩展名'}”文件", f"a “{suffix or 'nameless'}” file"
    )


def without_guard(text: str) -> str:
    """``text`` without the ' that keeps a spreadsheet from running it as a formula."""
    return text[1:] if _GUARDED.match(text) else text


def _workbook(data: bytes, name: str) -> Iterator[Part]:
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            warnings.simplefilter("ignore")
            _inspect(archive, data, name)
            sources = _sheet_sources(archive)
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=True, keep_links=False
            )
            budget = MAX_ROWS
            for sheet in book.worksheets:
                title = sheet.title
                if sheet.sheet_state != "visible":
                    yield Skipped(name, title, Bilingual("隐藏的工作表", "a hidden sheet"))
                    continue
                xml = archive.read(sources[title]) if title in sources else b""
                merges = [_merge(ref.decode()) for ref in _MERGE.findall(xml)]
                formulas = _formulas(data, title) if _FORMULA.search(xml) else set()
                grid, odd = _grid(sheet, formulas, name, budget)
                budget -= len(grid)
                yield table_of(grid, name, title, merges, odd)
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl answers a damaged file with any built-in error
        raise _unreadable(
            name,
            "已损坏或不是 Excel 工作簿",
            f"is damaged or no Excel workbook ({type(error).__name__})",
            "请在 Excel 或 WPS 中打开并另存为 .xlsx",
            "open it in Excel or WPS and save it as .xlsx",
        ) from error


def _inspect(archive: zipfile.ZipFile, data: bytes, name: str) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise _unreadable(
            name,
            f"解压后过大（{unpacked // 2**20} MB）",
            f"is too large when unpacked ({unpacked // 2**20} MB)",
            "请删除空白行列和图片，或拆成几个文件",
            "delete empty rows, columns and pictures, or split it",
        )
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise _macros(name)
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    raise ValueError("document type declaration")


def _sheet_sources(archive: zipfile.ZipFile) -> dict[str, str]:
    """The path of each worksheet's XML, by title."""
    targets = {
        part.get("Id"): part.get("Target", "")
        for part in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    found = {}
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for at, value in sheet.items() if at.endswith("}id")), None)
            target = targets.get(key, "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in archive.namelist():
                found[sheet.get("name", "")] = path
    return found


def _merge(ref: str) -> Merge:
    c1, r1, c2, r2 = range_boundaries(ref)
    return c1 or 1, r1 or 1, c2 or 1, r2 or 1


def _formulas(data: bytes, title: str) -> set[tuple[int, int]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    sheet = book[title]
    sheet.reset_dimensions()
    return {
        (cell.row, cell.column)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and cell.data_type == "f"
    }


def _grid(
    sheet: Any, formulas: set[tuple[int, int]], name: str, budget: int
) -> tuple[Grid, list[tuple[int, int, str]]]:
    """The rows that hold something, and the cells that are formulas or spreadsheet errors."""
    sheet.reset_dimensions()  # the declared size is often wrong
    grid: Grid = []
    odd: list[tuple[int, int, str]] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts: list[str] = []
        for at, cell in enumerate(row):
            formula = (number, at + 1) in formulas
            if cell.value is None and not formula:
                texts.append("")
                continue
            error = cell.value is not None and cell.data_type == "e"
            if formula or error:
                odd.append(
                    (number, at, "error" if error else "cached" if cell.value is not None else "")
                )
            texts.append("" if error else _text(cell.value, getattr(cell, "number_format", "")))
        while texts and not texts[-1]:
            texts.pop()
        if texts or any(entry[0] == number for entry in odd[-1:]):
            _check_size(name, len(texts), len(grid) + 1, budget)
            grid.append((number, texts))
    return grid, odd


def _text(value: Any, number_format: str) -> str:
    """A cell as the sheet shows it, where the format matters to the value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return without_guard(value).strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return (
            value.isoformat(" ") if value.time().isoformat() != "00:00:00" else f"{value:%Y-%m-%d}"
        )
    if not isinstance(value, int | float):
        return str(value)
    shown = number_format.split(";")[0]
    if "%" in shown:
        return f"{float(value) * 100:.10g}%"
    number = int(value) if value == value // 1 else value
    text = f"{Decimal(repr(number)):f}"
    if re.fullmatch(r"0{2,}", shown) and isinstance(number, int) and number >= 0:
        return text.zfill(len(shown))
    literal = _NUMBER_LITERAL.search(shown)
    return text + (literal[1].strip() if literal else "")


def _decode(data: bytes, name: str) -> str:
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


def _csv(text: str, name: str) -> Part:
    head = "\n".join(text.splitlines()[:10])
    delimiter = max(",\t;", key=lambda mark: (head.count(mark), mark == ","))
    grid: Grid = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for number, cells in enumerate(reader, start=1):
            start = reader.line_num + 1
            texts = [without_guard(cell).strip() for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                _check_size(name, len(texts), len(grid) + 1, MAX_ROWS)
                grid.append((number, texts))
    except csv.Error as error:
        raise _unreadable(
            name,
            f"第 {start} 行起的引号没有成对",
            f"has a quote that is not closed, from line {start} on ({error})",
            '请给含逗号或换行的单元格加成对的英文双引号 "…"，或另存为 .xlsx',
            'close the quotes "…" around the cell, or save the sheet as .xlsx',
        ) from error
    return table_of(grid, name, None)


def _lines(text: str, name: str) -> Lines:
    objects: list[tuple[int, dict[str, Any]]] = []
    issues: list[RowIssue] = []
    lines = text.replace("\r\n", "\n").split("\n")
    _check_size(name, 0, len(lines) - 1, MAX_ROWS)
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


def _check_size(name: str, columns: int, rows: int, most_rows: int) -> None:
    if columns > MAX_COLUMNS or rows > most_rows:
        raise _unreadable(
            name,
            f"行数超过 {MAX_ROWS} 或列数超过 {MAX_COLUMNS}",
            f"has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
            "请拆成几个文件",
            "split it into several files",
        )


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _unreadable(name: str, zh: str, en: str, hint_zh: str, hint_en: str) -> UnreadableFile:
    return UnreadableFile(
        Bilingual(f"文件 {name} {zh}", f"file {name} {en}"),
        Bilingual(hint_zh, hint_en),
        field="file",
    )


def _too_large(name: str) -> UnreadableFile:
    most = MAX_BYTES // 2**20
    return _unreadable(
        name,
        f"超过 {most} MB",
        f"is larger than {most} MB",
        "请删除图片或拆成几个文件",
        "remove pictures or split it into several files",
    )


def _macros(name: str) -> UnreadableFile:
    return _unreadable(
        name,
        "含有宏",
        "carries macros",
        "请另存为不含宏的 .xlsx",
        "save it as .xlsx without macros",
    )


def _ole2(data: bytes, name: str) -> UnreadableFile:
    if "EncryptedPackage".encode("utf-16-le") in data:
        zh, en = "有密码保护", "is protected by a password"
    else:
        zh, en = "是旧版 Office 文件", "is in the old Office format"
    return _unreadable(
        name, zh, en, "请取消密码并另存为 .xlsx", "remove the password and save it as .xlsx"
    )


def _binary(name: str) -> UnreadableFile:
    return _unreadable(
        name,
        "不是文本，或编码已损坏",
        "is no text, or its encoding is damaged",
        "请另存为 UTF-8 或 GB18030 编码的 .csv，或直接发送 .xlsx",
        "save it as .csv in UTF-8 or GB18030, or send the .xlsx",
    )


def _wrong_extension(name: str, zh: str, en: str) -> UnreadableFile:
    return _unreadable(
        name,
        f"的扩展名与内容不符或不支持：{zh}",
        f"has an extension that does not fit or is not supported: {en}",
        "支持 .xlsx、.csv、.jsonl，扩展名须与内容一致",
        ".xlsx, .csv and .jsonl are read; the extension must fit the content",
    )
