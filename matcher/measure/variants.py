"""Other ways to rank, for `ablate`: each takes one part away or tries an alternative to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.config import Constants
from matcher.fit import Fitted, closeness_of
from matcher.index.analyzer import Analyzer
from matcher.index.embedding import unit
from matcher.index.parts import Generation
from matcher.measure.tune import Judged
from matcher.ranking import Ranked, rank
from matcher.types import MatchQuery
from matcher.understanding.functions import FunctionReader
from matcher.understanding.glossary import NeedWords
from matcher.understanding.meant import MeaningReader
from matcher.understanding.reading import Classifier, ReaderParts
from matcher.understanding.understander import Meaning, Understander

RRF_K = 60
FEEDBACK_OFFERS = 3
FEEDBACK_WEIGHT = 0.3

Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]


class SilentClassifier(Classifier):
    """A classifier that says nothing about any class."""

    def probabilities(self, vector: Vectors, sharpness: float) -> Vectors:
        """Zeros."""
        return np.zeros(len(self.codes), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Case:
    """A judged need in one mode with what its answer was made of.

    ``vector`` is the need's centred unit vector, ``raw`` the one that the encoder gave, ``worded`` the
    centred one of the need with the words of its labels; ``words`` are the tokens of the text alone.
    """

    judged: Judged
    query: MatchQuery
    vector: Vectors
    raw: Vectors
    worded: Vectors
    words: NeedWords


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A folder's offers as variants need them; every array has one row an offer.

    ``hubs`` is how near each offer is to its ten nearest reference needs; ``descriptions`` are centred
    vectors of the descriptions alone, ``pains`` those of a passage of example sentences of each offer's
    scenarios (zero where it has none). ``readers`` are named variants of the reading of needs.
    """

    taxonomy: Taxonomy
    analyzer: Analyzer
    constants: Constants
    raw_offers: Vectors
    hubs: Scores
    descriptions: Vectors
    pains: Vectors
    readers: dict[str, MeaningReader] = field(default_factory=dict)

    def ranked(
        self,
        case: Case,
        dense: Scores | None = None,
        lexical: Scores | None = None,
        meanings: tuple[Meaning, Meaning] | None = None,
        fitted: Fitted | None = None,
        constants: Mapping[str, float] | None = None,
    ) -> Ranked:
        """The ranking of ``case`` with what is given instead of what the engine used."""
        scored = case.judged.scored
        fitted, given = fitted or scored.ranked.fitted, scored.given
        changed: dict[str, Any] = dict(constants or {})
        if meanings is not None:
            columns = scored.snapshot.columns
            sectors, scenarios = meanings
            fitted = replace(
                fitted,
                sector=closeness_of(columns.sector_sets, sector_closeness(self.taxonomy), sectors),
                scenario=closeness_of(
                    columns.scenario_sets, scenario_closeness(self.taxonomy), scenarios
                ),
            )
            given = (sectors.given, scenarios.given)
        return rank(
            scored.snapshot,
            scored.ranked.dense if dense is None else dense,
            scored.ranked.lexical if lexical is None else lexical,
            scored.ranked.function,
            fitted,
            given,
            replace(self.constants, **changed),
        )

    def read(self, name: str, case: Case) -> tuple[Meaning, Meaning]:
        """What the reader ``name`` makes of ``case``."""
        scored = case.judged.scored
        reader, read = self.readers[name], scored.understanding
        meant = reader.read(scored.text, read.lang, case.words, read.limits, case.vector)
        meant = reader.corrected(meant, case.query)
        return meant.sectors, meant.scenarios


Variant = Callable[[Laboratory, Case], Ranked]


def without(**constants: float) -> Variant:
    """The ranking with other constants."""
    return lambda lab, case: lab.ranked(case, constants=constants)


def without_dense(lab: Laboratory, case: Case) -> Ranked:
    """No vectors; the other shares stay as they are."""
    return lab.ranked(case, dense=np.zeros_like(case.judged.scored.ranked.dense))


def without_lexical(lab: Laboratory, case: Case) -> Ranked:
    """No BM25; the other shares stay as they are."""
    return lab.ranked(case, lexical=np.zeros_like(case.judged.scored.ranked.lexical))


def raw_needs(lab: Laboratory, case: Case) -> Ranked:
    """Needs keep their mean."""
    return lab.ranked(case, dense=_alike(case, _offers(case) @ case.raw))


