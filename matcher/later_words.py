"""Words of the offers laid over a generation: postings that a change copies only where it changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.lexical import LexicalIndex

Scores = NDArray[np.float32]
Postings = tuple[NDArray[np.int32], NDArray[np.float64]]


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
            kept = _without(postings.pop(token, None), gone.get(token, ()))
            added = come.get(token, [])
            if added:
                rows, weights = zip(*added, strict=True)
                kept = (
                    np.append(kept[0], np.array(rows, dtype=np.int32)),
                    np.append(kept[1], np.array(weights, dtype=np.float64)),
                )
            if len(kept[0]):
                postings[token] = kept
        return LaterWords(postings)


def _without(postings: Postings | None, rows: Sequence[int]) -> Postings:
    if postings is None:
        return np.empty(0, np.int32), np.empty(0, np.float64)
    if not rows:
        return postings
    keep = ~np.isin(postings[0], rows)
    return postings[0][keep], postings[1][keep]
