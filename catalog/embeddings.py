"""Which vectors the store keeps, and forgetting those that nothing uses any more.

Keeping and finding them are methods of `catalog.store.Store`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from catalog.schema import EmbeddingRow, table
from catalog.store import Store

_EMBEDDING = table(EmbeddingRow)
_DROPPED_AT_ONCE = 500


def embedding_spaces(store: Store) -> tuple[str, ...]:
    """The vector spaces of which any vector is kept."""
    found: list[str] = []
    query = select(func.min(_EMBEDDING.c.space))
    with store.reading() as connection:
        # Step by step through the index: there are many vectors and few spaces.
        space = connection.scalar(query)
        while space is not None:
            found.append(space)
            space = connection.scalar(query.where(_EMBEDDING.c.space > space))
    return tuple(found)


def embedding_count(store: Store, space: str) -> int:
    """How many vectors of ``space`` are kept."""
    query = select(func.count()).select_from(_EMBEDDING).where(_EMBEDDING.c.space == space)
    with store.reading() as connection:
        return connection.scalar(query) or 0


def embedding_hashes(store: Store, space: str, after: str, limit: int) -> list[str]:
    """Up to ``limit`` content hashes of ``space`` that come after ``after``, in their order."""
    key = _EMBEDDING.c.content_hash
    query = select(key).where(_EMBEDDING.c.space == space, key > after)
    with store.reading() as connection:
        return list(connection.scalars(query.order_by(key).limit(limit)))


def drop_embeddings(store: Store, space: str, hashes: Sequence[str]) -> None:
    """Forget these vectors in one transaction; new ones take the place that becomes free."""
    with store.transaction() as connection:
        for start in range(0, len(hashes), _DROPPED_AT_ONCE):
            connection.execute(
                _EMBEDDING.delete().where(
                    _EMBEDDING.c.space == space,
                    _EMBEDDING.c.content_hash.in_(hashes[start : start + _DROPPED_AT_ONCE]),
                )
            )
