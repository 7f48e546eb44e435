"""The one source of truth: records, their history and the change sequence (SQLite or PostgreSQL).

Reading is free; writing goes through `Store.writing`, one transaction under one file lock: either
everything in it is kept or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import (
    Connection,
    Engine,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from catalog.bodies import record_of
from catalog.cursors import decoded_cursor, encoded_cursor
from catalog.databases import is_read_only, opened, read_only
from catalog.errors import Bilingual, UnknownRecord
from catalog.records import RECORD_TYPES, Kind, Record
from catalog.schema import ChangeRow, NodeRow, RecordRow, table
from catalog.stored import HistoryEntry, Page, Provenance, Stored
from catalog.unavailable import unavailable
from catalog.wording import city_name
from catalog.writer import Writer

LOCK_SECONDS = 60.0
_RECORD = table(RecordRow)
_CHANGE = table(ChangeRow)
_NODE = table(NodeRow)
_LAST_CHANGE = str(select(func.max(_CHANGE.c.sequence)))
_CHUNK = 500
_BODIES = select(_RECORD.c.id, _RECORD.c.kind, cast(_RECORD.c.body, Text)).where(
    _RECORD.c.id.in_(bindparam("ids", expanding=True))
)
"""Bodies as text, which is read faster than an object."""


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records a list shows; ``None`` leaves a field open.

    ``sectors`` and ``scenarios`` are sets of codes of which a record carries at least one: the
    caller passes a subtree. ``name_contains`` is matched as typed, without wildcards.
    """

    status: str | None = "active"
    city: str | None = None
    provider_id: str | None = None
    solution_id: str | None = None
    enterprise_id: str | None = None
    sectors: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset()
    name_contains: str | None = None


