"""Many needs against one snapshot: the lists of `match`, a batch of products at a time.

The dense scores of a batch come from one scan (`matcher.index.scan`); `matcher.ranking` takes the exact
ones for every row that an answer may name, so order and scores are those of `match`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.records import Kind, Label, Need
from catalog.taxonomy import Taxonomy
from catalog.unmet import Demand
from matcher.answers.compared import RELATED
from matcher.answers.demand import demand_of
from matcher.answers.explain import SURE, likely, render
from matcher.answers.lacking import lacking, told
from matcher.calibration import Calibration
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.engine import Matcher
from matcher.errors import InvalidNeed
from matcher.index.columns import tie_hash
from matcher.index.snapshot import Snapshot
from matcher.index.vectors import Vectors
from matcher.needs.kept import KeptMeanings
from matcher.query import ASKED, checked_text, whole_text
from matcher.ranking import Rows, Scores, top
from matcher.scored import Heard, Scored
from matcher.types import Constraint, Lack, MatchQuery, Understood
from matcher.understanding.meant import Meant

BATCH = 16
"""Needs of one scan: their sums, eight bytes an offer, still lie in the cache."""
_NOT_DIGITAL = Bilingual("不像数字化方案能解决的", "no digital offer seems to serve it")
NOT_ASKED = 2
NOTHING = -1


class Status(IntEnum):
    """What became of a need."""

    MATCHED = 0
    UNSERVED = 1
    EXCLUDED = 2
    REFUSED = 3
    SCARCE = 4


LISTED = np.dtype(
    [
        ("need", np.int32),
        ("kind", np.int8),
        ("place", np.int16),
        ("row", np.int32),
        ("score", np.float64),
        ("grade", np.int8),
        ("sector", np.float32),
        ("scenario", np.float32),
        ("budget", np.int8),
        ("days", np.int8),
        ("sector_need", np.int16),
        ("sector_offer", np.int16),
        ("scenario_need", np.int16),
        ("scenario_offer", np.int16),
    ]
)
"""One listed offer.

