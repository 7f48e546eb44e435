"""BM25 over the analyzer's tokens: a score for every offer, and the same score for later offers.

The index is bm25s (method ``lucene``, https://arxiv.org/abs/2407.03618): score = sum over the need's
tokens of idf x tf / (tf + k1 (1 - b + b length / average length)), idf = ln(1 + (N - df + 0.5) /
(df + 0.5)). The idf and the average length are kept, so that offers that arrive later are scored by
the same measure.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
_STATISTICS = "statistics.json"

Scores = NDArray[np.float32]


class LexicalIndex:
    """BM25 scores of all offers for the tokens of a need."""

    def __init__(self, model: bm25s.BM25, idf: dict[str, float], average_length: float, size: int):
        self._model = model
        self._idf = idf
        self._average_length = average_length
        self.size = size

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> LexicalIndex:
        """An index over the tokens of each offer, in the order of the rows."""
        frequency = Counter(token for tokens in documents for token in set(tokens))
        count = len(documents)
        # Sorted, so that the same offers give the same files in every process.
        idf = {
            token: math.log(1 + (count - n + 0.5) / (n + 0.5))
            for token, n in sorted(frequency.items())
        }
        average = sum(map(len, documents)) / count if count else 0.0
        model = bm25s.BM25(method="lucene", k1=K1, b=B)
        if frequency:
            numbers = {token: number for number, token in enumerate(idf)}
            rows = [[numbers[token] for token in tokens] for tokens in documents]
            model.index((rows, numbers), show_progress=False)
        return cls(model, idf, average, count)

    def scores(self, tokens: Sequence[str]) -> Scores:
        """One score an offer, float32 of shape ``(size,)``; zeros when no token is known."""
        known = [token for token in tokens if token in self._idf]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)

    def score_later(self, tokens: Sequence[str], offers: Sequence[Counter[str]]) -> Scores:
        """Scores of offers outside the index, by its frozen idf and average length."""
        scores = np.zeros(len(offers), dtype=np.float32)
        for row, offer in enumerate(offers):
            norm = self._norm(offer)
            scores[row] = sum(
                self._idf.get(token, 0.0) * offer[token] / (offer[token] + norm)
                for token in tokens
                if offer[token]
            )
        return scores

    def weights(self, offer: Counter[str]) -> dict[str, float]:
        """What each token of an offer outside the index adds to its score; unknown ones are left out."""
        norm = self._norm(offer)
        return {
            token: self._idf[token] * count / (count + norm)
            for token, count in offer.items()
            if token in self._idf
        }

    def _norm(self, offer: Counter[str]) -> float:
        if not self._average_length:
            return K1
        return K1 * (1 - B + B * sum(offer.values()) / self._average_length)

    def bound(self, tokens: Sequence[str]) -> float:
        """The score that no offer can exceed for these tokens: the sum of their idf."""
        return float(sum(self._idf.get(token, 0.0) for token in tokens))

    def idf(self, token: str) -> float:
        """How telling a token is; 0 for one that no offer has."""
        return self._idf.get(token, 0.0)

    def save(self, directory: Path) -> None:
        """Write the index into ``directory`` as arrays and JSON, nothing pickled."""
        directory.mkdir(parents=True, exist_ok=True)
        if self._idf:
            self._model.save(str(directory), show_progress=False)
        statistics = {"size": self.size, "average_length": self._average_length, "idf": self._idf}
        text = json.dumps(statistics, ensure_ascii=False)
        (directory / _STATISTICS).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> LexicalIndex:
        """The index that `save` wrote."""
        statistics = json.loads((directory / _STATISTICS).read_text(encoding="utf-8"))
        idf = statistics["idf"]
        model = bm25s.BM25.load(str(directory)) if idf else bm25s.BM25()
        return cls(model, idf, statistics["average_length"], statistics["size"])
