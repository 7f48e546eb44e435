"""The engine: one snapshot at a time, a need in, ranked and explained offers out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.answers.answer import Answering
from matcher.calibration import Calibration, shipped_calibration
from matcher.clock import Watch
from matcher.cores import Cores
from matcher.encoder import Encoder
from matcher.index.build import shipped_analyzer
from matcher.index.snapshot import Snapshot
from matcher.leads.types import LeadAnswer, LeadQuery
from matcher.needs.kept import KeptMeanings
from matcher.scored import Scored
from matcher.scoring import NeedScorer
from matcher.serving import Serving
from matcher.types import Answer, MatchQuery

if TYPE_CHECKING:
    from matcher.leads.leads import Leads


class Matcher:
    """Matches needs against one generation and every change that came after it. Thread-safe.

    ``scorer`` takes the steps of a match one by one, for those who match many needs.
    """

    def __init__(
        self,
        store: Store,
        data: Path,
        encoder: Encoder,
        taxonomy: Taxonomy,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        """See `open`."""
        analyzer = shipped_analyzer(taxonomy)
        self._store = store
        self._data = data
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._analyzer = analyzer
        self._clock = clock
        self._cores = Cores()
        self._serving = Serving(store, data, encoder, taxonomy, analyzer)
        self.scorer = NeedScorer(
            store, encoder, taxonomy, analyzer, self._serving, self._cores, clock
        )
        self._answering = Answering(store, taxonomy, clock)
        self._leads: Leads | None = None

    @classmethod
    def open(cls, store: Store, data: Path, encoder: Encoder, taxonomy: Taxonomy) -> Matcher:
        """A matcher on the current generation of the data directory.

        Raises:
            NoGeneration: nothing has been built yet.
            GenerationCorrupt: the current generation is damaged.
            ModelMismatch: it was built with another model.
        """
        return cls(store, data, encoder, taxonomy)

    def match(self, query: MatchQuery) -> Answer:
        """Ranked solutions, providers and cases for ``query``, with reasons.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        with self._cores.answering():
            watch = Watch()
            scored = self.scorer.score(query, watch, near=True)
            return self._answering.answer(scored, self.calibration(scored.snapshot), watch)

    def score(self, query: MatchQuery) -> Scored:
        """``query`` scored against every offer, exactly: what the evaluation stands on.

        `match` gives the same order: it is exact for all that it lists.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        return self.scorer.score(query, Watch(), near=False)

    def leads(self, query: LeadQuery) -> LeadAnswer:
        """The stored needs that a solution or provider could serve, ranked by the score of `match`.

        Raises:
            UnknownRecord: no record has the id.
            InvalidRecord: the record is no solution or provider, or a filter makes no sense.
            GenerationCorrupt: the needs of the generation are damaged.
        """
        if self._leads is None:
            from matcher.leads.leads import Leads

            self._leads = Leads(
                self._store, self._data, self._encoder, self._taxonomy, self._analyzer, self._clock
            )
        snapshot = self.snapshot()
        return self._leads.answer(
            query, snapshot, self._serving.reader(snapshot), self.calibration(snapshot)
        )

    def calibration(self, snapshot: Snapshot) -> Calibration | None:
        """What turns scores into grades; ``None`` where none was fitted."""
        return shipped_calibration(self._encoder.space, snapshot.generation.constants)

    @property
    def generation(self) -> str:
        """Id of the generation that answers."""
        return self._serving.last.generation.info.id

    @property
    def sequence(self) -> int:
        """Number of the last change that answers take into account."""
        return self._serving.last.sequence

    @property
    def later_rows(self) -> int:
        """Offers laid over the generation; a build folds them in."""
        return len(self._serving.last.later_tokens)

    def snapshot(self) -> Snapshot:
        """What answers are computed from, brought up to the store's last change."""
        return self._serving.snapshot()

    def reload(self) -> bool:
        """Swap to the generation that is current now; ``True`` when it is another one.

        A generation that cannot be loaded raises, and the one before goes on serving.
        """
        return self._serving.reload()

    def kept_meanings(self) -> KeptMeanings:
        """What the store keeps of the meaning of needs, as this generation reads them."""
        return self._serving.kept_meanings()
