"""Errors of the catalogue, one tree.

CatalogError
├── InvalidRecord      a field does not hold what it must
├── UnknownRecord      no record with that id
├── RecordConflict     the record changed, or another one holds its key
├── UnreadableFile     a file cannot be read as a table of rows
├── UnknownNode        a sector or scenario code that the taxonomy does not have
└── StoreUnavailable   the database cannot be opened, locked or written

Each carries a Chinese and an English message, a stable ``code`` and a ``hint`` in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """The text in ``lang``: ``zh`` gives Chinese, anything else English."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


NOTHING = Bilingual("", "")


class CatalogError(Exception):
    """What the catalogue could not do, said in both languages."""

    code = "catalog_error"

    def __init__(self, message: Bilingual, hint: Bilingual = NOTHING, field: str | None = None):
        super().__init__(str(message))
        self.message = message
        self.hint = hint
        self.field = field


class InvalidRecord(CatalogError):
    """A field does not hold what it must."""

    code = "invalid_record"


class UnknownRecord(CatalogError):
    """No record with that id."""

    code = "unknown_record"


class RecordConflict(CatalogError):
    """The record changed meanwhile, or another one holds its key."""

    code = "record_conflict"


class UnreadableFile(CatalogError):
    """A file cannot be read as a table of rows."""

    code = "unreadable_file"


class UnknownNode(CatalogError):
    """A sector or scenario code that the taxonomy does not have."""

    code = "unknown_node"


class StoreUnavailable(CatalogError):
    """The database cannot be opened, locked or written."""

    code = "store_unavailable"
