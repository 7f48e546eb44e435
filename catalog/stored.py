"""What the store hands out: a record with its identity, status, provenance and history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.records import Record


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a record came from. ``row`` counts from 1 as the sheet shows it."""

    by: str
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    source_url: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record in the store. ``sequence`` is the number of its last change; times are UTC."""

    id: str
    record: Record
    status: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change: ``action`` is created, updated, retired or restored."""

    sequence: int
    action: str
    at: datetime
    by: str
    record: Record
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: ``action`` is created, updated, unchanged, retired or restored.

    ``asleep`` tells that the record is retired and stays so, whatever was written.
    """

    id: str
    action: str
    sequence: int
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next_cursor`` is ``None`` on the last one."""

    records: tuple[Stored, ...]
    next_cursor: str | None
