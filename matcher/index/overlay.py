"""Later changes laid over a generation: each snapshot takes over what stayed and works out what did not.

A change is masked or laid over at once: the row of a changed record is switched off and a new row,
scored with the generation's frozen idf, average length and means, stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from catalog.records import OFFER_KINDS, Case, Kind
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher import text
from matcher.encoder import Encoder
from matcher.index.analyzer import Analyzer
from matcher.index.build import centred, linked_id
from matcher.index.columns import KINDS, Columns, make_columns
from matcher.index.embedding import embed
from matcher.index.generation import Generation
from matcher.index.later_words import LaterWords
from matcher.index.snapshot import NO_ROW, Built, Cases, Later, Snapshot
from matcher.index.vectors import FlatIndex
from matcher.understanding.functions import FunctionReader

T = TypeVar("T")


def take_snapshot(
    generation: Generation,
    store: Store,
    encoder: Encoder,
    taxonomy: Taxonomy,
    analyzer: Analyzer,
    before: Snapshot | None = None,
) -> Snapshot:
    """``generation`` with every later change of ``store`` laid over it.

    ``before`` is an earlier snapshot of the same generation: only what changed since is worked out.
    """
    if before is None or before.generation is not generation:
        before = _untouched(generation, taxonomy)
    sequence = store.sequence()
    changed = store.changed_since(before.sequence, *OFFER_KINDS)
    if not changed:
        return replace(before, sequence=sequence)
    touched = store.get_many(changed)
    # What a case proves counts for its solution, and what it proved until now: they are laid over too.
    proven = {before.solution_of(row) for row in map(before.row_of, changed) if row >= 0}
    proven |= {
        linked_id(stored.record, "solution")
        for stored in touched.values()
        if isinstance(stored.record, Case)
    }
    touched |= store.get_many(proven - touched.keys() - {""})
    return _Change(before, touched).applied(store, encoder, taxonomy, analyzer, sequence)


def _untouched(generation: Generation, taxonomy: Taxonomy) -> Snapshot:
    """The generation as it was built."""
    rows = {identity: row for row, identity in enumerate(generation.offer_ids)}
    providers: dict[str, int] = {}
    owner = [
        providers.setdefault(one, len(providers)) if one else NO_ROW
        for one in generation.provider_ids
    ]
    cases_of: dict[str, list[int]] = {}
    for row in np.flatnonzero(generation.columns.kind == KINDS.index(Kind.CASE)).tolist():
        if generation.solution_ids[row]:
            cases_of.setdefault(generation.solution_ids[row], []).append(row)
    ids = generation.offer_ids
    return Snapshot(
        generation=generation,
        sequence=generation.info.sequence,
        index=FlatIndex(generation.offers, scan=generation.scan),
        ids=ids,
        active=np.ones(len(ids), dtype=np.bool_),
        columns=generation.columns,
        provider_row=np.array(
            [rows.get(provider, NO_ROW) for provider in generation.provider_ids], dtype=np.int64
        ),
        cases_of={
            solution: tuple(sorted(found, key=ids.__getitem__))
            for solution, found in cases_of.items()
        },
        functions=generation.offer_functions,
        later_vectors=np.empty((0, generation.offers.shape[1]), np.float32),
        later_functions=np.empty((0, generation.offer_functions.shape[1]), np.float32),
        later_tokens=(),
        built=Built(rows, providers, np.array(owner, dtype=np.int32)),
        later=Later({}, make_columns([], taxonomy, {}), (), (), LaterWords()),
    )


class _Change:
    """Some records as they are now, to be applied to the snapshot ``before`` they changed."""

    def __init__(self, before: Snapshot, touched: Mapping[str, Stored]):
        self._before = before
        self._touched = touched
        self._shown = sorted(
            (s for s in touched.values() if s.record.kind in OFFER_KINDS and s.status == "active"),
            key=lambda stored: stored.id,
        )
        self._size = len(before.built.owner)
        self._rows = dict(before.later.rows)
        for stored in self._shown:
            self._rows.setdefault(stored.id, len(self._rows))
        self._places = [self._rows[stored.id] for stored in self._shown]

    def applied(
        self,
        store: Store,
        encoder: Encoder,
        taxonomy: Taxonomy,
        analyzer: Analyzer,
        sequence: int,
    ) -> Snapshot:
        """The snapshot after the change."""
        before, generation = self._before, self._before.generation
        ids = before.ids + tuple(self._rows)[len(before.later.rows) :]
        active = self._active(len(ids))
        links = self._laid(
            before.later.links,
            [
                (linked_id(s.record, "provider"), linked_id(s.record, "solution"))
                for s in self._shown
            ],
        )
        names = self._laid(before.later.names, [stored.record.name for stored in self._shown])
        cases_of = self._cases_of(ids, links)
        columns = self._columns(store, taxonomy, ids, cases_of)
        texts = [text.offer_text(stored.record) for stored in self._shown]
        raw = embed(store, encoder, "offer", texts, hurry=True)
        fresh = centred(generation.means, raw, texts)
        said = [analyzer.tokens(words) for words in texts]
        reader = FunctionReader(generation.functions, generation.constants.function_reading)
        tokens = self._laid(before.later_tokens, [Counter(words) for words in said])
        order = self._order(len(before.later_vectors))
        words = before.later.words.replaced(
            generation.lexical,
            {p: before.later_tokens[p] for p in self._places if p < len(before.later_tokens)},
            {place: tokens[place] for place in self._places},
        )
        snapshot = replace(
            before,
            sequence=sequence,
            ids=ids,
            active=active,
            columns=generation.columns.concatenated(columns),
            cases_of=cases_of,
            later_vectors=np.concatenate([before.later_vectors, fresh])[order],
            later_functions=np.concatenate([before.later_functions, reader.offers(said, fresh)])[
                order
            ],
            later_tokens=tokens,
            later=Later(self._rows, columns, names, links, words),
        )
        return replace(snapshot, provider_row=self._provider_row(snapshot))

    def _order(self, kept: int) -> NDArray[np.int64]:
        """Where each row laid over is found when what was touched follows the ``kept`` ones."""
        order = np.arange(len(self._rows))
        order[self._places] = kept + np.arange(len(self._places))
        return order

    def _laid(self, kept: tuple[T, ...], fresh: Sequence[T]) -> tuple[T, ...]:
        """``kept`` with the values of the touched rows put in their places."""
        rows = [*kept, *fresh[: len(self._rows) - len(kept)]]
        for place, value in zip(self._places, fresh, strict=True):
            rows[place] = value
        return tuple(rows)

    def _active(self, size: int) -> NDArray[np.bool_]:
        active = np.zeros(size, dtype=np.bool_)
        active[: len(self._before.active)] = self._before.active
        for identity in self._touched:
            row, place = self._before.built.rows.get(identity), self._rows.get(identity)
            if row is not None:
                active[row] = False
            if place is not None:
                active[self._size + place] = False
        active[[self._size + place for place in self._places]] = True
        return active

    def _cases_of(self, ids: Sequence[str], links: Sequence[tuple[str, str]]) -> Cases:
        before = self._before
        cases_of = dict(before.cases_of)
        for identity in self._touched:
            row = before.row_of(identity)
            solution = before.solution_of(row) if row >= 0 else ""
            others = tuple(one for one in cases_of.pop(solution, ()) if one != row)
            if others:
                cases_of[solution] = others
        for stored, place in zip(self._shown, self._places, strict=True):
            solution = links[place][1]
            if solution and stored.record.kind is Kind.CASE:
                rows = (*cases_of.get(solution, ()), self._size + place)
                cases_of[solution] = tuple(sorted(rows, key=ids.__getitem__))
        return cases_of

    def _columns(
        self, store: Store, taxonomy: Taxonomy, ids: Sequence[str], cases_of: Cases
    ) -> Columns:
        proving = {
            stored.id: [ids[row] for row in cases_of.get(stored.id, ())]
            for stored in self._shown
            if stored.record.kind is Kind.SOLUTION
        }
        known = {one: stored.record for one, stored in self._touched.items()}
        others = {case for found in proving.values() for case in found} - known.keys()
        records = known | store.records(others)
        cases = {
            solution: [one for one in map(records.get, found) if isinstance(one, Case)]
            for solution, found in proving.items()
        }
        kept = self._before.later.columns
        both = kept.concatenated(make_columns(self._shown, taxonomy, cases))
        order = self._order(len(kept))
        # Column by column in memory, as `make_columns` has them.
        return Columns(
            *(np.asfortranarray(getattr(both, one.name)[order]) for one in fields(Columns))
        )

    def _provider_row(self, snapshot: Snapshot) -> NDArray[np.int64]:
        before, built, links = self._before, snapshot.built, snapshot.later.links
        found = np.full(len(snapshot.ids), NO_ROW, dtype=np.int64)
        found[: len(before.provider_row)] = before.provider_row
        for place in self._places:
            found[self._size + place] = snapshot.row_of(links[place][0])
        # A provider that moved takes the offers along that did not change themselves.
        for provider in self._providers():
            row = snapshot.row_of(provider)
            code = built.providers.get(provider)
            if code is not None:
                found[: self._size][built.owner == code] = row
            for place, (owner, _) in enumerate(links):
                if owner == provider:
                    found[self._size + place] = row
        return found

    def _providers(self) -> Iterable[str]:
        kind = Kind.PROVIDER
        return (one for one, stored in self._touched.items() if stored.record.kind is kind)
