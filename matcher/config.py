"""Constants of the ranking, read from ``data/constants.json`` with where each came from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from matcher.shipped import shipped_file


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """How the three readings of a facet are added up (`matcher.understanding.reading`).

    ``ridge`` regularises the classifier, ``sharpness`` multiplies its scores before the softmax,
    ``words`` and ``terms`` weigh the other two readings.
    """

    ridge: float
    sharpness: float
    words: float
    terms: float


@dataclass(frozen=True, slots=True)
class FunctionWeights:
    """How needs and offers are read as shares of functions (`matcher.understanding.functions`).

    The ridges regularise the classifiers of either side, ``sharpness`` multiplies their scores before
    the softmax, ``words`` weighs BM25; the sum is raised to the power of its side, and so many strongest
    functions are kept.
    """

    need_ridge: float
    offer_ridge: float
    sharpness: float
    words: float
    need_power: float
    offer_power: float
    need_strongest: int
    offer_strongest: int


@dataclass(frozen=True, slots=True)
class Constants:
    """What the ranking multiplies by. Frozen into each generation's manifest.

    ``dense_weight`` is the share of the centred cosine in the fused score, the rest is lexical; each
    other weight is what a full signal (1.0) adds to it. ``given`` weights count for labels that came
    with the need, ``inferred`` ones for what was read from its words; ``function`` for doing what the
    need asks to be done. A provider scores its own text times ``provider_own`` or its best offer times
    ``provider_best``, whichever is more, and ``provider_further`` to the power of its place for each
    further of ``provider_depth`` offers. ``posterior`` is the power to which scores of a reading are raised
    to become shares, and ``scenario_functions`` the part of a read scenario's share that the functions
    below it tell.
    """

    dense_weight: float
    sector_given: float
    scenario_given: float
    sector_inferred: float
    scenario_inferred: float
    function: float
    constraints: float
    evidence: float
    provider_own: float
    provider_depth: int
    provider_best: float
    provider_further: float
    posterior: float
    scenario_functions: float
    sector_reading: ReadingWeights
    scenario_reading: ReadingWeights
    function_reading: FunctionWeights

    def as_dict(self) -> dict[str, Any]:
        """The constants by name, as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Constants:
        """The constants that `as_dict` gave."""
        readings = {
            name: ReadingWeights(**values[name]) for name in ("sector_reading", "scenario_reading")
        }
        functions = FunctionWeights(**values["function_reading"])
        return cls(**{**values, **readings, "function_reading": functions})


@cache
def shipped_constants() -> Constants:
    """The constants of the package."""
    text = shipped_file("constants.json").read_text(encoding="utf-8")
    return Constants.from_dict(json.loads(text)["constants"])
