"""From signals to an order: one score for every offer, providers by their best few, ties by hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from matcher.columns import KINDS
from matcher.config import Constants
from matcher.fit import Fitted
from matcher.snapshot import Snapshot
from matcher.types import Signals

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_PROVIDER = KINDS.index(Kind.PROVIDER)
_DECIMALS = 6
_BACKING = 200
"""Offers looked at for the providers behind them: a provider with none there has no place in a top 10."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """All rows scored. ``backing[row]`` are the offers that a provider's score stands on, best first."""

    dense: Scores
    lexical: Scores
    fused: Scores
    function: Scores
    final: NDArray[np.float64]
    mask: NDArray[np.bool_]
    fitted: Fitted
    weights: tuple[float, float]
    backing: dict[int, tuple[int, ...]]

    def scores(self, signal: str) -> NDArray[np.floating]:
        """The scores of one signal: dense, lexical, fused or final."""
        by_name = {"dense": self.dense, "lexical": self.lexical, "fused": self.fused}
        return by_name.get(signal, self.final)

    def signals(self, row: int, constants: Constants) -> Signals:
        """The shares of one row's score."""
        sector, scenario = self.weights
        return Signals(
            dense=_rounded(self.dense[row]),
            lexical=_rounded(self.lexical[row]),
            fused=_rounded(self.fused[row]),
            sector=_rounded(sector * self.fitted.sector[row]),
            scenario=_rounded(scenario * self.fitted.scenario[row]),
            function=_rounded(constants.function * self.function[row]),
            constraints=_rounded(constants.constraints * self.fitted.constraints[row]),
            evidence=_rounded(
                self.final[row]
                - self.fused[row]
                - sector * self.fitted.sector[row]
                - scenario * self.fitted.scenario[row]
                - constants.function * self.function[row]
                - constants.constraints * self.fitted.constraints[row]
            ),
            final=_rounded(self.final[row]),
        )


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
) -> Ranked:
    """Score every row: the fused text score, what fits added to it, providers by their best few.

    ``given`` tells whether sector and scenario came with the need or were read from its words.
    """
    columns = snapshot.columns
    fused = fuse(dense, lexical, constants.dense_weight)
    sector = constants.sector_given if given[0] else constants.sector_inferred
    scenario = constants.scenario_given if given[1] else constants.scenario_inferred
    final = (
        fused.astype(np.float64)
        + sector * fitted.sector
        + scenario * fitted.scenario
        + constants.function * function
        + constants.constraints * fitted.constraints
        + constants.evidence * columns.evidence
    )
    mask = snapshot.active & fitted.mask
    if not demonstration:
        mask &= ~columns.demonstration
    final, mask, backing = _providers(snapshot, final, mask, constants)
    return Ranked(
        dense,
        lexical,
        fused,
        function,
        np.round(final, _DECIMALS),
        mask,
        fitted,
        (sector, scenario),
        backing,
    )


def _providers(
    snapshot: Snapshot, final: NDArray[np.float64], mask: NDArray[np.bool_], constants: Constants
) -> tuple[NDArray[np.float64], NDArray[np.bool_], dict[int, tuple[int, ...]]]:
    """A provider's score: its best offer or its own text, and a little for each further good offer.

    Only the best few count, so nobody gains by listing more. A provider whose every offer breaks a
    hard limit goes with them.
    """
    kinds, owners = snapshot.columns.kind, snapshot.provider_row
    offers = (kinds != _PROVIDER) & (owners >= 0) & snapshot.active
    owning = np.zeros(len(final), dtype=np.bool_)
    owning[owners[offers]] = True
    passing = np.zeros(len(final), dtype=np.bool_)
    passing[owners[offers & mask]] = True
    mask = mask & ((kinds != _PROVIDER) | ~owning | passing)
    scored = final.copy()
    scored[kinds == _PROVIDER] *= constants.provider_own
    candidates = np.flatnonzero(offers & mask)
    if len(candidates) > _BACKING:
        keep = np.argpartition(-final[candidates], _BACKING)[:_BACKING]
        candidates = candidates[keep]
    candidates = candidates[np.lexsort((snapshot.columns.tie[candidates], -final[candidates]))]
    backing: dict[int, tuple[int, ...]] = {}
    for row in candidates:
        owner = int(owners[row])
        if len(backing.get(owner, ())) < constants.provider_depth:
            backing[owner] = (*backing.get(owner, ()), int(row))
    for owner, rows in backing.items():
        best = max(scored[owner], final[rows[0]] * constants.provider_best)
        further = sum(
            constants.provider_further**place * max(0.0, final[row])
            for place, row in enumerate(rows[1:], start=1)
        )
        scored[owner] = best + further
    return scored, mask, backing


def top(
    ranked: Ranked,
    snapshot: Snapshot,
    kind: Kind | None,
    limit: int,
    need: int,
    signal: str = "final",
) -> Rows:
    """The ``limit`` best rows of ``kind`` (of all kinds for ``None``) by ``signal``, best first.

    Ties are broken by a hash of need and id, so that nobody profits from an early id.
    """
    if limit <= 0:
        return np.empty(0, dtype=np.int64)
    chosen = ranked.mask
    if kind is not None:
        chosen = chosen & (snapshot.columns.kind == KINDS.index(kind))
    rows = np.flatnonzero(chosen)
    scores = ranked.scores(signal)[rows]
    if len(rows) > limit:
        threshold = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        rows, scores = rows[scores >= threshold], scores[scores >= threshold]
    ties = snapshot.columns.tie[rows] ^ np.uint64(need)
    return rows[np.lexsort((ties, -scores))][:limit]


def need_hash(text: str) -> int:
    """A number from the need's words that mixes the ties."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _rounded(value: float) -> float:
    return round(float(value), 4)
