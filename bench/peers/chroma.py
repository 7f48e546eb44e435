"""Chroma: its HNSW collection with a metadata filter."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings
from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

from bench.peers.harness import System, Where, run

_BATCH = 5_000


class Chroma(System):
    """A persistent client on a temporary directory."""

    name = "chroma"
    package = "chromadb"
    settings = "HNSW M 32, ef_construction 128, ef_search 128; its own threads"

    def build(self) -> None:
        """Vectors and attributes into one collection."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench-chroma-")
        client = chromadb.PersistentClient(
            self._directory.name, Settings(anonymized_telemetry=False)
        )
        self._collection = client.create_collection(
            "offers",
            configuration={
                "hnsw": {
                    "space": "ip",
                    "max_neighbors": 32,
                    "ef_construction": 128,
                    "ef_search": 128,
                }
            },
            embedding_function=None,
        )
        offers, vectors = self.material.offers, self.material.vectors
        for start in range(0, len(offers), _BATCH):
            some = offers[start : start + _BATCH]
            self._collection.add(
                ids=[str(start + row) for row in range(len(some))],
                embeddings=np.asarray(vectors[start : start + _BATCH]),
                metadatas=[{"sector": one["sector"], "scenario": one["scenario"]} for one in some],
            )

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """One query with ``where``."""
        conditions = [{attribute: value} for attribute, value in where.items()]
        asked = conditions[0] if len(conditions) == 1 else {"$and": conditions}
        found = self._collection.query(
            query_embeddings=[vector],
            n_results=self.material.limit,
            where=asked if where else None,
            include=[],
        )
        return [int(identity) for identity in found["ids"][0]]

    def build_match(self) -> None:
        """Its own embedding function around the model."""
        import torch

        torch.set_num_threads(self.material.settings["cores"])
        self._function = SentenceTransformerEmbeddingFunction(
            model_name=self.material.settings["model"],
            device="cpu",
            normalize_embeddings=True,
            local_files_only=True,
        )
        self.encode_need("预热")

    def encode_need(self, text: str) -> Any:
        """By its embedding function; it knows no prompts."""
        return self._function([self.material.settings["need_prompt"] + text])[0]

    def encode_offers(self, texts: Sequence[str]) -> Any:
        """By its embedding function."""
        prompt = self.material.settings["offer_prompt"]
        return np.asarray(self._function([prompt + text for text in texts]))


if __name__ == "__main__":
    run(Chroma)
