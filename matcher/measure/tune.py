"""Fit the constants of the ranking to development judgments, by coordinate ascent on nDCG@10.

Only needs whose ``split`` is not ``held_out`` are looked at. Each folder and each mode counts the same,
however many needs it has. The steps are coarse on purpose: few parameters, few values, no more than
the judgments can tell apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.config import Constants, shipped_constants
from matcher.encoder import Encoder
from matcher.index.columns import tie_hash
from matcher.measure.evaluate import Bench, labelled, opened_bench
from matcher.measure.evaluate import Progress as Steps
from matcher.measure.judgments import HELD_OUT, MODES, JudgedNeed
from matcher.ranking import Ranked, rank, top
from matcher.scored import Scored
from matcher.shipped import shipped_file

GRID: dict[str, tuple[float, ...]] = {
    "dense_weight": (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7),
    "sector_inferred": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "scenario_inferred": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
    "function": (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6),
    "sector_given": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "scenario_given": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "provider_own": (0.7, 0.8, 0.9, 1.0),
    "provider_best": (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    "provider_further": (0.0, 0.04, 0.08, 0.12),
    "constraints": (0.0, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2),
    "evidence": (0.0, 0.01, 0.02),
}
_DEPTH = 10
_ROUNDS = 3
_LEAST_GAIN = 0.0005

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A need scored in one mode, with the grade of every row (-1: not a document of the folder)."""

    need: JudgedNeed
    scored: Scored
    grades: NDArray[np.int64]

    def ndcg(self, constants: Constants) -> float:
        """nDCG@10 of the order that ``constants`` give, gain 2^grade - 1."""
        scored, ranked = self.scored, self.scored.ranked
        return self.ndcg_of(
            rank(
                scored.snapshot,
                ranked.dense,
                ranked.lexical,
                ranked.function,
                ranked.fitted,
                scored.given,
                constants,
            )
        )

    def ndcg_of(self, ranked: Ranked) -> float:
        """nDCG@10 of another ranking of the same rows."""
        rows = top(ranked, self.scored.snapshot, None, len(self.grades), tie_hash(self.scored.text))
        # Records that the folder does not know take no place.
        shown = self.grades[rows]
        return ndcg(shown[shown >= 0][:_DEPTH], self.grades)


Groups = dict[tuple[str, str], list[Judged]]
"""Judged needs by folder and mode."""


def ndcg(shown: NDArray[np.int64], judged: NDArray[np.int64]) -> float:
    """nDCG at the length of ``shown``: gain 2^grade - 1, discount log2(rank + 1)."""
    discounts = 1.0 / np.log2(np.arange(2, _DEPTH + 2))
    ideal = np.sort(judged[judged > 0])[::-1][:_DEPTH]
    best = float(((2.0**ideal - 1) * discounts[: len(ideal)]).sum())
    found = float(((2.0**shown - 1) * discounts[: len(shown)]).sum())
    return found / best if best else 0.0


def judged_needs(bench: Bench, needs: Iterable[JudgedNeed]) -> dict[str, list[Judged]]:
    """Those of ``needs`` that something serves, scored in each mode."""
    found: dict[str, list[Judged]] = {mode: [] for mode in MODES}
    for need in needs:
        if not bench.judgments.served(need):
            continue
        grades = bench.judgments.grades[need.id]
        for mode in MODES:
            scored = bench.matcher.score(labelled(need, mode))
            of_row = np.array(
                [
                    max((grades.get(d, 0) for d in bench.known(identity)), default=-1)
                    for identity in scored.snapshot.ids
                ]
            )
            found[mode].append(Judged(need, scored, of_row))
    return found


def load_groups(
    directories: Sequence[Path], encoder: Encoder, taxonomy: Taxonomy, progress: Steps | None = None
) -> tuple[Groups, Groups]:
    """The judged needs by folder and mode: those to tune on, and those of the held-out part.

    Raises:
        InvalidJudgments: a file of a folder cannot be read.
    """
    tuning: Groups = {}
    held_out: Groups = {}
    for directory in directories:
        with opened_bench(directory, encoder, taxonomy, progress) as bench:
            needs = bench.judgments.needs
            for groups, apart in ((tuning, False), (held_out, True)):
                part = [need for need in needs if (need.split == HELD_OUT) == apart]
                for mode, judged in judged_needs(bench, part).items():
                    if judged:
                        groups[directory.name, mode] = judged
    return tuning, held_out


def means(groups: Groups, constants: Constants) -> dict[tuple[str, str], float]:
    """Mean nDCG@10 of each folder and mode."""
    return {
        key: float(np.mean([one.ndcg(constants) for one in group])) for key, group in groups.items()
    }


def objective(groups: Groups, constants: Constants) -> float:
    """Mean over folders and modes of the mean nDCG@10."""
    return float(np.mean(list(means(groups, constants).values())))


def tune(
    groups: Groups,
    start: Constants,
    progress: Progress = lambda name, value: None,
) -> tuple[Constants, float, float]:
    """The constants that do best on ``groups``, the objective before, and after.

    One parameter at a time over `GRID`, up to three rounds; a step is taken only when it gains more
    than 0.0005.
    """
    before = best = objective(groups, start)
    constants = start
    for _ in range(_ROUNDS):
        at = best
        for name, values in GRID.items():
            for value in values:
                if value == getattr(constants, name):
                    continue
                changed: dict[str, Any] = {name: value}
                candidate = replace(constants, **changed)
                reached = objective(groups, candidate)
                if reached > best + _LEAST_GAIN:
                    best, constants = reached, candidate
            progress(name, best)
        if best == at:
            break
    return constants, before, best


def ship_constants(constants: Constants, provenance: dict[str, Any]) -> Path:
    """Write the constants into the package with where they come from; gives the file."""
    path = shipped_file("constants.json")
    values = {"constants": constants.as_dict(), "provenance": provenance}
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    shipped_constants.cache_clear()
    return path
