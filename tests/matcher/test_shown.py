"""Records kept for the next answer are never older than the answer, and never more than the bound."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from catalog.records import Record, Solution
from catalog.store import Store
from matcher.answers.shown import ShownRecords


def put(store: Store, *names: str) -> list[str]:
    with store.writing("test") as writer:
        return [writer.put(Solution(name=name, description=f"{name}的说明")).id for name in names]


def rename(store: Store, identity: str, name: str) -> None:
    with store.writing("test") as writer:
        writer.replace(identity, Solution(name=name))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids that were really read from a store."""
    found: list[str] = []
    original = Store.records

    def counted(self: Store, record_ids: Iterable[str]) -> dict[str, Record]:
        wanted = list(record_ids)
        found.extend(wanted)
        return original(self, wanted)

    monkeypatch.setattr(Store, "records", counted)
    return found


def test_a_record_is_read_once(store: Store, reads: list[str]) -> None:
    ids = put(store, "MES看板", "换模")
    shown = ShownRecords(store)
    for _ in range(3):
        found = shown.at(store.sequence(), [*ids, "solution-nobody"])
        assert [found[one].name for one in ids] == ["MES看板", "换模"]
        assert "solution-nobody" not in found
    assert [one for one in reads if one in ids] == ids


def test_only_what_changed_is_read_again(store: Store, reads: list[str]) -> None:
    one, other = put(store, "一", "二")
    shown = ShownRecords(store)
    shown.at(store.sequence(), [one, other])
    rename(store, one, "三")
    reads.clear()
    found = shown.at(store.sequence(), [one, other])
    assert found[one].name == "三" and found[other].name == "二"
    assert reads == [one]


def test_an_older_answer_drops_nothing(store: Store, reads: list[str]) -> None:
    (one,) = put(store, "一")
    before, shown = store.sequence(), ShownRecords(store)
    rename(store, one, "二")
    assert shown.at(store.sequence(), [one])[one].name == "二"
    reads.clear()
    assert shown.at(before, [one])[one].name == "二" and not reads


def test_what_was_read_before_a_change_is_not_kept_after_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow reader must not put an old record beside a newer sequence."""
    (one,) = put(store, "一")
    shown, original = ShownRecords(store), Store.records

    def overtaken(self: Store, record_ids: Iterable[str]) -> dict[str, Record]:
        found = original(self, record_ids)
        monkeypatch.setattr(Store, "records", original)
        rename(store, one, "二")
        assert shown.at(store.sequence(), [one])[one].name == "二"
        return found

    monkeypatch.setattr(Store, "records", overtaken)
    shown.at(store.sequence(), [one])
    assert shown.at(store.sequence(), [one])[one].name == "二"


def test_never_more_than_the_bound(store: Store, reads: list[str]) -> None:
    ids = put(store, *(f"方案{number}" for number in range(20)))
    shown = ShownRecords(store, most_weight=15_000)
    for start in range(0, 20, 4):
        assert len(shown.at(store.sequence(), ids[start : start + 4])) == 4
        assert 0 < shown.weight <= 15_000
    assert len(shown) < 20
    reads.clear()
    shown.at(store.sequence(), ids[-4:])
    assert not reads
    shown.at(store.sequence(), ids[:1])
    assert reads == ids[:1]


def test_a_long_text_weighs_more(store: Store) -> None:
    with store.writing("test") as writer:
        long = writer.put(Solution(name="长", description="长" * 15_000)).id
    short = put(store, "短")[0]
    shown = ShownRecords(store, most_weight=20_000)
    assert set(shown.at(store.sequence(), [long, short])) == {long, short}
    assert len(shown) == 1 and shown.weight <= 20_000
