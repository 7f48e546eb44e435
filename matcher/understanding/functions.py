"""Functions: what a product does, one layer below the scenarios (订单毛利核算, 外观视觉检测, 快速换模).

A need and an offer are each read as shares of some 200 functions (`catalog.functions`), and are as
close as the cosine of their shares. Two readings are added up on either side, as for the other nodes
(`matcher.understanding.reading`): a ridge classifier on the centred vector, and BM25 of the words
against what is known of each function: labelled needs and offers, and what people and vendors call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.functions import shipped_functions
from catalog.records import Case, Label, Provider, Solution
from catalog.taxonomy import ROOT
from matcher.config import FunctionWeights
from matcher.errors import InvalidNeed
from matcher.index.embedding import unit
from matcher.index.vectors import add_weighed
from matcher.shipped import shipped_rows
from matcher.text import offer_text
from matcher.types import Understood
from matcher.understanding.glossary import NeedWords
from matcher.understanding.reading import Classifier, Example

_RECORDS = {"solution": Solution, "case": Case, "provider": Provider}
_NAMELESS = "-"
"""Name of a record made of an example that has none; `matcher.text` takes a provider's name out."""
_SHOWN = 3
_LEAST_SHOWN = 0.1
_LOUD = 0.7
"""Words that score nearly as much as the best one are as loud: the longest of them is shown."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordTable:
    """BM25 of every word against the words of each class: ``table[rows[word]]`` has a score a class.

    ``idf[row]`` is what no class can exceed. Shape of ``table``: ``(words, classes)``.
    """

    rows: dict[str, int]
    table: Vectors
    idf: Vectors

    def shares(self, tokens: Sequence[str]) -> Vectors:
        """The score of each class as a share of what none can exceed, 0-1: shape ``(classes,)``."""
        found = [self.rows[token] for token in tokens if token in self.rows]
        if not found:
            return np.zeros(self.table.shape[1], dtype=np.float32)
        return np.asarray(self.table[found].sum(axis=0) / self.idf[found].sum(), dtype=np.float32)

    def loudest(self, tokens: Sequence[str], column: int) -> str:
        """The longest word among the ``tokens`` that score most for a class, empty when none does."""
        known = [token for token in tokens if len(token) > 1 and token in self.rows]
        scores = {token: float(self.table[self.rows[token], column]) for token in known}
        most = max(scores.values(), default=0.0)
        loud = [token for token, score in scores.items() if score > 0 and score >= _LOUD * most]
        return max(loud, key=lambda token: (len(token), scores[token]), default="")


@dataclass(frozen=True, slots=True)
class FunctionParts:
    """What functions are read with: kept in the generation. All parts are in order of ``codes``."""

    codes: tuple[str, ...]
    needs: Classifier
    offers: Classifier
    words: WordTable
    places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {code: at for at, code in enumerate(self.codes)})


def weighed(table: Vectors, shares: Vectors) -> Vectors:
    """``table @ shares``, shape ``(offers,)``, for ``shares`` of which few are above 0.

    ``table`` lies column by column in memory: only the columns that a need asks for are read.
    """
    total = np.zeros(len(table), dtype=np.float32)
    for column in np.flatnonzero(shares).tolist():
        add_weighed(total, table[:, column], shares[column])
    return total


class FunctionReader:
    """Reads needs and offers as shares of functions."""

    def __init__(self, parts: FunctionParts, weights: FunctionWeights):
        self._parts = parts
        self._weights = weights

    @property
    def codes(self) -> tuple[str, ...]:
        """The functions, in the order of the shares."""
        return self._parts.codes

    def need(self, tokens: Sequence[str], vector: Vectors) -> Vectors:
        """Shares of one need as a unit vector, shape ``(functions,)``.

        ``tokens`` are those of its text, ``vector`` is centred, of length 1.
        """
        weights = self._weights
        shares: Vectors = self._shares(
            self._parts.needs,
            [tokens],
            vector[None, :],
            weights.need_power,
            weights.need_strongest,
        )[0]
        return shares

    def offers(self, texts: Sequence[Sequence[str]], vectors: Vectors) -> Vectors:
        """Shares of offers as unit vectors, shape ``(offers, functions)``; zeros without words."""
        weights = self._weights
        shares = self._shares(
            self._parts.offers, texts, vectors, weights.offer_power, weights.offer_strongest
        )
        shares[[row for row, tokens in enumerate(texts) if not tokens]] = 0.0
        return shares

    def read(self, words: NeedWords, vector: Vectors) -> tuple[tuple[Understood, ...], Vectors]:
        """The functions that a need asks for, as shown and as `need` gives them."""
        shares = self.need(words.tokens, vector)
        return self.shown(shares, words), shares

    def scenarios(self, shares: Vectors) -> dict[str, float]:
        """What part of a need's functions lies below each scenario, by code; the parts sum to 1.

        ``shares`` are those of `need`: their squares sum to 1.
        """
        functions, parts = shipped_functions(), dict[str, float]()
        for column in np.flatnonzero(shares).tolist():
            scenario = functions[self.codes[column]].parent or ROOT
            parts[scenario] = parts.get(scenario, 0.0) + float(shares[column]) ** 2
        return parts

    def said(self, tokens: Sequence[str], scenarios: Sequence[str]) -> Vectors:
        """The best score of the functions below each of ``scenarios`` by words alone, 0 and more."""
        words = self._parts.words.shares([token for token in tokens if len(token) > 1])
        places = {code: place for place, code in enumerate(scenarios)}
        best = np.zeros(len(scenarios), dtype=np.float32)
        functions = shipped_functions()
        for column in np.flatnonzero(words).tolist():
            place = places.get(functions[self.codes[column]].parent or ROOT)
            if place is not None and words[column] > best[place]:
                best[place] = words[column]
        return best

    def named(self, codes: Sequence[str]) -> tuple[tuple[Understood, ...], Vectors]:
        """The functions that a caller names, as shown and as shares that are equal to each other.

        Raises:
            InvalidNeed: a code does not exist.
        """
        unknown = [code for code in codes if code not in self._parts.places]
        if unknown:
            raise InvalidNeed(
                Bilingual(f"没有功能 {unknown[0]}", f"there is no function {unknown[0]}"),
                Bilingual(
                    "请用 /v1/taxonomy/functions 查询", "look codes up at /v1/taxonomy/functions"
                ),
                field="functions",
            )
        shares = np.zeros(len(self.codes), dtype=np.float32)
        shares[[self._parts.places[code] for code in codes]] = 1.0
        shown = tuple(Understood(code, 1.0, code, True) for code in dict.fromkeys(codes))
        return shown, unit(shares)

    def shown(self, shares: Vectors, words: NeedWords) -> tuple[Understood, ...]:
        """The strongest functions of a need, each with the word that speaks loudest for it.

        The confidence is the squared share: those of all functions sum to 1. A word is a whole one of the
        need, or what one is in Chinese.
        """
        evidence = (*words.whole, *words.said)
        best = np.argsort(-shares, kind="stable")[:_SHOWN].tolist()
        return tuple(
            Understood(
                self.codes[column],
                round(float(shares[column]) ** 2, 4),
                words.as_said(self._parts.words.loudest(evidence, column)),
                False,
            )
            for column in best
            if shares[column] ** 2 >= _LEAST_SHOWN
        )

    def _shares(
        self,
        classifier: Classifier,
        texts: Sequence[Sequence[str]],
        vectors: Vectors,
        power: float,
        strongest: int,
    ) -> Vectors:
        if not texts:
            return np.empty((0, len(self.codes)), dtype=np.float32)
        scores = self._weights.sharpness * (vectors @ classifier.weights + classifier.prior)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = raised / raised.sum(axis=1, keepdims=True)
        words = [[token for token in tokens if len(token) > 1] for tokens in texts]
        shares += self._weights.words * np.vstack([self._parts.words.shares(one) for one in words])
        if strongest < shares.shape[1]:
            least = np.partition(shares, -strongest, axis=1)[:, -strongest, None]
            shares[shares < least] = 0.0
        return unit(shares**power)


def need_examples() -> tuple[Example, ...]:
    """Needs as people say them, with the functions that answer them, the main one first."""
    return tuple(
        Example(row["text"], row["lang"], tuple(row["functions"].split(";")))
        for row in shipped_rows("scenario_examples.csv")
        if row["functions"]
    )


def offer_examples() -> tuple[Example, ...]:
    """Texts of offers, with the functions that they have, the main one first."""
    return tuple(
        Example(_offer(row), "zh", tuple(row["functions"].split(";")))
        for row in shipped_rows("offer_examples.csv")
    )


def _offer(row: dict[str, str]) -> str:
    """The text of an example as `matcher.text` makes it of a record."""
    labels = {
        field: tuple(Label(label=label) for label in row[field].split(";") if label)
        for field in ("sectors", "scenarios")
    }
    record = _RECORDS[row["kind"]]
    return offer_text(
        record(name=row["name"] or _NAMELESS, description=row["description"], **labels)
    )
