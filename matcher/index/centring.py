"""Means taken off the vectors of either side, and maps that turn foreign needs to where Chinese lie.

Raw e5 vectors share a large common component, which makes hubs; the needs' means come from shipped needs
that are never evaluated (docs/decisions/0005-centring.md). The maps come from needs in three languages
(docs/decisions/0015-alignment.md): a ridge regression of the Chinese vector on the foreign one, the
linear alignment of https://arxiv.org/abs/1309.4168.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.index.embedding import unit
from matcher.shipped import shipped_rows

Vectors = NDArray[np.float32]
FEWEST_OFFERS = 20
"""Below this many offers their mean says more about them than about the space."""
_FALLBACK = "en"
_MAP_RIDGE = 1.0
"""Chosen on the tuning part; from 0.1 to 3 the figures are alike."""


@dataclass(frozen=True, slots=True)
class Means:
    """Mean vectors: of needs by language (zh, en, es) and of offers; each of shape ``(dimension,)``.

    ``maps`` turn centred needs in a language, ``(dimension, dimension)``; one that has none stays as it is.
    """

    needs: dict[str, Vectors]
    offers: Vectors
    maps: dict[str, Vectors] = field(default_factory=dict)

    def centred_needs(self, vectors: Vectors, lang: str) -> Vectors:
        """Unit vectors of needs in ``lang`` without their mean, turned by its map (`centre_needs`)."""
        return centre_needs(self.needs, vectors, lang, self.maps)

    def centred_offers(self, vectors: Vectors) -> Vectors:
        """Unit vectors of offers without their mean."""
        return unit(vectors - self.offers)


def reference_needs() -> dict[str, list[str]]:
    """The shipped needs by language, from which the means are taken."""
    found: dict[str, list[str]] = {}
    for row in shipped_rows("reference_needs.csv"):
        found.setdefault(row["lang"], []).append(row["text"])
    return found


def offers_mean(offers: Vectors) -> Vectors:
    """The mean of ``offers``, shape ``(rows, dimension)``; zero when they are too few to tell."""
    if len(offers) < FEWEST_OFFERS:
        return np.zeros(offers.shape[1], dtype=np.float32)
    return np.asarray(offers.mean(axis=0), dtype=np.float32)


def centre_needs(
    means: Mapping[str, Vectors],
    vectors: Vectors,
    lang: str,
    maps: Mapping[str, Vectors] | None = None,
) -> Vectors:
    """Unit vectors of needs in ``lang`` without their mean, turned by its map where there is one.

    ``vectors`` has shape ``(dimension,)`` or ``(needs, dimension)``; other languages are taken as English.
    """
    lang = lang if lang in means else _FALLBACK
    centred = unit(vectors - means[lang])
    turn = (maps or {}).get(lang)
    if turn is None:
        return centred
    # Row by row: a product of many would differ from that of one in its last bits.
    turned = [row @ turn for row in np.atleast_2d(centred)]
    return unit(np.reshape(turned, centred.shape))


def fit_map(foreign: Vectors, chinese: Vectors) -> Vectors:
    """The map that brings rows of ``foreign`` nearest to those of ``chinese``, their translations.

    Both are centred unit vectors of shape ``(needs, dimension)``: (X'X + ridge I)^-1 X'Y.
    """
    left = foreign.T @ foreign + _MAP_RIDGE * np.eye(foreign.shape[1])
    return np.asarray(np.linalg.solve(left, foreign.T @ chinese), dtype=np.float32)


def translated_needs() -> list[dict[str, str]]:
    """The shipped needs in three languages: ``zh``, ``en`` and ``es`` of each."""
    return shipped_rows("translated_needs.csv")