def raw_offers(lab: Laboratory, case: Case) -> Ranked:
    """Offers keep their mean."""
    return lab.ranked(case, dense=_alike(case, lab.raw_offers @ case.vector))


def raw_both(lab: Laboratory, case: Case) -> Ranked:
    """Plain cosine."""
    return lab.ranked(case, dense=_alike(case, lab.raw_offers @ case.raw))


def read_by(name: str) -> Variant:
    """Sector and scenario as a variant of the reading sees them."""
    return lambda lab, case: lab.ranked(case, meanings=lab.read(name, case))


def without_limits(lab: Laboratory, case: Case) -> Ranked:
    """Nothing is read about money, time, size and level."""
    fitted = case.judged.scored.ranked.fitted
    none = np.zeros_like(fitted.constraints)
    return lab.ranked(
        case, fitted=replace(fitted, constraints=none, mask=np.ones_like(fitted.mask))
    )


def limits_as_wishes(lab: Laboratory, case: Case) -> Ranked:
    """What the words tell as a limit counts as a wish, however surely it was told."""
    fitted = case.judged.scored.ranked.fitted
    return lab.ranked(case, fitted=replace(fitted, mask=np.ones_like(fitted.mask)))


def reciprocal_ranks(lab: Laboratory, case: Case) -> Ranked:
    """RRF of dense and lexical in place of their convex combination, scaled to 0-1.

    Cormack et al., Reciprocal Rank Fusion outperforms Condorcet, SIGIR 2009.
    """
    ranked = case.judged.scored.ranked
    fused = _reciprocal(ranked.dense, ranked.lexical)
    return lab.ranked(case, dense=fused, lexical=fused)


def reciprocal_ranks_of_all(lab: Laboratory, case: Case) -> Ranked:
    """RRF of dense, lexical, sector, scenario and function in place of the weighted sum."""
    ranked = case.judged.scored.ranked
    fitted = ranked.fitted
    fused = _reciprocal(
        ranked.dense, ranked.lexical, fitted.sector, fitted.scenario, ranked.function
    )
    none = dict.fromkeys(
        ("sector_given", "sector_inferred", "scenario_given", "scenario_inferred", "function"), 0.0
    )
    return lab.ranked(case, dense=fused, lexical=fused, constants=none)


def hard_reading(lab: Laboratory, case: Case) -> Ranked:
    """The best sector and the best scenario alone, as if they had been given."""
    understanding = case.judged.scored.understanding
    best = tuple(
        Meaning({shown[0].code: 1.0}, given=True) if shown and not meaning.given else meaning
        for shown, meaning in zip(
            (understanding.sectors, understanding.scenarios), lab.read("all", case), strict=True
        )
    )
    return lab.ranked(case, meanings=(best[0], best[1]))


def hub_correction(lab: Laboratory, case: Case) -> Ranked:
    """CSLS: cosine less half of the offer's closeness to its nearest reference needs.

    Conneau et al., Word Translation Without Parallel Data, https://arxiv.org/abs/1710.04087.
    """
    dense = case.judged.scored.ranked.dense - np.float32(0.5) * lab.hubs
    return lab.ranked(case, dense=np.asarray(dense, dtype=np.float32))


def two_passages(lab: Laboratory, case: Case) -> Ranked:
    """The better of the whole text and the description alone."""
    dense = case.judged.scored.ranked.dense
    return lab.ranked(case, dense=np.maximum(dense, lab.descriptions @ case.vector))


def pains_passage(lab: Laboratory, case: Case) -> Ranked:
    """The better of the whole text and the pains that the offer's scenarios typically answer."""
    dense = case.judged.scored.ranked.dense
    return lab.ranked(case, dense=np.maximum(dense, lab.pains @ case.vector))


def relevance_feedback(lab: Laboratory, case: Case) -> Ranked:
    """The need moved towards the first three offers (Rocchio without negatives)."""
    ranked, offers = case.judged.scored.ranked, _offers(case)
    first = np.argsort(-np.where(ranked.mask, ranked.final, -np.inf), kind="stable")
    moved = unit(case.vector + FEEDBACK_WEIGHT * offers[first[:FEEDBACK_OFFERS]].mean(axis=0))
    return lab.ranked(case, dense=offers @ moved)


