"""Needs that nothing in the catalogue served: what a city may ask providers to develop.

The text is kept without personal data. The same question of the same city counts once a day; a stored need
counts once, as long as it is unmet. What no digital offer serves is kept apart.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from catalog.cursors import decoded_number, encoded_number
from catalog.markup import unmarked
from catalog.privacy import masked
from catalog.records import Need
from catalog.schema import UnmetRow, table
from catalog.store import LOCK_SECONDS, Store, utc
from catalog.wording import city_name, normalised

_UNMET = table(UnmetRow)
_ONCE_IN = timedelta(days=1)
_NAMED = 500
"""Needs that one statement names."""
DIVISION = 3
"""Length of the code of a division."""
ANY: frozenset[str] = frozenset()
NOT_DIGITAL = "not_digital"
"""Cause of a need that no digital offer serves, whatever the catalogue has."""
CAUSES = (NOT_DIGITAL, "nothing", "scarce")
WITHIN = ("catalogue", "city")


@dataclass(frozen=True, slots=True)
class Demand:
    """What is kept of a need besides its text.

    ``cause`` is one of `CAUSES`: no digital offer serves it, nothing is there for it, or what is there only
    touches it; ``within`` one of `WITHIN`: all offers, or those that its city lists. ``sectors`` and
    ``scenarios`` are codes, the main one first; ``reason`` says why the offer that missed least
    (``nearest``, an id) does not do; ``generation`` is the index that answered.
    """

    lang: str
    sectors: tuple[str, ...]
    scenarios: tuple[str, ...]
    reason: str
    nearest: str | None
    generation: str
    cause: str
    within: str


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """One need that was not served; ``need_id`` is the stored need that it is, ``None`` for a question."""

    id: int
    at: datetime
    city: str | None
    text: str
    need_id: str | None
    demand: Demand


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
    """Cells, the most wanted first. Each need is in one of them, so they add up to ``total``.

    ``not_digital`` counts the needs that no digital offer serves; they are in no cell.
    """

    total: int
    cells: tuple[UnmetCell, ...]
    not_digital: int


def record_unmet(
    store: Store, text: str, city: str | None, demand: Demand, wait: float = LOCK_SECONDS
) -> bool:
    """Keep a question that nothing served; ``False`` when it was asked within the last day.

    ``wait`` is how many seconds another writer is waited for.

    Raises:
        StoreUnavailable: the database cannot be locked or written.
    """
    row = _row(text, city, demand)
    now = store.now()
    again = select(_UNMET.c.id).where(
        _UNMET.c.fingerprint == row["fingerprint"], _UNMET.c.at > now - _ONCE_IN
    )
    with store.transaction(wait) as connection:
        if connection.scalar(again.limit(1)) is not None:
            return False
        connection.execute(_UNMET.insert(), row | {"at": now})
    return True


def record_needs(
    store: Store, demands: Mapping[str, Demand | None], within: str, city: str | None = None
) -> int:
    """Keep which of the stored needs that are the keys are unmet ``within``, and forget those that are met.

    A need is kept once, however often this is called; ``city`` is that of needs without one. The text of a
    need whose enterprise did not consent is not kept. Gives how many are unmet.

    Raises:
        StoreUnavailable: the database cannot be locked or written.
    """
    unmet = {identity: one for identity, one in demands.items() if one is not None}
    found = store.get_many(unmet)
    records = {
        identity: stored.record
        for identity, stored in ((one, found.get(one)) for one in unmet)
        if stored is not None and isinstance(stored.record, Need)
    }
    with store.transaction() as connection:
        known = _known(connection, demands, within)
        gone = [row for identity, row in known.items() if identity not in records]
        for part in _parts(gone):
            connection.execute(delete(_UNMET).where(_UNMET.c.id.in_(part)))
        for identity, need in records.items():
            text = "" if need.consent is False else need.text
            row = _row(text, need.city or city, unmet[identity])
            if identity in known:
                same = _UNMET.c.id == known[identity]
                connection.execute(update(_UNMET).where(same).values(row))
            else:
                new = row | {"at": store.now(), "need_id": identity}
                connection.execute(_UNMET.insert(), new)
    return len(records)


def list_unmet(
    store: Store,
    city: str | None = None,
    sectors: frozenset[str] = ANY,
    scenarios: frozenset[str] = ANY,
    cursor: str | None = None,
    limit: int = 50,
    cause: str | None = None,
) -> UnmetPage:
    """Up to ``limit`` unmet needs after ``cursor``, newest first.

    ``sectors`` and ``scenarios`` are sets of codes of which a need has at least one: the caller passes
    a subtree. Empty sets leave it open; so does no ``cause``, else one of `CAUSES`.

    Raises:
        InvalidRecord: ``cursor`` was not handed out by this function.
    """
    found: list[UnmetNeed] = []
    before = decoded_number(cursor) if cursor else None
    for need, _ in _iterate(store, city, sectors, scenarios, before):
        if cause not in (None, need.demand.cause):
            continue
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

    A need counts once: with its main sector and scenario, among those that are asked for; a question that
    is also a stored need counts as that.
    """
    counts: Counter[tuple[str | None, str | None]] = Counter()
    latest: dict[tuple[str | None, str | None], datetime] = {}
    counted: set[int | str] = set()
    not_digital = 0
    stored = _stored(store)
    for need, fingerprint in _iterate(store, city, sectors, scenarios):
        key = need.need_id or need.id
        if key in counted or (need.need_id is None and fingerprint in stored):
            continue
        counted.add(key)
        if need.demand.cause == NOT_DIGITAL:
            not_digital += 1
            continue
        sector = _main(need.demand.sectors, sectors)
        cell = (sector and sector[:DIVISION], _main(need.demand.scenarios, scenarios))
        counts[cell] += 1
        latest.setdefault(cell, need.at)
    order = sorted(counts, key=lambda cell: (-counts[cell], cell[0] or "~", cell[1] or "~"))
    cells = tuple(UnmetCell(*cell, counts[cell], latest[cell]) for cell in order)
    return UnmetSummary(counts.total(), cells, not_digital)


