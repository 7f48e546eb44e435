"""Imports, generations, health, metrics, logs and limits."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.runtime import Runtime
from api.settings import Settings
from catalog.errors import Bilingual
from matcher.errors import ModelMissing

CSV = """产品名称,服务商,应用场景,参考价格,部署周期
换模看板,快换科技,生产管控,5万元,2个月
,无名科技,生产管控,3万,1个月
"""


def upload(client: TestClient, content: bytes | str = CSV, name: str = "a.csv", **form: Any) -> Any:
    params = {"build": form.pop("build")} if "build" in form else {}
    return client.post(
        "/v1/imports", files={"files": (name, content, "text/csv")}, data=form, params=params
    )


def settled(client: TestClient) -> dict[str, Any]:
    for _ in range(1_500):
        body: dict[str, Any] = client.get("/v1/health").json()
        if not body["building"]:
            return body
        time.sleep(0.02)
    raise AssertionError("the build does not end")


def test_an_import_is_reported_and_built(client: TestClient, fake: Any) -> None:
    answer = upload(client).json()
    assert answer["total"]["created"] >= 1 and answer["total"]["rejected"] == 1
    assert answer["building"] is True
    assert answer["named_providers"] == answer["sheets"][0]["named_providers"] == 1
    error = next(one for one in answer["issues"] if one["severity"] == "error")
    assert error["row"] == 3 and error["message"] and error["message_en"]
    health = settled(client)
    assert health["ready"] and health["counts"]["solution"] == 1 and fake.builds == 1
    assert client.post("/v1/match", json={"text": "换模慢"}).json()["solutions"]
    workbook = client.get(f"/v1/imports/{answer['id']}/report.xlsx")
    assert workbook.status_code == 200 and workbook.content[:2] == b"PK"
    assert client.get("/v1/imports/none/report.xlsx").status_code == 404


def test_a_build_that_ends_while_health_is_read_is_told_as_running(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def just_before_the_end(self: Runtime) -> None:
        monkeypatch.setattr(Runtime, "is_building", False)

    monkeypatch.setattr(Runtime, "is_building", True)
    monkeypatch.setattr(Runtime, "matcher", property(just_before_the_end))
    body = client.get("/v1/health").json()
    assert not body["ready"] and body["building"]


def test_the_same_file_twice_changes_nothing(client: TestClient, fake: Any) -> None:
    upload(client, build=False)
    again = upload(client).json()
    assert again["total"]["created"] == again["total"]["updated"] == 0
    assert again["building"] is False and fake.builds == 0
    assert again["named_providers"] == again["sheets"][0]["named_providers"] == 0


def test_a_dry_run_keeps_nothing(client: TestClient) -> None:
    answer = upload(client, dry_run="true").json()
    assert answer["dry_run"] and answer["total"]["created"] >= 1
    assert client.get("/v1/solutions").json()["records"] == []


def test_a_city_gets_listings(client: TestClient) -> None:
    assert upload(client, city="宁波", build=False).json()["city"] == "宁波"
    assert client.get("/v1/listings", params={"city": "宁波"}).json()["records"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"PK\x03\x04broken", "a.xlsx"),
        (b"\x00\x01\x02\x00", "a.csv"),
        (b"x", "a.pdf"),
        (b"", "a.csv"),
    ],
)
def test_a_file_that_cannot_be_read(client: TestClient, content: bytes, name: str) -> None:
    response = upload(client, content, name)
    assert response.status_code == 422 and response.json()["code"] == "unreadable_file"
    assert response.json()["message"] and response.json()["message_en"]


def test_an_import_without_files(client: TestClient) -> None:
    assert client.post("/v1/imports", data={"city": "x"}).status_code == 422


def test_generations_are_listed_built_and_rolled_back(served: TestClient, fake: Any) -> None:
    first = served.get("/v1/generations").json()["generations"][0]
    second = served.post("/v1/generations")
    assert second.status_code == 201 and second.json()["current"]
    assert served.get("/v1/health").json()["generation"] == second.json()["id"]
    back = served.post("/v1/generations/rollback", json={"generation": first["id"]}).json()
    assert [one["current"] for one in back["generations"]] == [True, False]
    assert served.get("/v1/health").json()["generation"] == first["id"]
    later = served.post("/v1/generations", params={"wait": "false"})
    assert later.status_code == 202 and later.json() == {"building": True}
    settled(served)


def test_rollback_to_nothing(served: TestClient) -> None:
    unknown = {"generation": "g0000099-00000000"}
    response = served.post("/v1/generations/rollback", json=unknown)
    assert response.status_code == 404 and response.json()["code"] == "unknown_generation"
    traversal = {"generation": "../../etc"}
    assert served.post("/v1/generations/rollback", json=traversal).status_code == 422


def test_health_may_be_asked_for_its_head(client: TestClient) -> None:
    assert client.head("/v1/health").status_code == 200


def test_health_before_the_first_build(client: TestClient) -> None:
    body = client.get("/v1/health").json()
    assert not body["ready"] and body["problem_code"] == "no_generation"
    assert body["problem"] and body["problem_en"] and body["hint_en"]
    assert body["counts"]["solution"] == 0 and body["generation"] is None


def test_a_missing_model_does_not_keep_the_server_down(settings: Settings, fake: Any) -> None:
    def missing(_: Settings) -> Any:
        raise ModelMissing(Bilingual("没有模型", "no model"), Bilingual("获取", "fetch it"))

    from dataclasses import replace

    engine = replace(fake.engine(), load_encoder=missing)
    with TestClient(create_app(settings, lambda: engine)) as client:
        assert client.get("/v1/health").json()["problem_code"] == "model_missing"
        assert client.post("/v1/match", json={"text": "x"}).json()["code"] == "model_missing"
        assert client.post("/v1/generations").status_code == 503
        assert client.get("/v1/solutions").status_code == 200


def test_metrics_count_by_route_template(served: TestClient) -> None:
    served.get("/v1/solutions/secret-id")
    served.get("/nowhere/secret")
    text = served.get("/metrics").text
    wanted = 'qingzhun_requests_total{method="GET",route="/v1/solutions/{id}",status="404"} 1.0'
    assert wanted in text and "secret" not in text
    assert 'route="(none)",status="404"' in text
    assert 'qingzhun_generation_info{generation="g' in text


def test_logs_hold_no_text(served: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        served.post("/v1/match", json={"text": "老板姓张电话13800000000"})
        served.get("/v1/needs", params={"q": "姓张"})
    said = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("qingzhun"))
    assert "POST /v1/match 200" in said and "张" not in said and "138" not in said


def test_bodies_above_the_limit(client: TestClient) -> None:
    large = json.dumps({"name": "x", "description": "y" * 200_000})
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    response = client.post("/v1/solutions", content=large, headers=headers)
    assert response.status_code == 413 and response.json()["code"] == "too_large"
    chunked = client.post("/v1/solutions", content=(p for p in [large.encode()]), headers=headers)
    assert chunked.status_code == 413 and chunked.json()["title"] == "Request too large"


def test_uploads_above_the_limit(tmp_path: Path, fake: Any) -> None:
    settings = Settings(data=tmp_path, max_upload_mb=1)
    with TestClient(create_app(settings, fake.engine)) as client:
        assert upload(client, b"x" * 1_100_000).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/v1/match", 405, "method_not_allowed"),
        ("POST", "/v1/match", 400, "malformed_body"),
    ],
)
def test_problems_speak_the_asked_language(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    seen = {}
    for lang in ("zh-CN", "en-GB,en;q=0.8"):
        headers = {"Accept-Language": lang, "Content-Type": "application/json"}
        response = client.request(method, path, content="{", headers=headers)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        body = response.json()
        assert body["code"] == code and body["type"].endswith(code) and body["status"] == status
        seen[lang] = body["title"]
    assert not seen["zh-CN"].isascii() and seen["en-GB,en;q=0.8"].isascii()
