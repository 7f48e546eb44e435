"""Unmet needs: kept without personal data, once a day, listed and counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import InvalidRecord, StoreUnavailable
from catalog.records import Need
from catalog.store import LOCK_SECONDS, Store
from catalog.unmet import Demand, UnmetNeed, list_unmet, record_needs, record_unmet, summary

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def at() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, at: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data", clock=at)
    yield opened
    opened.close()


DEMAND = Demand(
    lang="zh",
    sectors=("C292",),
    scenarios=("S3-4",),
    reason="scenario_other",
    nearest="solution-1",
    generation="g0000001-00000000",
    cause="nothing",
    within="catalogue",
)


def record(
    store: Store,
    text: str = "想要会自己修机器的机器人",
    city: str | None = "宁波",
    wait: float = LOCK_SECONDS,
    **fields: Any,
) -> bool:
    return record_unmet(store, text, city, replace(DEMAND, **fields), wait)


def test_a_need_comes_back_without_personal_data(store: Store) -> None:
    assert record(store, "找王工 13800138000 修机器")
    assert list_unmet(store).needs == (
        UnmetNeed(
            id=1,
            at=START,
            city="宁波",
            text="找王工 *** 修机器",
            need_id=None,
            demand=DEMAND,
        ),
    )


def test_the_same_need_counts_once_a_day(store: Store, at: Clock) -> None:
    assert record(store, "修机器，13800138000")
    assert not record(store, "修机器,13911112222 ")
    assert not record(store, "修機器，13800138000", sectors=())
    assert record(store, "修机器，13800138000", city="苏州")
    assert record(store, "修机器，13800138000", city=None)
    assert record(store, "修模具")
    at.now += timedelta(hours=23, minutes=59)
    assert not record(store, "修机器，13800138000")
    at.now += timedelta(minutes=1)
    assert record(store, "修机器，13800138000")
    assert len(list_unmet(store).needs) == 5


def test_the_same_need_at_the_same_time_counts_once(store: Store) -> None:
    threads = [threading.Thread(target=record, args=(store,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_unmet(store).needs) == 1


def test_pages_are_newest_first(store: Store) -> None:
    for number in range(5):
        record(store, f"需求{number}")
    seen, cursor = [], None
    while True:
        page = list_unmet(store, cursor=cursor, limit=2)
        seen += [need.text for need in page.needs]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"需求{number}" for number in (4, 3, 2, 1, 0)]
    assert list_unmet(store, limit=5).next_cursor is None


@pytest.mark.parametrize("cursor", ["x", "MQ", "c29sdXRpb24=", "LTE="])
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InvalidRecord):
        list_unmet(store, cursor=cursor)


def filled(store: Store) -> None:
    record(store, "a1", sectors=("C292", "C33"), scenarios=("S3-4",))
    record(store, "a2", sectors=("C2929",), scenarios=("S3-4", "S3-2"))
    record(store, "a3", sectors=("C33",), scenarios=(), city="苏州")
    record(store, "a4", sectors=(), scenarios=())
    record(store, "a5", sectors=("C",), scenarios=("S3-2",), city=None)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["a5", "a4", "a3", "a2", "a1"]),
        ({"city": "宁波"}, ["a4", "a2", "a1"]),
        ({"sectors": frozenset({"C33"})}, ["a3", "a1"]),
        ({"sectors": frozenset({"C33"}), "city": "苏州"}, ["a3"]),
        ({"scenarios": frozenset({"S3-2"})}, ["a5", "a2"]),
        ({"sectors": frozenset({"C2929"}), "scenarios": frozenset({"S3-2"})}, ["a2"]),
        ({"city": "北京"}, []),
    ],
)
def test_filters(store: Store, where: dict[str, Any], expected: list[str]) -> None:
    filled(store)
    assert [need.text for need in list_unmet(store, **where).needs] == expected
    assert summary(store, **where).total == len(expected)


def cells(store: Store, **where: Any) -> list[tuple[str | None, str | None, int]]:
    return [(one.sector, one.scenario, one.count) for one in summary(store, **where).cells]


def test_counts_by_division_and_scenario_add_up(store: Store, at: Clock) -> None:
    filled(store)
    at.now += timedelta(days=2)
    record(store, "a1", sectors=("C292",), scenarios=("S3-4",))
    assert cells(store) == [
        ("C29", "S3-4", 3),
        ("C", "S3-2", 1),
        ("C33", None, 1),
        (None, None, 1),
    ]
    found = summary(store)
    assert sum(one.count for one in found.cells) == found.total == 6
    assert found.cells[0].latest == at.now and found.cells[1].latest == START


def test_a_filtered_count_names_what_was_asked_for(store: Store) -> None:
    filled(store)
    assert cells(store, sectors=frozenset({"C33"})) == [("C33", "S3-4", 1), ("C33", None, 1)]
    assert cells(store, city="北京") == []


def test_another_writer_is_waited_for_only_so_long(store: Store) -> None:
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.writing("import"):
            held.set()
            done.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(20)
    try:
        with pytest.raises(StoreUnavailable):
            record(store, wait=0.05)
    finally:
        done.set()
        writer.join()
    assert record(store, wait=0.05)


def stored(store: Store, *texts: str, **fields: Any) -> list[str]:
    with store.writing("test") as writer:
        return [writer.put(Need(text=one, city="宁波", **fields)).id for one in texts]


def test_a_stored_need_counts_once_and_is_forgotten_when_it_is_met(store: Store, at: Clock) -> None:
    one, other = stored(store, "怕中勒索病毒", "网络要隔离")
    for _ in range(3):
        assert record_needs(store, {one: DEMAND, other: DEMAND}, "catalogue") == 2
        at.now += timedelta(days=2)
    assert cells(store) == [("C29", "S3-4", 2)]
    assert [(need.need_id, need.at) for need in list_unmet(store).needs] == [
        (other, START),
        (one, START),
    ]
    scarce = replace(DEMAND, cause="scarce", scenarios=("S1-6",))
    assert record_needs(store, {one: scarce, other: None}, "catalogue") == 1
    assert cells(store) == [("C29", "S1-6", 1)]


def test_what_a_city_lacks_is_kept_beside_what_all_lack_and_counts_once(store: Store) -> None:
    (one,) = stored(store, "怕中勒索病毒")
    record_needs(store, {one: DEMAND}, "catalogue")
    record_needs(store, {one: replace(DEMAND, within="city")}, "city")
    assert [need.demand.within for need in list_unmet(store).needs] == ["city", "catalogue"]
    assert summary(store).total == 1
    record_needs(store, {one: None}, "catalogue")
    assert summary(store, city="宁波").total == 1
    record_needs(store, {one: None}, "city")
    assert list_unmet(store).needs == ()


def test_a_question_that_is_a_stored_need_counts_as_that(store: Store) -> None:
    (one,) = stored(store, "怕中勒索病毒")
    assert record(store, "怕中勒索病毒") and record(store, "怕中勒索病毒", city="苏州")
    record_needs(store, {one: DEMAND}, "catalogue")
    assert summary(store).total == 2 and summary(store, city="宁波").total == 1


def test_a_need_without_consent_counts_without_its_text(store: Store) -> None:
    hidden, gone = (*stored(store, "我们厂怕中勒索病毒", consent=False), "need-nobody")
    assert record_needs(store, {hidden: DEMAND, gone: DEMAND}, "catalogue") == 1
    (need,) = list_unmet(store).needs
    assert (need.text, need.city) == ("", "宁波")


def test_what_no_digital_offer_serves_is_counted_apart(store: Store) -> None:
    record(store, "招不到杀鱼工", cause="not_digital", scenarios=())
    record(store, "怕中勒索病毒")
    found = summary(store)
    assert (found.total, found.not_digital, len(found.cells)) == (1, 1, 1)
    for cause, texts in (
        ("not_digital", ["招不到杀鱼工"]),
        ("nothing", ["怕中勒索病毒"]),
        ("scarce", []),
    ):
        assert [need.text for need in list_unmet(store, cause=cause).needs] == texts
