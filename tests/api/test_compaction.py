"""The server folds what is laid over a generation into a new one, in the background and with patience."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

import api.runtime
from api.app import create_app
from api.compaction import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, Compaction, build_apart
from api.settings import Settings
from catalog.errors import Bilingual
from catalog.records import Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.errors import BuildFailed
from matcher.index.generation import current_id, read_info

WATCH_SECONDS = 0.01


class TestWhenItIsDue:
    def test_after_so_many_changes(self) -> None:
        policy = Compaction(2_000)
        assert not policy.due(1_999, 300_000, 0) and policy.due(2_000, 300_000, 0)
        assert not policy.due(499, 10_000, 0) and policy.due(500, 10_000, 0)
        assert not policy.due(99, 300, 0) and policy.due(100, 300, 0)

    def test_few_are_enough_where_few_are_asked_for(self) -> None:
        assert Compaction(3).due(3, 300, 0) and not Compaction(3).due(2, 300, 0)

    def test_never(self) -> None:
        assert not Compaction(0).due(1_000_000, 10, 0)

    def test_patience_doubles_and_ends_with_a_success(self) -> None:
        policy, now, waits = Compaction(1), 1_000.0, []
        for _ in range(9):
            policy.failed(now)
            wait = 0.0
            while not policy.due(1, 1, now + wait):
                wait += FIRST_RETRY_SECONDS
            waits.append(wait)
            now += wait
        assert waits[:4] == [60, 120, 240, 480] and waits[-1] == LONGEST_RETRY_SECONDS == 3_600
        policy.succeeded()
        assert policy.due(1, 1, now)
        policy.failed(now)
        assert policy.due(1, 1, now + 60)


class Compacted:
    """Stands for the build in a process of its own: builds with the fake engine."""

    def __init__(self, fake: Any):
        self._fake = fake
        self.calls = 0
        self.outcome: Callable[[], bool] = self._build
        self._settings: Settings | None = None

    def __call__(self, settings: Settings, stopped: threading.Event) -> bool:
        self.calls += 1
        self._settings = settings
        return self.outcome()

    def _build(self) -> bool:
        assert self._settings is not None
        store = Store.open(self._settings.data)
        self._fake.build(store, self._settings.data, None, Taxonomy.shipped(), None)
        store.close()
        return True


@pytest.fixture
def compacted(fake: Any) -> Compacted:
    return Compacted(fake)


@contextmanager
def serving(
    settings: Settings, fake: Any, compacted: Compacted, rows: int = 3
) -> Iterator[TestClient]:
    settings = settings.model_copy(update={"compact_rows": rows})
    engine = replace(fake.engine(), compact=compacted)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api.runtime, "RELOAD_SECONDS", WATCH_SECONDS)
        with TestClient(create_app(settings, lambda: engine)) as client:
            yield client


def change(client: TestClient, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        assert client.post("/v1/solutions", json={"name": f"新方案{number}"}).status_code == 201


def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to pass")


def watched() -> None:
    """Wait until the server has looked several times."""
    time.sleep(20 * WATCH_SECONDS)


def test_enough_changes_are_folded_in(filled: Settings, fake: Any, compacted: Compacted) -> None:
    with serving(filled, fake, compacted) as client:
        before = client.get("/v1/health").json()["generation"]
        change(client, 2)
        watched()
        assert compacted.calls == 0
        change(client, 1, start=2)
        until(lambda: client.get("/v1/health").json()["generation"] != before)
        watched()
        assert compacted.calls == 1
        assert client.get("/v1/health").json()["problem_code"] is None


def test_never_when_it_is_switched_off(filled: Settings, fake: Any, compacted: Compacted) -> None:
    with serving(filled, fake, compacted, rows=0) as client:
        change(client, 5)
        watched()
        assert compacted.calls == 0


def test_a_failure_is_told_and_not_repeated_at_once(
    filled: Settings, fake: Any, compacted: Compacted
) -> None:
    def failing() -> bool:
        raise BuildFailed(Bilingual("磁盘满了", "the disk is full"), Bilingual("腾空间", "free it"))

    compacted.outcome = failing
    with serving(filled, fake, compacted) as client:
        change(client, 3)
        until(lambda: client.get("/v1/health").json()["problem_code"] is not None)
        health = client.get("/v1/health").json()
        assert health["ready"] and not health["building"]
        assert (health["problem_code"], health["problem"]) == ("build_failed", "磁盘满了")
        assert client.post("/v1/match", json={"text": "停机"}).status_code == 200
        watched()
        assert compacted.calls == 1
        assert client.post("/v1/generations").status_code == 201
        assert client.get("/v1/health").json()["problem_code"] is None


def test_another_build_is_waited_for(filled: Settings, fake: Any, compacted: Compacted) -> None:
    compacted.outcome = lambda: False
    with serving(filled, fake, compacted) as client:
        change(client, 3)
        until(lambda: compacted.calls > 2)
        assert client.get("/v1/health").json()["problem_code"] is None


def test_going_back_stays_as_it_is(filled: Settings, fake: Any, compacted: Compacted) -> None:
    with serving(filled, fake, compacted) as client:
        first = client.get("/v1/health").json()["generation"]
        client.post("/v1/generations")
        assert client.post("/v1/generations/rollback", json={"generation": first}).is_success
        change(client, 9)
        watched()
        assert compacted.calls == 0
        client.post("/v1/generations")
        change(client, 9, start=9)
        until(lambda: compacted.calls >= 1)


@pytest.fixture
def apart(tmp_path: Path, encoder: object) -> Settings:
    """A data directory to be built by the real model, in a process of its own."""
    cache = Settings().model_cache
    settings = Settings(data=tmp_path / "data", model_cache=cache)
    store = Store.open(settings.data)
    with store.writing("test") as writer:
        writer.put(Solution(name="设备联网看板", description="停机原因一看便知"))
    store.close()
    return settings


@pytest.mark.slow
def test_a_build_apart_publishes_a_generation(apart: Settings) -> None:
    assert build_apart(apart, threading.Event()) is True
    info = read_info(apart.data, current_id(apart.data))
    assert (info.offers, info.sequence) == (1, 1)


@pytest.mark.slow
def test_no_second_build_beside_another(apart: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with FileLock(apart.data / "build.lock"):
        assert build_apart(apart, threading.Event()) is False
        # Neither when the other one began after the look.
        monkeypatch.setattr("matcher.index.build.is_building", lambda data: False)
        assert build_apart(apart, threading.Event()) is False


def test_a_build_apart_that_fails_says_why(apart: Settings, tmp_path: Path) -> None:
    nothing = apart.model_copy(update={"model_cache": tmp_path / "nothing"})
    with pytest.raises(BuildFailed) as caught:
        build_apart(nothing, threading.Event())
    assert caught.value.message.zh and "model" in caught.value.hint.en


def test_a_build_apart_that_is_killed_says_so(
    apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(BuildFailed, match="1"):
        build_apart(apart, threading.Event())
    monkeypatch.setattr(sys, "executable", str(apart.data / "nobody"))
    with pytest.raises(BuildFailed):
        build_apart(apart, threading.Event())


def test_a_server_that_stops_takes_it_along(apart: Settings) -> None:
    stopped = threading.Event()
    stopped.set()
    assert build_apart(apart, stopped) is False
    with FileLock(apart.data / "build.lock", timeout=0):
        pass
