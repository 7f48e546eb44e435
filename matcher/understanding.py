"""What a need means: language, sectors and scenarios, each with the words it came from.

Labels that come with the need replace what is read from its words, so a caller can correct any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.config import Constants
from matcher.errors import InvalidNeed
from matcher.pains import balanced
from matcher.reading import NodeReader, Read, ReaderParts
from matcher.types import Understanding, Understood

Vectors = NDArray[np.float32]

DIVISION = 3
"""Length of the code of a division."""
_SHOWN = 3
_LEAST_SHOWN = 0.02
_OWN_GROUP = 0.5
"""From this share within its division on, the group is shown instead of the division."""
_OWN_GROUP_WITHOUT_WORDS = 0.8
_DIVISION_SHARE = 0.5
"""Of a division's weight half stays with it, half goes to its groups in proportion."""
_AS_WELL_MEANT = 0.6


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the ranking is given for one facet: weights of nodes.

    Read from words (``given`` is false) they are shares that sum to 1; of given labels each weight is
    the confidence of its resolution.
    """

    weights: Mapping[str, float]
    given: bool


class Understander:
    """Reads sectors and scenarios from a need, and resolves the labels that come with it."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        readers: Mapping[str, ReaderParts],
        constants: Constants,
    ):
        self._taxonomy = taxonomy
        self._sharpness = constants.posterior
        self._readers = {
            "sector": NodeReader(
                readers["sector"], taxonomy.sector_terms, constants.sector_reading, DIVISION
            ),
            "scenario": NodeReader(
                readers["scenario"], taxonomy.scenario_terms, constants.scenario_reading
            ),
        }

    def understand(
        self,
        text: str,
        lang: str,
        tokens: Sequence[str],
        vector: Vectors,
        sectors: Sequence[str] = (),
        scenarios: Sequence[str] = (),
        city: str | None = None,
    ) -> tuple[Understanding, Meaning, Meaning]:
        """The understanding of ``text``, and what its sectors and scenarios weigh in the ranking.

        ``tokens`` and ``vector`` (centred, unit) are those of the text alone.

        Raises:
            InvalidNeed: a given code does not exist or disagrees with the name beside it.
        """
        unresolved: list[str] = []
        for label in sectors:
            problem = self._taxonomy.sector_code_problem(label)
            if problem is not None:
                raise InvalidNeed(problem, field="sectors")
        for label in scenarios:
            problem = self._taxonomy.scenario_code_problem(label)
            if problem is not None:
                raise InvalidNeed(problem, field="scenarios")
        given_sectors = self._given(sectors, unresolved, "sector", city)
        given_scenarios = self._given(scenarios, unresolved, "scenario", city)
        read = self._readers["scenario"].read(text, tokens, vector, city)
        if given_scenarios:
            scenario_view, scenario = given_scenarios, _meant(given_scenarios)
        else:
            shares = balanced(_shares(read, self._sharpness), read.words, text)
            scenario = Meaning(shares, given=False)
            scenario_view = _shown(scenario.weights, read.words)
        if given_sectors:
            sector_view, sector = given_sectors, _meant(given_sectors)
        else:
            sector_view, sector = self._sectors(text, tokens, vector, city)
        understanding = Understanding(
            lang=lang,
            sectors=sector_view,
            scenarios=scenario_view,
            unresolved=tuple(unresolved),
            unserved=round(read.none, 4),
        )
        return understanding, sector, scenario

    def _sectors(
        self, text: str, tokens: Sequence[str], vector: Vectors, city: str | None
    ) -> tuple[tuple[Understood, ...], Meaning]:
        """Divisions by their scores, each with the group that stands out in it, if one does."""
        read = self._readers["sector"].read(text, tokens, vector, city)
        raised = (np.clip(read.scores, 0, None) ** self._sharpness).tolist()
        score_of = dict(zip(read.codes, raised, strict=True))
        divisions = {code: score_of[code] for code in read.codes if len(code) == DIVISION}
        below: dict[str, dict[str, float]] = {division: {} for division in divisions}
        for code, score in score_of.items():
            if len(code) > DIVISION:
                below[code[:DIVISION]][code] = score
        total = sum(divisions.values()) or 1.0
        weights: dict[str, float] = {}
        shown: dict[str, float] = {}
        for division, value in divisions.items():
            share = value / total
            groups = below[division]
            inside = sum(groups.values()) or 1.0
            weights[division] = share * _DIVISION_SHARE
            for code, one in groups.items():
                weights[code] = share * (1 - _DIVISION_SHARE) * one / inside
            best = max(groups, key=lambda code: groups[code])
            own = groups[best] / inside
            told = own >= (_OWN_GROUP if best in read.words else _OWN_GROUP_WITHOUT_WORDS)
            shown[best if told else division] = share
        return _shown(shown, read.words), Meaning(weights, given=False)

    def _given(
        self, labels: Sequence[str], unresolved: list[str], facet: str, city: str | None
    ) -> tuple[Understood, ...]:
        found: dict[str, Understood] = {}
        for label in labels:
            nodes = (
                self._taxonomy.resolve_sector(label, city)
                if facet == "sector"
                else self._taxonomy.resolve_scenario(label, city=city)
            )
            if not nodes:
                unresolved.append(label)
            for node in nodes:
                if node.confidence < _AS_WELL_MEANT * nodes[0].confidence:
                    continue
                one = Understood(node.code, node.confidence, label, True)
                if node.code not in found or found[node.code].confidence < one.confidence:
                    found[node.code] = one
        return tuple(sorted(found.values(), key=lambda one: (-one.confidence, one.code)))


def _meant(given: Sequence[Understood]) -> Meaning:
    return Meaning({one.code: one.confidence for one in given}, given=True)


def _shares(read: Read, sharpness: float) -> dict[str, float]:
    raised = np.clip(read.scores, 0, None) ** sharpness
    total = raised.sum() or 1.0
    return {code: float(one / total) for code, one in zip(read.codes, raised, strict=True)}


def _shown(shares: Mapping[str, float], words: Mapping[str, str]) -> tuple[Understood, ...]:
    order = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    return tuple(
        Understood(code, round(share, 4), words.get(code, ""), False)
        for code, share in order
        if share >= _LEAST_SHOWN
    )
