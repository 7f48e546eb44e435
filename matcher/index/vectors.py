"""Inner products with unit vectors: exact ones of all rows or of some, and near ones by a scan.

The catalogue is scored exactly: where a scan gives near products (`matcher.index.scan`), the rows that an
answer may name are multiplied as they are.
"""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.index.scan import Scan

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class FlatIndex:
    """The vectors of all rows, as they lie, with their scan where they have one."""

    def __init__(self, vectors: Vectors, scan: Scan | None = None):
        """``vectors`` has shape ``(rows, dimension)``; it is shared, not copied, where it can be.

        ``scan`` is that of the same rows.
        """
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._scan = scan

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self._vectors)

    @property
    def vectors(self) -> Vectors:
        """The rows themselves."""
        return self._vectors

    def scores(self, query: Vectors) -> Scores:
        """Inner product of ``query``, shape ``(dimension,)``, with every row: shape ``(size,)``."""
        return inner_products(query, self._vectors)

    def products(self, query: Vectors, rows: Rows) -> Scores:
        """`scores` of some rows, the same to the last bit wherever they stand."""
        return inner_products(query, self._vectors, rows)

    def near(self, queries: Vectors) -> tuple[Scores, float]:
        """`scores` of several queries, shape ``(queries, size)``, and what none is off by more than."""
        if self._scan is None:
            return np.stack([self.scores(query) for query in queries]), 0.0
        return self._scan.near(queries)


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
