"""Excel workbooks → one table for each visible sheet, with the text that the sheet shows."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.cell import range_boundaries

from catalog.columns import Skipped, Table
from catalog.errors import Bilingual, UnreadableFile
from catalog.files import (
    MAX_RATIO,
    MAX_ROWS,
    MAX_UNPACKED,
    carries_macros,
    check_size,
    unreadable,
    without_guard,
)
from catalog.tables import ROUNDED, Grid, Merge, tables_of

_NUMBER_LITERAL = re.compile(r'[0#?]\s*"([^"]+)"')
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


def read_workbook(data: bytes, name: str) -> Iterator[Table | Skipped]:
    """The tables of each sheet; a damaged workbook, one with macros or a zip bomb is refused."""
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
                yield from tables_of(grid, name, title, merges, odd)
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl answers a damaged file with any built-in error
        raise unreadable(
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
        raise unreadable(
            name,
            f"解压后过大（{unpacked // 2**20} MB）",
            f"is too large when unpacked ({unpacked // 2**20} MB)",
            "请删除空白行列和图片，或拆成几个文件",
            "delete empty rows, columns and pictures, or split it",
        )
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise carries_macros(name)
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
            if cell.data_type == "n" and _rounded(cell.value):
                odd.append((number, at, ROUNDED))
            if formula or error:
                odd.append(
                    (number, at, "error" if error else "cached" if cell.value is not None else "")
                )
            texts.append("" if error else _text(cell.value, getattr(cell, "number_format", "")))
        while texts and not texts[-1]:
            texts.pop()
        if texts or any(entry[0] == number for entry in odd[-1:]):
            check_size(name, len(texts), len(grid) + 1, budget)
            grid.append((number, texts))
    return grid, odd


def _rounded(value: Any) -> bool:
    """Whether a number has more than the 15 digits that spreadsheets keep."""
    return isinstance(value, int | float) and abs(value) >= 10**15


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
