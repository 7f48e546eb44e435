"""Kept vectors and meanings that nothing uses any more are forgotten: the store does not grow for ever.

Decision and figures: docs/decisions/0010-compaction.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.kept import KeptTexts, kept_readings, kept_vectors
from catalog.records import OFFER_KINDS, Kind
from catalog.store import Store
from matcher.index.embedding import Side, digest_of, space_of
from matcher.index.fitted import fitted_offers, fitted_sentences
from matcher.index.generation import list_generations

SPARE: dict[Side, int] = {"offer": 20_000, "need": 500_000}
"""Unused vectors that may stay: a record may come back, a file of needs may be matched again."""
_AT_ONCE = 2_000

Keys = NDArray[np.uint64]


def prune_kept(
    store: Store,
    data: Path,
    space: str,
    reading: str,
    offers: Iterable[str],
    needs: Iterable[str],
    spare: dict[Side, int] | None = None,
) -> int:
    """Forget vectors and meanings that no text uses, once there are more than ``spare``; gives how many.

    ``offers`` and ``needs`` are the texts of all active records, gone through only where more is kept than
    there are records and ``spare``. Vector spaces other than ``space`` stay as long as a generation built
    in one of them is kept; meanings of another version than ``reading`` go at once.

    Raises:
        StoreUnavailable: the store cannot be written; what is left is dropped another time.
    """
    allowed = SPARE if spare is None else spare
    counts = store.counts()
    vectors, readings = kept_vectors(store), kept_readings(store)
    count_offers, count_needs = sum(counts[one] for one in OFFER_KINDS), counts[Kind.NEED]
    of_offers = _Used(chain(offers, fitted_offers()), count_offers, allowed["offer"])
    of_needs = _Used(chain(needs, fitted_sentences()), count_needs, allowed["need"])
    used = {space_of(space, "offer"): of_offers, space_of(space, "need"): of_needs}
    serving = {space_of(info.space, side) for info in list_generations(data) for side in SPARE}
    dropped = 0
    for name in vectors.spaces():
        if name in used:
            dropped += used[name].prune(vectors, name)
        elif name not in serving:
            dropped += _drop(vectors, name, np.empty(0, np.uint64))
    for name in readings.spaces():
        if name == reading:
            dropped += of_needs.prune(readings, name)
        else:
            dropped += _drop(readings, name, np.empty(0, np.uint64))
    return dropped


class _Used:
    """Texts that are used: those of so many ``records`` and some more. ``spare`` others may be kept."""

    def __init__(self, texts: Iterable[str], records: int, spare: int):
        self._texts, self._records, self._spare = texts, records, spare

    @cached_property
    def _keys(self) -> Keys:
        """The first 8 bytes of each text's digest: an unused text with the same bytes merely stays."""
        found = (int.from_bytes(digest_of(one)[:8], "big") for one in self._texts)
        return np.unique(np.fromiter(found, dtype=np.uint64))

    def prune(self, kept: KeptTexts, space: str) -> int:
        """Drop what is kept of others, where there is too much of it."""
        count = kept.count(space)
        if count <= self._records + self._spare or count <= len(self._keys) + self._spare:
            return 0
        return _drop(kept, space, self._keys)


def _drop(kept: KeptTexts, space: str, used: Keys) -> int:
    dropped = 0
    for hashes in _pages(kept, space):
        keys = np.array([int(one[:16], 16) for one in hashes], dtype=np.uint64)
        unused = np.flatnonzero(~np.isin(keys, used))
        if len(unused):
            kept.drop(space, [hashes[row] for row in unused])
            dropped += len(unused)
    return dropped


def _pages(kept: KeptTexts, space: str) -> Iterator[list[str]]:
    after = ""
    while hashes := kept.hashes(space, after, _AT_ONCE):
        yield hashes
        after = hashes[-1]
