"""One vector for what a need says and means, so that an index finds what the whole measure ranks high.

The score of a need with an offer is, but for shared words and limits, a sum of inner products: centred
cosine, cosine of functions, expected closeness of sectors, and of scenarios. Each closeness is x'T y
with x the need's nodes and y the offer's; T has few large singular values, so x and y are projected on
its first left singular vectors and set behind the embedding, as are the shares of functions, on the
directions in which those of the offers spread. An inner product of two such vectors is then the score
without words and limits, nearly: what it puts first is scored exactly afterwards.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.config import Constants
from matcher.index.columns import Columns
from matcher.needs.index import NeedRows

Vectors = NDArray[np.float32]

SECTOR_WIDTH = 32
SCENARIO_WIDTH = 16
FUNCTION_WIDTH = 48
_SPREAD = 20_000
"""Offers that are enough to tell how their functions spread."""


class NeedSpace:
    """Makes the vectors of needs and of offers for one generation's constants and codes."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        constants: Constants,
        sector_codes: tuple[str, ...],
        scenario_codes: tuple[str, ...],
        offer_functions: Vectors,
    ):
        """``offer_functions`` are the shares of the generation's offers: they choose the directions."""
        self._taxonomy = taxonomy
        self._constants = constants
        self._codes = sector_codes, scenario_codes
        self._split = len(sector_codes)
        self._end = self._split + len(scenario_codes)
        self._offer_functions = offer_functions

    @cached_property
    def _sector(self) -> _Facet:
        weights = self._constants.sector_given, self._constants.sector_inferred
        table = sector_closeness(self._taxonomy)
        basis = _sector_basis(self._taxonomy)
        return _Facet(table, basis, self._codes[0], weights)

    @cached_property
    def _scenario(self) -> _Facet:
        weights = self._constants.scenario_given, self._constants.scenario_inferred
        table = scenario_closeness(self._taxonomy)
        return _Facet(table, _basis(table, SCENARIO_WIDTH), self._codes[1], weights)

    @cached_property
    def _function(self) -> Vectors:
        """Directions in which the offers' shares of functions spread most."""
        shares = self._offer_functions[:: len(self._offer_functions) // _SPREAD + 1]
        square = shares.T.astype(np.float64) @ shares
        _, vectors = np.linalg.eigh(square)
        return np.asarray(vectors[:, ::-1][:, :FUNCTION_WIDTH], dtype=np.float32)

    def needs(self, rows: NeedRows) -> Vectors:
        """The vectors of ``rows``, float32 of shape ``(needs, dimension + widths)``."""
        columns = rows.columns
        return np.hstack(
            [
                rows.vectors * np.float32(self._constants.dense_weight),
                self._sector.needs(
                    columns.sectors, columns.given_sector, rows.shares[:, : self._split]
                ),
                self._scenario.needs(
                    columns.scenarios,
                    columns.given_scenario,
                    rows.shares[:, self._split : self._end],
                ),
                rows.shares[:, self._end :].astype(np.float32)
                @ self._function
                * np.float32(self._constants.function),
            ]
        )

    def offers(self, vectors: Vectors, columns: Columns, functions: Vectors) -> Vectors:
        """The vectors of offers with these centred embeddings, columns and shares of functions."""
        return np.hstack(
            [
                vectors,
                self._sector.offers(columns.sectors),
                self._scenario.offers(columns.scenarios),
                functions @ self._function,
            ]
        )


class _Facet:
    """Closeness in sectors or in scenarios as an inner product in ``basis``."""

    def __init__(
        self,
        table: Closeness,
        basis: Vectors,
        codes: tuple[str, ...],
        weights: tuple[float, float],
    ):
        self._unknown = table.unknown
        self._table = table.table
        self._basis = basis
        self._read = self._basis[[table.index[code] for code in codes]]
        # A last line for "no node".
        self._given = np.vstack([basis, np.zeros((1, basis.shape[1]), dtype=np.float32)])
        self._weights = np.array(weights, dtype=np.float32)

    def needs(
        self, nodes: NDArray[np.int16], given: NDArray[np.bool_], shares: NDArray[np.float16]
    ) -> Vectors:
        found = np.empty((len(given), self._basis.shape[1]), dtype=np.float32)
        read = ~given
        found[read] = shares[read].astype(np.float32) @ self._read * self._weights[1]
        named = nodes[given]
        count = np.maximum((named != self._unknown).sum(axis=1, keepdims=True), 1)
        found[given] = self._given[named].sum(axis=1) / count * self._weights[0]
        return found

    def offers(self, nodes: NDArray[np.int16]) -> Vectors:
        """Closeness of every node of a need to the nearest of each offer, projected."""
        nearest = self._table[:, nodes[:, 0]]
        for place in range(1, nodes.shape[1]):
            further = np.where(nodes[:, place] == self._unknown, 0, self._table[:, nodes[:, place]])
            nearest = np.maximum(nearest, further)
        return np.asarray(nearest.T @ self._basis, dtype=np.float32)


@lru_cache(maxsize=2)
def _sector_basis(taxonomy: Taxonomy) -> Vectors:
    # Some 800 nodes: half a second, so only where many needs are indexed.
    return _basis(sector_closeness(taxonomy), SECTOR_WIDTH)


def _basis(table: Closeness, width: int) -> Vectors:
    """The first ``width`` left singular vectors of the table, shape ``(nodes, width)``."""
    square = table.table.astype(np.float64)
    _, vectors = np.linalg.eigh(square @ square.T)
    return np.asarray(vectors[:, ::-1][:, :width], dtype=np.float32)
