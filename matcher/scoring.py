"""From a need to its scores with every offer: its words heard and read, its signals weighed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial

from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.wording import city_name
from matcher.clock import Watch, today
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.cores import Cores, done
from matcher.encoder import Encoder, PreparedNeed, Vectors, prepared
from matcher.fit import check_hard_labels, fit
from matcher.index.analyzer import Analyzer
from matcher.index.listings import CityViews
from matcher.index.snapshot import Snapshot
from matcher.query import check_beside, check_musts, checked_text, whole_text
from matcher.ranking import Near, Scores, rank
from matcher.scored import SEARCHED, SEEN, Heard, Scored
from matcher.serving import Serving
from matcher.types import Constraint, MatchQuery
from matcher.understanding.glossary import need_words
from matcher.understanding.language import language_of
from matcher.understanding.meant import Meant, limits_of
from matcher.wishes import counted_limits, with_limits

_NEEDS_KEPT = 2048


class NeedScorer:
    """Scores needs with all offers of a snapshot, in one go or step by step. Thread-safe."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        taxonomy: Taxonomy,
        analyzer: Analyzer,
        serving: Serving,
        cores: Cores,
        clock: Callable[[], datetime],
    ):
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._analyzer = analyzer
        self._serving = serving
        self._cores = cores
        self._clock = clock
        self._cities = CityViews(store)
        self._prepared = lru_cache(maxsize=_NEEDS_KEPT)(self._prepare)

    def score(self, query: MatchQuery, watch: Watch, near: bool) -> Scored:
        """``query`` scored with every offer; with ``near`` exactly only for what an answer may name.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        snapshot, text = self._serving.snapshot(), checked_text(query)
        need = self._prepared(self._encoder.space, text)
        # Another core reads the words while this one encodes and multiplies: laps tell how long it was
        # waited for.
        beside = self._cores.begun
        hearing = beside(self.hear, query, text)
        # Of a need that was encoded before, what they mean has the other core for itself.
        searching = None if need.encoded else beside(self._lexical_of, snapshot, hearing)
        raw = need.vector
        watch.lap("encode")
        vector = snapshot.generation.means.centred_needs(raw, language_of(text))
        meaning = beside(self._mean_of, snapshot, hearing, vector)
        if near:
            (dense,), off = snapshot.near(vector[None])
        else:
            dense, off = snapshot.dense(vector), 0.0
        watch.lap("dense")
        searching = searching or done(self._lexical_of, snapshot, hearing)
        heard, lexical = hearing.result(), searching.result()
        watch.lap("read")
        meant = meaning.result()
        watch.lap("understand")
        return self.rate(snapshot, heard, meant, vector, dense, lexical, off, watch)

    def _lexical_of(self, snapshot: Snapshot, hearing: Future[Heard]) -> Scores:
        return self.lexical(snapshot, hearing.result())

    def _mean_of(self, snapshot: Snapshot, hearing: Future[Heard], vector: Vectors) -> Meant:
        return self.mean(snapshot, hearing.result(), vector)

    def hear(
        self,
        query: MatchQuery,
        text: str | None = None,
        known: Mapping[str, Meant] | None = None,
    ) -> Heard:
        """What the words of a need tell before they are encoded.

        ``text`` is that of `checked_text` where it is known, ``known`` what texts are known to mean.

        Raises:
            InvalidNeed: the text is blank or too long, a limit makes no sense, or a must is neither given
                nor told.
        """
        text = checked_text(query) if text is None else text
        day, whole = today(self._clock), whole_text(query)
        meant = known.get(text) if known and self.reads_alike(query.city) else None
        meant = meant and meant.on(whole, day, whole != text)
        if meant is not None:
            lang, words, limits = meant.understanding.lang, meant.words, meant.limits
        else:
            limits, lang = limits_of(whole, day), language_of(text)
            words = need_words(text, lang, self._analyzer)
        check_beside(query, text, limits)
        query = with_limits(query, limits)
        check_musts(query)
        return Heard(query, text, lang, words, limits, meant)

    def reads_alike(self, city: str | None) -> bool:
        """Whether words mean in ``city`` what they mean elsewhere: it has none of its own."""
        reader = self._serving.reader(self._serving.last)
        return not reader.understander.has_words_of(city and city_name(city))

    def mean(self, snapshot: Snapshot, heard: Heard, vector: Vectors) -> Meant:
        """What the words of ``heard`` mean; ``vector`` is the centred unit vector of its text."""
        reader, city = self._serving.reader(snapshot), heard.query.city
        return reader.read(heard.text, heard.lang, heard.words, heard.limits, vector, city)

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
        meant = self._serving.reader(snapshot).corrected(meant, query)
        limits = counted_limits(query, heard.limits)
        understanding = replace(meant.understanding, limits=limits)
        check_hard_labels(query, meant.sectors, meant.scenarios)
        city = self._cities.of(snapshot, query.city, today(self._clock)) if query.city else None
        fitted = fit(
            city.columns if city else snapshot.columns,
            query,
            meant.sectors,
            meant.scenarios,
            sector_closeness(self._taxonomy),
            scenario_closeness(self._taxonomy),
            city.fits if city and (city.has_catalogue or Constraint.CITY in query.must) else None,
        )
        given = (meant.sectors.given, meant.scenarios.given)
        function = snapshot.near_functions(meant.functions)
        watch.lap("fit")
        searched = max(SEEN, query.limit, SEARCHED if understanding.pains else 0)
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
            query, snapshot, text, plain.whole, understanding, ranked, city, given, plain.chinese
        )

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
