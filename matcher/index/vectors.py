"""Exact search over unit vectors: the `VectorIndex` protocol and its implementation.

The catalogue is searched exactly. Below a crossover the rows that pass a filter are gathered and
multiplied; above it a scan tells which rows to multiply (`matcher.index.scan`), and where there is none FAISS
goes through all of them with a bitmap. Never more is fetched than asked and then dropped.
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.index.scan import Scan

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

CROSSOVER_ROWS = 20_000
"""Rows below which gathering beats the bitmap scan (research/scale.md §2)."""
SCAN_CROSSOVER_ROWS = 10_000
"""Rows below which gathering beats the scan of all."""

_BLOCK = 4
_TRIED = 256
_GATHERED = 256
"""Rows that are copied together before they are multiplied: they are still in the cache then."""


class VectorIndex(Protocol):
    """Inner-product search over rows of float32 vectors."""

    @property
    def size(self) -> int:
        """Number of rows."""
        ...

    def scores(self, query: Vectors) -> Scores:
        """Inner product of ``query``, shape ``(dimension,)``, with every row: shape ``(size,)``."""
        ...

    def search(self, query: Vectors, limit: int, mask: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``limit`` best rows of those in ``mask``, best first; ties by row.

        Fewer come back only when fewer pass the mask.
        """
        ...


class FlatIndex:
    """Exact search with FAISS or a scan, and with a gathered product when few rows pass the mask."""

    def __init__(self, vectors: Vectors, crossover: int | None = None, scan: Scan | None = None):
        """``vectors`` has shape ``(rows, dimension)``; it is shared, not copied, where it can be.

        ``scan`` is that of the same rows; ``crossover`` is measured, and given by tests alone.
        """
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        usual = CROSSOVER_ROWS if scan is None else SCAN_CROSSOVER_ROWS
        self._crossover = usual if crossover is None else crossover
        self._scan = scan

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self._vectors)

    @property
    def vectors(self) -> Vectors:
        """The rows themselves."""
        return self._vectors

    @cached_property
    def _flat(self) -> faiss.IndexFlatIP:
        """FAISS has a copy of its own: made when it is searched for the first time."""
        flat = faiss.IndexFlatIP(self._vectors.shape[1])
        if len(self._vectors):
            flat.add(self._vectors)
        return flat

    def scores(self, query: Vectors) -> Scores:
        """Inner product with every row."""
        found = np.asarray(self._vectors @ query, dtype=np.float32)
        if (left := self.size % _BLOCK) and self._by_blocks:
            # Left-over rows are added up in another order; in a block of their own they are not.
            found[-left:] = self._gathered(query, np.arange(self.size - left, self.size))
        return found

    def products(self, query: Vectors, rows: Rows) -> Scores:
        """`scores` of some rows, the same to the last bit wherever they stand."""
        return self._gathered(query, rows) if self._by_blocks else self.scores(query)[rows]

    def near(self, queries: Vectors) -> tuple[Scores, float]:
        """`scores` of several queries, shape ``(queries, size)``, and what none is off by more than."""
        if self._scan is None:
            return np.stack([self.scores(query) for query in queries]), 0.0
        return self._scan.near(queries)

    def _gathered(self, query: Vectors, rows: Rows) -> Scores:
        padded = np.resize(rows, -(-len(rows) // _BLOCK) * _BLOCK)
        found = np.empty(len(padded), dtype=np.float32)
        copied = np.empty((min(_GATHERED, len(padded)), self._vectors.shape[1]), dtype=np.float32)
        for start in range(0, len(padded), _GATHERED):
            some = padded[start : start + _GATHERED]
            block = copied[: len(some)]
            # "clip" spares the check of rows that are known to be there.
            np.take(self._vectors, some, axis=0, out=block, mode="clip")
            np.dot(block, query, out=found[start : start + len(some)])
        return found[: len(rows)]

    @cached_property
    def _by_blocks(self) -> bool:
        """Whether BLAS adds up the products of four rows at a time, each row alike, on this machine."""
        whole = self.size - self.size % _BLOCK
        rows = np.linspace(whole - 1, 0, min(whole, _TRIED), dtype=np.int64)
        return all(
            bool(((self._vectors @ query)[rows] == self._gathered(query, rows)).all())
            for query in self._vectors[rows[:_BLOCK]]
        )

    def search(self, query: Vectors, limit: int, mask: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``limit`` best rows of those in ``mask``, best first; ties by row."""
        passing = self.size if mask is None else int(mask.sum())
        limit = min(limit, passing)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if mask is not None and passing <= self._crossover:
            rows = np.flatnonzero(mask)
            return best(rows, self._gathered(query, rows), limit)
        if self._scan is not None:
            rows = self._promising(query, limit, mask)
            return best(rows, self._gathered(query, rows), limit)
        parameters = None
        if mask is not None:
            bitmap = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(self.size, faiss.swig_ptr(bitmap))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        # One more than asked: FAISS keeps any of the rows that tie at the end.
        asked = min(limit + 1, passing)
        found, places = self._flat.search(query[None, :], asked, params=parameters)
        scores, rows = found[0], places[0]
        if asked > limit and scores[-1] == scores[limit - 1]:
            rows = np.arange(self.size) if mask is None else np.flatnonzero(mask)
            scores = self._vectors[rows] @ query
        return best(rows, scores, limit)

    def _promising(self, query: Vectors, limit: int, mask: Mask | None) -> Rows:
        """The rows in ``mask`` that may be among the ``limit`` best."""
        scores, off = self.near(query[None, :])
        found = scores[0] if mask is None else np.where(mask, scores[0], -np.inf)
        last = np.partition(found, self.size - limit)[self.size - limit]
        # The last of the best may have been seen too high, and one below it too low.
        return np.flatnonzero(found >= last - 2 * off)


def add_weighed(total: Scores, signal: Scores, weight: float) -> None:
    """Add ``weight`` times ``signal`` to ``total``, both of shape ``(rows,)``, in one pass over memory.

    Each row is rounded alike wherever it stands: once on processors that multiply and add in one step.
    """
    values, sums = np.ascontiguousarray(signal, dtype=np.float32), faiss.swig_ptr(total)
    faiss.fvec_madd(len(total), sums, float(weight), faiss.swig_ptr(values), sums)


def best(rows: Rows, scores: Scores, limit: int) -> tuple[Rows, Scores]:
    """The ``limit`` best of ``rows`` by ``scores``, best first; ties by row."""
    if limit < len(rows):
        keep = np.argpartition(-scores, limit - 1)
        rows, scores = (
            rows[scores >= scores[keep[limit - 1]]],
            scores[scores >= scores[keep[limit - 1]]],
        )
    order = np.lexsort((rows, -scores))[:limit]
    return rows[order], scores[order]
