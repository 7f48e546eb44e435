"""What was computed of texts and is kept beside the records: vectors, and what needs mean.

Either is bytes by ``space`` (which model or which version of the reading computed them) and content hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Table, func, select

from catalog.schema import EmbeddingRow, ReadingRow, table
from catalog.store import LOCK_SECONDS, Store

_AT_ONCE = 500


class KeptTexts:
    """One kind of what is kept, in one store."""

    def __init__(self, store: Store, kept: Table):
        self._store = store
        self._table = kept
        self._value = next(column for column in kept.c if not column.primary_key)

    def found(self, space: str, hashes: Sequence[str]) -> dict[str, bytes]:
        """What is kept for those of ``hashes`` that are known."""
        hash_, value = self._table.c.content_hash, self._value
        found: dict[str, bytes] = {}
        with self._store.reading() as connection:
            for start in range(0, len(hashes), _AT_ONCE):
                query = select(hash_, value).where(
                    self._table.c.space == space, hash_.in_(hashes[start : start + _AT_ONCE])
                )
                found.update((row[0], row[1]) for row in connection.execute(query))
        return found

    def keep(self, space: str, values: Mapping[str, bytes], wait: float = LOCK_SECONDS) -> None:
        """Keep new values by content hash; those that are there already stay as they are.

        A store that can only be read keeps nothing: all of it can be computed again.

        Raises:
            StoreUnavailable: the lock was not free for ``wait`` seconds.
        """
        if self._store.read_only:
            return
        with self._store.transaction(wait) as connection:
            known = self.found(space, list(values))
            rows = [
                {"space": space, "content_hash": key, self._value.name: value}
                for key, value in values.items()
                if key not in known
            ]
            if rows:
                connection.execute(self._table.insert(), rows)

    def spaces(self) -> tuple[str, ...]:
        """The spaces of which anything is kept."""
        found: list[str] = []
        query = select(func.min(self._table.c.space))
        with self._store.reading() as connection:
            # Step by step through the index: there are many texts and few spaces.
            space = connection.scalar(query)
            while space is not None:
                found.append(space)
                space = connection.scalar(query.where(self._table.c.space > space))
        return tuple(found)

    def count(self, space: str) -> int:
        """How many texts of ``space`` are known."""
        query = select(func.count()).select_from(self._table).where(self._table.c.space == space)
        with self._store.reading() as connection:
            return connection.scalar(query) or 0

    def hashes(self, space: str, after: str, limit: int) -> list[str]:
        """Up to ``limit`` content hashes of ``space`` that come after ``after``, in their order."""
        key = self._table.c.content_hash
        query = select(key).where(self._table.c.space == space, key > after)
        with self._store.reading() as connection:
            return list(connection.scalars(query.order_by(key).limit(limit)))

    def forget(self) -> None:
        """Forget everything: all of it can be computed again."""
        with self._store.transaction() as connection:
            connection.execute(self._table.delete())

    def drop(self, space: str, hashes: Sequence[str]) -> None:
        """Forget these in one transaction; new ones take the place that becomes free."""
        with self._store.transaction() as connection:
            for start in range(0, len(hashes), _AT_ONCE):
                connection.execute(
                    self._table.delete().where(
                        self._table.c.space == space,
                        self._table.c.content_hash.in_(hashes[start : start + _AT_ONCE]),
                    )
                )


def kept_vectors(store: Store) -> KeptTexts:
    """Vectors as raw float32 bytes, by vector space and side."""
    return KeptTexts(store, table(EmbeddingRow))


def kept_readings(store: Store) -> KeptTexts:
    """What the words of needs mean, by the version of all that reads them (`matcher.needs.kept`)."""
    return KeptTexts(store, table(ReadingRow))
