"""Which nodes of one facet a need means: three readings of its words, added up.

1. A linear classifier over the need's centred vector, fitted by ridge regression to shipped example
   sentences, softmaxed; one of its classes may be `NONE`, what no digital offer serves: it takes its
   share from the others (how surely a need is of it tells `matcher.understanding.unserved`).
2. BM25 of the need's words against what is known of each node: its terms and example sentences.
3. Terms of the taxonomy found in the words, longest first, each stretch of text used once.

Weights are fitted on development judgments (`data/constants.json`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.resolve import Term
from catalog.taxonomy import ROOT
from catalog.wording import units
from matcher.config import ReadingWeights
from matcher.index.analyzer import Analyzer
from matcher.index.lexical import LexicalIndex
from matcher.shipped import shipped_rows
from matcher.understanding.machines import as_used
from matcher.understanding.terms import finder_of, length_weight

NONE = "NONE"
"""Class of the needs that no digital offer serves."""
_SECOND_CODE = 0.4
_NEXT_CODE = 0.6
"""Share of a term's weight that each further code of it gets."""
_WEAK = 0.5
_TERMS = 0.5
"""What terms count beside the other words of a part of a need, which is read by its words alone."""
_LATER = 0.3
"""What a term of a sector counts after the first clause; fitted on the tuning part.

People begin with their own trade, and go on to machines, materials and customers, which are the trades
of others. A later clause that tells a trade and nothing else (…，做月饼的) counts in full as well.
"""
_FIRM_WORDS = """
    we are i am a an the make makes maker making factory plant company shop mill works small family workshop
    manufacturer of in ppl people workers employees staff somos una un fábrica fabrica taller empresa de
    hacemos personas gente trabajadores empleados
"""
_FIRM = frozenset("我们咱俺是做搞开办的厂家公司企业工坊行业加制造生产小老民营一间个人来号多")
_FIRM |= frozenset(_FIRM_WORDS.split())
"""Words that such a clause may have beside the trade, and figures."""
_CLAUSE_END = re.compile(r"[,，。;；:：!！?？\n]|\.(?![a-z\d])")
LONGEST_TEXT = 2_000
"""Characters that are read: of a longer text only the beginning."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence as an owner says it, with the nodes it means, the main one first."""

    text: str
    lang: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Linear scores of the classes: ``vector @ weights + prior``. ``weights`` is (dimension, classes)."""

    codes: tuple[str, ...]
    weights: Vectors
    prior: Vectors

    def probabilities(self, vector: Vectors, sharpness: float) -> Vectors:
        """Softmaxed scores of one centred need vector, shape ``(classes,)``."""
        scores = sharpness * (vector @ self.weights + self.prior)
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ReaderParts:
    """What a reader is built from: kept in the generation. ``index`` has one row a class."""

    classifier: Classifier
    index: LexicalIndex


@dataclass(frozen=True, slots=True)
class Read:
    """What one need means in one facet: ``scores[i]`` (0 and more) belongs to ``codes[i]``.

    ``words`` are the words that speak for a node, ``found`` all terms that were found but for idle ones, with
    the words as they stand there, and ``strongest`` (0-1) how strongly they speak for one node.
    """

    codes: tuple[str, ...]
    scores: Vectors
    words: dict[str, str]
    found: tuple[tuple[str, Term], ...] = ()
    strongest: float = 0.0


@dataclass(slots=True)
class _Spoken:
    """How strongly terms speak for each node (0-1), which, and the words that speak loudest.

    ``idle`` words name what is found in every trade.
    """

    strengths: NDArray[np.float64]
    words: dict[str, str]
    idle: set[str]
    found: list[tuple[str, Term]]


class NodeReader:
    """Reads the nodes of one facet.

    With ``parents`` (length of a parent's code) the nodes above the classes are read as well: a
    parent has the sum of the probabilities below it, the best word score, and its own terms. These
    nodes are trades: the first clause tells one's own.
    """

    def __init__(
        self,
        parts: ReaderParts,
        terms: Sequence[Term],
        weights: ReadingWeights,
        parents: int | None = None,
    ):
        classifier = parts.classifier
        self._classifier = classifier
        self._index = parts.index
        self._finder = finder_of(tuple(term for term in terms if term.codes != (ROOT,)))
        self._weights = weights
        classes = [code for code in classifier.codes if code != NONE]
        self._columns = np.array([classifier.codes.index(code) for code in classes], dtype=np.int64)
        above = sorted({code[:parents] for code in classes}) if parents else []
        self._below = _families(classes, above)
        self._codes = tuple(classes + above)
        self._places = {code: place for place, code in enumerate(self._codes)}
        self._lengths = sorted({len(code) for code in self._codes}, reverse=True)
        self._above = len(above)
        self._spoken: dict[Term, tuple[tuple[int, str, float], ...]] = {}

    @property
    def codes(self) -> tuple[str, ...]:
        """The nodes that are read, as in `Read`."""
        return self._codes

    def read(
        self,
        text: str,
        tokens: Sequence[str],
        vector: Vectors,
        city: str | None = None,
        stream: tuple[str, ...] | None = None,
        gloss: str = "",
    ) -> Read:
        """What ``text`` means (in ``city``), given its tokens and its centred vector.

        ``stream`` are the `units` of its beginning, where they are known already; terms are also looked
        for in ``gloss``, its words in Chinese.
        """
        probabilities = self._classifier.probabilities(vector, self._weights.sharpness)
        classes = probabilities[self._columns]
        text = text[:LONGEST_TEXT]
        spoken = self._terms(text, units(text) if stream is None else stream, city)
        if gloss:
            more = self._terms(gloss, units(gloss), city, text)
            spoken = _Spoken(
                np.maximum(spoken.strengths, more.strengths),
                {**more.words, **spoken.words},
                spoken.idle | more.idle,
                spoken.found + more.found,
            )
        words = [token for token in tokens if len(token) > 1]
        if spoken.idle:
            words = [token for token in words if not any(token in one for one in spoken.idle)]
        bound = self._index.bound(words)
        lexical = self._index.scores(words) / bound if bound else np.zeros(self._index.size)
        if self._below:
            classes = np.concatenate([classes, np.empty(self._above, classes.dtype)])
            lexical = np.concatenate([lexical, np.empty(self._above, lexical.dtype)])
            for parents, rows in self._below:
                classes[parents] = classes[rows].sum(axis=1)
                lexical[parents] = lexical[rows].max(axis=1)
        scores = classes + self._weights.words * lexical + self._weights.terms * spoken.strengths
        return Read(
            self._codes,
            np.asarray(scores, dtype=np.float32),
            spoken.words,
            tuple(spoken.found),
            float(spoken.strengths.max(initial=0.0)),
        )

    def said(self, text: str, tokens: Sequence[str], city: str | None = None) -> Vectors:
        """A score of each node by the words of ``text`` alone: its terms (half) and its other words."""
        terms = self._terms(text, units(text), city).strengths
        words = [token for token in tokens if len(token) > 1]
        bound = self._index.bound(words)
        lexical = self._index.scores(words) / bound if bound else np.zeros(self._index.size)
        return np.asarray(lexical + _TERMS * terms, dtype=np.float32)

    def _terms(
        self, text: str, stream: tuple[str, ...], city: str | None, gloss_of: str = ""
    ) -> _Spoken:
        """What the terms in ``text`` speak for; it may be the gloss of another one."""
        strengths = [0.0] * len(self._codes)
        loudest: dict[str, tuple[float, str]] = {}
        idle: set[str] = set()
        found: list[tuple[str, Term]] = []
        placed = self._finder.placed(text, stream, city)
        own = _own_places(text, stream, placed) if self._below else ()
        for start, wording, term in placed:
            if self._below:
                term = as_used(term, gloss_of or text, bool(gloss_of))
                if not term.codes:
                    idle.add(wording.replace(" ", ""))
                    continue
            found.append((wording, term))
            for at, node, share in self._speaks_for(wording, term):
                share *= 1.0 if not self._below or start in own else _LATER
                strengths[at] = 1 - (1 - strengths[at]) * (1 - share)
                if share > loudest.get(node, (0.0, ""))[0]:
                    loudest[node] = (share, wording)
        words = {node: one for node, (_, one) in loudest.items()}
        return _Spoken(np.array(strengths), words, idle, found)

    def _speaks_for(self, wording: str, term: Term) -> tuple[tuple[int, str, float], ...]:
        """The nodes that ``term`` speaks for: place, code, and how loudly (0-1)."""
        known = self._spoken.get(term)
        if known is None:
            strength = term.weight * length_weight(wording) * (_WEAK if term.weak else 1.0)
            known = self._spoken[term] = tuple(
                (self._places[node], node, strength * _NEXT_CODE**place)
                for place, code in enumerate(term.codes)
                for node in sorted({code[:length] for length in self._lengths})
                if node in self._places
            )
        return known


@cache
def shipped_examples(facet: str) -> tuple[Example, ...]:
    """The example sentences of ``facet`` (sector or scenario)."""
    return tuple(
        Example(row["text"], row["lang"], tuple(row["codes"].split(";")))
        for row in shipped_rows(f"{facet}_examples.csv")
    )


def fit_classifier(
    examples: Sequence[Example],
    vectors: Vectors,
    ridge: float,
    classes: Sequence[str] | None = None,
) -> Classifier:
    """Ridge regression of class indicators on centred vectors, classes weighted by 1/sqrt(size).

    ``vectors[i]`` belongs to ``examples[i]``; ``classes`` when they are not those of the examples. Closed
    form: (X'WX + ridge I)^-1 X'W (Y - mean Y).
    """
    codes = tuple(classes or sorted({code for example in examples for code in example.codes}))
    places = {code: place for place, code in enumerate(codes)}
    targets = np.zeros((len(examples), len(codes)))
    for row, example in enumerate(examples):
        for place, code in enumerate(example.codes):
            targets[row, places[code]] = 1.0 if place == 0 else _SECOND_CODE
    sizes = targets.sum(axis=0)
    weights = 1.0 / np.sqrt(sizes[targets.argmax(axis=1)])
    weights /= weights.mean()
    prior = targets.mean(axis=0)
    weighted = vectors * weights[:, None]
    left = vectors.T @ weighted + ridge * np.eye(vectors.shape[1])
    solution = np.linalg.solve(left, weighted.T @ (targets - prior))
    return Classifier(codes, solution.astype(np.float32), prior.astype(np.float32))


def node_index(
    codes: Sequence[str], examples: Iterable[Example], terms: Iterable[Term], analyzer: Analyzer
) -> LexicalIndex:
    """BM25 over one document a node: the words of its terms and examples. `NONE` has no document."""
    # A copy, so that the full table that is made of it goes with its reader.
    return copy(_node_index(tuple(codes), tuple(examples), tuple(terms), analyzer))


@lru_cache(maxsize=4)
def _node_index(
    codes: tuple[str, ...],
    examples: tuple[Example, ...],
    terms: tuple[Term, ...],
    analyzer: Analyzer,
) -> LexicalIndex:
    """Kept for the next build of the process: nothing of it depends on the catalogue."""
    documents: dict[str, list[str]] = {code: [] for code in codes if code != NONE}
    for text, named in [(e.text, e.codes) for e in examples] + [(t.text, t.codes) for t in terms]:
        for code in (named[0], named[0][:4]):
            if code in documents:
                documents[code] += [token for token in analyzer.tokens(text) if len(token) > 1]
                break
    return LexicalIndex.build(list(documents.values()))


def _families(
    classes: Sequence[str], above: Sequence[str]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The parents with equally many classes below them, by place, and the places of these classes.

    Sums over rows of one length are those of each row alone, to the last bit.
    """
    by_size: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for place, parent in enumerate(above, start=len(classes)):
        rows = [at for at, code in enumerate(classes) if code.startswith(parent)]
        by_size[len(rows)].append((place, rows))
    return [
        (np.array([place for place, _ in family]), np.array([rows for _, rows in family]))
        for family in by_size.values()
    ]


def is_of_a_firm(unit: str) -> bool:
    """Whether ``unit`` may stand beside a trade where nothing else is told: 我们, 厂, a figure."""
    return unit in _FIRM or unit.isdigit()


def _own_places(
    text: str, stream: tuple[str, ...], placed: Sequence[tuple[int, str, Term]]
) -> set[int]:
    """The places in ``stream`` where a trade is one's own: the first clause, and those that tell no more.

    One between others may be a thing in a list, unless it has words of a firm.
    """
    told = {at for start, wording, _ in placed for at in range(start, start + len(units(wording)))}
    own: set[int] = set()
    start = 0
    for clause in _CLAUSE_END.split(text):
        # A unit may hold the end of a clause (Z.B): its halves are then more than it.
        places = range(start, min(start + len(units(clause)), len(stream)))
        beside = [stream[at] for at in places if at not in told]
        alone = all(is_of_a_firm(unit) for unit in beside)
        if not start or (alone and (beside or places.stop == len(stream))):
            own.update(places)
        start = places.stop
    return own
