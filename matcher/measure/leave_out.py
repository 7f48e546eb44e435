"""Catalogues that lack what serves a judged need: truth on "nothing suitable" that nobody has to judge.

Every served need is asked in catalogues of several kinds: all offers, all without those of its scenario,
and 5, 20, 60 or 150 solutions drawn by chance with their cases and providers, as a city lists them. Each is
asked with one offer that is good for the need (grade 2 or 3) and once without any of grade 1 or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.answers.lacking import missed, seen, unserved
from matcher.calibration import Calibration
from matcher.closeness import scenario_closeness
from matcher.encoder import Encoder
from matcher.index.columns import KINDS
from matcher.measure.evaluate import Bench, opened_bench
from matcher.measure.judgments import HELD_OUT, JudgedNeed
from matcher.ranking import Rows, rank
from matcher.scored import Scored
from matcher.types import MatchQuery

ALL, WITHOUT = "all", "without"
SIZES = (150, 60, 20, 5)
"""Solutions of the drawn catalogues."""
ALARMS = 0.02
"""Share of served needs that may be told "nothing suitable", the kinds of catalogues counting the same."""
ALARMS_ALONE = 0.01
"""Share of them that the bound alone may tell, whatever they ask for."""
_DRAWS = 3
_GOOD = 2
_SEED = 7

Mask = NDArray[np.bool_]
Grades = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A need asked in one catalogue: its kind, the best grade in it, the log-odds of the `likeliest` offer.

    ``lacks`` tells whether nothing seen has what the need surely asks for, ``scenario`` whether that is a
    whole scenario.
    """

    catalogue: str
    grade: int
    best: float
    lacks: bool
    scenario: bool


def collect_left_out(
    directories: Sequence[Path],
    encoder: Encoder,
    taxonomy: Taxonomy,
    held_out: bool,
    calibration: Calibration,
) -> list[LeftOut]:
    """The served needs of the tuning part, or of the held-out part, in every catalogue.

    Needs that read as if nothing served them are left out: they are told so in any catalogue.
    """
    found: list[LeftOut] = []
    chance = np.random.default_rng(_SEED)
    for directory in directories:
        with opened_bench(directory, encoder, taxonomy) as bench:
            for need in bench.judgments.needs:
                if (need.split == HELD_OUT) != held_out or not bench.judgments.served(need):
                    continue
                scored = bench.matcher.score(MatchQuery(text=need.text))
                if unserved(scored, calibration):
                    continue
                grades = _grades_of_rows(bench, need, scored)
                order = _by_document(bench, scored)
                for catalogue, kept in _catalogues(need, scored, grades, order, taxonomy, chance):
                    asked = _asked(scored, kept, grades, catalogue, calibration, taxonomy)
                    found += [asked] if asked else []
    return found


def bounds(left_out: Sequence[LeftOut]) -> tuple[float, float]:
    """``nothing_below`` and ``lacking_below`` of a calibration: as many needs told as `ALARMS` lets."""
    served = [one for one in left_out if one.grade >= _GOOD]
    if not served:
        return -np.inf, -np.inf
    counts = {kind: sum(one.catalogue == kind for one in served) for kind in _kinds(served)}
    weights = np.array([1.0 / (counts[one.catalogue] * len(counts)) for one in served])
    best = np.array([one.best for one in served])
    lacks = np.array([one.scenario for one in served])
    order = np.argsort(best)
    place = int(np.searchsorted(np.cumsum(weights[order]), ALARMS_ALONE))
    nothing = float(best[order[place]])
    lacking = nothing
    for bound in [*np.sort(best[lacks & (best > nothing)]), 0.0]:
        if weights[(best < nothing) | (lacks & (best < bound))].sum() > ALARMS:
            break
        lacking = min(float(bound), 0.0)
    return nothing, lacking


def with_bounds(calibration: Calibration, left_out: Sequence[LeftOut]) -> Calibration:
    """``calibration`` with the bounds fitted to ``left_out``, their number in its provenance."""
    nothing, lacking = bounds(left_out)
    return replace(
        calibration,
        nothing_below=round(nothing, 4),
        lacking_below=round(lacking, 4),
        provenance=calibration.provenance | {"left_out": len(left_out)},
    )


