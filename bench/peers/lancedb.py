"""LanceDB: a vector index with scalar indexes, filtered before the search."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
from lancedb.embeddings import get_registry

from bench.peers.harness import System, Where, run

_REFINED = 2


class Lance(System):
    """A local database in a temporary directory."""

    name = "lancedb"
    package = "lancedb"
    settings = (
        f"IVF_HNSW_SQ (m 20, ef 128, refine_factor {_REFINED}: without it faster, with a lower recall) "
        "+ bitmap indexes, prefilter; its own threads"
    )

    def build(self) -> None:
        """One table, one vector index, one bitmap index an attribute."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench-lance-")
        vectors = self.material.vectors
        flat = pa.array(np.asarray(vectors).reshape(-1))
        columns = {"row": pa.array(np.arange(len(vectors), dtype=np.int64))}
        for attribute in ("sector", "scenario"):
            columns[attribute] = pa.array([one[attribute] for one in self.material.offers])
        columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        database = lancedb.connect(self._directory.name)
        self._table = database.create_table("offers", pa.table(columns))
        if len(vectors) >= 256:  # fewer rows than its smallest training set are scanned
            self._table.create_index(
                metric="dot",
                index_type="IVF_HNSW_SQ",
                num_partitions=max(1, len(vectors) // 1_000_000),
                m=20,
                ef_construction=300,
            )
        for attribute in ("sector", "scenario"):
            self._table.create_scalar_index(attribute, index_type="BITMAP")

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """A query with an SQL filter that is applied first."""
        query = self._table.search(vector).distance_type("dot").ef(128).refine_factor(_REFINED)
        query = query.limit(self.material.limit)
        if where:
            condition = " AND ".join(f"{name} = '{value}'" for name, value in where.items())
            query = query.where(condition, prefilter=True)
        return query.select(["row", "_distance"]).to_arrow()["row"].to_pylist()

    def build_match(self) -> None:
        """Its own embedding function around the model."""
        import torch

        torch.set_num_threads(self.material.settings["cores"])
        self._function = (
            get_registry()
            .get("sentence-transformers")
            .create(name=self.material.settings["model"], device="cpu", normalize=True)
        )
        self.encode_need("预热")

    def encode_need(self, text: str) -> Any:
        """By its embedding function; it knows no prompts."""
        prompt = self.material.settings["need_prompt"]
        return np.asarray(self._function.compute_query_embeddings(prompt + text)[0], np.float32)

    def encode_offers(self, texts: Sequence[str]) -> Any:
        """By its embedding function."""
        prompt = self.material.settings["offer_prompt"]
        return np.asarray(
            self._function.compute_source_embeddings([prompt + text for text in texts]), np.float32
        )


if __name__ == "__main__":
    run(Lance)
