"""Leads over HTTP and on the command line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import given
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from api import assembly
from api.app import create_app
from api.assembly import shipped_engine
from api.cli import app
from api.settings import Settings
from catalog.records import Kind, Need, Solution
from catalog.store import Store
from matcher.errors import GenerationCorrupt
from tests.api.test_http_contract import BOUNDED, CHECKS
from tests.fakes import HashEncoder

CALLED = "停机查不出原因，找王工13800138000"


@pytest.fixture
def needy(filled: Settings) -> Settings:
    """The filled data directory with two needs."""
    store = Store.open(filled.data)
    with store.writing("test") as writer:
        writer.put(Need(text=CALLED, enterprise="顺达塑料制品厂", city="宁波"))
        writer.put(Need(text="换模慢", city="苏州", demonstration=True))
    store.close()
    return filled


@pytest.fixture
def asked(needy: Settings, fake: Any) -> Any:
    with TestClient(create_app(needy, fake.engine)) as client:
        yield client


def first(settings: Settings, kind: Kind) -> str:
    store = Store.open(settings.data)
    found = next(one.id for one in store.iterate(kind))
    store.close()
    return found


class TestHttp:
    def test_leads_name_the_need_the_offer_and_the_reasons(
        self, asked: TestClient, needy: Settings
    ) -> None:
        identity = first(needy, Kind.SOLUTION)
        body = asked.get(f"/v1/solutions/{identity}/leads").json()
        assert body["offer"] == {"kind": "solution", "id": identity, "name": "设备联网看板"}
        lead = next(one for one in body["leads"] if one["need"]["city"] == "宁波")
        assert lead["need"]["text"] == "停机查不出原因,找王工***"
        assert lead["need"]["enterprise"]["name"] == "顺达塑料制品厂"
        assert lead["need"]["budget_cny"] == 200_000 and lead["need"]["must"] == ["budget"]
        assert lead["need"]["scenarios"][0]["name"] == "设备管理"
        assert lead["offer"]["name"] == "设备联网看板"
        assert lead["reasons"][0]["text"].startswith("场景一致") and lead["signals"]["final"]
        assert body["considered"] == 2 and body["timings_ms"]["total"] >= 0
        assert body["generation"].startswith("g") and body["sequence"] > 0

    def test_every_filter_reaches_the_query(
        self, asked: TestClient, needy: Settings, fake: Any
    ) -> None:
        identity = first(needy, Kind.PROVIDER)
        response = asked.get(
            f"/v1/providers/{identity}/leads",
            params={
                "sector": "C29",
                "scenario": "S3-4",
                "city": "宁波",
                "budget_from": "20万",
                "since": "2026-05-20",
                "demonstration": "false",
                "limit": 7,
                "lang": "en",
            },
        )
        assert response.status_code == 200, response.text
        (query,) = fake.lead_queries
        assert query.offer == identity and query.kind is Kind.PROVIDER
        assert {"C29", "C292"} <= query.sectors and query.scenarios == {"S3-4"}
        assert query.city == "宁波" and query.budget_from == 200_000
        assert query.since == date(2026, 5, 20)
        assert not query.demonstration and query.limit == 7
        reason = response.json()["leads"][0]["reasons"][0]
        assert reason["text"].startswith("same scenario")

    def test_reasons_follow_the_header(self, asked: TestClient, needy: Settings) -> None:
        path = f"/v1/solutions/{first(needy, Kind.SOLUTION)}/leads"
        answer = asked.get(path, headers={"Accept-Language": "en"})
        assert answer.json()["leads"][0]["misfits"][0]["text"].startswith("over budget")
        assert answer.headers["Content-Language"] == "en"
        assert answer.headers["Vary"] == "Accept-Language"

    @pytest.mark.parametrize(
        ("params", "field"),
        [
            ({"sector": "C999"}, "sector"),
            ({"scenario": "S9-9"}, "scenario"),
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"budget_from": "很多"}, "budget_from"),
            ({"since": "去年"}, "since"),
            ({"lang": "fr"}, "lang"),
            ({"sectors": "C29"}, "sectors"),
        ],
    )
    def test_bad_filters_are_refused(
        self, asked: TestClient, needy: Settings, params: dict[str, Any], field: str
    ) -> None:
        path = f"/v1/solutions/{first(needy, Kind.SOLUTION)}/leads"
        response = asked.get(path, params=params)
        assert response.status_code == 422, response.text
        body = response.json()
        named = {body["field"], *(one["field"] for one in body.get("errors", []))}
        assert field in named and body["message"] and body["message_en"]

    def test_ids_that_have_no_leads(self, asked: TestClient, needy: Settings) -> None:
        unknown = asked.get("/v1/solutions/solution-0000000000000000/leads")
        assert unknown.status_code == 404 and unknown.json()["code"] == "unknown_record"
        other = asked.get(f"/v1/solutions/{first(needy, Kind.PROVIDER)}/leads")
        assert other.status_code == 404 and other.json()["code"] == "unknown_record"
        body = other.json()
        assert "它是服务商" in body["message"] and "is a provider" in body["message_en"]
        assert "/v1/providers/provider-" in body["hint"]
        for kind in (Kind.NEED, Kind.CASE):
            refused = asked.get(f"/v1/providers/{first(needy, kind)}/leads")
            assert refused.status_code == 422 and refused.json()["code"] == "invalid_record"
            assert "solutions and providers" in refused.json()["message_en"]

    def test_not_ready(self, client: TestClient) -> None:
        response = client.get("/v1/solutions/solution-0000000000000000/leads")
        assert response.status_code == 503 and response.json()["code"] == "no_generation"

    @pytest.mark.slow
    def test_every_request_keeps_to_the_description(self, needy: Settings, fake: Any) -> None:
        served = create_app(needy, fake.engine)
        with TestClient(served):
            schema = schemathesis.openapi.from_asgi("/openapi.json", served)
            operations = [one.ok() for one in schema.get_all_operations()]
            for operation in [one for one in operations if one.path.endswith("/leads")]:

                @BOUNDED
                @given(case=operation.as_strategy())
                def keeps(case: Any) -> None:
                    response = case.call()
                    case.validate_response(response, checks=CHECKS)

                keeps()


class TestRealEngine:
    def test_stored_needs_and_changed_offers_are_seen_at_once(
        self, built_once: Path, tmp_path: Path
    ) -> None:
        data = tmp_path / "data"
        shutil.copytree(built_once, data)
        engine = replace(shipped_engine(), load_encoder=lambda _: HashEncoder())
        with TestClient(create_app(Settings(data=data), lambda: engine)) as client:
            need = client.post(
                "/v1/needs",
                json={"text": "裁片流转看不见", "sectors": ["服装"], "budget_cny": 50_000},
            ).json()["id"]
            offer = client.post(
                "/v1/solutions", json={"name": "裁片通", "description": "裁片流转实时可见"}
            ).json()["id"]
            body = client.get(f"/v1/solutions/{offer}/leads").json()
            lead = body["leads"][0]
            assert lead["need"]["id"] == need and lead["need"]["budget_cny"] == 50_000
            assert lead["need"]["sectors"][0]["given"]
            assert [note["code"] for note in body["notes"]] == [
                "leads_unnamed",
                "leads_uncalibrated",
            ]
            assert all(one["text"] for one in (*lead["reasons"], *lead["unknowns"], *body["notes"]))
            client.post(f"/v1/needs/{need}/retire")
            after = client.get(f"/v1/solutions/{offer}/leads").json()
            assert need not in [one["need"]["id"] for one in after["leads"]]


class TestCommand:
    @pytest.fixture
    def run(self, needy: Settings, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(assembly, "shipped_engine", fake.engine)

        def invoke(*arguments: str) -> Result:
            return CliRunner().invoke(app, ["--data", str(needy.data), "leads", *arguments])

        return invoke

    def test_a_table_of_a_hundred_columns(self, run: Any, needy: Settings) -> None:
        for lang, words in (
            ("zh", ("能服务的需求", "20万内", "90天", "✓ 场景一致")),
            ("en", ("Need",)),
        ):
            result = run(first(needy, Kind.PROVIDER), "--lang", lang)
            assert result.exit_code == 0, result.output
            assert max(cell_len(line) for line in result.stdout.splitlines()) <= 100
            assert all(word in result.stdout for word in words)
            assert "1380" not in result.stdout and "need-" in result.stdout

    def test_json_and_filters(self, run: Any, needy: Settings, fake: Any) -> None:
        result = run(
            first(needy, Kind.SOLUTION),
            *("--json", "--sector", "C29", "--scenario", "S3-4", "--city", "宁波"),
            *("--budget-from", "20万", "--since", "2026-05-20", "--limit", "1"),
            "--no-demonstration",
        )
        body = json.loads(result.stdout)
        assert len(body["leads"]) == 1
        (query,) = fake.lead_queries
        assert query.budget_from == 200_000 and not query.demonstration and query.limit == 1

    def test_no_leads(self, run: Any, needy: Settings) -> None:
        store = Store.open(needy.data)
        with store.writing("test") as writer:
            for stored in list(store.iterate(Kind.NEED)):
                writer.retire(stored.id)
        store.close()
        result = run(first(needy, Kind.SOLUTION))
        assert result.exit_code == 0 and "没有商机" in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("solution-0000000000000000",), "solution-0000000000000000"),
            (("--sector", "C999"), "C999"),
            (("--limit", "101"), "--limit："),
            (("--since", "昨天"), "--since："),
            (("--budget-from", "很多"), "--budget-from："),
            (("--sector", "长" * 400), "--sector："),
        ],
    )
    def test_bad_input(
        self, run: Any, needy: Settings, arguments: tuple[str, ...], said: str
    ) -> None:
        if arguments[0].startswith("--"):
            arguments = (first(needy, Kind.SOLUTION), *arguments)
        result = run(*arguments)
        assert result.exit_code == 2 and said in result.stderr and result.stdout == ""

    @pytest.mark.parametrize(
        ("kind", "zh", "en"), [(Kind.NEED, "需求", "a need"), (Kind.CASE, "案例", "a case")]
    )
    def test_the_kind_of_another_id_is_told_before_the_model_is_loaded(
        self,
        run: Any,
        needy: Settings,
        fake: Any,
        monkeypatch: pytest.MonkeyPatch,
        kind: Kind,
        zh: str,
        en: str,
    ) -> None:
        def none(*_: Any) -> Any:
            raise AssertionError("the generation is opened")

        monkeypatch.setattr(fake, "open", none)
        identity = first(needy, kind)
        result = run(identity)
        assert result.exit_code == 2, result.output
        assert f"商机只针对方案和服务商，{identity} 是{zh}" in result.stderr
        assert f"leads are for solutions and providers, {identity} is {en}" in result.stderr

    def test_a_damaged_generation_is_told(self, run: Any, needy: Settings, fake: Any) -> None:
        from catalog.errors import Bilingual

        fake.fail = GenerationCorrupt(Bilingual("坏了", "damaged"))
        result = run(first(needy, Kind.SOLUTION))
        assert result.exit_code == 1 and "damaged" in result.stderr


def test_a_solution_needs_no_provider_to_have_leads(asked: TestClient) -> None:
    created = asked.post("/v1/solutions", json=Solution(name="独立方案").model_dump(mode="json"))
    identity = created.json()["id"]
    assert asked.get(f"/v1/solutions/{identity}/leads").status_code == 200
