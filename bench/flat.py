"""The nearest rows alone, exact and under a mask: what the other systems' indexes are asked for.

A match never asks this: it needs the scores of all rows, which it adds to others. The products and the
scan are those of a match. Below a crossover the rows that pass the mask are multiplied; above it a scan
tells which rows to multiply, and where there is none FAISS goes through all of them with a bitmap.
Nothing is fetched beyond what was asked, only to be dropped.
"""

from __future__ import annotations

from functools import cached_property

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.index.scan import Scan
from matcher.index.vectors import FlatIndex, Rows, Scores, Vectors

Mask = NDArray[np.bool_]

CROSSOVER_ROWS = 20_000
"""Rows below which products of them alone beat the bitmap scan, as measured."""
SCAN_CROSSOVER_ROWS = 12_000
"""Rows below which products of them alone beat the scan of all."""


class FlatSearch:
    """Exact search with FAISS or a scan, and with a gathered product when few rows pass the mask."""

    def __init__(self, vectors: Vectors, crossover: int | None = None, scan: Scan | None = None):
        """As for `FlatIndex`; ``crossover`` is measured, and given by tests alone."""
        self._index = FlatIndex(vectors, scan)
        usual = CROSSOVER_ROWS if scan is None else SCAN_CROSSOVER_ROWS
        self._crossover = usual if crossover is None else crossover
        self._scanned = scan is not None

    @cached_property
    def _flat(self) -> faiss.IndexFlatIP:
        """FAISS has a copy of its own: made when it is searched for the first time."""
        flat = faiss.IndexFlatIP(self._index.vectors.shape[1])
        if self._index.size:
            flat.add(self._index.vectors)
        return flat

    def search(self, query: Vectors, limit: int, mask: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``limit`` best rows of those in ``mask``, best first; ties by row.

        Fewer come back only when fewer pass the mask.
        """
        size = self._index.size
        passing = size if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, passing)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if mask is not None and passing <= self._crossover:
            rows = np.flatnonzero(mask)
            return _best(rows, self._index.products(query, rows), limit)
        if self._scanned:
            rows = self._promising(query, limit, mask)
            return _best(rows, self._index.products(query, rows), limit)
        parameters = None
        if mask is not None:
            bitmap = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(size, faiss.swig_ptr(bitmap))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        # One more than asked: FAISS keeps any of the rows that tie at the end.
        asked = min(limit + 1, passing)
        found, places = self._flat.search(query[None, :], asked, params=parameters)
        scores, rows = found[0], places[0]
        if asked > limit and scores[-1] == scores[limit - 1]:
            rows = np.arange(size) if mask is None else np.flatnonzero(mask)
            scores = self._index.products(query, rows)
        return _best(rows, scores, limit)

    def _promising(self, query: Vectors, limit: int, mask: Mask | None) -> Rows:
        """The rows in ``mask`` that may be among the ``limit`` best."""
        scores, off = self._index.near(query[None, :])
        found = scores[0] if mask is None else np.where(mask, scores[0], -np.inf)
        last = np.partition(found, len(found) - limit)[len(found) - limit]
        # The last of the best may have been seen too high, and one below it too low.
        return np.flatnonzero(found >= last - 2 * off)


def _best(rows: Rows, scores: Scores, limit: int) -> tuple[Rows, Scores]:
    """The ``limit`` best of ``rows`` by ``scores``, best first; ties by row."""
    if limit < len(rows):
        good = scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit]
        rows, scores = rows[good], scores[good]
    order = np.lexsort((rows, -scores))[:limit]
    return rows[order], scores[order]
