"""What one answer is computed from: a generation, and the changes that came after it.

A change is masked or laid over at once: the row of a changed record is switched off and a new row,
scored with the generation's frozen idf, average length and means, stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.records import OFFER_KINDS, Case, Kind
from catalog.store import RecordFilter, Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher import text
from matcher.analyzer import Analyzer
from matcher.build import centred, linked_id
from matcher.columns import KINDS, Columns, make_columns
from matcher.embedding import embed
from matcher.encoder import Encoder
from matcher.functions import FunctionReader
from matcher.generation import Generation
from matcher.vectors import FlatIndex, Vectors

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All offers that an answer may name: the generation's rows, then the rows laid over them.

    ``active[i]`` tells whether row ``i`` counts; ``provider_row[i]`` is the row of its provider (-1
    when there is none). ``sequence`` is the change that the snapshot has seen last.
    """

    generation: Generation
    sequence: int
    index: FlatIndex
    ids: tuple[str, ...]
    active: NDArray[np.bool_]
    columns: Columns
    provider_row: NDArray[np.int64]
    cases_of: dict[str, tuple[int, ...]]
    later_vectors: Vectors
    later_functions: Vectors
    later_tokens: tuple[Counter[str], ...]

    def dense(self, query: Vectors) -> Scores:
        """Centred cosine of a need's vector with every row."""
        scores = self.index.scores(query)
        if len(self.later_vectors):
            scores = np.concatenate([scores, self.later_vectors @ query])
        return scores

    def functions(self, shares: Vectors) -> Scores:
        """Cosine of a need's shares of functions with those of every row."""
        scores = self.generation.offer_functions @ shares
        if len(self.later_functions):
            scores = np.concatenate([scores, self.later_functions @ shares])
        return np.asarray(scores, dtype=np.float32)

    def lexical(self, tokens: Sequence[str]) -> Scores:
        """BM25 of every row as a share of what no offer can exceed, 0-1."""
        lexical = self.generation.lexical
        scores = lexical.scores(tokens)
        if self.later_tokens:
            scores = np.concatenate([scores, lexical.score_later(tokens, self.later_tokens)])
        bound = lexical.bound(tokens)
        return scores / np.float32(bound) if bound else scores


def take_snapshot(
    generation: Generation, store: Store, encoder: Encoder, taxonomy: Taxonomy, analyzer: Analyzer
) -> Snapshot:
    """``generation`` with every later change of ``store`` laid over it."""
    sequence = store.sequence()
    changed = set(store.changed_since(generation.info.sequence))
    records = store.get_many(changed)
    # What a case proves counts for its solution: that one is laid over too.
    proven = {
        linked_id(stored.record, "solution")
        for stored in records.values()
        if isinstance(stored.record, Case)
    }
    # So is the one that a case proved when the generation was built.
    built = zip(generation.offer_ids, generation.solution_ids, strict=True)
    proven |= {solution for offer, solution in built if offer in changed}
    records |= store.get_many(proven - changed - {""})
    touched = set(records)
    later = sorted(
        (s for s in records.values() if s.record.kind in OFFER_KINDS and s.status == "active"),
        key=lambda stored: stored.id,
    )
    base = np.array([identity not in touched for identity in generation.offer_ids], dtype=np.bool_)
    ids = generation.offer_ids + tuple(stored.id for stored in later)
    texts = [text.offer_text(stored.record) for stored in later]
    columns = generation.columns
    if later:
        columns = columns.concatenated(make_columns(later, taxonomy, _cases(store, later)))
    vectors = np.empty((0, encoder.dimension), np.float32)
    if later:
        vectors = centred(generation.means, embed(store, encoder, "offer", texts), texts)
    tokens = [analyzer.tokens(words) for words in texts]
    reader = FunctionReader(generation.functions, generation.constants.function_reading)
    active = np.concatenate([base, np.ones(len(later), np.bool_)])
    links = _links(generation, later)
    rows = {identity: row for row, identity in enumerate(ids) if active[row]}
    return Snapshot(
        generation=generation,
        sequence=sequence,
        index=FlatIndex(generation.offers),
        ids=ids,
        active=active,
        columns=columns,
        provider_row=np.array([rows.get(provider, -1) for provider, _ in links], dtype=np.int64),
        cases_of=_cases_of(columns, active, links),
        later_vectors=vectors,
        later_functions=reader.offers(tokens, vectors),
        later_tokens=tuple(map(Counter, tokens)),
    )


def _links(generation: Generation, later: Sequence[Stored]) -> list[tuple[str, str]]:
    links = list(zip(generation.provider_ids, generation.solution_ids, strict=True))
    links += [
        (linked_id(stored.record, "provider"), linked_id(stored.record, "solution"))
        for stored in later
    ]
    return links


def _cases_of(
    columns: Columns, active: NDArray[np.bool_], links: Sequence[tuple[str, str]]
) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row in np.flatnonzero(active & (columns.kind == KINDS.index(Kind.CASE))):
        solution = links[int(row)][1]
        if solution:
            found[solution] = (*found.get(solution, ()), int(row))
    return found


def _cases(store: Store, later: Sequence[Stored]) -> dict[str, list[Case]]:
    """The active cases of the solutions among ``later``."""
    found: dict[str, list[Case]] = {}
    for stored in later:
        if stored.record.kind is Kind.SOLUTION:
            page = store.page(Kind.CASE, RecordFilter(solution_id=stored.id), limit=100)
            found[stored.id] = [s.record for s in page.records if isinstance(s.record, Case)]
    return found
