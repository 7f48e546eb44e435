"""What a need means: language, sectors and scenarios, each with the words it came from.

Two readings are combined: the terms of the taxonomy found in the words (longest first, each stretch
of text used once), and the likeness of the need's vector to the vectors of the nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.resolve import Term
from catalog.taxonomy import ROOT, Taxonomy
from catalog.wording import HAN, units
from matcher.errors import InvalidNeed
from matcher.types import Understanding, Understood

Vectors = NDArray[np.float32]

_NEXT_CODE = 0.6
"""Share of a term's weight that its second and third code get."""
_SHORT = {1: 0.0, 2: 0.6, 3: 0.85}
"""A two-character word may be found by accident; from four characters on a term counts in full."""
_TERM_SHARE = 0.6
_LIKENESS_SCALE = 0.45
"""Centred cosine at which a node's likeness counts in full."""
_FLOOR = 0.12
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class NodeVectors:
    """Unit vectors of taxonomy nodes, centred: ``vectors[i]`` belongs to ``codes[i]``."""

    codes: tuple[str, ...]
    vectors: Vectors


class TermFinder:
    """Finds the terms of one facet in running text."""

    def __init__(self, terms: Sequence[Term]):
        self._terms: dict[tuple[str, ...], list[Term]] = defaultdict(list)
        for term in terms:
            form = units(term.text)
            if form:
                self._terms[form].append(term)
        self._longest = min(max(map(len, self._terms), default=0), 12)

    def find(self, text: str) -> list[tuple[str, Term]]:
        """Terms in ``text`` with the words as they stand there, longest first, none overlapping."""
        stream = units(text)
        used = [False] * len(stream)
        found = []
        for size in range(self._longest, 0, -1):
            for start in range(len(stream) - size + 1):
                stop = start + size
                if any(used[start:stop]):
                    continue
                terms = self._terms.get(stream[start:stop])
                if terms:
                    used[start:stop] = [True] * size
                    words = _words(stream[start:stop])
                    found += [(words, term) for term in terms]
        return found


class Understander:
    """Reads sectors and scenarios from a need, and resolves the labels that come with it."""

    def __init__(self, taxonomy: Taxonomy, sectors: NodeVectors, scenarios: NodeVectors):
        self._taxonomy = taxonomy
        self._nodes = {"sector": sectors, "scenario": scenarios}
        self._finders = {
            "sector": TermFinder([t for t in taxonomy.sector_terms if t.codes != (ROOT,)]),
            "scenario": TermFinder(taxonomy.scenario_terms),
        }

    def understand(
        self,
        text: str,
        lang: str,
        vector: Vectors,
        sectors: Sequence[str] = (),
        scenarios: Sequence[str] = (),
        city: str | None = None,
    ) -> Understanding:
        """The understanding of ``text`` with its centred vector; given labels replace the reading.

        Raises:
            InvalidNeed: a given code does not exist or disagrees with the name beside it.
        """
        unresolved: list[str] = []
        for label in sectors:
            problem = self._taxonomy.sector_code_problem(label)
            if problem is not None:
                raise InvalidNeed(problem, field="sectors")
        given_sectors = self._given(sectors, unresolved, "sector", city)
        given_scenarios = self._given(scenarios, unresolved, "scenario", city)
        return Understanding(
            lang=lang,
            sectors=given_sectors or self._read("sector", text, vector),
            scenarios=given_scenarios or self._read("scenario", text, vector),
            unresolved=tuple(unresolved),
        )

    def _given(
        self, labels: Sequence[str], unresolved: list[str], facet: str, city: str | None
    ) -> tuple[Understood, ...]:
        found: dict[str, Understood] = {}
        for label in labels:
            nodes = (
                self._taxonomy.resolve_sector(label, city)
                if facet == "sector"
                else self._taxonomy.resolve_scenario(label)
            )
            if not nodes:
                unresolved.append(label)
            for node in nodes:
                if node.confidence < 0.6 * nodes[0].confidence:
                    continue
                one = Understood(node.code, node.confidence, label, True)
                if node.code not in found or found[node.code].confidence < one.confidence:
                    found[node.code] = one
        return tuple(sorted(found.values(), key=lambda one: (-one.confidence, one.code)))

    def _read(self, facet: str, text: str, vector: Vectors) -> tuple[Understood, ...]:
        weights: dict[str, float] = defaultdict(float)
        words: dict[str, tuple[float, str]] = {}
        for wording, term in self._finders[facet].find(text):
            strength = term.weight * _length_weight(wording)
            for place, code in enumerate(term.codes):
                share = strength * _NEXT_CODE**place
                weights[code] = 1 - (1 - weights[code]) * (1 - share)
                if code not in words or share > words[code][0]:
                    words[code] = (share, wording)
        nodes = self._nodes[facet]
        likeness = np.clip(nodes.vectors @ vector / _LIKENESS_SCALE, 0.0, 1.0)
        scores = {
            code: (1 - _TERM_SHARE) * float(like)
            for code, like in zip(nodes.codes, likeness, strict=True)
        }
        for code, weight in weights.items():
            scores[code] = scores.get(code, 0.0) + _TERM_SHARE * weight
        order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
        return tuple(
            Understood(code, round(score, 4), words.get(code, (0.0, ""))[1], False)
            for code, score in order
            if score >= _FLOOR
        )


def node_texts(taxonomy: Taxonomy) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of the sector nodes (divisions and groups) and of the 23 scenarios, to be embedded.

    A node is described by its names and by the words that people use for it.
    """
    sectors = {
        node.code: _described(node.name.zh, node.code, taxonomy.sector_terms)
        for node in taxonomy.sectors
        if node.level in ("division", "group")
    }
    scenarios = {
        node.code: _described(node.name.zh, node.code, taxonomy.scenario_terms)
        for node in taxonomy.scenarios
        if node.code.startswith("S") and node.level != "family"
    }
    return sectors, scenarios


def _described(name: str, code: str, terms: Sequence[Term]) -> str:
    words = [term.text for term in terms if term.codes[0] == code and HAN.search(term.text)]
    spread = words[:: max(1, len(words) // 24)][:24]
    return "、".join(dict.fromkeys([name, *spread]))


def _length_weight(wording: str) -> float:
    length = sum(1 if HAN.match(character) else 0.5 for character in wording.replace(" ", ""))
    return _SHORT.get(int(length), 1.0)


def _words(form: tuple[str, ...]) -> str:
    return "".join(unit if HAN.match(unit) else f" {unit} " for unit in form).strip()
