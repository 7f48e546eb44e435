"""The engine: one snapshot at a time, a need in, ranked and explained offers out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from catalog.errors import Bilingual
from catalog.records import MAX_DAYS, MAX_MONEY_CNY, MAX_TEXT, Kind
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from catalog.wording import normalised
from matcher.build import shipped_analyzer
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.encoder import Encoder, Vectors
from matcher.errors import InvalidNeed
from matcher.explain import Facts, explain, notes, shared_words
from matcher.fit import check_hard_labels, fit
from matcher.generation import Generation, current_id, load_generation
from matcher.language import language_of
from matcher.listings import CityView, city_view
from matcher.ranking import Ranked, Rows, need_hash, rank, top
from matcher.snapshot import Snapshot, take_snapshot
from matcher.text import offer_text
from matcher.types import Answer, Constraint, Match, MatchQuery, Understanding
from matcher.understanding import Understander

Signal = Literal["dense", "lexical", "fused", "final"]
_WORD = re.compile(r"[^\W_]")
_CITIES_KEPT = 16
_NEEDS_KEPT = 2048
_ASKED = {
    Constraint.BUDGET: "budget_cny",
    Constraint.DAYS: "deploy_days",
    Constraint.SIZE: "size",
    Constraint.SECTOR: "sectors",
    Constraint.SCENARIO: "scenarios",
    Constraint.CITY: "city",
    Constraint.LEVEL: "target_level",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """A need scored against every row of one snapshot."""

    snapshot: Snapshot
    text: str
    tokens: tuple[str, ...]
    understanding: Understanding
    ranked: Ranked
    city: CityView | None

    def order(self, signal: Signal, limit: int) -> list[tuple[str, float]]:
        """Ids and scores of all kinds in one list by one signal; ``final`` is what a user gets."""
        need = need_hash(self.text)
        rows = top(self.ranked, self.snapshot, None, limit, need, signal)
        scores = self.ranked.scores(signal)
        return [(self.snapshot.ids[row], float(scores[row])) for row in rows]


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
        self._lock = threading.Lock()
        self._encoded = lru_cache(maxsize=_NEEDS_KEPT)(self._encode)
        self._cities: dict[tuple[str, int, str, date], CityView] = {}
        self._snapshot, self._understander = self._load(current_id(data))

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
            self._snapshot, self._understander = self._load(identity)
        return True

    def match(self, query: MatchQuery) -> Answer:
        """Ranked solutions, providers and cases for ``query``, with reasons.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        watch = Watch()
        scored = self.score(query, watch)
        need = need_hash(scored.text)
        rows = {
            kind: top(scored.ranked, scored.snapshot, kind, query.limit, need)
            for kind in query.kinds
        }
        watch.lap("fit")
        matches = self._explained(query, scored, rows)
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
            notes=notes(query, scored.understanding, considered, lists),
            timings_ms=watch.laps,
        )

    def score(self, query: MatchQuery, watch: Watch | None = None) -> Scored:
        """``query`` scored against every offer; what `match` and the evaluation both stand on.

        Raises:
            InvalidNeed: the text is blank or too long, a label or a limit makes no sense.
        """
        watch = watch or Watch()
        text = checked_text(query)
        snapshot = self._current()
        lang = language_of(text)
        # What a label says counts twice: as a node, and as words that offers may use.
        worded = " ".join((text, *self._label_words(query)))
        means = snapshot.generation.means
        vector = means.centred_needs(self._encoded(worded), lang)
        watch.lap("encode")
        dense = snapshot.dense(vector)
        watch.lap("dense")
        tokens = tuple(self._analyzer.tokens(worded))
        lexical = snapshot.lexical(tokens)
        watch.lap("lexical")
        understanding, sectors, scenarios = self._understander.understand(
            text, lang, tokens, vector, query.sectors, query.scenarios, query.city
        )
        check_hard_labels(query, sectors, scenarios)
        city = self._city(snapshot, query.city) if query.city else None
        fitted = fit(
            city.columns if city else snapshot.columns,
            query,
            sectors,
            scenarios,
            sector_closeness(self._taxonomy),
            scenario_closeness(self._taxonomy),
            city.fits if city and city.lists else None,
        )
        constants = snapshot.generation.constants
        ranked = rank(
            snapshot,
            dense,
            lexical,
            fitted,
            (sectors.given, scenarios.given),
            constants,
            query.demonstration,
        )
        return Scored(snapshot, text, tokens, understanding, ranked, city)

    def _label_words(self, query: MatchQuery) -> tuple[str, ...]:
        """The given labels in words: the name of the node for a bare code."""
        trees = (self._taxonomy.sectors, self._taxonomy.scenarios)
        return tuple(
            tree[label].name.zh if label in tree else label
            for tree, labels in zip(trees, (query.sectors, query.scenarios), strict=True)
            for label in labels
        )

    def _encode(self, text: str) -> Vectors:
        return np.asarray(self._encoder.encode_needs([text])[0], dtype=np.float32)

    def _load(self, identity: str) -> tuple[Snapshot, Understander]:
        generation = load_generation(self._data, identity, self._encoder.space, self._analyzer)
        understander = Understander(self._taxonomy, generation.readers, generation.constants)
        return self._taken(generation), understander

    def _taken(self, generation: Generation) -> Snapshot:
        return take_snapshot(generation, self._store, self._encoder, self._taxonomy, self._analyzer)

    def _current(self) -> Snapshot:
        """The snapshot, brought up to the store's last change."""
        if self._store.sequence() != self._snapshot.sequence:
            with self._lock:
                if self._store.sequence() != self._snapshot.sequence:
                    self._snapshot = self._taken(self._snapshot.generation)
        return self._snapshot

    def _city(self, snapshot: Snapshot, city: str) -> CityView:
        today = self._clock().date()
        key = (snapshot.generation.info.id, snapshot.sequence, city, today)
        view = self._cities.get(key)
        if view is None:
            view = city_view(snapshot, self._store, city, today)
            if len(self._cities) >= _CITIES_KEPT:
                self._cities.clear()
            self._cities[key] = view
        return view

    def _explained(
        self, query: MatchQuery, scored: Scored, rows: dict[Kind, Rows]
    ) -> dict[Kind, tuple[Match, ...]]:
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
        )


