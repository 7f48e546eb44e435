"""zvec: HNSW with inverted indexes on the attributes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zvec

from bench.peers.harness import System, Where, run

_BATCH = 1_000


class Zvec(System):
    """One collection in a temporary directory."""

    name = "zvec"
    package = "zvec"
    settings = "HNSW m 32, ef_construction 200, ef 128, inverted indexes; 1 query thread"

    def build(self) -> None:
        """Documents in, then optimize, which builds the graph."""
        zvec.init(query_threads=1, log_level=zvec.LogLevel.ERROR)
        self._directory = tempfile.TemporaryDirectory(prefix="bench-zvec-")
        vectors = self.material.vectors
        schema = zvec.CollectionSchema(
            name="offers",
            fields=[
                zvec.FieldSchema(
                    attribute, zvec.DataType.STRING, index_param=zvec.InvertIndexParam()
                )
                for attribute in ("sector", "scenario")
            ],
            vectors=[
                zvec.VectorSchema(
                    "vector",
                    zvec.DataType.VECTOR_FP32,
                    vectors.shape[1],
                    zvec.HnswIndexParam(zvec.MetricType.IP, m=32, ef_construction=200),
                )
            ],
        )
        self._collection = zvec.create_and_open(str(Path(self._directory.name) / "c"), schema)
        for start in range(0, len(vectors), _BATCH):
            self._collection.insert(
                [
                    zvec.Doc(
                        str(start + row),
                        vectors={"vector": np.asarray(vectors[start + row])},
                        fields={"sector": one["sector"], "scenario": one["scenario"]},
                    )
                    for row, one in enumerate(self.material.offers[start : start + _BATCH])
                ]
            )
        self._collection.flush()
        self._collection.optimize()

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """A query with a filter expression."""
        found = self._collection.query(
            zvec.Query("vector", vector=vector, param=zvec.HnswQueryParam(ef=128)),
            topk=self.material.limit,
            filter=" AND ".join(f"{name} = '{value}'" for name, value in where.items()) or None,
            output_fields=[],
        )
        return [int(one.id) for one in found]


if __name__ == "__main__":
    run(Zvec)
