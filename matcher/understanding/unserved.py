"""How much a need reads like one that no digital offer serves: a loan, a roof, a lawsuit, a used lathe.

A support vector machine with a Gaussian kernel over the centred vectors of needs of either kind. What
nothing serves lies in many small places among what is served, and a plane tells far less of it apart
(docs/relevance.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.index.scan import Scan, coded

WIDTH = 1.0
"""Of the kernel ``exp(-WIDTH |a - b|^2)``; unit vectors are at most 2 apart."""
PENALTY = 10.0
"""What a sentence on the wrong side costs, times the weight of its kind: both kinds weigh the same."""
_STEEPNESS = 2.0
"""A sentence at the margin (1.0 from the border) reads as of its kind with 0.88."""
_CACHE_MB = 1_000

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnservedReader:
    """Tells how much a need reads like one that nothing serves, from supporting sentences.

    Sentence ``i`` of ``vectors``, shape ``(sentences, dimension)``, is ``scales[i]`` times the eight-bit
    ``codes[i]``; ``weights[i]`` is above 0 where it is a need that nothing serves. With a ``scan`` of
    ``vectors`` products are taken from it, at a quarter of the memory traffic.
    """

    codes: NDArray[np.int8]
    scales: Vectors
    weights: Vectors
    intercept: float
    scan: Scan | None = None

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], scan: Scan | None = None) -> UnservedReader:
        """The reader that `arrays` gave."""
        codes, scales, weights = (arrays[name] for name in ("codes", "scales", "weights"))
        return cls(codes, scales, weights, float(arrays["intercept"]), scan)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The reader as arrays by name."""
        return {
            "codes": self.codes,
            "scales": self.scales,
            "weights": self.weights,
            "intercept": np.array(self.intercept, dtype=np.float32),
        }

    @property
    def vectors(self) -> Vectors:
        """The supporting sentences."""
        return self.scales[:, None] * self.codes

    def read(self, vector: Vectors) -> float:
        """How much a need reads like one that nothing serves, 0-1; ``vector`` is centred, of length 1.

        0.5 is the border between the kinds where both are as frequent; it is no share of needs.
        """
        near = np.exp(2.0 * WIDTH * (self._products(vector) - 1.0))
        margin = float(near @ self.weights) + self.intercept
        return 1.0 / (1.0 + math.exp(-_STEEPNESS * margin))

    def _products(self, vector: Vectors) -> Vectors:
        if self.scan is None:
            return np.asarray(self.vectors @ vector, dtype=np.float32)
        products, _ = self.scan.near(vector[None, :])
        return np.asarray(products[0], dtype=np.float32)


def fit_unserved(vectors: Vectors, unserved: NDArray[np.bool_]) -> UnservedReader:
    """Fit to centred vectors of needs, shape ``(needs, dimension)``, and whether nothing serves each.

    Raises:
        ValueError: all needs are of one kind.
    """
    from sklearn.svm import SVC

    machine = SVC(C=PENALTY, gamma=WIDTH, class_weight="balanced", cache_size=_CACHE_MB)
    machine.fit(vectors, unserved)
    # In eight bits, as it is kept: a reader that was just fitted reads like one that was loaded.
    scales, codes = coded(machine.support_vectors_.astype(np.float32))
    return UnservedReader(
        codes,
        scales,
        machine.dual_coef_[0].astype(np.float32),
        float(np.float32(machine.intercept_[0])),
    )
