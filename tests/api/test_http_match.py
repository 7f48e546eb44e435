"""POST /v1/match on the fake engine."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.errors import Bilingual
from catalog.records import Kind, Size
from matcher.errors import GenerationCorrupt
from matcher.types import Constraint


def test_answers_ranked_offers_with_reasons(served: TestClient) -> None:
    answer = served.post("/v1/match", json={"text": "老停机又查不出原因"}).json()
    first = answer["solutions"][0]
    assert first["rank"] == 1 and first["name"] == "设备联网看板"
    assert first["provider"]["name"] == "联机科技" and first["provider"]["id"]
    assert first["reasons"] == [
        {"code": "scenario_same", "text": "场景一致：设备管理", "data": {"name": "设备管理"}}
    ]
    assert first["misfits"][0]["text"] == "超出预算：300,000 元"
    assert first["unknowns"][0]["text"] == "工期未公布"
    assert first["packages"][0]["price_cny"] == 80_000
    assert answer["cases"][0]["cost_cny"] == 100_000
    assert answer["providers"][0]["provider"] is None
    assert answer["understanding"]["scenarios"][0]["name"] == "设备管理"
    assert answer["understanding"]["unresolved"] == ["奇怪的词"]
    assert answer["understanding"]["unserved"] == 0.1235
    assert answer["generation"].startswith("g") and answer["sequence"] > 0
    assert answer["timings_ms"]["total"] >= 0


def test_every_field_reaches_the_query(served: TestClient, fake: Any) -> None:
    body = {
        "text": "换模慢",
        "sectors": ["C292"],
        "scenarios": ["设备管理"],
        "budget_cny": "二十万以内",
        "deploy_days": "三个月",
        "size": "小型",
        "target_level": "二级",
        "technologies": ["物联网", "AI"],
        "refused_technologies": ["云计算"],
        "payments": ["买断", "subscription"],
        "city": "宁波",
        "must": ["budget", "days"],
        "kinds": ["case"],
        "limit": 7,
        "demonstration": False,
    }
    response = served.post("/v1/match", json=body)
    assert response.status_code == 200, response.text
    query = fake.queries[0]
    assert query.budget_cny == 200_000 and query.deploy_days == 90
    assert query.size is Size.SMALL and query.target_level == 2
    assert query.technologies == ("IoT", "AI") and query.refused_technologies == ("cloud",)
    assert query.payments == ("one_off", "yearly", "monthly")
    assert query.must == {Constraint.BUDGET, Constraint.DAYS}
    assert query.kinds == (Kind.CASE,) and query.limit == 7 and not query.demonstration
    assert response.json()["solutions"] == []


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ({}, None, "场景一致"),
        ({}, "en", "same scenario"),
        ({"lang": "zh"}, "en", "场景一致"),
        ({"lang": "en"}, None, "same scenario"),
    ],
)
def test_reasons_speak_the_asked_language(
    served: TestClient, body: dict[str, str], header: str | None, expected: str
) -> None:
    headers = {"Accept-Language": header} if header else {}
    response = served.post("/v1/match", json={"text": "停机", **body}, headers=headers)
    assert response.json()["solutions"][0]["reasons"][0]["text"].startswith(expected)
    assert response.headers["Content-Language"] == ("en" if "same" in expected else "zh")
    assert response.headers["Vary"] == "Accept-Language"


def test_nothing_suitable_is_an_answer(served: TestClient) -> None:
    answer = served.post("/v1/match", json={"text": "没有"}).json()
    assert answer["solutions"] == [] and answer["notes"][0]["text"] == "没有合适的"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "停" * 20_001}, "text"),
        ({"text": "停机", "limit": 101}, "limit"),
        ({"text": "停机", "limit": 0}, "limit"),
        ({"text": "停机", "limit": True}, "limit"),
        ({"text": "停机", "budget_cny": True}, "budget_cny"),
        ({"text": "停机", "deploy_days": True}, "deploy_days"),
        ({"text": "停机", "target_level": True}, "target_level"),
        ({"text": "停机", "budget_cny": -1}, "budget_cny"),
        ({"text": "停机", "budget_cny": 0}, "budget_cny"),
        ({"text": "停机", "deploy_days": 0}, "deploy_days"),
        ({"text": "停机", "budget_cny": "很多钱"}, "budget_cny"),
        ({"text": "停机", "budget_cny": "$100"}, "budget_cny"),
        ({"text": "停机", "deploy_days": "尽快"}, "deploy_days"),
        ({"text": "停机", "must": ["price"]}, "must.0"),
        ({"text": "停机", "kinds": []}, "kinds"),
        ({"text": "停机", "kinds": ["listing"]}, "kinds.0"),
        ({"text": "停机", "target_level": 5}, "target_level"),
        ({"text": "停机", "budget": 5}, "budget"),
        ({"text": "停机", "city": ""}, "city"),
    ],
)
def test_bad_input_names_the_field(served: TestClient, body: dict[str, object], field: str) -> None:
    response = served.post("/v1/match", json=body)
    problem = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["field"] == field
    assert problem["message"] and problem["message_en"] and problem["message"].isascii() is False


@pytest.mark.parametrize(
    "text", ["😀 停机 🏭", "\x00\x07停机", "設備老是當機", "預算２０萬", "a" * 20_000, "\u202e停机"]
)
def test_odd_texts_are_answered(served: TestClient, text: str) -> None:
    assert served.post("/v1/match", json={"text": text}).status_code == 200


def test_no_generation_says_what_to_do(client: TestClient) -> None:
    response = client.post("/v1/match", json={"text": "停机"}, headers={"Accept-Language": "en"})
    problem = response.json()
    assert response.status_code == 503 and problem["code"] == "no_generation"
    assert problem["detail"] == "no generation has been built yet"
    assert problem["hint"] == "请运行 qingzhun build"
    assert problem["hint_en"] == "run qingzhun build"


def test_a_damaged_generation_is_a_problem_not_a_trace(served: TestClient, fake: Any) -> None:
    fake.fail = GenerationCorrupt(Bilingual("坏了", "broken"))
    response = served.post("/v1/match", json={"text": "停机"})
    assert response.status_code == 503 and response.json()["code"] == "generation_corrupt"


def test_a_bug_is_an_internal_error_without_details(served: TestClient, fake: Any) -> None:
    fake.fail = RuntimeError("secret in the message")
    response = served.post("/v1/match", json={"text": "停机"})
    assert response.status_code == 500 and response.json()["code"] == "internal_error"
    assert "secret" not in response.text and "Traceback" not in response.text


@pytest.mark.parametrize("content", ["{bad", "", '{"text":"停机"', "\u0000"])
def test_a_body_that_is_no_json(served: TestClient, content: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = served.post("/v1/match", content=content.encode(), headers=headers)
    if content:
        assert response.status_code == 400 and response.json()["code"] == "malformed_body"
    else:
        assert response.status_code == 422


def test_choices_are_named_in_chinese(served: TestClient) -> None:
    problem = served.post("/v1/match", json={"text": "停机", "lang": "fr", "size": "huge"}).json()
    told = {one["field"]: one for one in problem["errors"]}
    assert told["lang"]["message"] == "只能是：'zh' 或 'en'"
    assert told["lang"]["message_en"] == "this must be one of: 'zh' or 'en'"
    assert told["size"]["message"] == "只能是：'micro'、'small'、'medium' 或 'large'"
