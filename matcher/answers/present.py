"""From rows to matches: the records as they are now, with reasons, evidence and a grade in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from catalog.records import Kind, Record
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.answers.dishonesty import dishonesty
from matcher.answers.explain import (
    NAMED,
    Explanation,
    Facet,
    Facts,
    explain,
    facets_of,
)
from matcher.answers.shown import ShownRecords
from matcher.answers.words import shared_words, telling_words, words_said
from matcher.calibration import GRADES, Calibration
from matcher.clock import today
from matcher.index.columns import KINDS
from matcher.ranking import Rows
from matcher.scored import Scored
from matcher.types import Match, MatchQuery, Reason

_DOES = 0.3
"""Share of a function (of a unit vector) from which on an offer is said to do it."""


class Presenter:
    """Explains what is shown; details are fetched and worked out for those rows only."""

    def __init__(self, store: Store, taxonomy: Taxonomy, clock: Callable[[], datetime]):
        self._store = store
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
        """The offer that misses least, explained; where grades are given, of the lowest one."""
        for row in rows:
            kind = KINDS[scored.snapshot.columns.kind[row]]
            found = self.matches(query, scored, {kind: np.array([row])}, calibration)[kind]
            if found:
                # No other grade goes with an answer that says that nothing is suitable.
                return replace(found[0], grade=found[0].grade and GRADES[0])
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
        listed = [row for found in chosen.values() for row in found]
        records = self._records.at(snapshot.sequence, [snapshot.ids[row] for row in listed])
        flags = dishonesty(self._store, snapshot, listed, records)
        words = _shared(scored, listed)
        facets = facets_of(scored.understanding, self._taxonomy)
        day = today(self._clock)
        matches: dict[Kind, tuple[Match, ...]] = {}
        for kind, found in chosen.items():
            present = [row for row in found if snapshot.ids[row] in records]
            signals = ranked.signals(np.array(present, dtype=np.int64), scored.constants)
            grades = _grades(scored, present, calibration)
            matches[kind] = tuple(
                Match(
                    rank=place,
                    kind=kind,
                    id=snapshot.ids[row],
                    record=record,
                    score=float(ranked.final[row]),
                    signals=shares,
                    reasons=tuple(told.reasons),
                    misfits=tuple(told.misfits),
                    unknowns=tuple(told.unknowns),
                    evidence=tuple(snapshot.ids[offer] for offer in ranked.backing.get(row, ())),
                    grade=grade,
                )
                for place, (row, shares, grade) in enumerate(
                    zip(present, signals, grades, strict=True), start=1
                )
                for record in [records[snapshot.ids[row]]]
                for told in [
                    self._told(query, scored, row, record, words[row], flags.get(row), facets, day)
                ]
            )
        return matches

    def _told(
        self,
        query: MatchQuery,
        scored: Scored,
        row: int,
        record: Record,
        words: tuple[str, ...],
        flag: Reason | None,
        facets: Sequence[Facet],
        day: date,
    ) -> Explanation:
        snapshot, city = scored.snapshot, scored.city
        ids = snapshot.ids
        cases = snapshot.cases_of.get(ids[row], ())
        backing = scored.ranked.backing.get(row, ())
        facts = Facts(
            words=words,
            case_names=tuple(map(snapshot.name_of, cases[:NAMED])),
            more_cases=len(cases[NAMED:]),
            offer_names=tuple(map(snapshot.name_of, backing)),
            packages=city.packages.get(ids[row], ()) if city else (),
            listed=int(city.fits[row]) if city and city.has_catalogue else None,
            lapsed=city.lapsed.get(ids[row]) if city else None,
            function=_function(scored, row),
            flag=flag,
        )
        return explain(record, query, scored.understanding, facts, self._taxonomy, facets, day)


def _shared(scored: Scored, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What the need and the offer in each row both say."""
    snapshot, chinese = scored.snapshot, scored.chinese
    telling = telling_words(scored.words, snapshot.generation.lexical.idf)
    said = words_said((*telling, *chinese), snapshot, np.array(rows, dtype=np.int64))
    return {
        row: shared_words(telling, chinese, words) for row, words in zip(rows, said, strict=True)
    }


def _grades(
    scored: Scored, rows: Sequence[int], calibration: Calibration | None
) -> list[str] | list[None]:
    if calibration is None:
        return [None] * len(rows)
    reached = calibration.grades(scored.features(np.array(rows, dtype=np.int64)))
    return [GRADES[grade] for grade in reached.tolist()]


def _function(scored: Scored, row: int) -> str:
    """The function that the need asks for and that the offer in ``row`` does above all."""
    asked = scored.understanding.functions
    shares = scored.snapshot.shares_of(row, [one.code for one in asked])
    done = {
        one.code: one.confidence * share
        for one, share in zip(asked, shares, strict=True)
        if share >= _DOES
    }
    return max(done, key=lambda code: done[code], default="")
