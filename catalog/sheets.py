"""Files as cities send them → tables of text with sheet, row and column, or JSON objects by line.

A file that is too large, damaged, locked or carries macros is refused as a whole; a sheet that is
none of the known kinds is skipped with the reason.
"""

from __future__ import annotations

from pathlib import Path

from catalog.columns import Skipped, Table
from catalog.errors import UnreadableFile
from catalog.files import MAX_BYTES, carries_macros, unreadable
from catalog.tables import NO_ROWS
from catalog.textfiles import Lines, decoded, read_csv, read_lines
from catalog.workbooks import read_workbook

__all__ = ["Lines", "Part", "read_bytes", "read_file"]

_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")

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
        raise unreadable(
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
        UnreadableFile: it is empty or only headers, too large, damaged, locked or of another format.
    """
    parts = _parts(data, name)
    skipped = [part.reason for part in parts if isinstance(part, Skipped)]
    if len(skipped) == len(parts) and NO_ROWS in skipped:
        raise unreadable(
            name,
            NO_ROWS.zh,
            f"has {NO_ROWS.en}",
            "请在表头下填写数据后再发送",
            "fill in rows below the header and send it again",
        )
    return parts


def _parts(data: bytes, name: str) -> tuple[Part, ...]:
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise unreadable(name, "是空文件", "is empty", "请发送有表头和数据的文件", "send rows")
    suffix = Path(name).suffix.lower()
    if data.startswith(_OLE2):
        raise _ole2(data, name)
    if suffix == ".xlsm":
        raise carries_macros(name)
    if suffix == ".xlsx":
        return tuple(read_workbook(data, name))
    if data.startswith(b"PK\x03\x04"):
        raise _wrong_extension(name, "压缩包或工作簿", "an archive or a workbook")
    if suffix == ".csv":
        return tuple(read_csv(decoded(data, name), name))
    if suffix in (".jsonl", ".ndjson"):
        return (read_lines(decoded(data, name), name),)
    raise _wrong_extension(
        name, f"“{suffix or '无扩展名'}”文件", f"a “{suffix or 'nameless'}” file"
    )


def _too_large(name: str) -> UnreadableFile:
    most = MAX_BYTES // 2**20
    return unreadable(
        name,
        f"超过 {most} MB",
        f"is larger than {most} MB",
        "请删除图片或拆成几个文件",
        "remove pictures or split it into several files",
    )


def _ole2(data: bytes, name: str) -> UnreadableFile:
    if "EncryptedPackage".encode("utf-16-le") in data:
        zh, en = "有密码保护", "is protected by a password"
    else:
        zh, en = "是旧版 Office 文件", "is in the old Office format"
    return unreadable(
        name, zh, en, "请取消密码并另存为 .xlsx", "remove the password and save it as .xlsx"
    )


def _wrong_extension(name: str, zh: str, en: str) -> UnreadableFile:
    return unreadable(
        name,
        f"的扩展名与内容不符或不支持：{zh}",
        f"has an extension that does not fit or is not supported: {en}",
        "支持 .xlsx、.csv、.jsonl，扩展名须与内容一致",
        ".xlsx, .csv and .jsonl are read; the extension must fit the content",
    )
