"""BM25 over the analyzer's tokens: a score for every offer, and the same score for later offers.

The index is bm25s (method ``lucene``, https://arxiv.org/abs/2407.03618): score = sum over the need's
tokens of idf x tf / (tf + k1 (1 - b + b length / average length)), idf = ln(1 + (N - df + 0.5) /
(df + 0.5)). The idf and the average length are kept, so that offers that arrive later are scored by
the same measure.
"""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
_STATISTICS = "statistics.json"
_ARRAYS = "postings.npz"
_FEW = 256
"""An index of no more documents, such as one of nodes, is kept as a full table."""
_FREQUENT = 16
"""A token that one offer in so many has is added as a full row, which is quicker than its postings."""

Scores = NDArray[np.float32]


class LexicalIndex:
    """BM25 scores of all offers for the tokens of a need."""

    def __init__(
        self,
        idf: dict[str, float],
        starts: NDArray[np.int64],
        offers: NDArray[np.int32],
        weights: Scores,
        average_length: float,
        size: int,
    ):
        """``offers[starts[t]:starts[t + 1]]`` have the ``t``-th token of ``idf``, by their ``weights``."""
        self._idf = idf
        self._average_length = average_length
        self.size = size
        self._offers = offers
        self._weights = weights
        # Bound once: a need has dozens of tokens.
        self._numbers = {token: number for number, token in enumerate(idf)}
        self._starts: list[int] = starts.tolist()
        self._frequent: dict[int, Scores] = {}

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
        if not frequency:
            nothing = np.empty(0, np.int32)
            return cls(idf, np.zeros(1, np.int64), nothing, np.empty(0, np.float32), average, count)
        # Imported where an index is made: what it brings along takes longer to load than an index.
        import bm25s

        # It sets its own level to DEBUG when it is imported: every log would tell its steps.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        model = bm25s.BM25(method="lucene", k1=K1, b=B)
        numbers = {token: number for number, token in enumerate(idf)}
        rows = [[numbers[token] for token in tokens] for tokens in documents]
        model.index((rows, numbers), show_progress=False)
        found = model.scores
        return cls(idf, found["indptr"], found["indices"], found["data"], average, count)

    def scores(self, tokens: Sequence[str]) -> Scores:
        """One score an offer, float32 of shape ``(size,)``; zeros when no token is known.

        Frequent tokens are added first, so sums differ from those of bm25s in the last bit.
        """
        if self.size <= _FEW:
            known = [number for token in tokens if (number := self._numbers.get(token)) is not None]
            # Row after row, so the same sums as one after the other.
            rows = self._table[np.array(known, dtype=np.int64)]
            return np.asarray(rows.sum(axis=0), dtype=np.float32)
        total = np.zeros(self.size, dtype=np.float32)
        rare: list[slice] = []
        starts, numbers = self._starts, self._numbers
        for token in tokens:
            number = numbers.get(token)
            if number is None:
                continue
            start, stop = starts[number], starts[number + 1]
            if (stop - start) * _FREQUENT < self.size:
                rare.append(slice(start, stop))
            else:
                total += self._row(number)
        if rare:
            offers = np.concatenate([self._offers[part] for part in rare])
            np.add.at(total, offers, np.concatenate([self._weights[part] for part in rare]))
        return total

    @cached_property
    def _table(self) -> Scores:
        """All scores of a small index, shape ``(tokens, size)``: one sum of rows answers a need."""
        postings = np.diff(self._starts).astype(np.int64)
        table = np.zeros((len(postings), self.size), dtype=np.float32)
        table[np.repeat(np.arange(len(postings)), postings), self._offers] = self._weights
        return table

    def _row(self, number: int) -> Scores:
        """The scores of all offers for a frequent token, kept once it was asked for."""
        row = self._frequent.get(number)
        if row is None:
            row = np.zeros(self.size, dtype=np.float32)
            part = slice(self._starts[number], self._starts[number + 1])
            row[self._offers[part]] = self._weights[part]
            self._frequent[number] = row
        return row

    def holders(self, token: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of ``rows`` have ``token``; those beyond the index have none."""
        number = self._numbers.get(token)
        if number is None:
            return np.zeros(len(rows), dtype=np.bool_)
        offers = self._offers[self._starts[number] : self._starts[number + 1]]
        places = offers.searchsorted(rows)
        return np.asarray(offers.take(places, mode="clip") == rows)

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
        return float(sum(map(self._idf.get, tokens, repeat(0.0))))

    def idf(self, token: str) -> float:
        """How telling a token is; 0 for one that no offer has."""
        return self._idf.get(token, 0.0)

    def save(self, directory: Path) -> None:
        """Write the index into ``directory`` as arrays and JSON, nothing pickled."""
        directory.mkdir(parents=True, exist_ok=True)
        starts = np.array(self._starts, dtype=np.int64)
        np.savez(
            directory / _ARRAYS,
            allow_pickle=False,
            starts=starts,
            offers=self._offers,
            weights=self._weights,
        )
        statistics = {"size": self.size, "average_length": self._average_length, "idf": self._idf}
        text = json.dumps(statistics, ensure_ascii=False)
        (directory / _STATISTICS).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> LexicalIndex:
        """The index that `save` wrote."""
        told = json.loads((directory / _STATISTICS).read_text(encoding="utf-8"))
        with np.load(directory / _ARRAYS, allow_pickle=False) as arrays:
            return cls(
                told["idf"], **arrays, average_length=told["average_length"], size=told["size"]
            )
