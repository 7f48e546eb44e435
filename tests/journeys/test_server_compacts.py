"""A server with the real model folds changes into a new generation by itself, and answers all the while."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import api.runtime
from api.app import create_app
from api.settings import Settings
from catalog.records import Record
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.encoder import OnnxEncoder
from matcher.index.build import build_generation
from matcher.index.generation import current_id, read_info

CHANGES = 3
SECONDS = 120.0
"""Until the new generation serves; a child process with the model takes about six."""
NEED = {"text": "注塑机老停机，查不出停机原因", "kinds": ["solution"], "limit": 5}


@pytest.fixture
def server(
    tmp_path: Path,
    tiny_catalogue: tuple[Record, ...],
    encoder: OnnxEncoder,
    taxonomy: Taxonomy,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    """The tiny catalogue, built by the real model and served by the engine that is shipped."""
    store = Store.open(tmp_path / "data")
    with store.writing("test") as writer:
        for record in tiny_catalogue:
            writer.put(record)
    build_generation(store, tmp_path / "data", encoder, taxonomy)
    store.close()
    # The child imports the code from here, whoever calls the tests from wherever.
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr(api.runtime, "RELOAD_SECONDS", 0.05)
    settings = Settings(data=tmp_path / "data", compact_rows=CHANGES)
    with TestClient(create_app(settings)) as client:
        yield client


def health(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/health").json()
    assert found["ready"] and found["problem_code"] is None, found
    return found


def answer(client: TestClient) -> tuple[str, list[str]]:
    """The generation that answered, and the names of the solutions in their order."""
    response = client.post("/v1/match", json=NEED)
    assert response.status_code == 200, response.text
    body = response.json()
    return body["generation"], [one["name"] for one in body["solutions"]]


@pytest.mark.slow
def test_a_server_compacts_by_itself(server: TestClient, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = health(server)["generation"]
    generation, names = answer(server)
    assert generation == first == current_id(data)
    assert names[0] == "设备联网看板" and "停机医生" not in names

    listed = server.get("/v1/solutions", params={"limit": 50}).json()["records"]
    ids = {one["record"]["name"]: one["id"] for one in listed}
    body = {"name": "停机医生", "description": "注塑机停机，当班查出停机原因", "sectors": ["注塑"]}
    assert server.post("/v1/solutions", json=body).status_code == 201
    changed = server.patch(f"/v1/solutions/{ids['设备联网看板']}", json={"name": "联网看板二代"})
    assert changed.status_code == 200, changed.text
    assert answer(server)[0] == first, "two changes are not enough"
    assert server.post(f"/v1/solutions/{ids['机器视觉质检']}/retire").status_code == 200

    generations, during = [first], 0
    deadline = time.monotonic() + SECONDS
    while generations[-1] == first:
        assert time.monotonic() < deadline, "no new generation came to serve"
        building = health(server)["building"]
        generation, names = answer(server)
        during += building and generation == first and health(server)["building"]
        generations.append(generation)
        assert {"停机医生", "联网看板二代"} <= set(names)
        assert not {"设备联网看板", "机器视觉质检"} & set(names)
    assert during, "nobody was answered while the build ran"
    second = generations[-1]
    assert second == health(server)["generation"] == current_id(data)

    # What the child process built holds the changes itself: nothing is laid over it any more.
    store = Store.open(data)
    info = read_info(data, second)
    assert info.sequence == store.sequence() and info.offers == 11
    store.close()
    for _ in range(3):
        generation, names = answer(server)
        assert generation == second
        assert {"停机医生", "联网看板二代"} <= set(names) and "机器视觉质检" not in names
    kept = server.get("/v1/generations").json()["generations"]
    assert [one["id"] for one in kept if one["current"]] == [second]
