"""HTTP over the real engine, with an encoder that needs no model."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.assembly import shipped_engine
from api.settings import Settings
from tests.fakes import HashEncoder

HTTP_DOC = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
STEPS = ["encode", "dense", "read", "understand", "fit", "rank", "explain", "total"]


@pytest.fixture
def real(built_once: Path, tmp_path: Path) -> Iterator[TestClient]:
    data = tmp_path / "data"
    shutil.copytree(built_once, data)
    engine = replace(shipped_engine(), load_encoder=lambda _: HashEncoder())
    with TestClient(create_app(Settings(data=data), lambda: engine)) as client:
        yield client


def names(client: TestClient, text: str, **fields: Any) -> list[str]:
    response = client.post("/v1/match", json={"text": text, "kinds": ["solution"], **fields})
    assert response.status_code == 200, response.text
    return [one["name"] for one in response.json()["solutions"]]


def test_a_need_gets_explained_offers(real: TestClient) -> None:
    body = {"text": "注塑机老停机查不出原因", "budget_cny": "20万", "deploy_days": "三个月"}
    answer = real.post("/v1/match", json=body).json()
    first = answer["solutions"][0]
    assert first["name"] == "设备联网看板" and first["reasons"] and first["provider"]["id"]
    assert all(reason["text"] for one in answer["cases"] for reason in one["reasons"])
    assert list(answer["timings_ms"]) == STEPS
    assert ", ".join(f"`{step}`" for step in STEPS[:-1]) in HTTP_DOC


def test_changes_are_seen_by_the_next_match(real: TestClient) -> None:
    body = {"name": "停机医生", "description": "停机原因当班看得见", "scenarios": ["设备管理"]}
    created = real.post("/v1/solutions", json=body).json()
    assert "停机医生" in names(real, "停机原因")
    path = f"/v1/solutions/{created['id']}"
    real.patch(path, json={"name": "停机大夫"})
    assert "停机大夫" in names(real, "停机原因")
    real.post(f"{path}/retire")
    assert "停机大夫" not in names(real, "停机原因")
    real.post(f"{path}/restore")
    assert "停机大夫" in names(real, "停机原因")


@pytest.mark.usefixtures("quick_builds")
def test_a_build_and_a_rollback_keep_answering(real: TestClient) -> None:
    before = real.get("/v1/health").json()["generation"]
    real.post("/v1/solutions", json={"name": "新方案", "description": "停机原因"})
    built = real.post("/v1/generations").json()
    assert built["current"] and built["id"] != before and "新方案" in names(real, "停机原因")
    real.post("/v1/generations/rollback", json={"generation": before})
    assert real.get("/v1/health").json()["generation"] == before
    assert "新方案" in names(real, "停机原因")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_rollback_where_nothing_may_be_written(
    real: TestClient, monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    before = real.get("/v1/health").json()["generation"]
    if read_only:
        monkeypatch.setattr(real.app.state.runtime.store, "read_only", True)  # type: ignore[attr-defined]
    else:

        def refused(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(os, "replace", refused)
    answer = real.post("/v1/generations/rollback", json={"generation": before})
    assert answer.status_code == 503 and answer.json()["code"] == "store_unavailable"
    assert ("只读" if read_only else "Read-only file system") in answer.json()["message"]


def test_wrong_sectors_are_refused(real: TestClient) -> None:
    response = real.post("/v1/match", json={"text": "停机", "sectors": ["C9999"]})
    assert response.status_code == 422 and response.json()["code"] == "invalid_need"
