"""Means that are taken off the vectors: the needs' mean per language, the offers' own mean.

Raw e5 vectors share a large common component, which makes hubs. Each side loses its own mean; the
needs' means come from shipped needs that are never evaluated (docs/decisions/0005-centring.md).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from matcher.index.embedding import unit

Vectors = NDArray[np.float32]
FEWEST_OFFERS = 20
"""Below this many offers their mean says more about them than about the space."""
_FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Means:
    """Mean vectors: of needs by language (zh, en, es) and of offers; each of shape ``(dimension,)``."""

    needs: dict[str, Vectors]
    offers: Vectors

    def centred_needs(self, vectors: Vectors, lang: str) -> Vectors:
        """Unit vectors of needs in ``lang`` without their mean; other languages use English's."""
        return centre_needs(self.needs, vectors, lang)

    def centred_offers(self, vectors: Vectors) -> Vectors:
        """Unit vectors of offers without their mean."""
        return unit(vectors - self.offers)


def reference_needs() -> dict[str, list[str]]:
    """The shipped needs by language, from which the means are taken."""
    text = files("matcher").joinpath("data", "reference_needs.csv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["lang"], []).append(row["text"])
    return found


def offers_mean(offers: Vectors) -> Vectors:
    """The mean of ``offers``, shape ``(rows, dimension)``; zero when they are too few to tell."""
    if len(offers) < FEWEST_OFFERS:
        return np.zeros(offers.shape[1], dtype=np.float32)
    return np.asarray(offers.mean(axis=0), dtype=np.float32)


def centre_needs(means: Mapping[str, Vectors], vectors: Vectors, lang: str) -> Vectors:
    """Unit vectors of needs in ``lang`` without their mean; other languages use English's."""
    return unit(vectors - means.get(lang, means[_FALLBACK]))
