"""What one answer is computed from: a generation, and the changes that came after it.

A snapshot is never changed: `matcher.index.overlay` makes the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from matcher.index.columns import KINDS, Columns
from matcher.index.generation import Generation
from matcher.index.later_words import LaterWords
from matcher.index.vectors import FlatIndex, Vectors, inner_products
from matcher.understanding.functions import weighed

Scores = NDArray[np.float32]
Cases = dict[str, tuple[int, ...]]
NO_ROW = -1


@dataclass(frozen=True, slots=True)
class Built:
    """Where the records of a generation stand, worked out once for all its snapshots.

    ``owner[i]`` is the place in ``providers`` of the provider of row ``i``, -1 when there is none.
    """

    rows: Mapping[str, int]
    providers: Mapping[str, int]
    owner: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Later:
    """The rows laid over: every record that changed has one, which its next change overwrites.

    ``rows`` are their places among the rows laid over, ``names`` and ``links`` (provider and solution)
    those of each.
    """

    rows: Mapping[str, int]
    columns: Columns
    names: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    words: LaterWords


@dataclass(frozen=True)
class Snapshot:
    """All offers that an answer may name: the generation's rows, then the rows laid over them.

    ``active[i]`` tells whether row ``i`` counts; ``provider_row[i]`` is the row of its provider (-1
    when there is none); ``cases_of`` has the rows of a solution's cases, in order of id. ``sequence``
    is the change that the snapshot has seen last.
    """

    generation: Generation
    sequence: int
    index: FlatIndex
    ids: tuple[str, ...]
    active: NDArray[np.bool_]
    columns: Columns
    provider_row: NDArray[np.int64]
    cases_of: Cases
    functions: Vectors
    later_vectors: Vectors
    later_functions: Vectors
    later_tokens: tuple[Counter[str], ...]
    built: Built
    later: Later

    @cached_property
    def provided(self) -> NDArray[np.bool_]:
        """Which rows are active offers of a provider that has a row."""
        offers = self.columns.kind != KINDS.index(Kind.PROVIDER)
        return np.asarray(self.active & offers & (self.provider_row >= 0))

    @cached_property
    def providing(self) -> NDArray[np.bool_]:
        """Which rows are providers of such offers."""
        found = np.zeros(len(self.active), dtype=np.bool_)
        found[self.provider_row[self.provided]] = True
        return found

    def dense(self, query: Vectors) -> Scores:
        """Centred cosine of a need's vector with every row."""
        scores = self.index.scores(query)
        if len(self.later_vectors):
            scores = np.concatenate([scores, inner_products(query, self.later_vectors)])
        return scores

    def near(self, queries: Vectors) -> tuple[Scores, float]:
        """`dense` of several needs, shape ``(needs, rows)``, and what no score is off by more than.

        Of a catalogue that is large enough it takes a part of the time; ``exact`` mends what matters.
        """
        scores, off = self.index.near(queries)
        if len(self.later_vectors):
            later = np.stack([inner_products(query, self.later_vectors) for query in queries])
            scores = np.concatenate([scores, later], axis=1)
        return scores, off

    def exact(self, query: Vectors, rows: NDArray[np.int64]) -> Scores:
        """`dense` of some rows, the same to the last bit."""
        scores = np.empty(len(rows), dtype=np.float32)
        built = rows < self.index.size
        scores[built] = self.index.products(query, rows[built])
        if not built.all():
            later = rows[~built] - self.index.size
            scores[~built] = inner_products(query, self.later_vectors, later)
        return scores

    def near_functions(self, shares: Vectors) -> Scores:
        """Cosine of a need's shares of functions with those of every row."""
        scores = weighed(self.functions, shares)
        if len(self.later_functions):
            scores = np.concatenate([scores, weighed(self.later_functions, shares)])
        return scores

    def lexical(self, tokens: Sequence[str], known: float = 1.0) -> Scores:
        """BM25 of every row as a share of what no offer can exceed, 0-1, times ``known``.

        ``known`` is that of `matcher.understanding.glossary.NeedWords`.
        """
        lexical = self.generation.lexical
        scores = lexical.scores(tokens)
        if self.later_tokens:
            later = self.later.words.scores(tokens, len(self.later_tokens))
            scores = np.concatenate([scores, later])
        bound = lexical.bound(tokens)
        scores *= np.float32(known / bound if bound else 1.0)
        return scores

    def functions_of(self, row: int) -> Vectors:
        """The shares of functions of one row."""
        built = len(self.functions)
        found: Vectors = self.functions[row] if row < built else self.later_functions[row - built]
        return found

    def shares_of(self, row: int, codes: Sequence[str]) -> list[float]:
        """How much of each function the offer in one row does, as its share of a unit vector."""
        built, places = len(self.functions), self.generation.functions.places
        table = self.functions if row < built else self.later_functions
        return [table.item(row - (row >= built) * built, places[code]) for code in codes]

    def name_of(self, row: int) -> str:
        """The name of the record in one row."""
        built = len(self.built.owner)
        return self.generation.offer_names[row] if row < built else self.later.names[row - built]

    def row_of(self, identity: str) -> int:
        """The row that stands for a record now, -1 when none does."""
        row = self.built.rows.get(identity, NO_ROW)
        if identity in self.later.rows:
            row = len(self.built.owner) + self.later.rows[identity]
        return row if row >= 0 and self.active[row] else NO_ROW

    def solution_of(self, row: int) -> str:
        """Id of the solution that a row's record names, empty when there is none."""
        built = len(self.built.owner)
        if row < built:
            return self.generation.solution_ids[row]
        return self.later.links[row - built][1]
