"""The other side of the match: the stored needs that an offer could serve, ranked and explained.

The score of a need with an offer is the one that `Matcher.match` gives to that offer for that need.
Needs are scored together (`matcher.leads.scores`); those that may be shown are scored once more, one by
one, by the very functions of a match.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from catalog.errors import Bilingual, InvalidRecord, UnknownRecord
from catalog.privacy import masked
from catalog.records import Case, Kind, Need, Record
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher.answers.present import Presenter
from matcher.calibration import GRADES, Calibration
from matcher.clock import Watch, today
from matcher.encoder import Encoder
from matcher.errors import InvalidNeed
from matcher.index.analyzer import Analyzer
from matcher.index.centring import Vectors
from matcher.index.columns import KINDS, tie_hash
from matcher.index.snapshot import Snapshot
from matcher.leads.needs import NeedSide, NeedSides, Order
from matcher.leads.offers import OfferSide, exact, offer_side
from matcher.leads.types import Lead, LeadAnswer, LeadQuery, Limits
from matcher.needs.build import leads_to
from matcher.needs.reading import NeedRead, need_text
from matcher.scored import Scored
from matcher.types import Match, MatchQuery, Reason
from matcher.understanding.meant import MeaningReader

_KINDS = {
    Kind.CASE: Bilingual("案例", "a case"),
    Kind.LISTING: Bilingual("上架记录", "a listing"),
    Kind.ENTERPRISE: Bilingual("企业", "an enterprise"),
    Kind.NEED: Bilingual("需求", "a need"),
}
_OFFERS = {
    Kind.SOLUTION: Bilingual("方案", "a solution"),
    Kind.PROVIDER: Bilingual("服务商", "a provider"),
}
_SAME_SCENARIO = frozenset(["scenario_same", "scenario_same_level"])
MOST = 100
"""Leads in one answer at most."""
_MARGIN = 10
_INEXACT = 5e-4
"""How far `matcher.leads.scores` may say less than the exact score: shares are in half precision."""


@dataclass(frozen=True, slots=True)
class _Exact:
    """One need scored by the functions of a match; ``row`` is its best offer."""

    score: float
    tie: int
    row: int
    scored: Scored
    stored: Stored
    read: NeedRead


class Leads:
    """Answers which needs a solution or a provider could serve. Thread-safe."""

    def __init__(
        self,
        store: Store,
        data: Path,
        encoder: Encoder,
        taxonomy: Taxonomy,
        analyzer: Analyzer,
        clock: Callable[[], datetime],
    ):
        self._store = store
        self._taxonomy = taxonomy
        self._analyzer = analyzer
        self._clock = clock
        self._needs = NeedSides(store, data, encoder, taxonomy)
        self._presenter = Presenter(store, taxonomy, clock)

    def answer(
        self,
        query: LeadQuery,
        snapshot: Snapshot,
        reader: MeaningReader,
        calibration: Calibration | None,
    ) -> LeadAnswer:
        """The needs that ``query.offer`` could serve, best first.

        Raises:
            UnknownRecord: no record (of the asked kind) has that id.
            InvalidRecord: the record is no solution or provider, or a filter makes no sense.
            GenerationCorrupt: the needs of the generation are damaged.
        """
        watch = Watch()
        stored = self._store.get(query.offer)
        check(query, stored)
        needs = self._needs.at(snapshot, reader)
        numbers = needs.passing(query)
        watch.lap("find")
        offers = offer_side(
            stored, snapshot, self._store, self._taxonomy, self._analyzer, needs.parts.words
        )
        found: list[_Exact] = []
        if offers is not None:
            order = needs.ranked(offers, numbers)
            found = self._exact(query.limit, needs, offers, order, calibration)
        watch.lap("score")
        told = (self._lead(place, one, calibration) for place, one in enumerate(found, start=1))
        leads = tuple(lead for lead in told if lead is not None)
        watch.lap("explain")
        return LeadAnswer(
            generation=snapshot.generation.info.id,
            sequence=snapshot.sequence,
            offer_kind=Kind(stored.record.kind),
            offer_name=stored.record.name,
            leads=leads,
            considered=len(numbers),
            notes=_notes(
                offers is not None, needs.count, len(numbers), leads, calibration is not None
            ),
            timings_ms=watch.laps,
        )

    def _exact(
        self,
        limit: int,
        needs: NeedSide,
        offers: OfferSide,
        order: Order,
        calibration: Calibration | None,
    ) -> list[_Exact]:
        """The ``limit`` best of ``order``, each scored exactly.

        Goes down the order until nothing behind can reach the list any more. A need that reads as if no
        digital offer served it is no lead, as in `matcher.answers.answer`.
        """
        day = today(self._clock)
        found: list[_Exact] = []
        step = limit + _MARGIN
        for start in range(0, len(order.numbers), step):
            if len(found) >= limit > 0 and order.scores[start] + _INEXACT < found[limit - 1].score:
                break
            numbers = order.numbers[start : start + step]
            rows = needs.taken(numbers)
            stored = self._store.get_many(needs.id_of(int(number)) for number in numbers)
            for place, number in enumerate(numbers):
                if calibration and calibration.serves_nothing(float(rows.columns.unserved[place])):
                    continue
                one = stored.get(needs.id_of(int(number)))
                scored = one and self._one(needs, offers, one, rows.vectors[place], day)
                if scored:
                    found.append(scored)
            found.sort(key=lambda one: (-one.score, one.tie))
        return found[:limit]

    def _one(
        self, needs: NeedSide, offers: OfferSide, stored: Stored, vector: Vectors, day: date
    ) -> _Exact | None:
        """``stored`` with its best offer; ``None`` when it may not be shown or none is left."""
        record = stored.record
        if not leads_to(stored) or not isinstance(record, Need):
            return None
        try:
            text = need_text(record, self._taxonomy)
            read = needs.parts.reader.read(text, vector, day)
        except InvalidNeed:
            return None
        scored = exact(offers, read, vector, self._taxonomy)
        shown = len(offers)
        mask, final = scored.ranked.mask[:shown].copy(), scored.ranked.final[:shown]
        if offers.own is not None and shown > 1 and not np.delete(mask, offers.own).any():
            mask[offers.own] = False
        if not mask.any():
            return None
        row = int(np.where(mask, final, -np.inf).argmax())
        tie = tie_hash(stored.id) ^ int(offers.snapshot.columns.tie[row])
        return _Exact(float(final[row]), tie, row, scored, stored, read)

    def _lead(self, place: int, one: _Exact, calibration: Calibration | None) -> Lead | None:
        """The lead in ``place``, explained; ``None`` when its offer has just gone."""
        kind = KINDS[one.scored.snapshot.columns.kind[one.row]]
        rows = {kind: np.array([one.row])}
        matches = self._presenter.matches(one.read.query, one.scored, rows, calibration)[kind]
        if not matches or not isinstance(one.stored.record, Need):
            return None
        need, query = one.stored.record, one.read.query
        named = need.enterprise.name if need.enterprise and need.consent else None
        return Lead(
            need_id=one.stored.id,
            need=need,
            text=masked(need.text),
            enterprise=named,
            understanding=one.read.meant.understanding,
            limits=Limits(
                query.budget_cny,
                query.deploy_days,
                query.size,
                query.target_level,
                query.technologies,
                query.refused_technologies,
                query.payments,
                tuple(sorted(query.must)),
            ),
            updated_at=one.stored.updated_at,
            match=_seen_from_the_offer(replace(matches[0], rank=place), query),
            serves=_serves(matches[0]),
        )


def check(query: LeadQuery, stored: Stored) -> None:
    """Refuse what no leads can be given for.

    Raises:
        UnknownRecord: the record is of another kind than asked.
        InvalidRecord: the record is no solution or provider, or the limit is out of bounds.
    """
    record = stored.record
    if record.kind in _KINDS:
        what = _KINDS[Kind(record.kind)]
        raise InvalidRecord(
            Bilingual(
                f"商机只针对方案和服务商，{stored.id} 是{what.zh}",
                f"leads are for solutions and providers, {stored.id} is {what.en}",
            ),
            _instead(record),
            field="id",
        )
    if query.kind is not None and record.kind is not query.kind:
        raise _other_kind(stored.id, query.kind, Kind(record.kind))
    if not 1 <= query.limit <= MOST:
        raise InvalidRecord(
            Bilingual(f"limit 应在 1 到 {MOST} 之间", f"limit should be 1 to {MOST}"),
            field="limit",
        )


def _other_kind(identity: str, asked: Kind, found: Kind) -> UnknownRecord:
    wanted, instead = _OFFERS[asked], _OFFERS[found]
    return UnknownRecord(
        Bilingual(
            f"没有编号为 {identity} 的{wanted.zh}，它是{instead.zh}",
            f"{identity} is {instead.en}, not {wanted.en}",
        ),
        Bilingual(
            f"请用 /v1/{found}s/{identity}/leads 查它的商机",
            f"ask /v1/{found}s/{identity}/leads for its leads",
        ),
        field="id",
    )


def _instead(record: Record) -> Bilingual:
    if isinstance(record, Case) and record.solution and record.solution.id:
        return Bilingual(
            f"可查它所证明的方案：{record.solution.id}",
            f"ask for the solution that it proves: {record.solution.id}",
        )
    if isinstance(record, Need):
        return Bilingual(
            "要为需求找方案，请用 match（POST /v1/match）",
            "to find offers for a need use match (POST /v1/match)",
        )
    return Bilingual(
        "请给出方案或服务商的编号，可用列表接口查到",
        "give the id of a solution or a provider; the lists show them",
    )


def _serves(match: Match) -> bool:
    """Whether it is graded above weak, or made for the scenario, or does what is asked in no other trade."""
    if match.grade != GRADES[0]:
        return True
    reasons = {one.code for one in match.reasons}
    elsewhere = any(one.code == "sector_elsewhere" for one in match.misfits)
    return bool(reasons & _SAME_SCENARIO) or ("function" in reasons and not elsewhere)


def _seen_from_the_offer(match: Match, query: MatchQuery) -> Match:
    """``match`` with what the provider does not know about the need."""
    if query.budget_cny is not None:
        return match
    return replace(match, unknowns=(*match.unknowns, Reason("lead_budget_unknown")))


def _notes(
    active: bool, needs: int, passing: int, leads: Sequence[Lead], calibrated: bool
) -> tuple[Reason, ...]:
    found = []
    if not active:
        found.append(Reason("leads_inactive"))
    elif needs == 0:
        found.append(Reason("leads_no_needs"))
    elif passing == 0:
        found.append(Reason("leads_none_pass"))
    elif not leads:
        found.append(Reason("leads_none_left", {"count": passing}))
    if far := sum(not lead.serves for lead in leads):
        found.append(Reason("leads_far", {"count": far}))
    if any(lead.enterprise is None for lead in leads):
        found.append(Reason("leads_unnamed"))
    if not calibrated:
        found.append(Reason("leads_uncalibrated"))
    return tuple(found)
