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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from catalog.resolve import Term
from catalog.taxonomy import ROOT
from catalog.wording import HAN, units
from matcher.config import ReadingWeights
from matcher.index.analyzer import Analyzer
from matcher.index.lexical import LexicalIndex
from matcher.shipped import shipped_rows

NONE = "NONE"
"""Class of the needs that no digital offer serves."""
_SECOND_CODE = 0.4
_NEXT_CODE = 0.6
"""Share of a term's weight that each further code of it gets."""
_LONGEST_TERM = 12
"""Units of the longest term that is looked for."""
_WEAK = 0.5
_SHORT = {1: 0.0, 2: 0.6, 3: 0.85}
"""A two-character word may be found by accident; from four characters on a term counts in full."""
_LATER = 0.3
"""What a term of a sector counts after the first clause; fitted on the tuning part.

People begin with their own trade, and go on to machines, materials and customers, which are the trades
of others.
"""
_MADE = (
    r"(?:(?:做|造|产|研发|卖|销售|出口|组装)[^,，。;；]{0,6}"
    r"|\b(?:we|i) (?:make|build|sell|design|produce|export|assemble)[^,.;]{0,16}"
    r"|\b(?:mak(?:er|ing)|manufactur\w+|build\w+|export\w*)(?: of)? "
    r"|\b(?:fabric|export|constru|diseñ|ensambl)\w+ |\b(?:hac|vend|produc)emos )"
)
_MAKERS = (
    r"(?:厂家|制造|整机|主机|配件|行业|企业|生产|研发|出口"
    r"| (?:manufactur|mak(?:er|ing)|factory|build))"
)
"""What tells, before and after a machine's name, that it is made and not used."""
_CLAUSE_END = re.compile(r"[,，。;；:：!！?？\n]|\.(?!\d)")
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

    ``words`` are the words that speak for a node.
    """

    codes: tuple[str, ...]
    scores: Vectors
    words: dict[str, str]


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
        self._finder = TermFinder([term for term in terms if term.codes != (ROOT,)])
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
        words = [token for token in tokens if len(token) > 1]
        bound = self._index.bound(words)
        lexical = self._index.scores(words) / bound if bound else np.zeros(self._index.size)
        if self._below:
            classes = np.concatenate([classes, np.empty(self._above, classes.dtype)])
            lexical = np.concatenate([lexical, np.empty(self._above, lexical.dtype)])
            for parents, rows in self._below:
                classes[parents] = classes[rows].sum(axis=1)
                lexical[parents] = lexical[rows].max(axis=1)
        text = text[:LONGEST_TEXT]
        terms, spoken = self._terms(text, units(text) if stream is None else stream, city)
        if gloss:
            glossed, said = self._terms(gloss, units(gloss), city)
            terms, spoken = np.maximum(terms, glossed), {**said, **spoken}
        scores = classes + self._weights.words * lexical + self._weights.terms * terms
        return Read(self._codes, np.asarray(scores, dtype=np.float32), spoken)

    def _terms(
        self, text: str, stream: tuple[str, ...], city: str | None
    ) -> tuple[NDArray[np.float64], dict[str, str]]:
        """How strongly terms speak for each node (0-1), and the words that speak loudest."""
        strengths = [0.0] * len(self._codes)
        loudest: dict[str, tuple[float, str]] = {}
        own = _first_clause(text) if self._below else len(stream)
        for start, wording, term in self._finder.placed(text, stream, city):
            if self._below:
                term = as_used(term, text)
            for at, node, share in self._speaks_for(wording, term):
                share *= 1.0 if start < own else _LATER
                strengths[at] = 1 - (1 - strengths[at]) * (1 - share)
                if share > loudest.get(node, (0.0, ""))[0]:
                    loudest[node] = (share, wording)
        return np.array(strengths), {node: wording for node, (_, wording) in loudest.items()}

    def _speaks_for(self, wording: str, term: Term) -> tuple[tuple[int, str, float], ...]:
        """The nodes that ``term`` speaks for: place, code, and how loudly (0-1)."""
        known = self._spoken.get(term)
        if known is None:
            strength = term.weight * _length_weight(wording) * (_WEAK if term.weak else 1.0)
            known = self._spoken[term] = tuple(
                (self._places[node], node, strength * _NEXT_CODE**place)
                for place, code in enumerate(term.codes)
                for node in sorted({code[:length] for length in self._lengths})
                if node in self._places
            )
        return known


class TermFinder:
    """Finds the terms of one facet in running text."""

    def __init__(self, terms: Sequence[Term]):
        self._terms: dict[tuple[str, ...], list[Term]] = defaultdict(list)
        for term in terms:
            form = units(term.text)
            if form:
                self._terms[form].append(term)
        # Most places of a text begin no term at all: its first two units tell.
        self._sizes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for form in sorted(self._terms, key=len):
            if len(form) <= _LONGEST_TERM:
                self._sizes[form[:2]].append(len(form))

    def find(self, text: str, city: str | None = None) -> list[tuple[str, Term]]:
        """Terms in ``text`` with the words as they stand there, longest first, none overlapping.

        Where ``city`` has a term of its own for the same words, everybody's are not meant.
        """
        return [(words, term) for _, words, term in self.placed(text, units(text), city)]

    def placed(
        self, text: str, stream: tuple[str, ...], city: str | None = None
    ) -> list[tuple[int, str, Term]]:
        """`find` with the place in ``stream``, the `units` of ``text``, where each term begins."""
        used = [False] * len(stream)
        found = []
        for longest, start in sorted(self._places(stream)):
            form = stream[start : start - longest]
            if True in used[start : start - longest]:
                continue
            terms = _spoken_in(city, self._terms[form])
            if not terms or any(p in text for term in terms for p in term.unless):
                continue
            used[start : start - longest] = [True] * -longest
            words = _words(form)
            found += [(start, words, term) for term in terms]
        return found

    def _places(self, stream: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Where terms stand in ``stream``: length (negative, so that the longest sorts first), start."""
        for start, unit in enumerate(stream):
            if (unit,) in self._sizes:
                yield -1, start
        for start, pair in enumerate(pairwise(stream)):
            for size in self._sizes.get(pair, ()):
                form = stream[start : start + size]
                if form in self._terms and len(form) == size:
                    yield -size, start


