"""A need scored against every row of one snapshot: what answers and evaluation both stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.calibration import features_of
from matcher.closeness import scenario_closeness
from matcher.config import Constants
from matcher.index.columns import KINDS, tie_hash
from matcher.index.listings import CityView
from matcher.index.snapshot import Snapshot
from matcher.limits import ReadLimit
from matcher.ranking import Ranked, Rows, top
from matcher.types import MatchQuery, Understanding
from matcher.understanding.glossary import NeedWords
from matcher.understanding.meant import Meant
from matcher.understanding.pains import each_answered

SEARCHED = 300
"""How many rows of a kind are searched for one that answers a pain which those shown do not."""

SEEN = 10
"""How many rows of a kind tell whether something serves a need, however many are listed."""

Signal = Literal["dense", "lexical", "fused", "final"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A need as its words alone tell it.

    ``query`` has what was read from them, ``known`` is what they are known to mean.
    """

    query: MatchQuery
    text: str
    lang: str
    words: NeedWords
    limits: tuple[ReadLimit, ...]
    known: Meant | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A need scored against every row of one snapshot; ``query`` has what was read from its words.

    ``words`` are the whole ones of its text without what tells a limit; ``chinese`` has Chinese words for
    what it says in another language.
    """

    query: MatchQuery
    snapshot: Snapshot
    text: str
    words: tuple[str, ...]
    understanding: Understanding
    ranked: Ranked
    city: CityView | None
    given: tuple[bool, bool]
    chinese: Mapping[str, str] = field(default_factory=dict)

    @property
    def constants(self) -> Constants:
        """What the scores were weighed with."""
        return self.snapshot.generation.constants

    def features(self, rows: Rows) -> NDArray[np.float64]:
        """What the calibration reads of ``rows``, one a row."""
        fitted = self.ranked.fitted
        return features_of(
            self.ranked.fused[rows],
            fitted.sector[rows],
            fitted.scenario[rows],
            self.ranked.function[rows],
            self.given,
            self.understanding.unserved,
            self.snapshot.columns.kind[rows] == KINDS.index(Kind.PROVIDER),
        )

    def listed(self, limit: int, taxonomy: Taxonomy) -> dict[Kind, Rows]:
        """The ``limit`` rows of each asked kind that an answer lists, best first.

        Of a need that lists several pains each is answered where something answers it.
        """
        ranked, snapshot, need = self.ranked, self.snapshot, tie_hash(self.text)
        rows = {kind: top(ranked, snapshot, kind, limit, need) for kind in self.query.kinds}
        pains = self.understanding.pains
        if not pains:
            return rows
        index = scenario_closeness(taxonomy).index
        return {
            kind: each_answered(
                found,
                top(ranked, snapshot, kind, max(limit, SEARCHED), need),
                snapshot.columns.scenarios,
                [index[code] for code in pains],
            )
            for kind, found in rows.items()
        }

    def order(self, signal: Signal, limit: int) -> list[tuple[str, float]]:
        """Ids and scores of all kinds in one list by one signal; ``final`` is what a user gets."""
        need = tie_hash(self.text)
        rows = top(self.ranked, self.snapshot, None, limit, need, signal)
        scores = self.ranked.scores(signal)
        return [(self.snapshot.ids[row], float(scores[row])) for row in rows]
