"""Exact search over unit vectors: the `VectorIndex` protocol and its implementation.

The catalogue is searched exactly. Below a crossover the rows that pass a filter are multiplied; above
it a scan tells which rows to multiply (`matcher.index.scan`), and where there is none FAISS goes through
all of them with a bitmap. Nothing is fetched beyond what was asked, only to be dropped.
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
"""Rows below which products of them alone beat the bitmap scan, as measured."""
SCAN_CROSSOVER_ROWS = 12_000
"""Rows below which products of them alone beat the scan of all."""


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
        return inner_products(query, self._vectors)

    def products(self, query: Vectors, rows: Rows) -> Scores:
        """`scores` of some rows, the same to the last bit wherever they stand."""
        return inner_products(query, self._vectors, rows)

    def near(self, queries: Vectors) -> tuple[Scores, float]:
        """`scores` of several queries, shape ``(queries, size)``, and what none is off by more than."""
        if self._scan is None:
            return np.stack([self.scores(query) for query in queries]), 0.0
        return self._scan.near(queries)

    def search(self, query: Vectors, limit: int, mask: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``limit`` best rows of those in ``mask``, best first; ties by row."""
        passing = self.size if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, passing)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if mask is not None and passing <= self._crossover:
            rows = np.flatnonzero(mask)
            return best(rows, self.products(query, rows), limit)
        if self._scan is not None:
            rows = self._promising(query, limit, mask)
            return best(rows, self.products(query, rows), limit)
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
            scores = self.products(query, rows)
        return best(rows, scores, limit)

    def _promising(self, query: Vectors, limit: int, mask: Mask | None) -> Rows:
        """The rows in ``mask`` that may be among the ``limit`` best."""
        scores, off = self.near(query[None, :])
        found = scores[0] if mask is None else np.where(mask, scores[0], -np.inf)
        last = np.partition(found, self.size - limit)[self.size - limit]
        # The last of the best may have been seen too high, and one below it too low.
        return np.flatnonzero(found >= last - 2 * off)


def inner_products(query: Vectors, vectors: Vectors, rows: Rows | None = None) -> Scores:
    """Inner product of ``query`` with those ``rows`` of ``vectors`` or all of them, shape ``(rows,)``.

    A row's is the same to the last bit whichever rows are asked for: BLAS, which multiplies several rows
    together, does not promise that, and has to be given a copy of them.
    """
    rows = np.arange(len(vectors)) if rows is None else rows
    found = np.empty(len(rows), dtype=np.float32)
    asked, wanted = np.ascontiguousarray(query, np.float32), np.ascontiguousarray(rows, np.int64)
    faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined]
        faiss.swig_ptr(found),
        faiss.swig_ptr(asked),
        faiss.swig_ptr(vectors),
        faiss.swig_ptr(wanted),
        vectors.shape[1],
        1,
        len(wanted),
    )
    return found


def add_weighed(total: Scores, signal: Scores, weight: float) -> None:
    """Add ``weight`` times ``signal`` to ``total``, both of shape ``(rows,)``, in one pass over memory.

    Each row is rounded alike wherever it stands: once on processors that multiply and add in one step.
    """
    values, sums = np.ascontiguousarray(signal, dtype=np.float32), faiss.swig_ptr(total)
    faiss.fvec_madd(len(total), sums, float(weight), faiss.swig_ptr(values), sums)  # type: ignore[attr-defined]


def best(rows: Rows, scores: Scores, limit: int) -> tuple[Rows, Scores]:
    """The ``limit`` best of ``rows`` by ``scores``, best first; ties by row."""
    if limit < len(rows):
        good = scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit]
        rows, scores = rows[good], scores[good]
    order = np.lexsort((rows, -scores))[:limit]
    return rows[order], scores[order]
