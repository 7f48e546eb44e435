"""Which figure of a need is its budget and which the time it allows, and how likely, by fitted weights.

Of the figures of one text at most one is the budget: each has a score, the sum of the weights of its
features, and none at all has the score 0; the likelihoods are the softmax of both (a conditional logit).
The weights are fitted by `matcher.limits.fit` and shipped as ``matcher/data/limit_weights.csv``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from matcher.limits.features import features
from matcher.limits.figures import FIELDS, Figure
from matcher.shipped import shipped_file

BIAS = "*"
LEAST_TOLD = 0.6
"""How likely it must be that a limit is told for one to be read (docs/decisions/0014-limits.md).

To exclude offers it must be likelier (`matcher.query`).
"""
Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The likeliest figure of its field: how likely it is the limit, and how likely any figure is."""

    figure: Figure
    likely: float
    told: float


def chosen(text: str, figures: Sequence[Figure], weights: Weights | None = None) -> list[Chosen]:
    """For each field the figure that is likeliest its limit."""
    weights = shipped_weights() if weights is None else weights
    scored = list(zip(figures, features(text, figures), strict=True)) if figures else []
    found = []
    for field in FIELDS:
        known = weights[field]
        scores = [
            (known[BIAS] + math.fsum(known[name] for name in told if name in known), one)
            for one, told in scored
            if one.field == field
        ]
        if scores:
            best = max(scores, key=lambda pair: pair[0])
            highest = max(best[0], 0.0)
            total = math.exp(-highest) + sum(math.exp(score - highest) for score, _ in scores)
            none = math.exp(-highest) / total
            found.append(Chosen(best[1], math.exp(best[0] - highest) / total, 1 - none))
    return found


@cache
def shipped_weights() -> Weights:
    """The weights in the package, by field and feature."""
    weights: Weights = {field: {} for field in FIELDS}
    text = shipped_file("limit_weights.csv").read_text(encoding="utf-8")
    for row in csv.reader(text.splitlines()[1:]):
        weights[row[0]][row[1]] = float(row[2])
    return weights
