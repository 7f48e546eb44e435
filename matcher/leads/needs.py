"""The needs that leads may name: those of a generation, and the changes that came after it.

A need that changed is switched off in the generation and laid over it, read by the generation's own
means, words and readers. Needs are numbered: the generation's rows, then the rows laid over them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.wording import city_name
from matcher.clock import SHANGHAI
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.encoder import Encoder
from matcher.index.costs import UNKNOWN
from matcher.index.generation import Generation, open_needs
from matcher.index.snapshot import Snapshot
from matcher.leads.offers import OfferSide
from matcher.leads.scores import PairScorer
from matcher.leads.types import LeadQuery
from matcher.needs.build import EXACT_ROWS, NeedParts, make_rows, texts_of
from matcher.needs.columns import NeedColumns, city_hash
from matcher.needs.index import NeedIndex, NeedRows, joined
from matcher.needs.kept import KeptMeanings
from matcher.needs.reading import NeedReader
from matcher.needs.space import NeedSpace
from matcher.understanding.meant import MeaningReader

CANDIDATES = 20_000
"""Needs that the index gives to be scored; a provider's are shared out among its offers."""
FEWEST_CANDIDATES = 1_000
_CHUNK = 8_192

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Order:
    """Needs by number, best first, each with its score."""

    numbers: Rows
    scores: NDArray[np.float64]