class Store:
    """Records by id, by filter and by change; writing through `writing`."""

    def __init__(
        self,
        engine: Engine,
        lock: FileLock,
        clock: Callable[[], datetime],
        read_only: bool = False,
    ):
        self.read_only = read_only
        self._engine = engine
        self._lock = lock
        self._clock = clock

    @classmethod
    def open(
        cls,
        directory: Path,
        url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Store:
        """The store in ``directory`` (made and migrated when needed), or at the database ``url``.

        Where the folder can only be read, so can the store (`read_only`).

        Raises:
            StoreUnavailable: the folder or database cannot be opened or migrated.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            lock = FileLock(directory / "store.lock", timeout=LOCK_SECONDS)
            engine = opened(directory, url, lock)
        except (SQLAlchemyError, OSError, Timeout) as error:
            raise unavailable(error) from error
        return cls(engine, lock, clock, is_read_only(directory))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def check_writable(self) -> None:
        """Refuse what changes the catalogue, before any work is done for it.

        Raises:
            StoreUnavailable: the store can only be read.
        """
        if self.read_only:
            raise read_only()

    @contextmanager
    def locked(self, wait: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock that guards store writes and builds; wait ``wait`` seconds for it at most."""
        self.check_writable()
        try:
            with self._lock.acquire(wait):
                yield
        except Timeout as error:
            raise unavailable(error) from error

    @contextmanager
    def writing(self, by: str) -> Iterator[Writer]:
        """A transaction on behalf of ``by``: kept when the block ends, undone when it raises."""
        with self.transaction() as connection:
            yield Writer(connection, by, self._clock())

    @contextmanager
    def transaction(self, wait: float = LOCK_SECONDS) -> Iterator[Connection]:
        """A write transaction on the tables beside the records, under the same lock."""
        with self.locked(wait), self._translated(), self._engine.begin() as connection:
            yield connection

    def now(self) -> datetime:
        """The time, in UTC, that writes carry."""
        return self._clock()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise unavailable(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads."""
        with self._translated(), self._engine.connect() as connection:
            yield connection

    def sequence(self) -> int:
        """Number of the last change; 0 for an empty store."""
        with self.reading() as connection:
            # Asked before every answer: as text it costs half of what a composed query does.
            return connection.exec_driver_sql(_LAST_CHANGE).scalar() or 0

    def get(self, record_id: str) -> Stored:
        """The record with this id, retired ones too.

        Raises:
            UnknownRecord: there is none.
        """
        found = self.get_many([record_id])
        if record_id not in found:
            raise unknown(record_id)
        return found[record_id]

    def get_many(self, record_ids: Iterable[str]) -> dict[str, Stored]:
        """The records with these ids; unknown ids are left out."""
        wanted = list(dict.fromkeys(record_ids))
        found: dict[str, Stored] = {}
        with self.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                for row in connection.execute(select(_RECORD).where(_RECORD.c.id.in_(part))):
                    found[row.id] = _stored(row)
        return found

    def records(self, record_ids: Iterable[str]) -> dict[str, Record]:
        """The records with these ids, without their history; unknown ids are left out."""
        wanted = list(dict.fromkeys(record_ids))
        found: dict[str, Record] = {}
        with self.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                rows = connection.execute(_BODIES, {"ids": wanted[start : start + _CHUNK]}).all()
                for record_id, kind, body in rows:
                    found[record_id] = record_of(Kind(kind), body)
        return found

    def names(self, record_ids: Iterable[str]) -> dict[str, str]:
        """The names of these records; unknown ids are left out."""
        wanted = list(dict.fromkeys(record_ids))
        found: dict[str, str] = {}
        with self.reading() as connection:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                query = select(_RECORD.c.id, _RECORD.c.name).where(_RECORD.c.id.in_(part))
                found.update({row.id: row.name for row in connection.execute(query)})
        return found

    def iterate(self, *kinds: Kind, status: str | None = "active") -> Iterator[Stored]:
        """Every record of the kinds, in order of id."""
        query = select(_RECORD).where(_RECORD.c.kind.in_([str(kind) for kind in kinds]))
        if status is not None:
            query = query.where(_RECORD.c.status == status)
        with self.reading() as connection:
            rows = connection.execution_options(yield_per=1000).execute(
                query.order_by(_RECORD.c.id)
            )
            for row in rows:
                yield _stored(row)

    def page(
        self, kind: Kind, where: RecordFilter, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Up to ``limit`` records after ``cursor``, in order of id, with the cursor of the rest.

        Raises:
            InvalidRecord: ``cursor`` was not handed out by this method.
        """
        query = select(_RECORD).where(_RECORD.c.kind == str(kind))
        for column, value in (
            (_RECORD.c.status, where.status),
            (_RECORD.c.city, city_name(where.city) if where.city else None),
            (_RECORD.c.provider_id, where.provider_id),
            (_RECORD.c.solution_id, where.solution_id),
            (_RECORD.c.enterprise_id, where.enterprise_id),
        ):
            if value is not None:
                query = query.where(column == value)
        for facet, nodes in (("sector", where.sectors), ("scenario", where.scenarios)):
            if nodes:
                carriers = select(_NODE.c.record_id).where(
                    _NODE.c.facet == facet, _NODE.c.node.in_(sorted(nodes))
                )
                query = query.where(_RECORD.c.id.in_(carriers))
        if where.name_contains:
            query = query.where(_RECORD.c.name.contains(where.name_contains, autoescape=True))
        if cursor:
            query = query.where(_RECORD.c.id > decoded_cursor(cursor))
        with self.reading() as connection:
            rows = connection.execute(query.order_by(_RECORD.c.id).limit(limit + 1)).all()
        records = tuple(_stored(row) for row in rows[:limit])
        return Page(records, encoded_cursor(rows[limit - 1].id) if len(rows) > limit else None)

    def counts(self) -> dict[str, int]:
        """Active records per kind."""
        query = (
            select(_RECORD.c.kind, func.count())
            .where(_RECORD.c.status == "active")
            .group_by(_RECORD.c.kind)
        )
        with self.reading() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {str(kind): found.get(str(kind), 0) for kind in Kind}

    def cities(self, kind: Kind, limit: int) -> tuple[str, ...]:
        """The cities that most active records of ``kind`` are of, the first ones first."""
        query = (
            select(_RECORD.c.city)
            .where(_RECORD.c.kind == str(kind), _RECORD.c.status == "active")
            .where(_RECORD.c.city.is_not(None))
            .group_by(_RECORD.c.city)
            .order_by(func.count().desc(), _RECORD.c.city)
        )
        with self.reading() as connection:
            return tuple(connection.scalars(query.limit(limit)))

    def changed_since(self, sequence: int, *kinds: Kind) -> tuple[str, ...]:
        """Ids of the records changed after ``sequence``, in order of their last change.

        Only those of ``kinds``, when any are named.
        """
        # Not grouped by record: SQLite would walk the index of all changes to do that.
        query = select(_CHANGE.c.record_id).where(_CHANGE.c.sequence > sequence)
        if kinds:
            query = query.where(_CHANGE.c.kind.in_([str(kind) for kind in kinds]))
        with self.reading() as connection:
            latest_first = connection.scalars(query.order_by(_CHANGE.c.sequence.desc()))
            return tuple(dict.fromkeys(latest_first))[::-1]

    def history(self, record_id: str) -> tuple[HistoryEntry, ...]:
        """Every change of a record, oldest first, with the record as it was then.

        Raises:
            UnknownRecord: there is no such record.
        """
        query = select(_CHANGE).where(_CHANGE.c.record_id == record_id).order_by(_CHANGE.c.sequence)
        with self.reading() as connection:
            rows = connection.execute(query).all()
        if not rows:
            raise unknown(record_id)
        return tuple(
            HistoryEntry(
                sequence=row.sequence,
                action=row.action,
                at=utc(row.at),
                by=row.by,
                record=_record(row.kind, row.body),
                provenance=Provenance(**row.provenance),
            )
            for row in rows
        )


def unknown(record_id: str) -> UnknownRecord:
    """The error for an id that no record has."""
    return UnknownRecord(
        Bilingual(f"没有编号为 {record_id} 的记录", f"there is no record with id {record_id}"),
        Bilingual("请先用列表接口查到编号", "look the id up with a list first"),
        field="id",
    )


def _stored(row: Any) -> Stored:
    return Stored(
        id=row.id,
        record=_record(row.kind, row.body),
        status=row.status,
        sequence=row.sequence,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
        provenance=Provenance(**row.provenance),
    )


def _record(kind: str, body: dict[str, Any]) -> Record:
    return RECORD_TYPES[Kind(kind)].model_validate(body)


def utc(moment: datetime) -> datetime:
    """``moment`` with its zone: SQLite forgets the zone of the times that were stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