The place of its need among those asked, its kind (in `KINDS`), its place (from 1; 0 is the nearest miss of
an unserved need), its row in the snapshot, score, grade (0-3, -1 without a calibration), closeness of
sector and scenario, fit of budget and days (1 yes, -1 no, 0 unknown, 2 not asked), and the nearest nodes
of need and offer (columns of `matcher.closeness`, -1 for none).
"""


@dataclass(frozen=True, slots=True)
class Told:
    """The answers to some needs.

    ``listed`` are offers as `LISTED`, those of a need together; ``status`` is a `Status` of each need,
    ``remarks`` why it was refused, what was not recognised or what is not there; ``demands`` what is unmet.
    """

    listed: NDArray[np.void]
    status: NDArray[np.int8]
    remarks: tuple[Bilingual | None, ...]
    demands: tuple[Demand | None, ...]


def query_of(
    need: Need,
    kinds: Sequence[Kind],
    limit: int,
    city: str | None = None,
    must: Collection[Constraint] = (),
) -> MatchQuery:
    """What `match` is asked on behalf of ``need``: its words, labels and limits, its city's listings.

    A need without a city is asked in ``city``. ``must`` are hard limits where the need gives their value.
    A label that was resolved when it was stored counts as its nodes, another one as it is written.
    """
    query = MatchQuery(
        text=need.text,
        sectors=_codes(need.sectors),
        scenarios=_codes(need.scenarios),
        budget_cny=need.budget_cny or None,
        deploy_days=need.deploy_days or None,
        size=need.size,
        target_level=need.target_level,
        city=need.city or city,
        kinds=tuple(kinds),
        limit=limit,
    )
    given = (one for one in must if getattr(query, ASKED[one]) not in (None, ()))
    return replace(query, must=frozenset(given))


def _codes(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for label in labels for one in label.nodes or (label.label,)))


def match_many(
    matcher: Matcher,
    snapshot: Snapshot,
    taxonomy: Taxonomy,
    queries: Sequence[MatchQuery | Bilingual],
    texts: Sequence[str | None],
    vectors: Vectors,
    kept: KeptMeanings,
) -> Told:
    """The lists of every query; ``texts`` are of `texts_of`, ``vectors[i]`` is the encoder's of ``texts[i]``.

    What is read here for the first time is ``kept``. A need that cannot be read is refused alone, with the
    reason; so is one for which the reason comes in the place of a query.
    """
    scorer = matcher.scorer
    collected = _Collected(matcher.calibration(snapshot), snapshot, taxonomy, len(queries))
    read: dict[str, Meant] = {}
    for start in range(0, len(queries), BATCH):
        known = kept.found(filter(None, texts[start : start + BATCH]))
        heard: dict[int, Heard] = {}
        for number in range(start, min(start + BATCH, len(queries))):
            query = queries[number]
            if isinstance(query, Bilingual):
                collected.refuse(number, query)
                continue
            try:
                heard[number] = scorer.hear(query, texts[number], known)
            except InvalidNeed as error:
                collected.refuse(number, error.message)
        asked = _centred(snapshot, heard, vectors)
        # All of them are read before any is rated: what one is read by is then at hand for the next.
        meant_by = {
            n: one.known or scorer.mean(snapshot, one, asked[n]) for n, one in heard.items()
        }
        for number, one, vector, dense, off in _near(snapshot, heard, asked):
            meant = meant_by[number]
            if one.known is None and scorer.reads_alike(one.query.city):
                whole = whole_text(one.query)
                read[one.text] = meant.lasting(whole, whole != one.text)
            try:
                lexical = scorer.lexical(snapshot, one)
                scored = scorer.rate(snapshot, one, meant, vector, dense, lexical, off)
            except InvalidNeed as error:
                collected.refuse(number, error.message)
            else:
                collected.take(number, scored)
    if read:
        kept.keep(read)
    return collected.told()


def texts_of(queries: Iterable[MatchQuery | Bilingual]) -> list[str | None]:
    """The normalised text of each query, ``None`` for one that cannot be read."""
    found: list[str | None] = []
    for query in queries:
        try:
            found.append(checked_text(query) if isinstance(query, MatchQuery) else None)
        except InvalidNeed:
            found.append(None)
    return found


def _centred(snapshot: Snapshot, heard: dict[int, Heard], raw: Vectors) -> dict[int, Vectors]:
    """The centred vector of each need."""
    means = snapshot.generation.means
    return {number: means.centred_needs(raw[number], one.lang) for number, one in heard.items()}


def _near(
    snapshot: Snapshot, heard: dict[int, Heard], asked: dict[int, Vectors]
) -> Iterator[tuple[int, Heard, Vectors, Scores, float]]:
    """Each need with its centred vector and its dense scores, made for all of them at once."""
    if not heard:
        return
    needs = np.stack(list(asked.values()))
    scores, off = snapshot.near(needs)
    for (number, one), need, row in zip(heard.items(), needs, scores, strict=True):
        yield number, one, need, row, off


class _Collected:
    """Answers as they come, turned into arrays at the end."""

    def __init__(
        self,
        calibration: Calibration | None,
        snapshot: Snapshot,
        taxonomy: Taxonomy,
        needs: int,
    ):
        self._calibration = calibration
        self._snapshot = snapshot
        self._taxonomy = taxonomy
        self._sectors = sector_closeness(taxonomy)
        self._scenarios = scenario_closeness(taxonomy)
        self._status = np.full(needs, Status.MATCHED, dtype=np.int8)
        self._remarks: list[Bilingual | None] = [None] * needs
        self._demands: list[Demand | None] = [None] * needs
        self._listed: list[NDArray[np.void]] = []

    def refuse(self, number: int, why: Bilingual) -> None:
        """Need ``number`` cannot be read."""
        self._status[number] = Status.REFUSED
        self._remarks[number] = why

    def take(self, number: int, scored: Scored) -> None:
        """What need ``number`` is answered."""
        query, snapshot, need = scored.query, self._snapshot, tie_hash(scored.text)
        remarks = []
        if scored.understanding.unresolved:
            labels = "、".join(scored.understanding.unresolved)
            remarks.append(Bilingual(f"无法识别：{labels}", f"not recognised: {labels}"))
        listed = scored.listed(query.limit, self._taxonomy)
        lack = lacking(scored, self._calibration, self._taxonomy, listed)
        lists = list(listed.values())
        if lack is None:
            if not any(map(len, lists)):
                self._status[number] = Status.EXCLUDED
        elif lack.lack == Lack.SCARCE:
            self._status[number] = Status.SCARCE
        else:
            self._status[number] = Status.UNSERVED
            lists = [top(scored.ranked, snapshot, None, 1, need)]
        if lack is not None:
            note = told(lack, query.city, self._taxonomy)
            said = Bilingual(render(note), render(note, "en"))
            remarks.append(_NOT_DIGITAL if lack.lack == Lack.NOT_DIGITAL else said)
            nearest = lists[0][0] if lack.lack != Lack.SCARCE and len(lists[0]) else None
            self._demands[number] = demand_of(
                query,
                scored.understanding,
                lack,
                snapshot.generation.info.id,
                None if nearest is None else snapshot.ids[nearest],
            )
        if remarks:
            self._remarks[number] = Bilingual(
                "；".join(one.zh for one in remarks), "; ".join(one.en for one in remarks)
            )
        first = int(self._status[number] != Status.UNSERVED)
        places = np.concatenate([np.arange(first, first + len(rows)) for rows in lists])
        self._listed.append(self._described(number, scored, np.concatenate(lists), places))

    def _described(self, number: int, scored: Scored, rows: Rows, places: Rows) -> NDArray[np.void]:
        """The offers in ``rows`` as `LISTED`."""
        fitted, columns = scored.ranked.fitted, self._snapshot.columns
        found = np.zeros(len(rows), dtype=LISTED)
        found["need"] = number
        found["kind"] = columns.kind[rows]
        found["place"] = places
        found["row"] = rows
        found["score"] = scored.ranked.final[rows]
        found["grade"] = NOTHING
        if self._calibration is not None:
            nothing = self._status[number] == Status.UNSERVED
            found["grade"] = 0 if nothing else self._calibration.grades(scored.features(rows))
        found["sector"] = fitted.sector[rows]
        found["scenario"] = fitted.scenario[rows]
        for name, constraint in (("budget", Constraint.BUDGET), ("days", Constraint.DAYS)):
            fits = fitted.fits.get(constraint)
            found[name] = NOT_ASKED if fits is None else fits[rows]
        understanding = scored.understanding
        for name, needed, nodes, table in (
            ("sector", understanding.sectors, columns.sectors, self._sectors),
            ("scenario", understanding.scenarios, columns.scenarios, self._scenarios),
        ):
            pair = nearest_nodes(needed, nodes[rows], table, name)
            found[f"{name}_need"], found[f"{name}_offer"] = pair
        return found

    def told(self) -> Told:
        """Everything that was taken."""
        listed = np.concatenate(self._listed) if self._listed else np.empty(0, dtype=LISTED)
        return Told(listed, self._status, tuple(self._remarks), tuple(self._demands))


def nearest_nodes(
    needed: Sequence[Understood], nodes: NDArray[np.int16], table: Closeness, facet: str
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Of each row of ``nodes`` the node that is nearest to one of ``needed``, and that one; -1 for none.

    Nearest as in the reasons of a match: closeness times the confidence of what is needed. ``facet`` is
    scenario or sector.
    """
    sure_ones = [one for one in needed if likely(one, facet)]
    if not sure_ones or not len(nodes):
        nothing = np.full(len(nodes), NOTHING, dtype=np.int16)
        return nothing, nothing
    places = np.array([table.index[one.code] for one in sure_ones], dtype=np.int16)
    sure = np.array([one.confidence for one in sure_ones], dtype=np.float32)
    # Rows by places of a node by what is needed; empty places never win.
    near = table.table[places[:, None, None], nodes].transpose(1, 2, 0) * sure
    near[nodes == table.unknown] = -1.0
    flat = near.reshape(len(nodes), -1)
    best = flat.argmax(axis=1)
    found = flat[np.arange(len(nodes)), best] >= 0.0
    place, need = np.divmod(best, len(sure_ones))
    offer = nodes[np.arange(len(nodes)), place]
    if facet == "scenario":  # what is not surely read is not held against an offer
        held = np.array([one.given or one.confidence >= SURE[facet] for one in sure_ones])
        found &= held[need] | (table.table[places[need], offer] >= RELATED)
    return (
        np.where(found, places[need], NOTHING).astype(np.int16),
        np.where(found, offer, NOTHING).astype(np.int16),
    )
