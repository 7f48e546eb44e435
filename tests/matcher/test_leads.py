"""Leads: the needs that an offer could serve, by the very score that a match of each need gives."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.errors import InvalidRecord, UnknownRecord
from catalog.records import Enterprise, Kind, Need, Package, PriceModel, Provider, Size, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.calibration import Calibration
from matcher.engine import Matcher
from matcher.errors import GenerationCorrupt
from matcher.index.build import build_generation
from matcher.index.generation import generations_directory
from matcher.leads import leads as leads_module
from matcher.leads.phrases import render_lead
from matcher.leads.types import LeadQuery
from matcher.needs.reading import need_query
from matcher.types import Reason
from tests.conftest import Built, clock
from tests.fakes import HashEncoder, quick_build
from tests.matcher.conftest import ask, put


def scores_of(matcher: Matcher, store: Store, taxonomy: Taxonomy, offer: str) -> dict[str, float]:
    """What `match` gives to ``offer`` for each stored need, where no hard limit is broken."""
    found = {}
    for stored in store.iterate(Kind.NEED):
        assert isinstance(stored.record, Need)
        scored = matcher.score(need_query(stored.record, taxonomy))
        rows = [row for row, one in enumerate(scored.snapshot.ids) if one == offer]
        (row,) = [row for row in rows if scored.snapshot.active[row]]
        if scored.ranked.mask[row]:
            found[stored.id] = float(scored.ranked.final[row])
    return found


class TestScores:
    @pytest.mark.parametrize("rebuilt", [False, True], ids=["laid over", "built in"])
    def test_the_score_is_that_of_a_match_of_the_need(self, many: Built, rebuilt: bool) -> None:
        if rebuilt:
            many.build()
            assert many.matcher.reload()
        for stored in many.store.iterate(Kind.SOLUTION):
            wanted = scores_of(many.matcher, many.store, many.taxonomy, stored.id)
            answer = many.matcher.leads(LeadQuery(stored.id, limit=50))
            got = {lead.need_id: lead.match.score for lead in answer.leads}
            assert got == pytest.approx(wanted, abs=2e-6)
            assert [lead.match.score for lead in answer.leads] == sorted(got.values(), reverse=True)
            assert [lead.match.rank for lead in answer.leads] == list(range(1, len(got) + 1))
            assert answer.considered == 7 and answer.sequence == many.store.sequence()

    def test_the_best_few_are_those_of_the_whole_list(
        self, many: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leads_module, "_MARGIN", 0)
        every = [lead.need_id for lead in ask(many, "设备联网看板").leads]
        for limit in range(1, len(every)):
            few = ask(many, "设备联网看板", limit=limit)
            assert [lead.need_id for lead in few.leads] == every[:limit]

    @pytest.mark.parametrize("rebuilt", [False, True], ids=["laid over", "built in"])
    def test_words_and_cases_are_those_of_a_match(self, many: Built, rebuilt: bool) -> None:
        if rebuilt:
            many.build()
            assert many.matcher.reload()
        told = dict.fromkeys(("words", "cases"), 0)
        for stored in many.store.iterate(Kind.SOLUTION):
            for lead in many.matcher.leads(LeadQuery(stored.id, limit=50)).leads:
                query = replace(need_query(lead.need, many.taxonomy), limit=50)
                same = [one for one in many.matcher.match(query).solutions if one.id == stored.id]
                for code in told if same else ():
                    ours, theirs = (
                        [reason.data for reason in one.reasons if reason.code == code]
                        for one in (lead.match, same[0])
                    )
                    assert ours == theirs
                    told[code] += bool(ours)
        assert all(told.values())

    def test_a_provider_is_as_good_as_its_best_offer(self, many: Built) -> None:
        name = "海岳智造科技有限公司"
        answer = ask(many, name)
        offered = [
            one.id
            for one in many.store.iterate(Kind.SOLUTION, Kind.CASE)
            if getattr(one.record, "provider", None) and one.record.provider.id == many.ids[name]  # type: ignore[attr-defined]
        ]
        scores = {one: scores_of(many.matcher, many.store, many.taxonomy, one) for one in offered}
        by_offer = [lead for lead in answer.leads if lead.match.id != many.ids[name]]
        assert by_offer and len(offered) == 3
        for lead in answer.leads:
            best = max(found[lead.need_id] for found in scores.values() if lead.need_id in found)
            assert lead.match.score >= best - 2e-6
            if lead in by_offer:
                assert lead.match.score == pytest.approx(best, abs=2e-6)
                assert lead.match.score == pytest.approx(
                    scores[lead.match.id][lead.need_id], abs=2e-6
                )
            assert lead.match.kind in (Kind.SOLUTION, Kind.CASE, Kind.PROVIDER)

    def test_hard_limits_leave_needs_out(self, many: Built) -> None:
        texts = [lead.text for lead in ask(many, "设备联网看板").leads]
        assert not any("两万" in text or "5万" in text for text in texts)
        assert any("换模慢" in text for text in texts)
        told = ask(many, "机器视觉质检").leads
        tight = next(lead for lead in told if "5万" in lead.text)
        assert tight.limits.budget_cny == 50_000 and tight.limits.must == ("budget",)
        assert "budget_unknown" in {reason.code for reason in tight.match.unknowns}

    def test_an_addition_or_one_unit_is_not_within_their_budget(self, many: Built) -> None:
        """The hard budget is 20,000: an addition of 5,000 does not fit it, one of many units may."""
        whole = Package(name="整厂", price_cny=90_000, price_model=PriceModel.ONE_OFF)
        added = Package(name="每增一线", price_cny=5_000, price_model=PriceModel.ONE_OFF)
        unit = Package(name="单台", price_cny=1_980, price_model=PriceModel.ONE_OFF)
        for packages, listed in (((whole, added), False), ((unit, added), True)):
            with many.store.writing("test") as writer:
                offer = many.store.get(many.ids["设备联网看板"]).record
                assert isinstance(offer, Solution)
                writer.put(offer.model_copy(update={"packages": packages}))
            found = [one for one in ask(many, "设备联网看板").leads if "两万" in one.text]
            assert bool(found) is listed
        (why,) = [one for one in found[0].match.unknowns if one.code == "budget_unit"]
        assert render_lead(why) == "首年费用每台 1,980 元起，是否在对方预算 20,000 元以内要看数量"

    def test_a_provider_goes_with_its_last_offer(self, built: Built) -> None:
        solution = built.ids["缝制车间协同"]
        with built.store.writing("test") as writer:
            writer.retire(built.ids["服装厂小单快反"])
            need = writer.put(Need(text="服装厂报工看不见，预算3000元以内")).id
        provider = "云梭软件有限公司"
        assert need not in [lead.need_id for lead in ask(built, provider).leads]
        with built.store.writing("test") as writer:
            writer.retire(solution)
        assert need in [lead.need_id for lead in ask(built, provider).leads]

    @pytest.mark.parametrize("rebuilt", [False, True], ids=["laid over", "built in"])
    def test_how_to_pay_leaves_needs_out(self, built: Built, rebuilt: bool) -> None:
        with built.store.writing("test") as writer:
            texts = ("服装厂报工看不见，只要买断的", "服装厂报工看不见，按月付就行")
            once, monthly = (writer.put(Need(text=text)).id for text in texts)
        if rebuilt:
            built.build()
            assert built.matcher.reload()
        leads = {lead.need_id: lead for lead in ask(built, "缝制车间协同").leads}
        assert once not in leads
        assert leads[monthly].limits.payments == ("monthly",)
        assert "payment_yes" in {one.code for one in leads[monthly].match.reasons}

    def test_reasons_speak_to_the_provider(self, many: Built) -> None:
        (lead,) = [one for one in ask(many, "设备联网看板").leads if "一天换四次" in one.text]
        codes = {one.code for one in lead.match.reasons}
        assert {"sector_same", "scenario_same_level"} & codes
        assert "lead_budget_unknown" in {one.code for one in lead.match.unknowns}
        for reason in (*lead.match.reasons, *lead.match.misfits, *lead.match.unknowns):
            assert "你的" not in render_lead(reason) and "(yours" not in render_lead(reason, "en")

    def test_what_match_calls_unserved_is_no_lead(
        self, many: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        every = ask(many, "设备联网看板")
        assert [note.code for note in every.notes][-1] == "leads_uncalibrated"
        assert {lead.match.grade for lead in every.leads} == {None}
        calibration = Calibration("", ((-9.0, *[0.0] * 8),) * 3, 0.0, {})
        monkeypatch.setattr(Matcher, "calibration", lambda *_: calibration)
        graded = ask(many, "设备联网看板")
        # A need whose scenario was given is never called unserved.
        assert [lead.text for lead in graded.leads] == ["缝制车间订单进度看不见"]
        assert len(graded.leads) < len(every.leads)
        assert {lead.match.grade for lead in graded.leads} == {"weak"}

    def test_weak_needs_of_another_kind_are_told_to_be_only_the_nearest(
        self, many: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        every = ask(many, "设备联网看板")
        assert all(lead.serves for lead in every.leads)
        weak = Calibration("", ((-9.0, *[0.0] * 8),) * 3, 1.0, {})
        monkeypatch.setattr(Matcher, "calibration", lambda *_: weak)
        graded = ask(many, "设备联网看板")
        assert [lead.need_id for lead in graded.leads] == [lead.need_id for lead in every.leads]
        for lead in graded.leads:
            reasons = {one.code for one in lead.match.reasons}
            elsewhere = "sector_elsewhere" in {one.code for one in lead.match.misfits}
            same = bool(reasons & {"scenario_same", "scenario_same_level"})
            assert lead.serves is (same or ("function" in reasons and not elsewhere))
        far = sum(not lead.serves for lead in graded.leads)
        assert far and Reason("leads_far", {"count": far}) in graded.notes


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "words"),
        [
            ({"city": "绍兴"}, ["缝制"]),
            ({"city": "绍兴市"}, ["缝制"]),
            ({"city": "某地"}, []),
            ({"sectors": frozenset({"C18", "C181"})}, ["缝制"]),
            ({"sectors": frozenset({"C292"})}, ["换模太慢"]),
            ({"scenarios": frozenset({"S3-1"})}, ["缝制"]),
        ],
    )
    def test_needs_that_pass(
        self, many: Built, filters: dict[str, Any], words: list[str], quick_builds: None
    ) -> None:
        found = ask(many, "缝制车间协同", **filters)
        texts = [lead.text for lead in found.leads]
        assert all(any(word in text for text in texts) for word in words)
        if "city" in filters:
            assert len(texts) == len(words) == found.considered
        if not words:
            assert next(note.code for note in found.notes) == "leads_none_pass"

    def test_an_untold_budget_stays(self, many: Built) -> None:
        found = ask(many, "机器视觉质检", budget_from=100_000)
        budgets = {lead.limits.budget_cny for lead in found.leads}
        assert budgets == {None, 600_000}

    def test_demonstration_and_since(self, many: Built) -> None:
        assert any(lead.need.demonstration for lead in ask(many, "机器视觉质检").leads)
        without = ask(many, "机器视觉质检", demonstration=False)
        assert not any(lead.need.demonstration for lead in without.leads)
        assert ask(many, "机器视觉质检", since=date(2026, 11, 1)).considered == 7
        assert ask(many, "机器视觉质检", since=date(2026, 11, 2)).considered == 0

    def test_filters_hold_for_a_generation_as_for_changes(self, many: Built) -> None:
        asked = ({"city": "绍兴"}, {"sectors": frozenset({"C292"})}, {"budget_from": 100_000})
        before = [[one.need_id for one in ask(many, "机器视觉质检", **f).leads] for f in asked]
        many.build()
        assert many.matcher.reload()
        after = [[one.need_id for one in ask(many, "机器视觉质检", **f).leads] for f in asked]
        assert before == after


class TestPrivacy:
    def test_no_personal_data_and_names_only_with_consent(
        self, built: Built, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        text = "停机查不出原因，找王工13800138000，微信 wang_gong8"
        ids = {
            consent: put(
                built,
                Need(name=f"n{consent}", text=text, enterprise=f"厂{consent}", consent=consent),
            )
            for consent in (True, False, None)
        }
        leads = {lead.need_id: lead for lead in ask(built, "设备联网看板").leads}
        assert ids[False] not in leads
        assert leads[ids[True]].enterprise == "厂True" and leads[ids[None]].enterprise is None
        for lead in leads.values():
            assert "1380" not in lead.text and "wang_gong8" not in lead.text
        assert "1380" not in caplog.text and "停机查不出" not in caplog.text
        built.build()
        assert built.matcher.reload()
        assert ids[False] not in {lead.need_id for lead in ask(built, "设备联网看板").leads}


class TestRefusals:
    def test_unknown_and_other_kinds(self, built: Built) -> None:
        with pytest.raises(UnknownRecord):
            built.matcher.leads(LeadQuery("solution-0000000000000000"))
        for kind in (Kind.NEED, Kind.ENTERPRISE, Kind.CASE):
            identity = next(one.id for one in built.store.iterate(kind))
            with pytest.raises(InvalidRecord) as caught:
                built.matcher.leads(LeadQuery(identity))
            assert identity in caught.value.message.zh and "providers" in caught.value.message.en
        case = built.ids["塑料件厂停机减少三成"]
        with pytest.raises(InvalidRecord) as caught:
            built.matcher.leads(LeadQuery(case))
        assert built.ids["设备联网看板"] in caught.value.hint.zh

    def test_another_kind_than_asked(self, built: Built) -> None:
        with pytest.raises(UnknownRecord):
            built.matcher.leads(LeadQuery(built.ids["设备联网看板"], kind=Kind.PROVIDER))

    @pytest.mark.parametrize("limit", [0, 101])
    def test_limits_out_of_bounds(self, built: Built, limit: int) -> None:
        with pytest.raises(InvalidRecord):
            ask(built, "设备联网看板", limit=limit)

    def test_damaged_needs_stop_leads_and_no_match(self, built: Built) -> None:
        path = generations_directory(built.data) / built.info.id / "needs" / "vectors.npy"
        path.write_bytes(path.read_bytes()[:-4])
        matcher = built.open()
        with pytest.raises(GenerationCorrupt):
            matcher.leads(LeadQuery(built.ids["设备联网看板"]))


def orders(
    store: Store, data: Path, taxonomy: Taxonomy, offers: list[str]
) -> Iterator[list[tuple[str, float]]]:
    encoder = HashEncoder()
    build_generation(store, data, encoder, taxonomy, now=clock)
    matcher = Matcher(store, data, encoder, taxonomy, clock)
    for offer in offers:
        yield [(one.need_id, one.match.score) for one in matcher.leads(LeadQuery(offer)).leads]


def test_who_asks_and_who_offers_moves_no_order(
    many: Built, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    """Ownership, place, size and name of enterprises and providers: changed, the order stays."""
    store = many.store
    with store.writing("test") as writer:
        for number, stored in enumerate(list(store.iterate(Kind.NEED))):
            owner = Enterprise(
                name=f"{number}号厂", city="宁波", size=Size.SMALL, ownership="private"
            )
            writer.put(owner)
            update = {"enterprise": {"name": owner.name}, "consent": True}
            record = Need.model_validate({**stored.record.model_dump(), **update})
            writer.replace(stored.id, record)
    offers = [one.id for one in store.iterate(Kind.SOLUTION, Kind.PROVIDER)]
    with quick_build():
        before = list(orders(store, tmp_path / "before", taxonomy, offers))
        with store.writing("test") as writer:
            for stored in list(store.iterate(Kind.ENTERPRISE)):
                changed = {"name": f"国有{stored.record.name}集团", "city": "拉萨"}
                changed |= {"size": Size.LARGE, "ownership": "state"}
                writer.replace(stored.id, stored.record.model_copy(update=changed))
            for stored in list(store.iterate(Kind.NEED)):
                old = stored.record
                assert isinstance(old, Need) and old.enterprise
                named = old.enterprise.model_copy(update={"name": f"国有{old.enterprise.name}集团"})
                changed = {"enterprise": named, "city": "拉萨"}
                writer.replace(stored.id, old.model_copy(update=changed))
            for stored in list(store.iterate(Kind.PROVIDER)):
                changed = {"name": f"改名{stored.id[-4:]}有限公司", "registered_place": "拉萨"}
                changed |= {"size": Size.LARGE, "ownership": "state"}
                writer.replace(stored.id, stored.record.model_copy(update=changed))
        after = list(orders(store, tmp_path / "after", taxonomy, offers))
    assert any(len(found) > 3 for found in before)
    assert before == after


def test_every_note_is_said_in_both_languages() -> None:
    for code in ("leads_no_needs", "leads_none_pass", "leads_inactive", "leads_unnamed"):
        assert render_lead(Reason(code)) != render_lead(Reason(code), "en")
    assert "3" in render_lead(Reason("leads_none_left", {"count": 3}), "en")
    assert render_lead(Reason("days_unknown")) == "部署周期未公布"


def test_prices_are_compared_with_the_need(many: Built) -> None:
    """A listing's price is a city's: leads hold the national one, as a match without a city does."""
    new = put(
        many,
        Solution(
            name="排程通",
            description="订单进度",
            packages=(Package(price_cny=700_000, deploy_days=9),),
        ),
    )
    told = {lead.text: lead.match for lead in many.matcher.leads(LeadQuery(new)).leads}
    match = next(found for text, found in told.items() if text.startswith("缝制"))
    assert "budget_no" in {reason.code for reason in match.misfits}
    assert np.isclose(match.signals.final, match.score, atol=1e-4)
    assert replace(match, rank=1).record == many.store.get(new).record
    assert isinstance(many.store.get(many.ids["标尺质检技术有限公司"]).record, Provider)


def test_a_need_that_tells_limits_only_stops_no_build(many: Built) -> None:
    identity = put(many, Need(text="预算20万以内"))
    assert identity not in [one.need_id for one in ask(many, "设备联网看板").leads]
    many.build()
    assert many.matcher.reload()
    assert identity not in [one.need_id for one in ask(many, "设备联网看板").leads]