def _spoken_in(city: str | None, terms: Sequence[Term]) -> list[Term]:
    """The terms that ``city`` means: its own, or else everybody's; never another city's."""
    own = [term for term in terms if term.city is not None and term.city == city]
    return own or [term for term in terms if term.city is None]


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


def as_used(term: Term, text: str) -> Term:
    """``term``; a machine gets the trades of its users first unless ``text`` says that it is made."""
    users = machine_users().get(term.text)
    if users is None or term.city is not None:
        return term
    name = re.escape(term.text)
    if re.search(f"{_MADE}{name}|{name}{_MAKERS}", text, re.IGNORECASE):
        return term
    return replace(term, codes=tuple(dict.fromkeys((*users, *term.codes))))


@cache
def machine_users() -> dict[str, tuple[str, ...]]:
    """Machines, and the trades that work with them: the terms of sectors name those that make them."""
    return {
        row["machine"]: tuple(row["codes"].split(";")) for row in shipped_rows("machine_users.csv")
    }


def _first_clause(text: str) -> int:
    """How many units the first clause that has words is long."""
    return next(filter(None, (len(units(clause)) for clause in _CLAUSE_END.split(text))), 0)


def _length_weight(wording: str) -> float:
    """How fully a term counts by its length, 0-1: short ones may be found by accident.

    A Latin word stands apart from its neighbours, so two letters count like two Chinese characters, and
    three and more in full.
    """
    # 1.34: two Latin letters make 2.68, three make 4.02, of which the whole part counts.
    length = sum(1 if HAN.match(character) else 1.34 for character in wording.replace(" ", ""))
    return _SHORT.get(int(length), 1.0)


def _words(form: tuple[str, ...]) -> str:
    spaced = "".join(unit if HAN.match(unit) else f" {unit} " for unit in form)
    return " ".join(spaced.split())
