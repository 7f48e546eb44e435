"""Stand-ins that make tests fast: an encoder whose vectors come from the analyzer's tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.analyzer import Analyzer

DIMENSION = 64


class HashEncoder:
    """Unit vectors of 64 numbers, made of the tokens of a text: shared tokens make vectors alike.

    Deterministic on every machine; ``calls`` counts the texts that were really encoded.
    """

    def __init__(self, space: str = "hash-64"):
        self._space = space
        self.calls = 0

    @property
    def space(self) -> str:
        return self._space

    @property
    def dimension(self) -> int:
        return DIMENSION

    def encode_needs(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        self.calls += len(texts)
        if progress is not None:
            progress(len(texts), len(texts))
        if not texts:
            return np.empty((0, DIMENSION), dtype=np.float32)
        return np.vstack([vector_of(text) for text in texts])

    encode_offers = encode_needs


@lru_cache(maxsize=100_000)
def vector_of(text: str) -> NDArray[np.float32]:
    """The unit vector of ``text``; one without words points in a direction of its own."""
    tokens = _analyzer().tokens(text) or ["\0nothing"]
    total = np.sum([_direction(token) for token in tokens], axis=0)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(maxsize=100_000)
def _direction(token: str) -> NDArray[np.float64]:
    digest = hashlib.blake2b(token.encode(), digest_size=DIMENSION).digest()
    return np.frombuffer(digest, dtype=np.uint8).astype(np.float64) - 127.5


@cache
def _analyzer() -> Analyzer:
    return Analyzer()