def _iterate(
    store: Store,
    city: str | None,
    sectors: frozenset[str],
    scenarios: frozenset[str],
    before: int | None = None,
) -> Iterator[tuple[UnmetNeed, str]]:
    """The unmet needs that pass, newest first, with their fingerprints."""
    query = select(_UNMET).order_by(_UNMET.c.id.desc())
    if city is not None:
        query = query.where(_UNMET.c.city == city_name(city))
    if before is not None:
        query = query.where(_UNMET.c.id < before)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            if _passes(row.sectors, sectors) and _passes(row.scenarios, scenarios):
                yield _need(row), row.fingerprint


def _passes(codes: Sequence[str], wanted: frozenset[str]) -> bool:
    return not wanted or not wanted.isdisjoint(codes)


def _main(codes: Sequence[str], wanted: frozenset[str]) -> str | None:
    return next((code for code in codes if not wanted or code in wanted), None)


def _stored(store: Store) -> set[str]:
    """Fingerprints of the unmet needs that are stored ones."""
    with store.reading() as connection:
        found = select(_UNMET.c.fingerprint).where(_UNMET.c.need_id.is_not(None))
        return set(connection.scalars(found))


def _known(
    connection: Connection, demands: Mapping[str, Demand | None], within: str
) -> dict[str, int]:
    """The rows of those needs that are kept already, by id of the need."""
    found: dict[str, int] = {}
    for part in _parts(list(demands)):
        rows = select(_UNMET.c.need_id, _UNMET.c.id).where(
            _UNMET.c.need_id.in_(part), _UNMET.c.within == within
        )
        found |= {row.need_id: row.id for row in connection.execute(rows)}
    return found


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """``values`` in parts that a statement can name."""
    for start in range(0, len(values), _NAMED):
        yield values[start : start + _NAMED]


def _row(text: str, city: str | None, demand: Demand) -> dict[str, Any]:
    city = city_name(city) if city else None
    shown = masked(unmarked(text.replace("\0", " ")))
    given = asdict(demand)
    lists = {name: list(given[name]) for name in ("sectors", "scenarios")}
    return given | lists | {"city": city, "text": shown, "fingerprint": _fingerprint(shown, city)}


def _need(row: Any) -> UnmetNeed:
    given = {name: getattr(row, name) for name in Demand.__dataclass_fields__}
    lists = {name: tuple(given[name]) for name in ("sectors", "scenarios")}
    demand = Demand(**given | lists)
    return UnmetNeed(row.id, utc(row.at), row.city, row.text, row.need_id, demand)


def _fingerprint(text: str, city: str | None) -> str:
    content = f"{city or ''}\n{normalised(text).casefold()}"
    return hashlib.sha256(content.encode()).hexdigest()
