"""How far a mean over needs can be trusted: seeded bootstrap intervals, alone and of a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
SEED = 20_261_123
_BOUNDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of ``after - before`` over the same needs, with its 95 % paired bootstrap interval."""

    n: int
    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval: what chance alone may move."""
        return (self.high - self.low) / 2


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean of ``values``, one value a need.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    sample = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(SEED).integers(len(sample), size=(RESAMPLES, len(sample)))
    low, high = np.percentile(sample[drawn].mean(axis=1), _BOUNDS)
    return float(low), float(high)


def paired(before: Mapping[str, float], after: Mapping[str, float]) -> Difference:
    """The difference over the needs that both have: needs are drawn, not their values apart."""
    changes = [after[need] - value for need, value in before.items() if need in after]
    if not changes:
        return Difference(0, 0.0, 0.0, 0.0)
    low, high = interval(changes)
    return Difference(len(changes), float(np.mean(changes)), low, high)
