"""Corners of writing that the store's contract leaves open."""

from __future__ import annotations

import pytest

from catalog.errors import InvalidRecord
from catalog.records import Case, Kind, Label, Listing, Package, Provider, Solution
from catalog.store import RecordFilter, Store
from catalog.stored import Provenance


def test_by_is_in_every_provenance(store: Store) -> None:
    with store.writing("ann") as writer:
        change = writer.put(Solution(name="甲"), city="宁波")
    assert store.get(change.id).provenance == Provenance(by="ann", city="宁波")


def test_find_writes_nothing(store: Store) -> None:
    with store.writing("ann") as writer:
        assert writer.find(Solution(name="甲", provider="没有的公司")) is None
        assert writer.find(Listing(name="甲", city="宁波", solution="没有")) is None
    assert store.sequence() == 0


def test_a_code_learnt_later_finds_the_record(store: Store) -> None:
    with store.writing("ann") as writer:
        first = writer.put(Solution(name="甲"))
        coded = writer.put(Solution(name="甲", code="A1"), city="宁波")
        renamed = writer.put(Solution(name="甲（新版）", code="A1"), city="宁波")
        old_name = writer.put(Solution(name="甲"))
    assert first.id == coded.id == renamed.id == old_name.id


def test_nodes_follow_the_record(store: Store) -> None:
    with store.writing("ann") as writer:
        identity = writer.put(
            Solution(name="甲", sectors=(Label(label="注塑", nodes=("C292",)),))
        ).id
        writer.replace(
            identity, Solution(name="甲", sectors=(Label(label="服装", nodes=("C18",)),))
        )
    for nodes, count in ((("C292",), 0), (("C18",), 1)):
        page = store.page(Kind.SOLUTION, RecordFilter(sectors=frozenset(nodes)))
        assert len(page.records) == count


def test_one_node_under_two_labels_is_no_conflict(store: Store) -> None:
    labels = (Label(label="注塑", nodes=("C292",)), Label(label="塑料", nodes=("C292", "C29")))
    with store.writing("ann") as writer:
        identity = writer.put(Solution(name="甲", sectors=labels)).id
    record = store.get(identity).record
    assert isinstance(record, Solution) and record.sectors == labels


def test_a_provider_that_is_only_named_says_who_named_it(store: Store) -> None:
    with store.writing("ann") as writer:
        writer.put(Solution(name="甲", provider="乙公司"))
    (provider,) = store.iterate(Kind.PROVIDER)
    assert provider.record == Provider(name="乙公司")
    assert provider.provenance.by == "ann"


def test_facts_of_a_named_provider_come_later(store: Store) -> None:
    with store.writing("ann") as writer:
        writer.put(Solution(name="甲", provider="乙 公司"))
        change = writer.put(Provider(name="乙公司", description="做视觉"))
    assert change.action == "updated"
    assert store.counts()["provider"] == 1


def test_case_finds_the_solution_of_its_own_provider(store: Store) -> None:
    with store.writing("ann") as writer:
        writer.put(Solution(name="MES", provider="甲"))
        right = writer.put(Solution(name="MES", provider="乙"))
        case = writer.put(Case(name="某厂", provider="乙", solution="MES"))
    record = store.get(case.id).record
    assert isinstance(record, Case) and record.solution
    assert record.solution.id == right.id


def test_packages_and_dates_survive(store: Store) -> None:
    solution = Solution(
        name="甲",
        packages=(Package(price_cny=0, deploy_days=0), Package(price_cny=1, price_from=True)),
        valid_until="2026-12-31",  # type: ignore[arg-type]
    )
    with store.writing("ann") as writer:
        identity = writer.put(solution).id
    assert store.get(identity).record == solution


def test_a_listing_of_a_case_is_refused(store: Store) -> None:
    with store.writing("ann") as writer:
        case = writer.put(Case(name="某厂")).id
    with pytest.raises(InvalidRecord), store.writing("ann") as writer:
        writer.put(Listing(name="x", city="宁波", solution={"name": "某厂", "id": case}))  # type: ignore[arg-type]
