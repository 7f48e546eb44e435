"""Qdrant's engine in process (qdrant-edge): HNSW with payload indexes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import qdrant_edge as qdrant

from bench.peers.harness import System, Where, run

_BATCH = 1_000


class Qdrant(System):
    """One shard in a temporary directory."""

    name = "qdrant-edge"
    package = "qdrant-edge-py"
    settings = (
        "HNSW m 16, ef_construct 100 (its defaults), ef 128, payload indexes; 1 search thread"
    )

    def build(self) -> None:
        """Points with payload, payload indexes first, then the graph."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench-qdrant-")
        vectors = self.material.vectors
        config = qdrant.EdgeConfig(
            vectors=qdrant.EdgeVectorParams(vectors.shape[1], qdrant.Distance.Dot),
            hnsw_config=qdrant.HnswIndexConfig(16, 100, 10_000),
            # Segments above a megabyte are indexed, however few offers there are.
            optimizers=qdrant.EdgeOptimizersConfig(
                default_segment_number=1, indexing_threshold=1_000
            ),
            max_search_threads=1,
        )
        self._shard = qdrant.EdgeShard.create(self._directory.name, config)
        for attribute in ("sector", "scenario"):
            self._shard.update(
                qdrant.UpdateOperation.create_field_index(
                    attribute, qdrant.PayloadSchemaType.Keyword
                )
            )
        for start in range(0, len(vectors), _BATCH):
            points = [
                qdrant.Point(
                    start + row,
                    np.asarray(vectors[start + row]).tolist(),
                    {"sector": one["sector"], "scenario": one["scenario"]},
                )
                for row, one in enumerate(self.material.offers[start : start + _BATCH])
            ]
            self._shard.update(qdrant.UpdateOperation.upsert_points(points))
        self._shard.flush()
        while self._shard.optimize():
            pass

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """A nearest query under the conditions."""
        conditions = [
            qdrant.FieldCondition(attribute, match=qdrant.MatchValue(value))
            for attribute, value in where.items()
        ]
        found = self._shard.query(
            qdrant.QueryRequest(
                self.material.limit,
                query=qdrant.Query.Nearest(vector.tolist()),
                filter=qdrant.Filter(must=conditions) if where else None,
                params=qdrant.SearchParams(hnsw_ef=128),
                with_payload=False,
                with_vector=False,
            )
        )
        return [point.id for point in found]


if __name__ == "__main__":
    run(Qdrant)
