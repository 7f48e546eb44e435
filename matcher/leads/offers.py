"""The offers of one lead question as a small snapshot of their own, scored by `match`'s own functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.fit import fit
from matcher.index.analyzer import Analyzer
from matcher.index.build import cases_by_solution
from matcher.index.columns import KINDS, Columns, make_columns
from matcher.index.snapshot import Built, Snapshot
from matcher.index.vectors import FlatIndex, Vectors
from matcher.needs.reading import NeedRead
from matcher.ranking import rank
from matcher.scored import Scored
from matcher.text import offer_text


@dataclass(frozen=True, slots=True)
class WordScores:
    """What the numbered words of the needs score in one offer."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OfferSide:
    """Offers that leads are asked for: a solution, or a provider with all that it offers.

    ``own`` is the place of the provider's own text. ``snapshot`` holds these offers, and behind them
    the cases that prove them; no row of it has a provider, so that each is scored for itself.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    functions: Vectors
    columns: Columns
    words: tuple[WordScores, ...]
    own: int | None
    snapshot: Snapshot
    tokens: tuple[Counter[str], ...]

    def __len__(self) -> int:
        return len(self.ids)


def offer_side(
    stored: Stored,
    snapshot: Snapshot,
    store: Store,
    taxonomy: Taxonomy,
    analyzer: Analyzer,
    words: Mapping[str, int],
) -> OfferSide | None:
    """The side of ``stored``, a solution or provider; ``None`` when no answer may name it now.

    ``words`` are the numbered words of the needs.
    """
    rows = _rows(stored, snapshot)
    if rows is None:
        return None
    solutions = [snapshot.ids[row] for row in rows]
    proving = [case for one in solutions for case in snapshot.cases_of.get(one, ())]
    every = list(dict.fromkeys([*rows, *proving]))
    records = store.get_many(snapshot.ids[row] for row in every)
    # A record may have gone since the snapshot was taken: the next one tells.
    every = [row for row in every if snapshot.ids[row] in records]
    shown = [row for row in rows if snapshot.ids[row] in records]
    found = [records[snapshot.ids[row]] for row in every]
    if not shown:
        return None
    tokens = tuple(Counter(analyzer.tokens(offer_text(one.record))) for one in found)
    vectors = np.ascontiguousarray([_vector(snapshot, row) for row in every], dtype=np.float32)
    functions = np.ascontiguousarray([snapshot.functions_of(row) for row in every], np.float32)
    columns = make_columns(found, taxonomy, cases_by_solution(found))
    place = {row: at for at, row in enumerate(every)}
    small = replace(
        snapshot,
        index=FlatIndex(vectors),
        ids=tuple(one.id for one in found),
        active=np.ones(len(found), dtype=np.bool_),
        columns=columns,
        provider_row=np.full(len(found), -1, dtype=np.int64),
        cases_of={
            one: tuple(place[case] for case in snapshot.cases_of.get(one, ()) if case in place)
            for one in solutions
        },
        functions=functions,
        later_vectors=np.empty((0, vectors.shape[1]), dtype=np.float32),
        later_functions=functions[:0],
        # None of these rows is one of the index: their words and names are beside them.
        later_tokens=tokens,
        built=Built({}, {}, np.empty(0, dtype=np.int32)),
        later=replace(snapshot.later, rows={}, names=tuple(one.record.name for one in found)),
    )
    own = columns.kind[: len(shown)] == KINDS.index(Kind.PROVIDER)
    return OfferSide(
        ids=tuple(snapshot.ids[row] for row in shown),
        vectors=vectors[: len(shown)],
        functions=functions[: len(shown)],
        columns=_first(columns, len(shown)),
        words=tuple(_word_scores(one, snapshot, words) for one in tokens[: len(shown)]),
        own=int(np.flatnonzero(own)[0]) if own.any() else None,
        snapshot=small,
        tokens=tokens,
    )


def exact(side: OfferSide, need: NeedRead, vector: Vectors, taxonomy: Taxonomy) -> Scored:
    """``need`` scored with the offers of ``side`` as `Matcher.score` scores it with all offers."""
    snapshot = side.snapshot
    lexical = snapshot.generation.lexical
    bound = lexical.bound(need.tokens)
    scores = lexical.score_later(need.tokens, side.tokens)
    fitted = fit(
        snapshot.columns,
        need.query,
        need.meant.sectors,
        need.meant.scenarios,
        sector_closeness(taxonomy),
        scenario_closeness(taxonomy),
    )
    ranked = rank(
        snapshot,
        snapshot.dense(vector),
        scores * np.float32(need.meant.words.known) / np.float32(bound) if bound else scores,
        snapshot.near_functions(need.meant.functions),
        fitted,
        need.given,
        snapshot.generation.constants,
    )
    return Scored(
        need.query,
        snapshot,
        need.text,
        need.meant.plain.whole,
        need.meant.understanding,
        ranked,
        None,
        need.given,
        need.meant.plain.chinese,
    )


def _rows(stored: Stored, snapshot: Snapshot) -> list[int] | None:
    """The rows of the offer, a provider's own before those of its offers."""
    own = snapshot.row_of(stored.id)
    if own < 0:
        return None
    if stored.record.kind is not Kind.PROVIDER:
        return [own]
    offered = np.flatnonzero((snapshot.provider_row == own) & snapshot.active)
    return [own, *(row for row in offered.tolist() if row != own)]


def _vector(snapshot: Snapshot, row: int) -> Vectors:
    built = snapshot.index.size
    vectors = snapshot.index.vectors if row < built else snapshot.later_vectors
    return np.asarray(vectors[row if row < built else row - built])


def _first(columns: Columns, count: int) -> Columns:
    return Columns(**{name: array[:count] for name, array in columns.arrays().items()})  # type: ignore[arg-type]


def _word_scores(offer: Counter[str], snapshot: Snapshot, words: Mapping[str, int]) -> WordScores:
    weights = snapshot.generation.lexical.weights(offer)
    known = [word for word in weights if word in words]
    return WordScores(
        np.array([words[word] for word in known], dtype=np.int64),
        np.array([weights[word] for word in known], dtype=np.float32),
    )