def measure_left_out(calibration: Calibration, left_out: Sequence[LeftOut]) -> dict[str, Any]:
    """By kind of catalogue: the shares told "nothing suitable", and told that or that offers are scarce.

    Of needs with a good offer (``good``), one that touches them (``touched``), or none (``nothing``).
    """
    table: dict[str, Any] = {}
    for kind in _kinds(left_out):
        for name, grades in (("good", (2, 3)), ("touched", (1,)), ("nothing", (0,))):
            of = [one for one in left_out if one.catalogue == kind and one.grade in grades]
            if of:
                told = [_told(calibration, one) for one in of]
                table.setdefault(kind, {})[name] = {
                    "n": len(of),
                    "nothing": round(float(np.mean([said == "nothing" for said in told])), 3),
                    "either": round(float(np.mean([said is not None for said in told])), 3),
                }
    return table


def _told(calibration: Calibration, one: LeftOut) -> str | None:
    bound = calibration.lacking_below if one.scenario else calibration.nothing_below
    if one.best < bound:
        return "nothing"
    return "scarce" if one.lacks and one.best < 0.0 else None


def _kinds(left_out: Sequence[LeftOut]) -> list[str]:
    return list(dict.fromkeys(one.catalogue for one in left_out))


def _grades_of_rows(bench: Bench, need: JudgedNeed, scored: Scored) -> Grades:
    grades = bench.judgments.grades[need.id]
    return np.array(
        [
            max((grades.get(one, 0) for one in bench.known(identity)), default=0)
            for identity in scored.snapshot.ids
        ]
    )


def _by_document(bench: Bench, scored: Scored) -> Rows:
    """All rows in the order of their documents: ids are others in each store, and lots shall fall alike."""
    ids = scored.snapshot.ids
    return np.array(sorted(range(len(ids)), key=lambda row: (bench.known(ids[row]), ids[row])))


def _catalogues(
    need: JudgedNeed,
    scored: Scored,
    grades: Grades,
    order: Rows,
    taxonomy: Taxonomy,
    chance: np.random.Generator,
) -> Iterator[tuple[str, Mask]]:
    """Rows of each catalogue with and without what serves the need."""
    every, useless = np.ones(len(grades), dtype=np.bool_), grades < 1
    yield ALL, every
    yield ALL, useless
    gold = need.extra.get("scenario_codes")
    if gold:
        column = scenario_closeness(taxonomy).index[gold[0]]
        others = ~(scored.snapshot.columns.scenarios == column).any(axis=1)
        yield WITHOUT, others
        yield WITHOUT, others & useless
    kinds = scored.snapshot.columns.kind[order]
    solutions = order[kinds == KINDS.index(Kind.SOLUTION)]
    offers = order[kinds != KINDS.index(Kind.PROVIDER)]
    for size in SIZES:
        if size >= len(solutions):
            continue
        for _ in range(_DRAWS):
            drawn = _drawn(scored, chance.choice(solutions, size, replace=False)) & useless
            yield str(size), drawn
            for grade in (grades >= _GOOD, grades == 1):
                relevant = offers[grade[offers]]
                if len(relevant):
                    with_one = drawn.copy()
                    with_one[chance.choice(relevant)] = True
                    yield str(size), with_one


def _drawn(scored: Scored, solutions: Rows) -> Mask:
    """``solutions`` with their cases and their providers."""
    snapshot = scored.snapshot
    kept = np.zeros(len(snapshot.ids), dtype=np.bool_)
    kept[solutions] = True
    for row in solutions.tolist():
        kept[list(snapshot.cases_of.get(snapshot.ids[row], ()))] = True
    owners = snapshot.provider_row[kept]
    kept[owners[owners >= 0]] = True
    return kept


def _asked(
    scored: Scored,
    kept: Mask,
    grades: Grades,
    catalogue: str,
    calibration: Calibration,
    taxonomy: Taxonomy,
) -> LeftOut | None:
    """The need asked in the rows ``kept``, ranked anew: providers count by what is left of their offers."""
    ranked, snapshot = scored.ranked, scored.snapshot
    fitted = replace(ranked.fitted, mask=ranked.fitted.mask & kept)
    ranked = rank(
        snapshot,
        ranked.dense,
        ranked.lexical,
        ranked.function,
        fitted,
        scored.given,
        scored.constants,
    )
    asked = replace(scored, ranked=ranked)
    rows = seen(asked, taxonomy)
    if not len(rows):
        return None
    missing = list(missed(asked, rows, taxonomy))
    return LeftOut(
        catalogue,
        int(grades[ranked.mask].max()),
        calibration.likeliest(asked.features(rows)),
        bool(missing),
        any(node.code in taxonomy.scenarios for node in missing),
    )
