"""What a need means: language, sectors and scenarios, each with the words it came from.

Labels that come with the need replace what is read from its words, so a caller can correct any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from catalog.wording import units
from matcher.config import Constants
from matcher.errors import InvalidNeed
from matcher.types import Understanding, Understood
from matcher.understanding.glossary import NeedWords
from matcher.understanding.pains import balanced, each_told, spread
from matcher.understanding.reading import LONGEST_TEXT, NodeReader, Read, ReaderParts
from matcher.understanding.told import LEAST_TOLD, evidence_of, told
from matcher.understanding.unserved import UnservedReader

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
_SURELY_UNSERVED = 0.9
_NAMED = 0.3
"""A need that names a digital system (need a WMS for 50k) reads no more unserved than this.

Unless it surely is: one sells old scanners. Agreed, not fitted; measured in decision 0018.
"""
_NAMED_SHARE = 0.3
"""What the scenarios of a named system get of the whole; of 0.3 and 0.5 the better (docs/relevance.md)."""
_NEXT_CODE = 0.6
"""Each further scenario of a system gets this part of the one before (ERP: finance, stock, planning)."""
_AS_WELL_MEANT = 0.6
"""A label also means nodes from this part of the surest one's confidence on; agreed, not fitted."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the ranking is given for one facet: weights of nodes.

    Read from words (``given`` is false) they are shares that sum to 1, in single precision; of given
    labels each weight is the confidence of its resolution.
    """

    weights: Mapping[str, float]
    given: bool


class DivisionTree:
    """Places of divisions and groups among the codes of a reader, ``division_of[g]`` for group ``g``.

    ``order`` puts divisions and then groups into the order of ``codes``: each division before its own.
    """

    def __init__(self, codes: Sequence[str]):
        self.divisions = np.array(
            [at for at, code in enumerate(codes) if len(code) == DIVISION], int
        )
        self.groups = np.array([at for at, code in enumerate(codes) if len(code) > DIVISION], int)
        place = {codes[at]: number for number, at in enumerate(self.divisions)}
        self.division_of = np.array([place[codes[at][:DIVISION]] for at in self.groups], int)
        belongs = np.concatenate([np.arange(len(self.divisions)), self.division_of])
        self.order = np.argsort(belongs, kind="stable")
        both = np.concatenate([self.divisions, self.groups])[self.order]
        self.codes = tuple(codes[at] for at in both)


class Understander:
    """Reads sectors and scenarios from a need, and resolves the labels that come with it."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        readers: Mapping[str, ReaderParts],
        unserved: UnservedReader,
        constants: Constants,
    ):
        self._taxonomy = taxonomy
        self._unserved = unserved
        self._sharpness = constants.posterior
        self._functions = constants.scenario_functions
        self._readers = {
            "sector": NodeReader(
                readers["sector"], taxonomy.sector_terms, constants.sector_reading, DIVISION
            ),
            "scenario": NodeReader(
                readers["scenario"], taxonomy.scenario_terms, constants.scenario_reading
            ),
        }
        self._tree = DivisionTree(self._readers["sector"].codes)
        self._systems = {
            units(term.text): term.codes
            for term in taxonomy.scenario_terms
            if term.source == "system"
        }
        terms = (*taxonomy.sector_terms, *taxonomy.scenario_terms)
        self._cities = frozenset(term.city for term in terms) - {None}

    @property
    def codes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sectors and the scenarios of which `read` gives shares, in their order."""
        return self._tree.codes, self._readers["scenario"].codes

    def read(
        self,
        text: str,
        lang: str,
        words: NeedWords,
        vector: Vectors,
        functions: Mapping[str, float],
        city: str | None = None,
        parts: Sequence[str] = (),
        said: Vectors | None = None,
    ) -> tuple[Understanding, Meaning, Meaning]:
        """The understanding of ``text``, and what its sectors and scenarios weigh in the ranking.

        ``words`` and ``vector`` (centred, unit) are those of the text alone; ``functions`` tells what part
        of the functions that it asks for lies below each scenario. ``said[p]`` are the scores of the
        scenarios by the words of ``parts[p]``, where it has `matcher.understanding.pains.parts`.
        """
        stream = units(text[:LONGEST_TEXT])
        read = self._readers["scenario"].read(text, words.tokens, vector, city, stream)
        shares, part = _shares(read, self._sharpness), self._functions
        named = self._named(read, lang)
        shares = {
            code: (1 - part) * one + part * functions.get(code, 0.0) for code, one in shares.items()
        }
        pains = _pains(text, parts, said, shares)
        shares = balanced(shares, tuple(pains) or spread(text, read.words, shares))
        if named:
            shares = {
                code: (1 - _NAMED_SHARE) * one + _NAMED_SHARE * named.get(code, 0.0)
                for code, one in shares.items()
            }
        sector_view, sector = self._sectors(text, stream, words, vector, city)
        understanding = Understanding(
            lang=lang,
            sectors=sector_view,
            scenarios=_shown(shares, {**pains, **read.words}),
            unserved=round(self._unserved_of(vector, bool(named)), 4),
            pains=tuple(pains),
        )
        return understanding, sector, Meaning(_single(shares), given=False)

    def corrected(
        self,
        understanding: Understanding,
        sectors: Meaning,
        scenarios: Meaning,
        given_sectors: Sequence[str] = (),
        given_scenarios: Sequence[str] = (),
        city: str | None = None,
    ) -> tuple[Understanding, Meaning, Meaning]:
        """What was read of a need's words, with the labels that came with it in the place of guesses.

        Raises:
            InvalidNeed: a given code does not exist or disagrees with the name beside it.
        """
        for label in given_sectors:
            problem = self._taxonomy.sector_code_problem(label)
            if problem is not None:
                raise InvalidNeed(problem, field="sectors")
        for label in given_scenarios:
            problem = self._taxonomy.scenario_code_problem(label)
            if problem is not None:
                raise InvalidNeed(problem, field="scenarios")
        unresolved: list[str] = []
        if known := self._given(given_sectors, unresolved, "sector", city):
            understanding, sectors = replace(understanding, sectors=known), _meant(known)
        if known := self._given(given_scenarios, unresolved, "scenario", city):
            understanding, scenarios = (
                replace(understanding, scenarios=known, pains=()),
                _meant(known),
            )
        if unresolved:
            understanding = replace(understanding, unresolved=tuple(unresolved))
        return understanding, sectors, scenarios

    def evidence(self, text: str, words: NeedWords, vector: Vectors) -> dict[str, float]:
        """What speaks for a trade told in ``text`` (see `read`), by name."""
        stream = units(text[:LONGEST_TEXT])
        read = self._readers["sector"].read(text, words.tokens, vector, None, stream, words.gloss)
        return evidence_of(read, text, stream, DIVISION)

    def said(self, text: str, tokens: Sequence[str], city: str | None = None) -> Vectors:
        """The scores of the scenarios, in the order of `codes`, by the words of ``text`` alone."""
        return self._readers["scenario"].said(text, tokens, city)

    def has_words_of(self, city: str | None) -> bool:
        """Whether ``city`` has words of its own: what a text means there is not what it means elsewhere."""
        return city in self._cities

    def _named(self, read: Read, lang: str) -> dict[str, float]:
        """The scenarios of the digital systems that a need names, as shares; empty when it names none."""
        said = {units(one) for one in read.words.values()} & self._systems.keys()
        if lang == "es":  # a month
            said.discard(("mes",))
        weights: dict[str, float] = {}
        for one in sorted(said):
            for place, code in enumerate(self._systems[one]):
                weights[code] = max(weights.get(code, 0.0), _NEXT_CODE**place)
        total = sum(weights.values())
        return {code: weight / total for code, weight in weights.items()}

    def _unserved_of(self, vector: Vectors, names_a_system: bool) -> float:
        """How much a need reads like one that nothing serves, 0-1."""
        unserved = self._unserved.read(vector)
        if names_a_system and _NAMED < unserved < _SURELY_UNSERVED:
            return _NAMED
        return unserved

    def _sectors(
        self,
        text: str,
        stream: tuple[str, ...],
        words: NeedWords,
        vector: Vectors,
        city: str | None,
    ) -> tuple[tuple[Understood, ...], Meaning]:
        """Divisions by their scores, each with the group that stands out in it, if one does.

        What is shown is as sure as a trade is told at all, and has no words where probably none is.
        """
        read = self._readers["sector"].read(text, words.tokens, vector, city, stream, words.gloss)
        likely = told(read, text, stream, DIVISION)
        tree = self._tree
        raised = (np.clip(read.scores, 0, None) ** self._sharpness).astype(np.float64)
        groups = raised[tree.groups]
        # Added up one after the other, in the order of the codes.
        total = sum(raised[tree.divisions].tolist()) or 1.0
        inside = np.bincount(tree.division_of, groups, len(tree.divisions))
        inside[inside == 0.0] = 1.0
        shares = raised[tree.divisions] / total
        of_groups = shares[tree.division_of] * (1 - _DIVISION_SHARE) * groups
        of_groups /= inside[tree.division_of]
        weights = np.concatenate([shares * _DIVISION_SHARE, of_groups])[tree.order]
        shown: dict[str, float] = {}
        for at in np.flatnonzero(shares >= _LEAST_SHOWN):
            within = np.flatnonzero(tree.division_of == at)
            first = within[groups[within].argmax()]
            best = read.codes[tree.groups[first]]
            least = _OWN_GROUP if best in read.words else _OWN_GROUP_WITHOUT_WORDS
            own = groups[first] / inside[at] >= least
            shown[best if own else read.codes[tree.divisions[at]]] = float(shares[at])
        meaning = Meaning(
            dict(zip(tree.codes, weights.astype(np.float32).tolist(), strict=True)), given=False
        )
        said = {code: words.behind(term) for code, term in read.words.items()}
        sure = {code: share * likely for code, share in shown.items()}
        return _shown(sure, said if likely >= LEAST_TOLD else {}), meaning

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


def _pains(
    text: str, parts: Sequence[str], said: Vectors | None, shares: Mapping[str, float]
) -> dict[str, str]:
    """The scenarios that ``text`` tells as pains of their own, each with the part that tells it."""
    if said is None:
        return {}
    codes = tuple(shares)
    found = each_told(text, said, np.array(list(shares.values()), dtype=np.float32))
    return {codes[node]: parts[part] for node, part in found.items()}


def _meant(given: Sequence[Understood]) -> Meaning:
    return Meaning({one.code: one.confidence for one in given}, given=True)


def _single(shares: Mapping[str, float]) -> dict[str, float]:
    """``shares`` in single precision, as they are kept and compared."""
    return dict(zip(shares, np.array(list(shares.values()), np.float32).tolist(), strict=True))


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
