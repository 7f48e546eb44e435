"""The engine: one snapshot at a time, a need in, ranked and explained offers out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.wording import city_name
from matcher.answers.explain import notes
from matcher.answers.present import Presenter
from matcher.answers.remarks import only_a_trade
from matcher.calibration import Calibration, says_enough, shipped_calibration
from matcher.clock import Watch, today
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.cores import Cores
from matcher.encoder import Encoder, PreparedNeed, Vectors, prepared
from matcher.fit import check_hard_labels, fit
from matcher.index.build import shipped_analyzer
from matcher.index.generation import Generation, current_id, load_generation
from matcher.index.listings import CityViews
from matcher.index.snapshot import Snapshot, take_snapshot
from matcher.leads.types import LeadAnswer, LeadQuery
from matcher.needs.kept import KeptMeanings
from matcher.query import check_beside, checked_text, with_limits
from matcher.ranking import Near, Rows, Scores, need_hash, rank, top
from matcher.scored import Heard, Scored, Signal
from matcher.types import Answer, MatchQuery
from matcher.understanding.glossary import need_words
from matcher.understanding.language import language_of
from matcher.understanding.meant import MeaningReader, Meant, limits_of
from matcher.understanding.pains import each_answered, pains_of

if TYPE_CHECKING:
    from matcher.leads.leads import Leads

__all__ = ["Matcher", "Scored", "Signal"]

_SEARCHED = 300
"""How many rows of a kind are searched for one that answers a pain which those shown do not."""
_NEEDS_KEPT = 2048

Products = Callable[[Snapshot, Vectors], tuple[Scores, float]]
"""Dense scores of a need with every row, and what none of them is off by more than."""


class Matcher:
    """Matches needs against one generation and every change that came after it. Thread-safe."""

    def __init__(
        self,
        store: Store,
        data: Path,
        encoder: Encoder,
        taxonomy: Taxonomy,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        """See `open`."""
        self._store = store
        self._data = data
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._clock = clock
        self._analyzer = shipped_analyzer(taxonomy)
        self._presenter = Presenter(store, taxonomy, clock)
        self._lock = threading.Lock()
        self._prepared = lru_cache(maxsize=_NEEDS_KEPT)(self._prepare)
        self._cores = Cores()
        self._cities = CityViews(store)
        self._leads: Leads | None = None
        self._readers: dict[str, MeaningReader] = {}
        self._snapshot = self._load(current_id(data))

    @classmethod
    def open(cls, store: Store, data: Path, encoder: Encoder, taxonomy: Taxonomy) -> Matcher:
        """A matcher on the current generation of the data directory.

        Raises:
            NoGeneration: nothing has been built yet.
            GenerationCorrupt: the current generation is damaged.
            ModelMismatch: it was built with another model.
        """
        return cls(store, data, encoder, taxonomy)

    @property
    def generation(self) -> str:
        """Id of the generation that answers."""
        return self._snapshot.generation.info.id

    @property
    def sequence(self) -> int:
        """Number of the last change that answers take into account."""
        return self._snapshot.sequence

    @property
    def later_rows(self) -> int:
        """Offers laid over the generation; a build folds them in."""
        return len(self._snapshot.later_tokens)

    def reload(self) -> bool:
        """Swap to the generation that is current now; ``True`` when it is another one.

        A generation that cannot be loaded raises, and the one before goes on serving.
        """
        identity = current_id(self._data)
        if identity == self.generation:
            return False
        with self._lock:
            self._snapshot = self._load(identity)
        return True

    def match(self, query: MatchQuery) -> Answer:
        """Ranked solutions, providers and cases for ``query``, with reasons.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        with self._cores.answering():
            return self._answered(query, Watch())

    def _answered(self, query: MatchQuery, watch: Watch) -> Answer:
        scored = self._scored(query, watch, _near)
        query = scored.query
        calibration = self.calibration(scored.snapshot)
        unserved = self.unserved(scored)
        rows = self.listed(scored, 0 if unserved else query.limit)
        need = need_hash(scored.text)
        nearest = top(scored.ranked, scored.snapshot, None, int(unserved), need).tolist()
        watch.lap("rank")
        matches = self._presenter.matches(query, scored, rows, calibration)
        missed = self._presenter.nearest(query, scored, nearest, calibration)
        watch.lap("explain")
        considered = int(scored.ranked.mask.sum())
        lists = scored.city is not None and scored.city.lists
        return Answer(
            generation=scored.snapshot.generation.info.id,
            sequence=scored.snapshot.sequence,
            understanding=scored.understanding,
            solutions=matches.get(Kind.SOLUTION, ()),
            providers=matches.get(Kind.PROVIDER, ()),
            cases=matches.get(Kind.CASE, ()),
            considered=considered,
            notes=notes(
                query,
                scored.understanding,
                considered,
                lists,
                calibration is not None,
                unserved,
                self._taxonomy.scenarios,
            ),
            timings_ms=watch.laps,
            unserved=unserved,
            nearest=missed,
        )

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
            query, snapshot, self._reader(snapshot), self.calibration(snapshot)
        )

    def listed(self, scored: Scored, limit: int) -> dict[Kind, Rows]:
        """The ``limit`` rows of each asked kind that an answer lists, best first.

        Of a need that lists several pains each is answered where something answers it.
        """
        ranked, snapshot, need = scored.ranked, scored.snapshot, need_hash(scored.text)
        rows = {kind: top(ranked, snapshot, kind, limit, need) for kind in scored.query.kinds}
        pains = pains_of(scored.understanding)
        if not pains:
            return rows
        index = scenario_closeness(self._taxonomy).index
        return {
            kind: each_answered(
                found,
                top(ranked, snapshot, kind, max(limit, _SEARCHED), need),
                snapshot.columns.scenarios,
                [index[code] for code in pains],
            )
            for kind, found in rows.items()
        }

    def score(self, query: MatchQuery, watch: Watch | None = None) -> Scored:
        """``query`` scored against every offer, exactly: what the evaluation stands on.

        `match` gives the same order: it is exact for all that it lists.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        return self._scored(query, watch or Watch(), _exact)

    def _scored(self, query: MatchQuery, watch: Watch, products: Products) -> Scored:
        # Another core reads the words while this one multiplies: the laps tell how long it was waited for.
        snapshot, text = self.snapshot(), checked_text(query)
        need = self._prepared(self._encoder.space, text)
        hearing = self._cores.begun(self._heard, snapshot, query, text)
        raw = need.vector
        watch.lap("encode")
        heard, lexical = hearing.result()
        watch.lap("read")
        vector = snapshot.generation.means.centred_needs(raw, heard.lang)
        meaning = self._cores.begun(self.mean, snapshot, heard, vector)
        dense, off = products(snapshot, vector)
        watch.lap("dense")
        meant = meaning.result()
        watch.lap("understand")
        return self.rate(snapshot, heard, meant, vector, dense, lexical, off, watch)

    def _heard(self, snapshot: Snapshot, query: MatchQuery, text: str) -> tuple[Heard, Scores]:
        heard = self.hear(query, text)
        return heard, self.lexical(snapshot, heard)

    def hear(
        self,
        query: MatchQuery,
        text: str | None = None,
        known: Mapping[str, Meant] | None = None,
    ) -> Heard:
        """What the words of a need tell before they are encoded.

        ``text`` is that of `checked_text` where it is known, ``known`` what texts are known to mean.

        Raises:
            InvalidNeed: the text is blank or too long, or a limit makes no sense.
        """
        text = checked_text(query) if text is None else text
        day = today(self._clock)
        meant = known.get(text) if known and self.reads_alike(query.city) else None
        meant = meant and meant.on(text, day)
        if meant is not None:
            lang, words, limits = meant.understanding.lang, meant.words, meant.limits
        else:
            limits, lang = limits_of(text, day), language_of(text)
            words = need_words(text, lang, self._analyzer)
        check_beside(query, text, limits)
        return Heard(with_limits(query, limits), text, lang, words, limits, meant)

    def reads_alike(self, city: str | None) -> bool:
        """Whether words mean in ``city`` what they mean elsewhere: it has none of its own."""
        return not self._reader(self._snapshot).understander.has_words_of(city and city_name(city))

    def mean(self, snapshot: Snapshot, heard: Heard, vector: Vectors) -> Meant:
        """What the words of ``heard`` mean; ``vector`` is the centred unit vector of its text."""
        reader, city = self._reader(snapshot), heard.query.city
        return reader.read(heard.text, heard.lang, heard.words, heard.limits, vector, city)

    def kept_meanings(self) -> KeptMeanings:
        """What the store keeps of the meaning of needs, as this generation reads them."""
        snapshot, space = self._snapshot, self._encoder.space
        reader = self._reader(snapshot)
        return KeptMeanings(self._store, snapshot.generation, space, self._taxonomy, reader)

    def lexical(self, snapshot: Snapshot, heard: Heard) -> Scores:
        """The lexical score of ``heard`` with every offer of ``snapshot``: its words and its labels'."""
        # A label is a node, and words that offers use; beside foreign words it would drown them.
        labels = self._label_words(heard.query) if heard.lang == "zh" else ()
        tokens = (*heard.words.tokens, *self._analyzer.tokens(" ".join(labels)))
        return snapshot.lexical(tokens, heard.words.known)

    def rate(
        self,
        snapshot: Snapshot,
        heard: Heard,
        meant: Meant,
        vector: Vectors,
        dense: Scores,
        lexical: Scores,
        off: float = 0.0,
        watch: Watch | None = None,
    ) -> Scored:
        """A need rated against every offer of ``snapshot``, exactly for what an answer may name.

        ``vector`` is the centred unit vector of its text; none of its scores in ``dense``, which are
        mended in place, is off by more than ``off``.

        Raises:
            InvalidNeed: a label makes no sense.
        """
        watch = watch or Watch()
        query, text = heard.query, heard.text
        meant = self._reader(snapshot).corrected(meant, query)
        understanding = replace(meant.understanding, limits=heard.limits)
        check_hard_labels(query, meant.sectors, meant.scenarios)
        city = self._cities.of(snapshot, query.city, today(self._clock)) if query.city else None
        fitted = fit(
            city.columns if city else snapshot.columns,
            query,
            meant.sectors,
            meant.scenarios,
            sector_closeness(self._taxonomy),
            scenario_closeness(self._taxonomy),
            city.fits if city and city.lists else None,
        )
        given = (meant.sectors.given, meant.scenarios.given)
        function = snapshot.near_functions(meant.functions)
        watch.lap("fit")
        searched = max(1, query.limit, _SEARCHED if pains_of(understanding) else 0)
        near = Near(partial(snapshot.exact, vector), off, searched) if off else None
        ranked = rank(
            snapshot,
            dense,
            lexical,
            function,
            fitted,
            given,
            snapshot.generation.constants,
            query.demonstration,
            near,
        )
        plain = meant.plain
        return Scored(
            query, snapshot, text, plain.own, understanding, ranked, city, given, plain.chinese
        )

    def unserved(self, scored: Scored) -> bool:
        """Whether the need reads like one that no digital offer serves; never without a calibration."""
        calibration = self.calibration(scored.snapshot)
        # A scenario that the caller names is served or not by what is there, not by how it reads.
        if calibration is None or scored.given[1]:
            return False
        unserved = scored.understanding.unserved
        if not calibration.serves_nothing(unserved) or not says_enough(scored.text):
            return False
        return not only_a_trade(scored.text, scored.understanding)

    def _label_words(self, query: MatchQuery) -> tuple[str, ...]:
        """The given labels in words: the name of the node for a bare code."""
        trees = (self._taxonomy.sectors, self._taxonomy.scenarios)
        return tuple(
            dict.fromkeys(
                tree[label].name.zh if label in tree else label
                for tree, labels in zip(trees, (query.sectors, query.scenarios), strict=True)
                for label in labels
            )
        )

    def _prepare(self, space: str, text: str) -> PreparedNeed:
        """``space`` is there to be part of the key: a vector never outlives its space."""
        return prepared(self._encoder, text)

    def _load(self, identity: str) -> Snapshot:
        generation = load_generation(self._data, identity, self._encoder.space, self._analyzer)
        reader = MeaningReader.of(generation, self._taxonomy, self._analyzer)
        # Answers that are being made stand on the generation before, and are read by its reader.
        before = list(self._readers.items())[-1:]
        self._readers = dict([*before, (identity, reader)])
        return self._taken(generation)

    def _reader(self, snapshot: Snapshot) -> MeaningReader:
        return self._readers[snapshot.generation.info.id]

    def _taken(self, generation: Generation, before: Snapshot | None = None) -> Snapshot:
        return take_snapshot(
            generation, self._store, self._encoder, self._taxonomy, self._analyzer, before
        )

    def snapshot(self) -> Snapshot:
        """What answers are computed from, brought up to the store's last change."""
        if self._store.sequence() != self._snapshot.sequence:
            with self._lock:
                if self._store.sequence() != self._snapshot.sequence:
                    self._snapshot = self._taken(self._snapshot.generation, self._snapshot)
        return self._snapshot

    def calibration(self, snapshot: Snapshot) -> Calibration | None:
        """What turns scores into grades; ``None`` where none was fitted."""
        return shipped_calibration(self._encoder.space, snapshot.generation.constants)


def _exact(snapshot: Snapshot, need: Vectors) -> tuple[Scores, float]:
    return snapshot.dense(need), 0.0


def _near(snapshot: Snapshot, need: Vectors) -> tuple[Scores, float]:
    scores, off = snapshot.near(need[None])
    return scores[0], off
