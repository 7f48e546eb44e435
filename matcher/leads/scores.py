"""The score of many needs with a few offers at once: what `match` computes need by need.

The fits are those of `matcher.fit`, the formulas those of `matcher.ranking` with needs as rows. Shares
are kept in half precision and days that count from today are taken at their best, so that a score here
may differ from the exact one a little: `matcher.leads.leads` scores again, exactly, what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.config import Constants
from matcher.fit import (
    Fits,
    at_least,
    at_most,
    does_without,
    is_paid,
    serves_size,
    share_of,
    uses,
    within_budget,
)
from matcher.index.costs import UNKNOWN, Sums, cost_paid
from matcher.leads.offers import OfferSide
from matcher.needs.columns import DATED, MUSTS
from matcher.needs.index import NeedRows
from matcher.ranking import fuse
from matcher.types import Constraint

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scores of shape ``(needs, offers)``; -inf where a hard limit of the need is broken."""

    final: NDArray[np.float64]

    def best(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The best score of each need, and the offer that it is for."""
        offers = self.final.argmax(axis=1)
        return self.final[np.arange(len(self.final)), offers], offers.astype(np.int64)


class PairScorer:
    """Scores needs with offers by the constants and tables of one generation."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        constants: Constants,
        sector_codes: tuple[str, ...],
        scenario_codes: tuple[str, ...],
        idf: NDArray[np.float32],
    ):
        """``idf`` belongs to the numbered words of the needs (`matcher.needs.index.NeedIndex.words`)."""
        self._constants = constants
        self._split = len(sector_codes)
        self._end = self._split + len(scenario_codes)
        self._sector = _Facet(sector_closeness(taxonomy), sector_codes)
        self._scenario = _Facet(scenario_closeness(taxonomy), scenario_codes)
        self._idf = idf

    def score(self, needs: NeedRows, offers: OfferSide) -> Pairs:
        """The final scores of ``needs`` with ``offers``."""
        constants, columns = self._constants, needs.columns
        dense = needs.vectors @ offers.vectors.T
        fused = fuse(dense, self._lexical(needs, offers), constants.dense_weight)
        sector = self._sector.closeness(
            columns.sectors,
            columns.given_sector,
            needs.shares[:, : self._split],
            offers.columns.sectors,
        )
        scenario = self._scenario.closeness(
            columns.scenarios,
            columns.given_scenario,
            needs.shares[:, self._split : self._end],
            offers.columns.scenarios,
        )
        function = needs.shares[:, self._end :].astype(np.float32) @ offers.functions.T
        constraints, allowed = self._constraints(needs, offers)
        final = (
            fused.astype(np.float64)
            + _weights(columns.given_sector, constants.sector_given, constants.sector_inferred)
            * sector
            + _weights(
                columns.given_scenario, constants.scenario_given, constants.scenario_inferred
            )
            * scenario
            + constants.function * function
            + constants.constraints * constraints
            + constants.evidence * offers.columns.evidence
        )
        if offers.own is not None:
            final[:, offers.own] *= constants.provider_own
            others = np.delete(allowed, offers.own, axis=1)
            if others.shape[1]:
                # As in `matcher.ranking`: a provider all of whose offers are left out is left out as well.
                allowed[:, offers.own] &= others.any(axis=1)
        return Pairs(np.where(allowed, final, -np.inf))

    def _lexical(self, needs: NeedRows, offers: OfferSide) -> Scores:
        """BM25 of each need's words in each offer, as a share of what no offer can exceed."""
        scores = np.zeros((len(needs), len(offers)), dtype=np.float32)
        numbers = np.unique(np.concatenate([one.numbers for one in offers.words]))
        weights = np.zeros((len(numbers), len(offers)), dtype=np.float32)
        for place, one in enumerate(offers.words):
            weights[np.searchsorted(numbers, one.numbers), place] = one.scores
        there = np.zeros(len(self._idf), dtype=np.bool_)
        there[numbers] = True
        shared = there[needs.tokens]
        # How many shared words stand before each need's first: where its own begin.
        before = np.concatenate([[0], np.cumsum(shared)])[needs.starts]
        filled = before[:-1] < before[1:]
        if not filled.any():
            return scores
        found = weights[np.searchsorted(numbers, needs.tokens[shared])]
        scores[filled] = np.add.reduceat(found, before[:-1][filled], axis=0)
        all_idf = np.concatenate([[0], np.cumsum(self._idf[needs.tokens], dtype=np.float64)])
        bound = all_idf[needs.starts[1:]] - all_idf[needs.starts[:-1]]
        share = needs.columns.known[filled] / bound[filled].astype(np.float32)
        scores[filled] *= share[:, None]
        return scores

    def _constraints(self, needs: NeedRows, offers: OfferSide) -> tuple[Scores, NDArray[np.bool_]]:
        """The mean share of what each need asks for, and whether no hard limit is broken."""
        asked, of = needs.columns, offers.columns
        allowed = np.ones((len(needs), len(offers)), dtype=np.bool_)
        size = np.left_shift(1, np.maximum(asked.size, 0)).astype(np.uint8)
        total = np.zeros((len(needs), len(offers)), dtype=np.float32)
        count = np.zeros((len(needs), 1), dtype=np.float32)
        technologies, refused, payments = (
            np.where(bits, bits.astype(np.int32), UNKNOWN)
            for bits in (asked.technologies, asked.refused, asked.payments)
        )
        low, high = self._costs(needs, offers)
        for constraint, wanted, fits, values in (
            (
                Constraint.BUDGET,
                asked.budget,
                within_budget(low, high, asked.budget[:, None]),
                low,
            ),
            (Constraint.DAYS, asked.days, at_most(of.days, asked.days[:, None]), of.days),
            (Constraint.SIZE, asked.size, serves_size(of.sizes, size[:, None]), None),
            (Constraint.LEVEL, asked.level, self._level(needs, offers), None),
            (
                Constraint.TECHNOLOGY,
                technologies,
                uses(of.technologies, asked.technologies[:, None]),
                None,
            ),
            (
                Constraint.WITHOUT,
                refused,
                does_without(of.technologies, asked.refused[:, None]),
                None,
            ),
            (Constraint.PAYMENT, payments, is_paid(of.payments, asked.payments[:, None]), None),
        ):
            told = wanted != UNKNOWN
            if not told.any():
                continue
            shares = share_of(fits, values, np.maximum(wanted, 1)[:, None])
            if constraint is Constraint.DAYS:
                shares[wanted == DATED] = 1.0
                fits[wanted == DATED] = 0
            total += np.where(told[:, None], shares, 0)
            count += told[:, None]
            hard = told & ((asked.must >> MUSTS.index(constraint)) & 1).astype(np.bool_)
            allowed &= ~hard[:, None] | (fits >= 0)
        mean = np.asarray(total / np.maximum(count, 1), dtype=np.float32)
        return mean, np.asarray(allowed, dtype=np.bool_)

    def _costs(self, needs: NeedRows, offers: OfferSide) -> tuple[Sums, Sums]:
        """What each offer costs as each need wants to pay; one row alone where none says how."""
        costs = offers.columns.costs_at(slice(None))
        ways, of_need = np.unique(needs.columns.payments, return_inverse=True)
        low, high = cost_paid(costs, ways[:, None])
        return (low, high) if len(ways) == 1 else (low[of_need], high[of_need])

    def _level(self, needs: NeedRows, offers: OfferSide) -> Fits:
        """Whether the level that an offer reaches in the given scenarios (else in any) is enough."""
        levels = offers.columns.levels
        reached = np.repeat(levels.max(axis=1)[None, :], len(needs), axis=0)
        given = np.flatnonzero(needs.columns.given_scenario)
        nodes = needs.columns.scenarios[given]
        for place in range(len(offers)):
            best = np.full(len(given), UNKNOWN, dtype=levels.dtype)
            for node, level in zip(offers.columns.scenarios[place], levels[place], strict=True):
                if node != self._scenario.unknown:
                    best = np.where((nodes == node).any(axis=1), np.maximum(best, level), best)
            reached[given, place] = best
        return at_least(reached, needs.columns.level[:, None])