class Watch:
    """Laps in milliseconds, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Put the time since the last lap under ``name``."""
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now


def checked_text(query: MatchQuery) -> str:
    """The need's text, normalised.

    Raises:
        InvalidNeed: it is blank or too long, a limit makes no sense, or a must has no value.
    """
    text = normalised(query.text)
    if not _WORD.search(text):
        raise InvalidNeed(
            Bilingual("需求是空的", "the need is empty"),
            Bilingual(
                "请用一句话描述问题，例如：换模慢，设备老停机",
                "describe the problem in a sentence, e.g. changeovers are slow",
            ),
            field="text",
        )
    if len(query.text) > MAX_TEXT:
        raise InvalidNeed(
            Bilingual(f"需求超过 {MAX_TEXT} 字", f"the need is longer than {MAX_TEXT} characters"),
            Bilingual("请写重点", "keep to the point"),
            field="text",
        )
    for field, most in (("budget_cny", MAX_MONEY_CNY), ("deploy_days", MAX_DAYS)):
        value = getattr(query, field)
        if value is not None and not 0 < value <= most:
            raise InvalidNeed(
                Bilingual(
                    f"{field} 为 {value}，应在 1 到 {most:,} 之间",
                    f"{field} is {value}, it should be 1 to {most:,}",
                ),
                field=field,
            )
    if query.limit < 0:
        raise InvalidNeed(
            Bilingual("limit 不能为负", "limit must not be negative"),
            field="limit",
        )
    if query.target_level is not None and query.target_level not in (1, 2, 3, 4):
        raise InvalidNeed(
            Bilingual("目标等级应为 1 到 4", "the target level should be 1 to 4"),
            field="target_level",
        )
    for must in sorted(query.must):
        value = getattr(query, _ASKED[must])
        if value in (None, ()) or (isinstance(value, str) and not value.strip()):
            raise InvalidNeed(
                Bilingual(
                    f"{must} 设为硬性条件，但没有给出 {_ASKED[must]}",
                    f"{must} is a hard limit, but {_ASKED[must]} has no value",
                ),
                Bilingual("请给出值，或去掉这个硬性条件", "give a value or drop the limit"),
                field="must",
            )
    return text
