"""From rows to matches: the records as they are now, with reasons, evidence and a grade in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import numpy as np

from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.calibration import Calibration
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.columns import KINDS
from matcher.explain import NAMED, Facts, explain, telling_words, words_in
from matcher.ranking import Rows
from matcher.scored import Scored
from matcher.shown import Shown, ShownRecords
from matcher.types import Match, MatchQuery

_DOES = 0.3
"""Share of a function (of a unit vector) from which on an offer is said to do it."""


class Presenter:
    """Explains what is shown; details are fetched and worked out for those rows only."""

    def __init__(self, store: Store, taxonomy: Taxonomy, clock: Callable[[], datetime]):
        self._records = ShownRecords(store)
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
        chosen = {kind: found.tolist() for kind, found in rows.items()}
        wanted: list[int] = []
        for row in (row for found in chosen.values() for row in found):
            cases = snapshot.cases_of.get(snapshot.ids[row], ())
            wanted += (row, *ranked.backing.get(row, ()), *cases[:NAMED])
        shown = self._records.at(snapshot.sequence, [snapshot.ids[row] for row in wanted])
        telling = telling_words(scored.tokens, snapshot.generation.lexical.idf)
        today = self._clock().date()
        matches: dict[Kind, tuple[Match, ...]] = {}
        for kind, found in chosen.items():
            present = [row for row in found if snapshot.ids[row] in shown]
            matches[kind] = tuple(
                self._one(query, scored, place, row, shown, telling, today, calibration)
                for place, row in enumerate(present, start=1)
            )
        return matches

    def _one(
        self,
        query: MatchQuery,
        scored: Scored,
        place: int,
        row: int,
        shown: Mapping[str, Shown],
        telling: Sequence[str],
        today: date,
        calibration: Calibration | None,
    ) -> Match:
        snapshot, ranked, city = scored.snapshot, scored.ranked, scored.city
        ids = snapshot.ids
        identity, backing = ids[row], ranked.backing.get(row, ())
        record = shown[identity].record
        cases = snapshot.cases_of.get(identity, ())
        facts = Facts(
            words=words_in(telling, shown[identity].text),
            case_names=tuple(shown[ids[case]].record.name for case in cases[:NAMED]),
            more_cases=len(cases[NAMED:]),
            offer_names=tuple(shown[ids[offer]].record.name for offer in backing),
            packages=city.packages.get(identity, ()) if city else (),
            listed=int(city.fits[row]) if city and city.lists else None,
            function=_function(scored, row),
        )
        told = explain(
            record,
            query,
            scored.understanding,
            facts,
            self._taxonomy,
            sector_closeness(self._taxonomy),
            scenario_closeness(self._taxonomy),
            today,
        )
        return Match(
            rank=place,
            kind=Kind(record.kind),
            id=identity,
            record=record,
            score=float(ranked.final[row]),
            signals=ranked.signals(row, snapshot.generation.constants),
            reasons=tuple(told.reasons),
            misfits=tuple(told.misfits),
            unknowns=tuple(told.unknowns),
            evidence=tuple(ids[offer] for offer in backing),
            grade=calibration.grade(scored.features(row)) if calibration else None,
        )


def _function(scored: Scored, row: int) -> str:
    """The function that the need asks for and that the offer in ``row`` does above all."""
    snapshot = scored.snapshot
    codes = snapshot.generation.functions.codes
    shares = snapshot.functions_of(row)
    done = {
        one.code: one.confidence * float(shares[codes.index(one.code)])
        for one in scored.understanding.functions
        if shares[codes.index(one.code)] >= _DOES
    }
    return max(done, key=lambda code: done[code], default="")
