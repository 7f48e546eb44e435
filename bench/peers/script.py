"""The plain script that many would write: FAISS HNSW, ten times too much fetched, pandas filters it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss  # before torch: in the other order one thread for faiss is one for torch
import numpy as np
import pandas as pd

from bench.peers.harness import System, Where, run

_FETCHED = 10


class Script(System):
    """sentence-transformers + FAISS HNSW + pandas."""

    name = "script"
    package = "faiss-cpu"
    settings = f"HNSW M 32, efConstruction 80, ef 128; fetches {_FETCHED}k, then filters; 1 thread"

    def build(self) -> None:
        """A graph over the vectors, a table of the attributes."""
        vectors = np.asarray(self.material.vectors)
        self._index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = 80
        self._index.add(vectors)
        self._index.hnsw.efSearch = 128
        self._table = pd.DataFrame(self.material.offers)[["sector", "scenario"]]

    def ready_to_search(self) -> None:
        """One thread: two spin and are slower for one query at a time."""
        faiss.omp_set_num_threads(1)

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """Fetch, look the attributes up, keep those that pass."""
        limit = self.material.limit
        fetched = limit * (_FETCHED if where else 1)
        _, rows = self._index.search(vector[None, :], fetched)
        found = self._table.iloc[rows[0][rows[0] >= 0]]
        for attribute, value in where.items():
            found = found[found[attribute] == value]
        return found.index[:limit].tolist()


if __name__ == "__main__":
    run(Script)
