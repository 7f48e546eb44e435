"""Needs that nothing in the catalogue served: what a city may ask providers to develop.

The text is kept without personal data. The same need of the same city counts once a day.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from catalog.cursors import decoded_number, encoded_number
from catalog.markup import unmarked
from catalog.privacy import masked
from catalog.schema import UnmetRow, table
from catalog.store import LOCK_SECONDS, Store, utc
from catalog.wording import city_name, normalised

_UNMET = table(UnmetRow)
_ONCE_IN = timedelta(days=1)
_DIVISION = 3
"""Length of the code of a division."""
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """One need that was not served.

    ``sectors`` and ``scenarios`` are codes, the main one first; ``reason`` says why the offer that
    missed least (``nearest``, an id) does not do; ``generation`` is the index that answered.
    """

    id: int
    at: datetime
    city: str | None
    lang: str
    sectors: tuple[str, ...]
    scenarios: tuple[str, ...]
    text: str
    reason: str
    nearest: str | None
    generation: str


@dataclass(frozen=True, slots=True)
class UnmetPage:
    """One page of a list; ``next_cursor`` is ``None`` on the last one."""

    needs: tuple[UnmetNeed, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class UnmetCell:
    """How often one division lacks one scenario; ``None`` where the need did not tell it."""

    sector: str | None
    scenario: str | None
    count: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class UnmetSummary:
    """Cells, the most wanted first. Each need is in one of them, so they add up to ``total``."""

    total: int
    cells: tuple[UnmetCell, ...]


def record_unmet(
    store: Store,
    *,
    text: str,
    city: str | None,
    lang: str,
    sectors: Sequence[str],
    scenarios: Sequence[str],
    reason: str,
    nearest: str | None,
    generation: str,
    wait: float = LOCK_SECONDS,
) -> bool:
    """Keep a need that nothing served; ``False`` when it was asked within the last day.

    ``wait`` is how many seconds another writer is waited for.

    Raises:
        StoreUnavailable: the database cannot be locked or written.
    """
    city = city_name(city) if city else None
    shown = masked(unmarked(text.replace("\0", " ")))
    fingerprint = _fingerprint(shown, city)
    now = store.now()
    again = select(_UNMET.c.id).where(
        _UNMET.c.fingerprint == fingerprint, _UNMET.c.at > now - _ONCE_IN
    )
    with store.transaction(wait) as connection:
        if connection.scalar(again.limit(1)) is not None:
            return False
        connection.execute(
            _UNMET.insert(),
            {
                "at": now,
                "city": city,
                "lang": lang,
                "sectors": list(sectors),
                "scenarios": list(scenarios),
                "text": shown,
                "reason": reason,
                "nearest": nearest,
                "generation": generation,
                "fingerprint": fingerprint,
            },
        )
    return True


def list_unmet(
    store: Store,
    city: str | None = None,
    sectors: frozenset[str] = ANY,
    scenarios: frozenset[str] = ANY,
    cursor: str | None = None,
    limit: int = 50,
) -> UnmetPage:
    """Up to ``limit`` unmet needs after ``cursor``, newest first.

    ``sectors`` and ``scenarios`` are sets of codes of which a need has at least one: the caller passes
    a subtree. Empty sets leave it open.

    Raises:
        InvalidRecord: ``cursor`` was not handed out by this function.
    """
    found: list[UnmetNeed] = []
    before = decoded_number(cursor) if cursor else None
    for need in _iterate(store, city, sectors, scenarios, before):
        if len(found) == limit:
            return UnmetPage(tuple(found), encoded_number(found[-1].id))
        found.append(need)
    return UnmetPage(tuple(found), None)


def summary(
    store: Store,
    city: str | None = None,
    sectors: frozenset[str] = ANY,
    scenarios: frozenset[str] = ANY,
) -> UnmetSummary:
    """Counts by sector division and scenario.

    A need counts once: with its main sector and scenario, among those that are asked for.
    """
    counts: Counter[tuple[str | None, str | None]] = Counter()
    latest: dict[tuple[str | None, str | None], datetime] = {}
    for need in _iterate(store, city, sectors, scenarios):
        sector = _main(need.sectors, sectors)
        cell = (sector and sector[:_DIVISION], _main(need.scenarios, scenarios))
        counts[cell] += 1
        latest.setdefault(cell, need.at)
    order = sorted(counts, key=lambda cell: (-counts[cell], cell[0] or "~", cell[1] or "~"))
    return UnmetSummary(
        counts.total(), tuple(UnmetCell(*cell, counts[cell], latest[cell]) for cell in order)
    )


def _iterate(
    store: Store,
    city: str | None,
    sectors: frozenset[str],
    scenarios: frozenset[str],
    before: int | None = None,
) -> Iterator[UnmetNeed]:
    """The unmet needs that pass, newest first."""
    query = select(_UNMET).order_by(_UNMET.c.id.desc())
    if city is not None:
        query = query.where(_UNMET.c.city == city_name(city))
    if before is not None:
        query = query.where(_UNMET.c.id < before)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            if _passes(row.sectors, sectors) and _passes(row.scenarios, scenarios):
                yield _need(row)


def _passes(codes: Sequence[str], wanted: frozenset[str]) -> bool:
    return not wanted or not wanted.isdisjoint(codes)


def _main(codes: Sequence[str], wanted: frozenset[str]) -> str | None:
    return next((code for code in codes if not wanted or code in wanted), None)


def _need(row: Any) -> UnmetNeed:
    return UnmetNeed(
        id=row.id,
        at=utc(row.at),
        city=row.city,
        lang=row.lang,
        sectors=tuple(row.sectors),
        scenarios=tuple(row.scenarios),
        text=row.text,
        reason=row.reason,
        nearest=row.nearest,
        generation=row.generation,
    )


def _fingerprint(text: str, city: str | None) -> str:
    content = f"{city or ''}\n{normalised(text).casefold()}"
    return hashlib.sha256(content.encode()).hexdigest()
