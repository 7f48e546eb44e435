"""Leads follow what changes: needs and offers that come, go and are read once."""

from __future__ import annotations

from catalog.records import Kind, Need, Solution
from matcher.leads.types import LeadQuery
from tests.conftest import Built
from tests.matcher.conftest import ask, put


class TestChanges:
    def test_needs_come_and_go_at_once(self, built: Built) -> None:
        before = {lead.need_id for lead in ask(built, "设备联网看板").leads}
        identity = put(built, Need(text="停机原因没人记"))
        assert {lead.need_id for lead in ask(built, "设备联网看板").leads} == before | {identity}
        built.build()
        assert built.matcher.reload()
        with built.store.writing("test") as writer:
            writer.retire(identity)
        assert {lead.need_id for lead in ask(built, "设备联网看板").leads} == before
        with built.store.writing("test") as writer:
            writer.restore(identity)
            writer.replace(identity, Need(text="裁片流转看不见，小单快反"))
        (lead,) = [one for one in ask(built, "缝制车间协同").leads if one.need_id == identity]
        assert lead.text.startswith("裁片") and "words" in {r.code for r in lead.match.reasons}

    def test_a_changed_offer_is_seen_at_once(self, many: Built) -> None:
        new = put(many, Solution(name="食堂排队助手", description="食堂排队太长，分时就餐"))
        (first, *_) = many.matcher.leads(LeadQuery(new)).leads
        assert first.text == "食堂排队太长"
        with many.store.writing("test") as writer:
            writer.replace(new, Solution(name="换模助手", description="换模太慢，一天换四次"))
        (first, *_) = many.matcher.leads(LeadQuery(new)).leads
        assert first.text == "换模太慢,一天换四次"
        with many.store.writing("test") as writer:
            writer.retire(new)
        answer = many.matcher.leads(LeadQuery(new))
        assert answer.leads == () and next(n.code for n in answer.notes) == "leads_inactive"

    def test_a_need_is_encoded_and_read_once(self, many: Built) -> None:
        ask(many, "设备联网看板")
        encoded = many.encoder.calls
        put(many, Solution(name="别的", description="停机"))
        ask(many, "设备联网看板")
        assert many.encoder.calls == encoded + 1

    def test_no_needs_is_an_answer(self, built: Built) -> None:
        with built.store.writing("test") as writer:
            for stored in list(built.store.iterate(Kind.NEED)):
                writer.retire(stored.id)
        answer = ask(built, "设备联网看板")
        assert answer.leads == () and next(n.code for n in answer.notes) == "leads_no_needs"
        built.build()
        assert built.matcher.reload()
        assert ask(built, "设备联网看板").considered == 0

    def test_a_need_that_cannot_be_read_is_left_out(self, built: Built) -> None:
        put(built, Need(text="。。。", name="无"))
        assert ask(built, "设备联网看板").considered == 1
        assert built.build().needs == 1
