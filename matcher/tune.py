"""Fit the constants of the ranking to development judgments, by coordinate ascent on nDCG@10.

Only needs whose ``split`` is not ``held_out`` are looked at. Each folder and each mode counts the same,
however many needs it has. The steps are coarse on purpose: few parameters, few values, no more than
the judgments can tell apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.config import Constants
from matcher.encoder import Encoder
from matcher.engine import Scored
from matcher.evaluate import Bench, labelled
from matcher.judgments import MODES, read_judgments
from matcher.ranking import need_hash, rank, top

HELD_OUT = "held_out"
GRID: dict[str, tuple[float, ...]] = {
    "dense_weight": (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7),
    "sector_inferred": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "scenario_inferred": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
    "sector_given": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25),
    "scenario_given": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "provider_own": (0.7, 0.8, 0.9, 1.0),
    "provider_best": (0.5, 0.6, 0.7, 0.8, 0.9),
    "provider_further": (0.0, 0.04, 0.08),
    "evidence": (0.0, 0.01, 0.02),
}
_DEPTH = 10
_ROUNDS = 3
_LEAST_GAIN = 0.0005

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A need scored in one mode, with the grade of every row."""

    scored: Scored
    given: tuple[bool, bool]
    grades: NDArray[np.int64]

    def ndcg(self, constants: Constants) -> float:
        """nDCG@10 of the order that ``constants`` give, gain 2^grade - 1."""
        scored, ranked = self.scored, self.scored.ranked
        anew = rank(
            scored.snapshot, ranked.dense, ranked.lexical, ranked.fitted, self.given, constants
        )
        rows = top(anew, scored.snapshot, None, len(self.grades), need_hash(scored.text))
        # Records that the folder does not know (grade -1) take no place.
        shown = self.grades[rows]
        return ndcg(shown[shown >= 0][:_DEPTH], self.grades)


def ndcg(shown: NDArray[np.int64], judged: NDArray[np.int64]) -> float:
    """nDCG at the length of ``shown``: gain 2^grade - 1, discount log2(rank + 1)."""
    discounts = 1.0 / np.log2(np.arange(2, _DEPTH + 2))
    ideal = np.sort(judged[judged > 0])[::-1][:_DEPTH]
    best = float(((2.0**ideal - 1) * discounts[: len(ideal)]).sum())
    found = float(((2.0**shown - 1) * discounts[: len(shown)]).sum())
    return found / best if best else 0.0


def load_groups(
    directories: Sequence[Path], encoder: Encoder, taxonomy: Taxonomy, held_out: bool = False
) -> dict[tuple[str, str], list[Judged]]:
    """The judged needs of each folder and mode; of the held-out part when ``held_out``."""
    groups: dict[tuple[str, str], list[Judged]] = {}
    for directory in directories:
        judgments = read_judgments(directory)
        with tempfile.TemporaryDirectory(prefix="qingzhun-tune-") as data:
            bench = Bench(judgments, Path(data), encoder, taxonomy)
            for need in judgments.needs:
                grades = judgments.grades.get(need.id, {})
                is_held_out = need.extra.get("split") == HELD_OUT
                if is_held_out != held_out or not any(grades.values()):
                    continue
                for mode in MODES:
                    query = labelled(need, mode)
                    scored = bench.matcher.score(query)
                    given = (
                        any(one.given for one in scored.understanding.sectors),
                        any(one.given for one in scored.understanding.scenarios),
                    )
                    of_row = np.array(
                        [
                            max((grades.get(d, 0) for d in bench.known(identity)), default=-1)
                            for identity in scored.snapshot.ids
                        ]
                    )
                    judged = Judged(scored, given, of_row)
                    groups.setdefault((directory.name, mode), []).append(judged)
            bench.close()
    return groups


def objective(groups: dict[tuple[str, str], list[Judged]], constants: Constants) -> float:
    """Mean over folders and modes of the mean nDCG@10."""
    means = [np.mean([one.ndcg(constants) for one in group]) for group in groups.values()]
    return float(np.mean(means))


def tune(
    groups: dict[tuple[str, str], list[Judged]],
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
