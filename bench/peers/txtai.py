"""txtai: searched alone its dense index, matched its hybrid index, both with its SQL filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import txtai
from txtai.vectors import VectorsFactory

from bench.peers.harness import System, Where, run


class Txtai(System):
    """Embeddings with content in memory; candidates are fetched first, SQL filters afterwards."""

    name = "txtai"
    package = "txtai"
    settings = (
        "its default FAISS index; hybrid with its BM25 for matching; candidates for the filter "
        "2k / share that passes; its own threads"
    )

    def build(self) -> None:
        """A dense index on the vectors as they are given."""
        self._vectors: dict[str, Any] = {}
        self._shares: dict[tuple[str, ...], float] = {}
        self._embeddings = self._indexed(hybrid=False)

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """The vector goes in under a name; the query names it."""
        self._vectors["q"] = vector
        return self._asked("q", where)

    def build_match(self) -> None:
        """The model by transformers, as txtai loads it, and the hybrid index with the texts."""
        import torch

        torch.set_num_threads(self.material.settings["cores"])
        self._own = VectorsFactory.create(
            {
                "path": self.material.settings["model"],
                "method": "meanpooling",
                "instructions": {
                    "query": self.material.settings["need_prompt"],
                    "data": self.material.settings["offer_prompt"],
                },
                "gpu": False,
            },
            None,
        )
        self._embeddings = self._indexed(hybrid=True)
        self._vectors.clear()

    def match(self, text: str, where: Where) -> Sequence[int]:
        """The hybrid query: its own encoding, its own words."""
        return self._asked(text, where)

    def encode_need(self, text: str) -> Any:
        """By txtai's vectors, with its instruction for queries."""
        return self._own.batchtransform([(None, text, None)], "query")[0]

    def encode_offers(self, texts: Sequence[str]) -> Any:
        """By txtai's vectors, with its instruction for data."""
        return np.asarray(self._own.batchtransform([(None, text, None) for text in texts], "data"))

    def rank(self, offers: Sequence[str], needs: Sequence[str]) -> list[list[int]]:
        """A small hybrid index of its own over the judged offers."""
        encoded = self.encode_offers(offers)
        known = dict(zip(offers, encoded, strict=True))
        small = txtai.Embeddings(
            method="external",
            transform=lambda texts: np.vstack(
                [known[one] if one in known else self.encode_need(one) for one in texts]
            ),
            hybrid=True,
        )
        small.index(list(enumerate(offers)))
        return [[int(row) for row, _ in small.search(need, 10)] for need in needs]

    def _indexed(self, hybrid: bool) -> Any:
        offers, vectors = self.material.offers, self.material.vectors
        self._next = 0

        def transform(texts: Sequence[str]) -> Any:
            if self._next < len(offers):  # the offers, in their order, while the index is built
                some = np.asarray(vectors[self._next : self._next + len(texts)])
                self._next += len(texts)
                return some
            return np.vstack(
                [
                    self._vectors[one] if one in self._vectors else self.encode_need(one)
                    for one in texts
                ]
            )

        embeddings = txtai.Embeddings(
            method="external", transform=transform, content=True, hybrid=hybrid
        )

        def rows() -> Iterator[tuple[int, dict[str, str], None]]:
            for row, one in enumerate(offers):
                yield row, {key: one[key] for key in ("text", "sector", "scenario")}, None

        embeddings.index(rows())
        assert self._next == len(offers)
        return embeddings

    def _asked(self, words: str, where: Where) -> list[int]:
        limit = self.material.limit
        conditions = "".join(f" AND {name} = '{value}'" for name, value in where.items())
        candidates = limit if not where else int(2 * limit / self._share(where))
        candidates = min(candidates, len(self.material.offers))
        found = self._embeddings.search(
            f"SELECT id FROM txtai WHERE similar(:words, {candidates}){conditions} LIMIT {limit}",
            parameters={"words": words},
        )
        return [int(one["id"]) for one in found]

    def _share(self, where: Where) -> float:
        """How many offers pass, counted once: txtai leaves the number of candidates to its user."""
        key = tuple(where.values())
        if key not in self._shares:
            passing = sum(
                all(one[name] == value for name, value in where.items())
                for one in self.material.offers
            )
            self._shares[key] = max(passing, 1) / len(self.material.offers)
        return self._shares[key]


if __name__ == "__main__":
    run(Txtai)