def named_nodes(lab: Laboratory, case: Case) -> Ranked:
    """The names of the sector and the scenario that were read join the words for BM25."""
    scored = case.judged.scored
    trees = (lab.taxonomy.sectors, lab.taxonomy.scenarios)
    shown = (scored.understanding.sectors, scored.understanding.scenarios)
    names = [
        tree[found[0].code].name.zh
        for tree, found in zip(trees, shown, strict=True)
        if found and not found[0].given
    ]
    words = case.words
    tokens = (*words.tokens, *(token for name in names for token in lab.analyzer.tokens(name)))
    return lab.ranked(case, lexical=scored.snapshot.lexical(tokens, words.known))


def labels_as_nodes(lab: Laboratory, case: Case) -> Ranked:
    """Labels join no words."""
    return lab.ranked(
        case, lexical=case.judged.scored.snapshot.lexical(case.words.tokens, case.words.known)
    )


def labels_in_the_vector(lab: Laboratory, case: Case) -> Ranked:
    """Labels join the text that is encoded as well."""
    return lab.ranked(case, dense=np.asarray(_offers(case) @ case.worded, dtype=np.float32))


_NO_PROVIDERS = {"provider_own": 1.0, "provider_best": 0.0, "provider_further": 0.0}
REMOVED: dict[str, Variant] = {
    "dense": without_dense,
    "lexical": without_lexical,
    "sector": without(sector_given=0.0, sector_inferred=0.0),
    "scenario": without(scenario_given=0.0, scenario_inferred=0.0),
    "function": without(function=0.0),
    "provider aggregation": without(**_NO_PROVIDERS),
    "evidence": without(evidence=0.0),
    "limits in the words": without_limits,
    "centring of needs": raw_needs,
    "centring of offers": raw_offers,
    "reading: terms": read_by("no terms"),
    "reading: words": read_by("no words"),
    "reading: classifier": read_by("no classifier"),
    "reading: functions of scenarios": read_by("no functions"),
}
"""The ranking without one of its parts."""
TRIED: dict[str, Variant] = {
    "RRF of dense and lexical": reciprocal_ranks,
    "RRF of all five signals": reciprocal_ranks_of_all,
    "hard sector and scenario": hard_reading,
    "raw vectors, both sides": raw_both,
    "hub correction (CSLS)": hub_correction,
    "second passage: description": two_passages,
    "second passage: pains": pains_passage,
    "pseudo-relevance feedback": relevance_feedback,
    "names of nodes in BM25": named_nodes,
    "evidence 0.02": without(evidence=0.02),
    "limits as wishes only": limits_as_wishes,
    "labels as nodes only": labels_as_nodes,
    "labels in the vector too": labels_in_the_vector,
}
"""Alternatives to one of its parts."""


def reading_variants(
    taxonomy: Taxonomy, analyzer: Analyzer, generation: Generation
) -> dict[str, MeaningReader]:
    """Readers of needs: with all that they read by, and without one part of it."""
    constants, readers = generation.constants, generation.readers
    functions = FunctionReader(generation.functions, constants.function_reading)

    def lacking(**weights: float) -> Constants:
        return replace(
            constants,
            sector_reading=replace(constants.sector_reading, **weights),
            scenario_reading=replace(constants.scenario_reading, **weights),
        )

    def reader(constants: Constants, parts: dict[str, ReaderParts] = readers) -> MeaningReader:
        understander = Understander(taxonomy, parts, generation.unserved, constants)
        return MeaningReader(analyzer, understander, functions)

    silent = {
        facet: replace(
            parts,
            classifier=SilentClassifier(
                parts.classifier.codes, parts.classifier.weights, parts.classifier.prior
            ),
        )
        for facet, parts in readers.items()
    }
    return {
        "all": reader(constants),
        "no terms": reader(lacking(terms=0.0)),
        "no words": reader(lacking(words=0.0)),
        "no classifier": reader(constants, silent),
        "no functions": reader(replace(constants, scenario_functions=0.0)),
    }


def _offers(case: Case) -> Vectors:
    return case.judged.scored.snapshot.index.vectors


def _alike(case: Case, scores: Scores) -> Scores:
    """``scores`` with mean and spread of the centred ones, so that only their order differs."""
    usual = case.judged.scored.ranked.dense
    spread = scores.std() or 1.0
    return np.asarray((scores - scores.mean()) / spread * usual.std() + usual.mean(), np.float32)


def _reciprocal(*signals: Scores) -> Scores:
    """Reciprocal ranks added up, 1 for a row that is first everywhere."""
    total = np.zeros(len(signals[0]))
    for scores in signals:
        ranks = np.empty(len(scores))
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += (RRF_K + 1) / (RRF_K + ranks)
    return np.asarray(total / len(signals), dtype=np.float32)
