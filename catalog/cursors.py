"""Cursors of lists: where the next page starts, as a text that only this package reads."""

from __future__ import annotations

import base64
import binascii

from catalog.errors import Bilingual, InvalidRecord


def encoded_cursor(last: str) -> str:
    """The cursor behind the row whose key is ``last``."""
    return base64.urlsafe_b64encode(last.encode()).decode()


def decoded_cursor(cursor: str) -> str:
    """The key that `encoded_cursor` was given.

    Raises:
        InvalidRecord: ``cursor`` was not handed out by it.
    """
    try:
        last = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, UnicodeError):
        last = ""
    # The decoder skips what is not base64: only what encodes back was handed out.
    if not last or encoded_cursor(last) != cursor:
        raise refused_cursor()
    return last


def encoded_number(last: int) -> str:
    """The cursor behind the row with this number."""
    return encoded_cursor(str(last))


def decoded_number(cursor: str) -> int:
    """The number that `encoded_number` was given.

    Raises:
        InvalidRecord: ``cursor`` was not handed out by it.
    """
    last = decoded_cursor(cursor)
    if not (last.isascii() and last.isdigit() and len(last) < 18):
        raise refused_cursor()
    return int(last)


def refused_cursor() -> InvalidRecord:
    """The error for a cursor that no list handed out."""
    return InvalidRecord(
        Bilingual("翻页游标无效", "the cursor is not valid"),
        Bilingual("请使用上一页返回的 next_cursor", "use next_cursor of the page before"),
        field="cursor",
    )
