"""From rows to matches: the records as they are now, with reasons, evidence and a grade in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from catalog.records import Kind
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher.calibration import Calibration
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.columns import KINDS
from matcher.explain import Facts, explain, shared_words
from matcher.ranking import Rows
from matcher.scored import Scored
from matcher.text import offer_text
from matcher.types import Match, MatchQuery


class Presenter:
    """Explains what is shown; details are fetched and worked out for those rows only."""

    def __init__(self, store: Store, taxonomy: Taxonomy, clock: Callable[[], datetime]):
        self._store = store
        self._taxonomy = taxonomy
        self._clock = clock

    def nearest(
        self,
        query: MatchQuery,
        scored: Scored,
        rows: Sequence[int],
        calibration: Calibration | None,
    ) -> Match | None:
        """The offer that misses least, explained."""
        for row in rows:
            kind = KINDS[scored.snapshot.columns.kind[row]]
            found = self.matches(query, scored, {kind: np.array([row])}, calibration)[kind]
            if found:
                return found[0]
        return None

    def matches(
        self,
        query: MatchQuery,
        scored: Scored,
        rows: dict[Kind, Rows],
        calibration: Calibration | None,
    ) -> dict[Kind, tuple[Match, ...]]:
        """The rows of each kind as explained matches, in their order."""
        snapshot, ranked = scored.snapshot, scored.ranked
        shown = [int(row) for found in rows.values() for row in found]
        backing = {row: ranked.backing.get(row, ()) for row in shown}
        cases = {row: snapshot.cases_of.get(snapshot.ids[row], ()) for row in shown}
        named = {snapshot.ids[r] for rs in (*backing.values(), *cases.values()) for r in rs}
        stored = self._store.get_many(snapshot.ids[row] for row in shown)
        called = self._store.names(named)

        def names(these: Sequence[int]) -> tuple[str, ...]:
            ids = [snapshot.ids[row] for row in these]
            return tuple(called[one] for one in ids if one in called)

        matches: dict[Kind, tuple[Match, ...]] = {}
        for kind, found in rows.items():
            present = [int(row) for row in found if snapshot.ids[row] in stored]
            matches[kind] = tuple(
                self._one(
                    query,
                    scored,
                    place,
                    row,
                    stored[snapshot.ids[row]],
                    names(cases[row]),
                    names(backing[row]),
                    calibration,
                )
                for place, row in enumerate(present, start=1)
            )
        return matches

    def _one(
        self,
        query: MatchQuery,
        scored: Scored,
        place: int,
        row: int,
        stored: Stored,
        case_names: tuple[str, ...],
        offer_names: tuple[str, ...],
        calibration: Calibration | None,
    ) -> Match:
        snapshot, ranked = scored.snapshot, scored.ranked
        words = offer_text(stored.record)
        facts = Facts(
            words=shared_words(scored.tokens, words, snapshot.generation.lexical.idf),
            case_names=case_names,
            offer_names=offer_names,
            packages=scored.city.packages.get(stored.id, ()) if scored.city else (),
            listed=int(scored.city.fits[row]) if scored.city and scored.city.lists else None,
        )
        told = explain(
            stored.record,
            query,
            scored.understanding,
            facts,
            self._taxonomy,
            sector_closeness(self._taxonomy),
            scenario_closeness(self._taxonomy),
            self._clock().date(),
        )
        return Match(
            rank=place,
            kind=Kind(stored.record.kind),
            id=stored.id,
            record=stored.record,
            score=float(ranked.final[row]),
            signals=ranked.signals(row, snapshot.generation.constants),
            reasons=tuple(told.reasons),
            misfits=tuple(told.misfits),
            unknowns=tuple(told.unknowns),
            evidence=tuple(snapshot.ids[r] for r in ranked.backing.get(row, ())),
            grade=calibration.grade(scored.features(row)) if calibration else None,
        )
