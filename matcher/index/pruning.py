"""Kept vectors that nothing uses any more are forgotten, so that the store does not grow for ever.

Decision and figures: docs/decisions/0010-compaction.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.embeddings import (
    drop_embeddings,
    embedding_count,
    embedding_hashes,
    embedding_spaces,
)
from catalog.records import OFFER_KINDS, Kind
from catalog.store import Store
from matcher.index.embedding import Side, digest_of, space_of
from matcher.index.fitted import fitted_offers, fitted_sentences
from matcher.index.generation import list_generations

SPARE: dict[Side, int] = {"offer": 20_000, "need": 500_000}
"""Unused vectors that may stay: a record may come back, a file of needs may be matched again."""
_AT_ONCE = 2_000

Keys = NDArray[np.uint64]


def prune_embeddings(
    store: Store,
    data: Path,
    space: str,
    offers: Iterable[str],
    needs: Iterable[str],
    spare: dict[Side, int] | None = None,
) -> int:
    """Forget vectors that no text uses, once there are more of them than ``spare``; gives how many.

    ``offers`` and ``needs`` are the texts of all active records, gone through only where there are more
    vectors than records and ``spare``. Spaces other than ``space`` stay as long as a generation built
    in one of them is kept.

    Raises:
        StoreUnavailable: the store cannot be written; what is left is dropped another time.
    """
    allowed = SPARE if spare is None else spare
    counts = store.counts()
    used = {
        space_of(space, "offer"): (
            chain(offers, fitted_offers()),
            allowed["offer"],
            sum(counts[one] for one in OFFER_KINDS),
        ),
        space_of(space, "need"): (
            chain(needs, fitted_sentences()),
            allowed["need"],
            counts[Kind.NEED],
        ),
    }
    kept = {space_of(info.space, side) for info in list_generations(data) for side in SPARE}
    dropped = 0
    for name in embedding_spaces(store):
        if name in used:
            texts, most, records = used[name]
            count = embedding_count(store, name)
            if count > records + most and count > len(keys := _keys(texts)) + most:
                dropped += _drop(store, name, keys)
        elif name not in kept:
            dropped += _drop(store, name, np.empty(0, np.uint64))
    return dropped


def _drop(store: Store, space: str, used: Keys) -> int:
    dropped = 0
    for hashes in _pages(store, space):
        keys = np.array([int(one[:16], 16) for one in hashes], dtype=np.uint64)
        unused = np.flatnonzero(~np.isin(keys, used))
        if len(unused):
            drop_embeddings(store, space, [hashes[row] for row in unused])
            dropped += len(unused)
    return dropped


def _pages(store: Store, space: str) -> Iterator[list[str]]:
    after = ""
    while hashes := embedding_hashes(store, space, after, _AT_ONCE):
        yield hashes
        after = hashes[-1]


def _keys(texts: Iterable[str]) -> Keys:
    """The first 8 bytes of each text's digest: what falls together with a used one merely stays."""
    found = (int.from_bytes(digest_of(one)[:8], "big") for one in texts)
    return np.unique(np.fromiter(found, dtype=np.uint64))
