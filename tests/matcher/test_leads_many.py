"""Leads among more needs than are scored one by one: an index finds the candidates."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.records import Need
from matcher.leads import needs as leads_needs
from matcher.leads.scores import PairScorer
from matcher.needs import build as need_build
from matcher.understanding.meant import MeaningReader
from tests.conftest import Built
from tests.matcher.conftest import ask, put


class TestManyNeeds:
    """More needs than are scored one by one: an index finds the candidates."""

    @pytest.fixture
    def indexed(self, many: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
        words = (
            "换模慢",
            "停机查不出",
            "裁片找不到",
            "划痕漏检",
            "电费高",
            "报工靠纸",
            "排产乱",
            "料不齐",
        )
        with many.store.writing("test") as writer:
            for number in range(200):
                text = f"{words[number % 8]}，{words[number // 8 % 8]}，第{number}次了"
                writer.put(Need(text=text, city="百里" if number % 10 == 0 else None))
        monkeypatch.setattr(need_build, "EXACT_ROWS", 50)
        monkeypatch.setattr(leads_needs, "EXACT_ROWS", 50)
        many.build()
        assert many.matcher.reload()
        return many

    def test_the_order_is_that_of_all_scored(
        self, indexed: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("设备联网看板", "海岳智造科技有限公司"):
            found = ask(indexed, name, limit=20)
            with monkeypatch.context() as exact:
                exact.setattr(leads_needs, "EXACT_ROWS", 1 << 20)
                every = ask(indexed, name, limit=20)
            assert [lead.need_id for lead in found.leads] == [lead.need_id for lead in every.leads]
            assert found.considered == every.considered == 207

    def test_only_the_best_candidates_are_scored(
        self, indexed: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leads_needs, "CANDIDATES", 30)
        monkeypatch.setattr(leads_needs, "FEWEST_CANDIDATES", 30)
        scored = []
        score = PairScorer.score

        def counting(self: PairScorer, needs: Any, offers: Any) -> Any:
            scored.append(len(needs))
            return score(self, needs, offers)

        monkeypatch.setattr(PairScorer, "score", counting)
        leads = ask(indexed, "设备联网看板", limit=5).leads
        assert len(leads) == 5 and sum(scored) == 30
        assert "换模" in leads[0].text

    def test_changes_and_filters_hold(self, indexed: Built) -> None:
        gone = ask(indexed, "设备联网看板", limit=1).leads[0].need_id
        identity = put(indexed, Need(text="注塑机停机原因，换模过程，当班看得见"))
        with indexed.store.writing("test") as writer:
            writer.retire(gone)
        found = ask(indexed, "设备联网看板").leads
        assert identity in [lead.need_id for lead in found]
        assert gone not in [lead.need_id for lead in found]
        narrow = ask(indexed, "设备联网看板", city="百里")
        assert narrow.considered == 20 and len(narrow.leads) == 20

    def test_readings_are_taken_over(self, indexed: Built, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(leads_needs, "EXACT_ROWS", 1 << 20)
        before = {lead.need_id: lead.match.score for lead in ask(indexed, "机器视觉质检").leads}
        read = []
        reading = MeaningReader.read

        def counting(self: MeaningReader, text: str, *rest: Any) -> Any:
            read.append(text)
            return reading(self, text, *rest)

        monkeypatch.setattr(MeaningReader, "read", counting)
        new = put(indexed, Need(text="食堂的灯坏了"))
        assert indexed.build().needs == 208 and read == ["食堂的灯坏了"]
        assert indexed.matcher.reload()
        after = {lead.need_id: lead.match.score for lead in ask(indexed, "机器视觉质检").leads}
        after.pop(new, None)
        assert len(before) == 50 and after.items() <= before.items()
