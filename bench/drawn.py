"""Vectors of many texts from the real vectors of a few thousand.

A ridge regression from the words of a text (hashed pairs of characters, tf-idf) to its real vector is
fitted to some texts; any other text gets what its words predict, plus noise with the covariance of
what the words could not predict, drawn by the text's hash. Near texts so get near vectors, and the
spectrum is that of real ones. How near the truth that comes: docs/demo-data.md.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

import matcher.calibration
import matcher.index.fitted
from matcher.encoder import Encoder, PreparedNeed, prepared

Vectors = NDArray[np.float32]
MARK = "+drawn"
"""Ends the name of a drawn space: nothing drawn is ever taken for an encoded vector."""
_FEATURES = 2**15
_RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
_HELD = 5
"""One of so many texts is held out, to choose the ridge and to see what is left unexplained."""
_CHUNK = 8_192


class DrawnSpace:
    """The encoder of a drawn space as far as matching goes: needs are encoded for real."""

    def __init__(self, encoder: Encoder):
        self._encoder = encoder

    @property
    def space(self) -> str:
        """The real space's name with a mark: no store, cache or generation can confuse the two."""
        return self._encoder.space + MARK

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode_needs(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """The real vectors."""
        return self._encoder.encode_needs(texts, progress)

    def prepared(self, text: str) -> PreparedNeed:
        """The real encoder's."""
        return prepared(self._encoder, text)

    def encode_offers(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """Nothing: the vectors of a drawn space's offers are in the store already.

        Raises:
            LookupError: one is not.
        """
        if texts:
            raise LookupError(f"{len(texts)} offers have no drawn vector in the store")
        return np.empty((0, self.dimension), np.float32)


class DrawnEncoder(DrawnSpace):
    """Draws the vectors of offers that it was not fitted to."""

    def __init__(self, encoder: Encoder, texts: Sequence[str], vectors: Vectors):
        """``vectors`` of shape ``(len(texts), dimension)`` are those that ``encoder`` gave ``texts``."""
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        super().__init__(encoder)
        self._real = dict(zip(texts, vectors, strict=True))
        self._hashing = HashingVectorizer(
            analyzer="char",
            ngram_range=(1, 2),
            n_features=_FEATURES,
            norm=None,
            alternate_sign=False,
        )
        counts = self._hashing.transform(texts)
        self._tfidf = TfidfTransformer(sublinear_tf=True).fit(counts)
        words = self._tfidf.transform(counts)
        held = np.arange(len(texts)) % _HELD == 0
        self._mean = vectors[~held].mean(axis=0)
        centred = vectors - self._mean
        errors = {}
        for ridge in _RIDGES:
            weights = _ridge(words[~held], centred[~held], ridge)
            errors[ridge] = centred[held] - words[held] @ weights
        ridge = min(errors, key=lambda one: float(np.square(errors[one]).sum()))
        self._weights = np.asarray(_ridge(words, centred, ridge), dtype=np.float32)
        covariance = np.cov(errors[ridge], rowvar=False) + 1e-9 * np.eye(vectors.shape[1])
        self._noise = np.asarray(np.linalg.cholesky(covariance).T, dtype=np.float32)
        self.explained = 1.0 - float(
            np.square(errors[ridge]).sum() / np.square(centred[held]).sum()
        )
        """Share of the variance of held-out vectors that the words predict."""

    def encode_offers(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """Vectors of offers: the real ones where they are known, else drawn ones."""
        drawn = [self.draw(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
        vectors = np.vstack([np.empty((0, self.dimension), np.float32), *drawn])
        for row, text in enumerate(texts):
            if text in self._real:
                vectors[row] = self._real[text]
        return vectors

    def draw(self, texts: Sequence[str]) -> Vectors:
        """Drawn unit vectors, the same for the same text, of shape ``(len(texts), dimension)``."""
        words = self._tfidf.transform(self._hashing.transform(texts))
        noise = np.vstack([_noise(text, self.dimension) for text in texts])
        vectors = self._mean + words @ self._weights + noise @ self._noise
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@contextmanager
def fitted_as(encoder: Encoder) -> Iterator[None]:
    """While this lasts, what is fitted to the real space serves the drawn one too.

    Needs are really encoded there, so that the means, the classifiers and the calibration of the real
    space hold; without this a build would encode thousands of sentences and answers had no grades.
    """
    changed: list[tuple[Any, str, Any]] = []
    real_fit = matcher.index.fitted.fitted_for
    real_calibration = matcher.calibration.shipped_calibration

    def fit(store: Any, _: Any, *further: Any) -> Any:
        return real_fit(store, encoder, *further)

    def calibration(space: str, *further: Any) -> Any:
        return real_calibration(space.removesuffix(MARK), *further)

    for module in [module for name, module in sys.modules.items() if name.startswith("matcher.")]:
        for name, value in list(vars(module).items()):
            stand_in = {id(real_fit): fit, id(real_calibration): calibration}.get(id(value))
            if stand_in is not None:
                changed.append((module, name, value))
                setattr(module, name, stand_in)
    try:
        yield
    finally:
        for module, name, value in changed:
            setattr(module, name, value)


def _ridge(words: Any, vectors: Vectors, ridge: float) -> Any:
    """Weights that predict ``vectors`` from ``words``, in the dual form (fewer texts than words)."""
    gram = (words @ words.T).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    return words.T @ np.linalg.solve(gram, vectors)


def _noise(text: str, dimension: int) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(dimension, dtype=np.float32)
