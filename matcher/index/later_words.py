"""Words of the offers laid over a generation: postings that a change copies only where it changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.index.lexical import LexicalIndex

Scores = NDArray[np.float32]
Postings = tuple[NDArray[np.int32], NDArray[np.float64]]
_EMPTY: Postings = (np.empty(0, np.int32), np.empty(0, np.float64))


@dataclass(frozen=True, slots=True)
class LaterWords:
    """For each token the rows that have it, and what it adds to the BM25 score of each."""

    postings: Mapping[str, Postings] = field(default_factory=dict)

    def scores(self, tokens: Iterable[str], rows: int) -> Scores:
        """One score a row, float32 of shape ``(rows,)``, by the index's frozen idf and average length."""
        # In double precision and in the order of the tokens, as `LexicalIndex.score_later` adds them.
        total = np.zeros(rows, dtype=np.float64)
        for token in tokens:
            found = self.postings.get(token)
            if found is not None:
                total[found[0]] += found[1]
        return total.astype(np.float32)

    def replaced(
        self,
        lexical: LexicalIndex,
        before: Mapping[int, Counter[str]],
        after: Mapping[int, Counter[str]],
    ) -> LaterWords:
        """These postings with the tokens ``before`` of some rows taken out and those ``after`` put in."""
        gone: dict[str, list[int]] = {}
        for row, offer in before.items():
            for token in offer:
                gone.setdefault(token, []).append(row)
        come: dict[str, list[tuple[int, float]]] = {}
        for row, offer in after.items():
            for token, weight in lexical.weights(offer).items():
                come.setdefault(token, []).append((row, weight))
        postings = dict(self.postings)
        for token in gone.keys() | come.keys():
            rows, weights = postings.pop(token, _EMPTY)
            if token in gone:
                keep = rows != gone[token][0]
                if len(gone[token]) > 1:
                    keep = ~np.isin(rows, gone[token])
                rows, weights = rows[keep], weights[keep]
            if token in come:
                added_rows, added_weights = zip(*come[token], strict=True)
                rows = np.concatenate([rows, np.array(added_rows, dtype=np.int32)])
                weights = np.concatenate([weights, np.array(added_weights, dtype=np.float64)])
            if len(rows):
                postings[token] = rows, weights
        return LaterWords(postings)
