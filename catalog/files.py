"""What a file may be, how one is refused, and the guard of cells that look like formulas."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.errors import Bilingual, InvalidRecord, UnreadableFile

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_ROWS = 200_000
MAX_COLUMNS = 500
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def without_guard(text: str) -> str:
    """``text`` without the ' that keeps a spreadsheet from running it as a formula."""
    return text[1:] if _GUARDED.match(text) else text


def check_size(name: str, columns: int, rows: int, most_rows: int) -> None:
    """Refuse a file with too many ``columns`` or ``rows``."""
    if columns > MAX_COLUMNS or rows > most_rows:
        raise unreadable(
            name,
            f"行数超过 {MAX_ROWS} 或列数超过 {MAX_COLUMNS}",
            f"has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
            "请拆成几个文件",
            "split it into several files",
        )


def check_ending(path: Path, *known: str) -> None:
    """Refuse a file whose name does not end as one of the formats that can be written.

    Raises:
        InvalidRecord: it ends otherwise.
    """
    if path.suffix.lower() not in known:
        raise InvalidRecord(
            Bilingual(f"不支持的输出格式：{path.name}", f"unknown output format: {path.name}"),
            Bilingual(f"文件名以 {'、'.join(known)} 结尾", f"use {' or '.join(known)}"),
            field="file",
        )


def unreadable(name: str, zh: str, en: str, hint_zh: str, hint_en: str) -> UnreadableFile:
    """The refusal of the file ``name``, with what would be right."""
    return UnreadableFile(
        Bilingual(f"文件 {name} {zh}", f"file {name} {en}"),
        Bilingual(hint_zh, hint_en),
        field="file",
    )


def carries_macros(name: str) -> UnreadableFile:
    """The refusal of a workbook with macros."""
    return unreadable(
        name,
        "含有宏",
        "carries macros",
        "请另存为不含宏的 .xlsx",
        "save it as .xlsx without macros",
    )