class NeedSide:
    """All needs that may be named at one change sequence."""

    def __init__(
        self,
        index: NeedIndex,
        parts: NeedParts,
        scorer: PairScorer,
        touched: list[str],
        later: dict[str, NeedRows],
    ):
        """``touched`` are the needs that changed after the build, ``later`` those of them to name."""
        self._index = index
        self._scorer = scorer
        self.parts = parts
        self._active = np.ones(len(index), dtype=np.bool_)
        self._active[index.rows_of(touched)] = False
        self._later_ids = tuple(later)
        self._later = joined(list(later.values())) if later else None

    @cached_property
    def count(self) -> int:
        """How many needs may be named."""
        return int(self._active.sum()) + len(self._later_ids)

    def id_of(self, number: int) -> str:
        """The id of a need."""
        built = len(self._index)
        return self._index.id_of(number) if number < built else self._later_ids[number - built]

    def passing(self, query: LeadQuery) -> Rows:
        """The numbers of the needs that pass the filters of ``query``."""
        taxonomy = self.parts.taxonomy
        found = np.flatnonzero(self._active & _passing(self._index.columns, query, taxonomy))
        if self._later is None:
            return found
        later = _passing(self._later.columns, query, taxonomy)
        return np.concatenate([found, len(self._index) + np.flatnonzero(later)])

    def taken(self, numbers: Rows) -> NeedRows:
        """These needs with all that scores them, in this order."""
        built = len(self._index)
        parts = [self._index.rows(numbers[numbers < built])]
        if self._later is not None:
            parts.append(self._later.taken(numbers[numbers >= built] - built))
        rows = joined(parts)
        before = np.concatenate([np.flatnonzero(numbers < built), np.flatnonzero(numbers >= built)])
        if (before == np.arange(len(before))).all():
            return rows
        return rows.taken(np.argsort(before))

    def ranked(self, offers: OfferSide, numbers: Rows) -> Order:
        """``numbers`` by their best offer; without those whose hard limits every offer breaks.

        Of many, only those that the index finds worth it.
        """
        if len(numbers) > EXACT_ROWS and self._index.approximate:
            numbers = self._worth_scoring(offers, numbers)
        scores, ties = [], []
        for start in range(0, len(numbers), _CHUNK):
            rows = self.taken(numbers[start : start + _CHUNK])
            best, offer = self._scorer.score(rows, offers).best()
            scores.append(best)
            ties.append(rows.columns.tie ^ offers.snapshot.columns.tie[offer])
        if not scores:
            return Order(numbers, np.empty(0))
        final = np.concatenate(scores)
        order = np.lexsort((np.concatenate(ties), -final))
        order = order[: int(np.isfinite(final).sum())]
        return Order(numbers[order], final[order])

    def _worth_scoring(self, offers: OfferSide, numbers: Rows) -> Rows:
        """The nearest of ``numbers`` to each of ``offers``, and all that were laid over."""
        built = len(self._index)
        passing = np.zeros(built, dtype=np.bool_)
        passing[numbers[numbers < built]] = True
        vectors = self.parts.space.offers(offers.vectors, offers.columns, offers.functions)
        each = max(CANDIDATES // len(offers), FEWEST_CANDIDATES)
        return np.concatenate(
            [self._index.nearest(vectors, each, passing), numbers[numbers >= built]]
        )


class NeedSides:
    """Opens the needs of a generation when leads are first asked for, and keeps them up to date."""

    def __init__(self, store: Store, data: Path, encoder: Encoder, taxonomy: Taxonomy):
        self._store = store
        self._data = data
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._opened: tuple[str, NeedIndex, NeedParts, PairScorer] | None = None
        self._seen = 0
        self._touched: set[str] = set()
        self._laid: dict[str, NeedRows] = {}
        self._side: tuple[tuple[str, int], NeedSide] | None = None

    def at(self, snapshot: Snapshot, reader: MeaningReader) -> NeedSide:
        """The needs as ``snapshot`` sees them, or later.

        Raises:
            GenerationCorrupt: the needs of its generation are damaged.
        """
        key = (snapshot.generation.info.id, snapshot.sequence)
        with self._lock:
            if self._side is None or self._side[0] != key:
                self._side = (key, self._taken(snapshot.generation, reader))
            return self._side[1]

    def _taken(self, generation: Generation, reader: MeaningReader) -> NeedSide:
        identity = generation.info.id
        if self._opened is None or self._opened[0] != identity:
            self._opened = (identity, *self._open(generation, reader))
            self._seen, self._touched, self._laid = generation.info.sequence, set(), {}
        _, index, parts, scorer = self._opened
        # Read before the changes: what comes in between is seen again the next time.
        sequence = self._store.sequence()
        self._lay(parts, self._store.changed_since(self._seen))
        self._seen = sequence
        later = {one: self._laid[one] for one in sorted(self._laid)}
        return NeedSide(index, parts, scorer, sorted(self._touched), later)

    def _lay(self, parts: NeedParts, changed: Sequence[str]) -> None:
        """Take up the needs among ``changed``: each costs its own encoding and reading."""
        records = self._store.get_many(changed).values()
        needs = [one for one in records if one.record.kind is Kind.NEED]
        kept, texts = texts_of(needs, self._taxonomy)
        rows = make_rows(parts, kept, texts)
        self._touched |= {one.id for one in needs}
        for one in needs:
            self._laid.pop(one.id, None)
        for place, one in enumerate(kept):
            self._laid[one.id] = rows.taken(np.array([place]))

    def _open(
        self, generation: Generation, reader: MeaningReader
    ) -> tuple[NeedIndex, NeedParts, PairScorer]:
        index = open_needs(self._data, generation.info.id)
        kept = KeptMeanings(self._store, generation, self._encoder.space, self._taxonomy, reader)
        parts = NeedParts(
            store=self._store,
            encoder=self._encoder,
            taxonomy=self._taxonomy,
            means=generation.means,
            reader=NeedReader(self._taxonomy, reader, kept),
            space=NeedSpace(
                self._taxonomy,
                generation.constants,
                index.sector_codes,
                index.scenario_codes,
                generation.offer_functions,
            ),
            sector_codes=index.sector_codes,
            scenario_codes=index.scenario_codes,
            words=index.words,
        )
        idf = np.array([generation.lexical.idf(word) for word in index.words], dtype=np.float32)
        scorer = PairScorer(
            self._taxonomy, generation.constants, index.sector_codes, index.scenario_codes, idf
        )
        return index, parts, scorer


def _passing(columns: NeedColumns, query: LeadQuery, taxonomy: Taxonomy) -> Mask:
    mask = np.ones(len(columns), dtype=np.bool_)
    if query.sectors:
        mask &= _carries(columns.sectors, query.sectors, sector_closeness(taxonomy))
    if query.scenarios:
        mask &= _carries(columns.scenarios, query.scenarios, scenario_closeness(taxonomy))
    if query.city is not None:
        mask &= columns.city == np.uint64(city_hash(city_name(query.city)))
    if query.budget_from is not None:
        mask &= (columns.budget == UNKNOWN) | (columns.budget >= query.budget_from)
    if query.since is not None:
        first = datetime.combine(query.since, time(), SHANGHAI)
        mask &= columns.updated >= int(first.timestamp())
    if not query.demonstration:
        mask &= ~columns.demonstration
    return mask


def _carries(nodes: NDArray[np.int16], codes: frozenset[str], table: Closeness) -> Mask:
    wanted = np.zeros(len(table.codes) + 1, dtype=np.bool_)
    wanted[[table.index[code] for code in codes if code in table.index]] = True
    return np.asarray(wanted[nodes].any(axis=1))
