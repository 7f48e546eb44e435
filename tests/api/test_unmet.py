"""Unmet needs over HTTP and on the command line: recorded beside the answer, listed, counted."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api import assembly, recording
from api.cli import app
from api.recording import Recorder, record_unserved
from api.settings import Settings
from catalog.errors import Bilingual, StoreUnavailable
from catalog.store import Store
from catalog.unmet import list_unmet
from matcher.types import (
    Answer,
    Constraint,
    Lack,
    Lacking,
    MatchQuery,
    Understanding,
    Understood,
)
from tests.conftest import Built

UNSERVED = "这活没人能做，找王工13800138000，微信 wang_gong8"


UNMET = Lacking(Lack.NOTHING)


def settled(client: TestClient) -> TestClient:
    client.app.state.runtime.recorder.settle()  # type: ignore[attr-defined]
    return client


def listed(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    response = settled(client).get("/v1/unmet-needs", params=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["needs"]
    return found


def ask(client: TestClient, text: str = UNSERVED, query: str = "", **fields: Any) -> None:
    response = client.post(f"/v1/match{query}", json={"text": text, **fields})
    assert response.status_code == 200, response.text


class TestHttp:
    def test_an_unserved_need_is_recorded_without_personal_data(self, served: TestClient) -> None:
        ask(served, city="宁波", sectors=["C292"])
        (need,) = listed(served)
        assert need["text"] == "这活没人能做,找王工***,微信 ***"
        assert need["city"] == "宁波" and need["lang"] == "zh"
        assert need["sectors"] == [
            {"code": "C292", "name": "塑料制品业", "name_en": "Plastics products"}
        ]
        assert [node["code"] for node in need["scenarios"]] == ["S3-4"]
        assert need["reason"] == "budget_no" and need["nearest"].startswith("solution-")
        assert need["generation"].startswith("g") and need["at"].endswith("Z")

    def test_a_served_need_or_a_trial_is_not(self, served: TestClient) -> None:
        ask(served, "停机")
        ask(served, "没有")
        ask(served, query="?record=false")
        assert listed(served) == []
        ask(served, query="?record=true")
        ask(served)
        assert len(listed(served)) == 1

    def test_what_is_scarce_is_listed_and_recorded(self, served: TestClient) -> None:
        body = served.post("/v1/match", json={"text": "只有沾边的需求"}).json()
        assert body["solutions"] and not body["unserved"]
        assert body["lacking"] == {
            "lack": "scarce",
            "within": "catalogue",
            "scenario": "S1-6",
            "node": "S1-6a",
        }
        assert "recorded" in [note["code"] for note in body["notes"]]
        (need,) = listed(served, cause="scarce")
        assert [node["code"] for node in need["scenarios"]] == ["S1-6", "S3-4"]
        assert (need["cause"], need["within"], need["need_id"]) == ("scarce", "catalogue", None)
        assert listed(served, cause="not_digital") == []

    def test_filters_and_pages(self, served: TestClient) -> None:
        ask(served, "没人能做一", city="宁波", sectors=["C292"])
        ask(served, "没人能做二", city="苏州", sectors=["C33"])
        ask(served, "没人能做三", city="宁波")
        assert [need["text"] for need in listed(served, city="宁波")] == [
            "没人能做三",
            "没人能做一",
        ]
        assert [need["text"] for need in listed(served, sector="C29")] == ["没人能做一"]
        assert len(listed(served, scenario="S3-4")) == 3 and listed(served, scenario="S5-1") == []
        page = settled(served).get("/v1/unmet-needs", params={"limit": 2}).json()
        rest = listed(served, limit=2, cursor=page["next_cursor"])
        assert [need["text"] for need in rest] == ["没人能做一"]

    def test_the_summary_counts(self, served: TestClient) -> None:
        for number in range(3):
            ask(served, f"没人能做{number}", city="宁波", sectors=["C292"])
        ask(served, "没人能做", city="苏州")
        body = settled(served).get("/v1/unmet-needs/summary").json()
        assert (body["total"], body["not_digital"]) == (4, 0)
        first, second = body["cells"]
        assert (first["sector"]["code"], first["scenario"]["code"]) == ("C29", "S3-4")
        assert first["count"] == 3 and first["sector"]["name"] == "橡胶和塑料制品业"
        assert second["sector"] is None and second["count"] == 1
        only = settled(served).get("/v1/unmet-needs/summary", params={"city": "苏州"}).json()
        assert only["total"] == 1

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"sector": "C999"}, "sector"),
            ({"scenario": "x"}, "scenario"),
            ({"cursor": "x"}, "cursor"),
            ({"limit": 0}, "limit"),
            ({"cause": "x"}, "cause"),
        ],
    )
    def test_bad_filters_name_the_field(
        self, served: TestClient, query: dict[str, Any], field: str
    ) -> None:
        response = served.get("/v1/unmet-needs", params=query)
        assert response.status_code == 422 and response.json()["field"] == field

    def test_no_text_of_a_need_reaches_the_log(
        self, served: TestClient, fake: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ask(served)
        fake.fail = RuntimeError(UNSERVED)
        assert served.post("/v1/match", json={"text": UNSERVED}).status_code == 500
        assert served.post(f"/v1/match?q={UNSERVED}", json={"text": UNSERVED, "x": 1}).status_code
        settled(served)
        ours = [one for one in caplog.records if not one.name.startswith(("httpx", "asyncio"))]
        text = "\n".join(one.getMessage() + str(one.exc_info) for one in ours)
        assert ours and "没人能做" not in text and "1380" not in text and "wang_gong8" not in text


class TestRecording:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        opened = Store.open(tmp_path)
        yield opened
        opened.close()

    def answer(self, *sectors: Understood, lacking: Lacking | None = UNMET) -> Answer:
        understanding = Understanding("zh", sectors, (Understood("S3-6", 0.7, "屋顶", False),))
        answer = Answer("g0000001-00000000", 1, understanding, (), (), (), 0, (), {})
        return replace(answer, unserved=lacking is not None, lacking=lacking)

    def test_a_guess_is_no_demand(self, store: Store) -> None:
        sectors = (
            Understood("C134", 0.23, "", False),
            Understood("C292", 0.6, "注塑", False),
            Understood("C28", 0.4, "鱼工", False),
            Understood("C33", 0.6, "", False),
            Understood("C30", 0.05, "水泥", False),
            Understood("C18", 0.1, "服装", True),
        )
        record_unserved(store, MatchQuery("没人做"), self.answer(*sectors))
        (need,) = list_unmet(store).needs
        assert need.demand.sectors == ("C292", "C18") and need.demand.scenarios == ("S3-6",)
        assert need.demand.reason == "unserved" and need.demand.nearest is None
        assert need.city is None

    def test_what_is_not_digital_has_no_scenario(self, store: Store) -> None:
        record_unserved(store, MatchQuery("贷款"), self.answer(lacking=Lacking(Lack.NOT_DIGITAL)))
        (need,) = list_unmet(store).needs
        assert need.demand.cause == "not_digital" and need.demand.scenarios == ()

    def test_what_is_scarce_is_kept_with_its_scenario(self, store: Store) -> None:
        scarce = Lacking(Lack.SCARCE, "city", "S1-6", "S1-6a")
        query = MatchQuery("怕中毒", city="宁波", must=frozenset([Constraint.CITY]))
        record_unserved(store, query, self.answer(lacking=scarce))
        (need,) = list_unmet(store).needs
        assert need.demand.scenarios == ("S1-6", "S3-6")
        assert (need.demand.cause, need.demand.within) == ("scarce", "city")

    def test_what_other_hard_limits_keep_out_is_no_demand(self, store: Store) -> None:
        record_unserved(
            store, MatchQuery("便宜的"), self.answer(lacking=Lacking(Lack.NOTHING, "limits"))
        )
        assert list_unmet(store).needs == ()

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (StoreUnavailable(Bilingual("锁 秘密", "locked 秘密")), "store_unavailable"),
            (ValueError("秘密"), "ValueError"),
        ],
    )
    def test_a_failure_is_logged_without_text_and_breaks_nothing(
        self,
        store: Store,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        error: Exception,
        said: str,
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise error

        monkeypatch.setattr(recording, "record_unmet", fail)
        record_unserved(store, MatchQuery("秘密"), self.answer())
        assert said in caplog.text and "秘密" not in caplog.text

    def test_no_text_reaches_the_log_of_a_real_match(
        self, built: Built, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answer = built.matcher.match(MatchQuery(UNSERVED, city="宁波"))
        record_unserved(
            built.store, MatchQuery(UNSERVED), replace(answer, lacking=Lacking(Lack.NOTHING))
        )
        assert len(list_unmet(built.store).needs) == 1
        assert "没人能做" not in caplog.text and "1380" not in caplog.text

    def test_a_server_drops_what_it_cannot_keep(
        self, store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        recorder = Recorder(most=1)
        with store.locked():
            recorder.soon(store, MatchQuery("甲"), self.answer())
            recorder.soon(store, MatchQuery("乙"), self.answer())
            recorder.soon(store, MatchQuery("丙"), self.answer(lacking=None))
        recorder.settle()
        assert [need.text for need in list_unmet(store).needs] == ["甲"]
        recorder.soon(store, MatchQuery("丁"), self.answer())
        recorder.close()
        assert len(list_unmet(store).needs) == 2
        recorder.soon(store, MatchQuery("戊"), self.answer())
        assert "too many" in caplog.text and "stops" in caplog.text and "乙" not in caplog.text


class TestCommand:
    @pytest.fixture
    def run(self, filled: Settings, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(assembly, "shipped_engine", fake.engine)

        def invoke(*arguments: str) -> Result:
            return CliRunner().invoke(app, ["--data", str(filled.data), *arguments])

        return invoke

    def test_list_and_summary(self, run: Any) -> None:
        assert run("match", UNSERVED, "--no-record").exit_code == 0
        assert json.loads(run("unmet", "--json").stdout) == {"needs": [], "next_cursor": None}
        assert run("match", UNSERVED, "--city", "宁波", "--sector", "注塑").exit_code == 0
        assert run("match", "没人能做", "--city", "苏州").exit_code == 0
        text = run("unmet").stdout
        assert "***" in text and "宁波" in text and "C292" in text and "1380" not in text
        body = json.loads(run("unmet", "--city", "宁波", "--json").stdout)
        assert [need["city"] for need in body["needs"]] == ["宁波"]
        page = run("unmet", "--limit", "1")
        cursor = page.stdout.split("--cursor ")[1].strip()
        assert "宁波" in run("unmet", "--cursor", cursor).stdout
        counts = run("unmet", "--summary", "--scenario", "S3-4").stdout
        assert "C29 橡胶和塑料制品业" in counts and "2 needs" in counts and "not told" in counts
        summed = json.loads(run("unmet", "--summary", "--sector", "C29", "--json").stdout)
        assert summed["total"] == 1

    def test_a_wrong_code_is_bad_input(self, run: Any) -> None:
        result = run("unmet", "--sector", "C999")
        assert result.exit_code == 2 and "C999" in result.stderr and result.stdout == ""
        result = run("unmet", "--cause", "x")
        assert result.exit_code == 2 and "not_digital" in result.stderr

    def test_the_demo_records_nothing(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from api.commands import serving

        monkeypatch.setattr(serving, "DEMO_NEED", "没人能做")
        assert run("demo", "nothing.csv").exit_code == 0
        assert json.loads(run("unmet", "--json").stdout)["needs"] == []
