"""From a scored need to its answer: the offers listed, or that nothing is suitable and what came nearest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.answers.lacking import lacking, told
from matcher.answers.notes import notes
from matcher.answers.over_limit import over_limit
from matcher.answers.present import Presenter
from matcher.answers.remarks import about_city
from matcher.calibration import Calibration
from matcher.clock import Watch
from matcher.index.columns import tie_hash
from matcher.ranking import top
from matcher.scored import Scored
from matcher.types import Answer, Lack


class Answering:
    """Answers scored needs from the records as they are now. Thread-safe."""

    def __init__(self, store: Store, taxonomy: Taxonomy, clock: Callable[[], datetime]):
        self._taxonomy = taxonomy
        self._presenter = Presenter(store, taxonomy, clock)

    def answer(self, scored: Scored, calibration: Calibration | None, watch: Watch) -> Answer:
        """What the need is answered, in the times of ``watch``; without a calibration no grades."""
        query, ranked, snapshot = scored.query, scored.ranked, scored.snapshot
        rows = scored.listed(query.limit, self._taxonomy)
        lack = lacking(scored, calibration, self._taxonomy, rows)
        note = told(lack, query.city, self._taxonomy) if lack else None
        nothing = lack is not None and lack.lack != Lack.SCARCE
        if nothing:
            rows = scored.listed(0, self._taxonomy)
        nearest = top(ranked, snapshot, None, int(nothing), tie_hash(scored.text)).tolist()
        watch.lap("rank")
        matches = self._presenter.matches(query, scored, rows, calibration)
        missed = self._presenter.nearest(query, scored, nearest, calibration)
        shown = matches.get(Kind.SOLUTION, ())
        left_out = None if nothing else over_limit(scored, self._presenter, shown, calibration)
        watch.lap("explain")
        considered = int(ranked.mask.sum())
        return Answer(
            generation=snapshot.generation.info.id,
            sequence=snapshot.sequence,
            understanding=scored.understanding,
            solutions=shown,
            providers=matches.get(Kind.PROVIDER, ()),
            cases=matches.get(Kind.CASE, ()),
            considered=considered,
            notes=(
                *(() if note is None or nothing else (note,)),
                *notes(
                    query,
                    scored.understanding,
                    considered,
                    about_city(query, scored.city),
                    calibration is not None,
                    note if nothing else None,
                    self._taxonomy,
                    [found[0] for found in matches.values() if found],
                ),
                *filter(None, [left_out]),
            ),
            timings_ms=watch.laps,
            unserved=nothing,
            nearest=missed,
            lacking=lack,
        )