class _Facet:
    """Closeness of needs to offers in sectors or in scenarios."""

    def __init__(self, table: Closeness, codes: tuple[str, ...]):
        self._read = table.table[[table.index[code] for code in codes]]
        # A last line for "no node": near nothing.
        self._given = np.vstack([table.table, np.zeros((1, table.table.shape[1]), np.float32)])
        self.unknown = table.unknown

    def closeness(
        self,
        given_nodes: NDArray[np.int16],
        given: NDArray[np.bool_],
        shares: NDArray[np.float16],
        offer_nodes: NDArray[np.int16],
    ) -> Scores:
        """Of each need (rows) to the nearest node of each offer, as `matcher.fit.closeness_of`."""
        nodes, places = np.unique(offer_nodes, return_inverse=True)
        by_node = np.empty((len(given), len(nodes)), dtype=np.float32)
        read = ~given
        by_node[read] = shares[read].astype(np.float32) @ self._read[:, nodes]
        by_node[given] = self._given[:, nodes][given_nodes[given]].max(axis=1, initial=0)
        places = places.reshape(offer_nodes.shape)
        found = np.empty((len(given), len(offer_nodes)), dtype=np.float32)
        for offer, own in enumerate(offer_nodes):
            # The unknown node counts only for an offer that has no other.
            counted = [
                places[offer, at] for at in range(len(own)) if at == 0 or own[at] != self.unknown
            ]
            found[:, offer] = by_node[:, counted].max(axis=1)
        return found


def _weights(given: NDArray[np.bool_], if_given: float, if_read: float) -> NDArray[np.float64]:
    return np.where(given, if_given, if_read)[:, None]
