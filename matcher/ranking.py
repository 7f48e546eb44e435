"""From signals to an order: one score for every offer, providers by their best few, ties by hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from matcher.config import Constants
from matcher.fit import Fitted
from matcher.index.columns import KINDS
from matcher.index.snapshot import Snapshot
from matcher.index.vectors import add_weighed
from matcher.types import Signals

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

_PROVIDER = KINDS.index(Kind.PROVIDER)
_SOLUTION = KINDS.index(Kind.SOLUTION)
_DECIMALS = 6
_SHOWN_DECIMALS = 4
_LANE = 64
_INFINITE = np.float32(np.inf)
_ROUGH = 1e-6
"""More than single precision can change in a sum of six shares of at most 1."""
_BEYOND = 5
_BACKING = 200
"""Offers looked at for the providers behind them: a provider with none there has no place in a top 10."""


@dataclass(frozen=True, slots=True)
class Near:
    """Tells `rank` that dense scores are only near, as those of a scan are (`matcher.index.scan`).

    ``exact`` gives the scores of some rows as they are, ``off`` is what none is off by more than;
    ``limit`` is how many of a kind will be asked for.
    """

    exact: Callable[[Rows], Scores]
    off: float
    limit: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """All rows scored. ``backing[row]`` are the offers that a provider's score stands on, best first.

    Where dense scores were only near, ``named`` are the rows that an answer may name: ``fused`` and
    ``final`` say nothing of others. ``beyond`` are the best solutions, about, of those that nothing but a
    hard budget or hard days leaves out.
    """

    dense: Scores
    lexical: Scores
    fused: Scores
    function: Scores
    final: NDArray[np.float64]
    mask: NDArray[np.bool_]
    fitted: Fitted
    weights: tuple[float, float]
    backing: dict[int, tuple[int, ...]]
    named: Rows | None = None
    beyond: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def besides_limits(self, rows: Rows, constants: Constants) -> NDArray[np.float64]:
        """The scores of ``rows`` but for what budget, days and the like add."""
        return self.final[rows] - constants.constraints * self.fitted.constraints[rows]

    def scores(self, signal: str) -> NDArray[np.floating]:
        """The scores of one signal: dense, lexical, fused or final."""
        by_name = {"dense": self.dense, "lexical": self.lexical, "fused": self.fused}
        return by_name.get(signal, self.final)

    def signals(self, rows: Rows, constants: Constants) -> list[Signals]:
        """The shares of the scores of ``rows``."""
        sector, scenario = self.weights
        fused, final = self.fused[rows].astype(np.float64), self.final[rows]
        fits = (
            sector * self.fitted.sector[rows],
            scenario * self.fitted.scenario[rows],
            constants.function * self.function[rows],
            constants.constraints * self.fitted.constraints[rows],
        )
        columns = (
            self.dense[rows],
            self.lexical[rows],
            fused,
            *fits,
            final - fused - sum(fits),
            final,
        )
        shares = np.stack(columns, axis=1).astype(np.float64).round(_SHOWN_DECIMALS)
        return [Signals(*row) for row in shares.tolist()]


def fuse(dense: Scores, lexical: Scores, dense_weight: float) -> Scores:
    """Convex combination of centred cosine and BM25 share, both on fixed bounds.

    Bruch et al., An Analysis of Fusion Functions for Hybrid Retrieval, https://arxiv.org/abs/2210.11934.
    """
    return np.asarray(dense_weight * dense + (1.0 - dense_weight) * lexical, dtype=np.float32)


def rank(
    snapshot: Snapshot,
    dense: Scores,
    lexical: Scores,
    function: Scores,
    fitted: Fitted,
    given: tuple[bool, bool],
    constants: Constants,
    demonstration: bool = True,
    near: Near | None = None,
) -> Ranked:
    """Score every row: the fused text score, what fits added to it, providers by their best few.

    ``given`` tells whether sector and scenario came with the need or were read from its words. With
    ``near`` the rows that an answer may name are found by near scores and then scored as they are;
    their scores in ``dense`` are put right.
    """
    columns = snapshot.columns
    sector = constants.sector_given if given[0] else constants.sector_inferred
    scenario = constants.scenario_given if given[1] else constants.scenario_inferred
    shares = [
        (weight, signal)
        for weight, signal in (
            (sector, fitted.sector),
            (scenario, fitted.scenario),
            (constants.function, function),
            (constants.constraints, fitted.constraints),
            (constants.evidence, columns.evidence),
        )
        if weight and signal.any()
    ]
    mask = snapshot.active & fitted.mask
    if not demonstration:
        mask &= ~columns.demonstration
    mask, passing = _passing(snapshot, mask)
    named = None
    if near is None:
        fused = fuse(dense, lexical, constants.dense_weight)
        final = _added(fused, shares)
        backers = _best(np.where(passing, final, -np.inf), _BACKING)
        beyond = _beyond(snapshot, final, fitted, demonstration, constants)
    else:
        fused = _roughly(dense, lexical, shares, constants.dense_weight)
        # The last of the best may have been seen too high, and one below it too low.
        margin = 2 * (constants.dense_weight * near.off + _ROUGH)
        backers = _best(np.where(passing, fused, -_INFINITE), _BACKING, margin)
        beyond = _beyond(snapshot, fused, fitted, demonstration, constants)
        named = _contenders(snapshot, fused, mask, backers, near.limit, margin)
        named = np.union1d(named, beyond) if len(beyond) else named
        dense[named] = near.exact(named)
        fused[named] = fuse(dense[named], lexical[named], constants.dense_weight)
        final = np.zeros(len(fused))
        final[named] = _added(fused[named], [(weight, signal[named]) for weight, signal in shares])
    backing = _providers(snapshot, final, backers, constants)
    scored = slice(None) if named is None else named
    final[scored] = np.round(final[scored], _DECIMALS)
    return Ranked(
        *(dense, lexical, fused, function, final, mask, fitted, (sector, scenario)),
        *(backing, named, beyond),
    )


def _beyond(
    snapshot: Snapshot,
    scores: NDArray[np.floating[Any]],
    fitted: Fitted,
    demonstration: bool,
    constants: Constants,
) -> Rows:
    """The best few solutions that nothing but a hard budget or hard days leaves out, by ``scores``."""
    rows = snapshot.columns.of_kind[_SOLUTION]
    if fitted.beyond is None:
        return rows[:0]
    out = fitted.beyond[rows] & snapshot.active[rows]
    if not demonstration:
        out &= ~snapshot.columns.demonstration[rows]
    rows = rows[out]
    besides = scores[rows] - constants.constraints * fitted.constraints[rows]
    return rows[_best(besides, _BEYOND)]


def _added(fused: Scores, shares: Sequence[tuple[float, Scores]]) -> NDArray[np.float64]:
    final = fused.astype(np.float64)
    for weight, signal in shares:
        final += weight * signal
    return final


def _roughly(
    dense: Scores, lexical: Scores, shares: Sequence[tuple[float, Scores]], dense_weight: float
) -> Scores:
    """The final scores in single precision, none off by more than `_ROUGH`."""
    total = np.multiply(dense, np.float32(dense_weight))
    for weight, signal in ((1.0 - dense_weight, lexical), *shares):
        add_weighed(total, signal, weight)
    return total


def _passing(snapshot: Snapshot, mask: Mask) -> tuple[Mask, Mask]:
    """``mask`` without the providers whose every offer breaks a hard limit, and the offers in it."""
    passing = snapshot.provided & mask
    if np.array_equal(passing, snapshot.provided):
        return mask, passing
    gone = snapshot.providing.copy()
    gone[snapshot.provider_row[passing]] = False
    return mask & ~gone, passing


def _contenders(
    snapshot: Snapshot,
    rough: Scores,
    mask: Mask,
    backers: Rows,
    limit: int,
    margin: float,
) -> Rows:
    """Rows that may be among the ``limit`` best of a kind, and the ``backers`` with their providers."""
    # A provider ranks by its own text until it is backed, and nothing lowers it.
    passing = rough if mask.all() else np.where(mask, rough, -_INFINITE)
    best = [_best_of(of_kind, passing, limit, margin) for of_kind in snapshot.columns.of_kind]
    named = np.zeros(len(rough), dtype=np.bool_)
    named[np.concatenate([backers, snapshot.provider_row[backers], *best])] = True
    return np.flatnonzero(named)


def _providers(
    snapshot: Snapshot, final: NDArray[np.float64], backers: Rows, constants: Constants
) -> dict[int, tuple[int, ...]]:
    """Give each provider its score, in ``final``: its best offer or its own text, and some for further ones.

    The best of ``backers`` count, a few of each provider, so nobody gains by listing more.
    """
    owners = snapshot.provider_row
    if constants.provider_own != 1.0:
        final[snapshot.columns.kind == _PROVIDER] *= constants.provider_own
    order = np.lexsort((snapshot.columns.tie[backers], -final[backers]))
    candidates = backers[order][:_BACKING]
    # The offers of a provider side by side, best first, and of each the place among them.
    candidates = candidates[np.argsort(owners[candidates], kind="stable")]
    owner = owners[candidates]
    begins = np.ones(len(owner), dtype=np.bool_)
    np.not_equal(owner[1:], owner[:-1], out=begins[1:])
    place = np.arange(len(owner)) - np.flatnonzero(begins)[np.cumsum(begins) - 1]
    few = place < max(1, constants.provider_depth)
    candidates, owner, place = candidates[few], owner[few], place[few]
    first = np.flatnonzero(place == 0)
    own, score = final[owner], final[candidates]
    further = constants.provider_further**place * np.maximum(0.0, score)
    worth = np.where(place == 0, np.maximum(own, score * constants.provider_best), further)
    if not len(first):
        return {}
    final[owner[first]] = np.add.reduceat(worth, first)
    rows, ends = candidates.tolist(), [*first[1:].tolist(), len(candidates)]
    return {
        provider: tuple(rows[start:end])
        for provider, start, end in zip(owner[first].tolist(), first.tolist(), ends, strict=True)
    }


def _best_of(
    rows: Rows, scores: NDArray[np.floating[Any]], limit: int, margin: float = 0.0
) -> Rows:
    """`_best` of those of ``rows``, which are in ascending order."""
    if not len(rows):
        return rows
    part: Rows | slice = rows
    if rows[-1] - rows[0] + 1 == len(rows):  # as in a generation, whose ids begin with the kind
        part = slice(int(rows[0]), int(rows[-1]) + 1)
    return rows[_best(scores[part], limit, margin)]


def _best(scores: NDArray[np.floating[Any]], limit: int, margin: float = 0.0) -> Rows:
    """The rows of the ``limit`` best scores, those within ``margin`` of the last, and a few more.

    Rows that score minus infinity are left out. The best of every lane are found first: as many lanes as
    ``limit`` hold a score that is no worse than the last of their best, so it bounds the rest.
    """
    lanes = len(scores) // _LANE
    bound = -np.inf
    if lanes > limit:
        highest = scores[: lanes * _LANE].reshape(_LANE, lanes).max(axis=0)
        bound = np.partition(highest, lanes - limit)[lanes - limit]
    if bound > -np.inf:
        return np.flatnonzero(scores >= bound - margin)
    rows = np.flatnonzero(scores > -np.inf)
    if len(rows) > limit:
        bound = np.partition(scores[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[scores[rows] >= bound - margin]
    return rows


def top(
    ranked: Ranked,
    snapshot: Snapshot,
    kind: Kind | None,
    limit: int,
    need: int,
    signal: str = "final",
) -> Rows:
    """The ``limit`` best rows of ``kind`` (of all kinds for ``None``) by ``signal``, best first.

    Ties are broken by a hash of need and id, so that nobody profits from an early id: ``need`` is the
    `tie_hash` of its text.
    """
    if limit <= 0:
        return np.empty(0, dtype=np.int64)
    scores, columns = ranked.scores(signal), snapshot.columns
    if ranked.named is not None:
        rows = ranked.named[ranked.mask[ranked.named]]
        if kind is not None:
            rows = rows[columns.kind[rows] == KINDS.index(kind)]
        rows = rows[_best(scores[rows], limit)]
    else:
        every = np.arange(len(scores)) if kind is None else columns.of_kind[KINDS.index(kind)]
        rows = _best_of(every, np.where(ranked.mask, scores, -np.inf), limit)
    scores = scores[rows]
    ties = columns.tie[rows] ^ np.uint64(need)
    return rows[np.lexsort((ties, -scores))][:limit]
