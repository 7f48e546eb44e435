"""What the store promises: putting, changing, history; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import InvalidRecord, RecordConflict, UnknownRecord
from catalog.records import Case, Enterprise, Kind, Listing, Need, Provider, Solution
from catalog.store import RecordFilter, Store
from catalog.stored import Provenance
from tests.contracts.stores import START, put


class TestPutting:
    def test_a_record_comes_back_as_it_was(self, store: Store) -> None:
        solution = Solution(name="设备联网", description="看板", sectors=("注塑",), code="A-1")
        (identity,) = put(store, solution)
        found = store.get(identity)
        assert found.record == solution
        assert (found.status, found.sequence) == ("active", 1)
        assert found.created_at == found.updated_at == START + timedelta(minutes=1)
        assert identity.startswith("solution-")

    def test_twice_the_same_changes_nothing(self, store: Store) -> None:
        solution = Solution(name="设备联网", provider="海岳")
        put(store, solution)
        before = store.sequence()
        with store.writing("test") as writer:
            assert writer.put(solution).action == "unchanged"
        assert store.sequence() == before
        assert store.counts()["solution"] == 1

    def test_an_unknown_never_erases_a_known_fact(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="设备联网", description="看板", ip="own"))
        with store.writing("test") as writer:
            change = writer.put(Solution(name="设备 联网", technologies=("AI",)))
        assert (change.id, change.action) == (identity, "updated")
        record = store.get(identity).record
        assert isinstance(record, Solution)
        assert (record.description, record.ip, record.technologies) == ("看板", "own", ("AI",))

    def test_declared_code_of_one_city_names_one_record(self, store: Store) -> None:
        (here,) = put(store, Solution(name="甲", code="001"), city="宁波")
        (renamed,) = put(store, Solution(name="乙", code="001"), city="宁波")
        (elsewhere,) = put(store, Solution(name="丙", code="001"), city="苏州")
        assert here == renamed != elsewhere
        assert store.get(here).record.code == "001"

    def test_same_name_of_two_providers_is_two_records(self, store: Store) -> None:
        one, two = put(
            store, Solution(name="MES", provider="甲"), Solution(name="MES", provider="乙")
        )
        assert one != two
        assert store.counts()["provider"] == 2

    def test_a_named_provider_becomes_a_record_and_is_linked(self, store: Store) -> None:
        solution, case = put(
            store,
            Solution(name="MES", provider="甲公司"),
            Case(name="某厂", provider="甲公司", solution="MES"),
        )
        (provider,) = store.iterate(Kind.PROVIDER)
        found = store.get(case).record
        assert isinstance(found, Case) and found.provider and found.solution
        assert found.provider.id == provider.id
        assert found.solution.id == solution
        page = store.page(Kind.SOLUTION, RecordFilter(provider_id=provider.id))
        assert [one.id for one in page.records] == [solution]

    def test_a_case_whose_solution_is_not_there_keeps_its_name(self, store: Store) -> None:
        (case,) = put(store, Case(name="某厂", solution="没有的产品"))
        record = store.get(case).record
        assert isinstance(record, Case) and record.solution
        assert (record.solution.name, record.solution.id) == ("没有的产品", None)

    def test_a_listing_needs_its_solution(self, store: Store) -> None:
        with pytest.raises(InvalidRecord) as caught:
            put(store, Listing(name="宁波·MES", city="宁波", solution="没有的产品"))
        assert caught.value.field == "solution"
        assert store.sequence() == 0

    def test_one_listing_a_city_and_solution(self, store: Store) -> None:
        put(store, Solution(name="MES"))
        one, again, other = put(
            store,
            Listing(name="宁波 MES", city="宁波", solution="MES"),
            Listing(name="宁波的 MES", city="宁波", solution="MES"),
            Listing(name="苏州 MES", city="苏州", solution="MES"),
        )
        assert one == again != other

    def test_a_reference_of_another_kind_is_refused(self, store: Store) -> None:
        (provider,) = put(store, Provider(name="甲公司"))
        with pytest.raises(InvalidRecord):
            put(store, Case(name="某厂", solution={"name": "甲公司", "id": provider}))
        with pytest.raises(InvalidRecord) as caught:
            put(store, Case(name="某厂", solution={"name": "甲公司", "id": "solution-0"}))
        assert caught.value.field == "solution.id"

    def test_needs_are_the_same_by_their_text_and_enterprise(self, store: Store) -> None:
        put(store, Enterprise(name="顺达"))
        one, again, other = put(
            store,
            Need(text="换模慢", enterprise="顺达"),
            Need(text="换模 慢", enterprise="顺达", budget_cny=1000),
            Need(text="换模慢", enterprise="别家"),
        )
        assert one == again != other


class TestChanging:
    def test_replace_puts_a_whole_record(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="MES", description="旧", ip="own"))
        with store.writing("bob") as writer:
            change = writer.replace(identity, Solution(name="新 MES", description="新"))
        assert change.action == "updated"
        record = store.get(identity).record
        assert record == Solution(name="新 MES", description="新")
        assert put(store, Solution(name="新MES")) == [identity]
        assert put(store, Solution(name="MES")) != [identity]

    def test_replace_by_the_same_changes_nothing(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="MES"))
        with store.writing("bob") as writer:
            assert writer.replace(identity, Solution(name="MES")).action == "unchanged"
        assert store.sequence() == 1

    def test_somebody_else_was_first(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="MES"))
        with store.writing("bob") as writer:
            writer.replace(identity, Solution(name="MES", description="一"), expected_sequence=1)
        for change in ("replace", "retire", "restore"):
            record = (Solution(name="MES", description="二"),) if change == "replace" else ()
            with pytest.raises(RecordConflict), store.writing("eve") as writer:
                getattr(writer, change)(identity, *record, expected_sequence=1)
        record = store.get(identity).record
        assert isinstance(record, Solution) and record.description == "一"

    def test_another_record_holds_the_name(self, store: Store) -> None:
        _, second = put(store, Solution(name="甲"), Solution(name="乙"))
        with pytest.raises(RecordConflict), store.writing("bob") as writer:
            writer.replace(second, Solution(name="甲"))
        assert store.get(second).record.name == "乙"

    def test_a_kind_stays(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="甲"))
        with pytest.raises(InvalidRecord), store.writing("bob") as writer:
            writer.replace(identity, Case(name="甲"))

    def test_retire_and_restore(self, store: Store) -> None:
        (identity,) = put(store, Solution(name="甲"))
        with store.writing("bob") as writer:
            assert writer.retire(identity).action == "retired"
            assert writer.retire(identity).action == "unchanged"
        assert store.get(identity).status == "retired"
        assert list(store.iterate(Kind.SOLUTION)) == []
        assert [one.id for one in store.iterate(Kind.SOLUTION, status=None)] == [identity]
        assert store.counts()["solution"] == 0
        with store.writing("bob") as writer:
            assert writer.restore(identity).action == "restored"
        assert store.get(identity).status == "active"

    @pytest.mark.parametrize("change", ["retire", "restore", "replace"])
    def test_nobody_by_that_id(self, store: Store, change: str) -> None:
        record = (Solution(name="甲"),) if change == "replace" else ()
        with pytest.raises(UnknownRecord), store.writing("bob") as writer:
            getattr(writer, change)("solution-0", *record)
        with pytest.raises(UnknownRecord):
            store.get("solution-0")
        with pytest.raises(UnknownRecord):
            store.history("solution-0")

    def test_history_tells_who_did_what_when(self, store: Store) -> None:
        with store.writing("ann") as writer:
            provenance = Provenance(by="ann", file="a.xlsx", sheet="产品", row=3, city="宁波")
            identity = writer.put(Solution(name="甲"), provenance, city="宁波").id
        with store.writing("bob") as writer:
            writer.replace(identity, Solution(name="甲", description="好"))
        with store.writing("eve") as writer:
            writer.retire(identity)
        history = store.history(identity)
        assert [(one.sequence, one.action, one.by) for one in history] == [
            (1, "created", "ann"),
            (2, "updated", "bob"),
            (3, "retired", "eve"),
        ]
        assert history[0].provenance == provenance
        assert [one.record for one in history][:2] == [
            Solution(name="甲"),
            Solution(name="甲", description="好"),
        ]
        assert history[0].at < history[1].at < history[2].at
        assert history[0].at.tzinfo is not None
        # The city that owns the declared code is not forgotten.
        assert store.get(identity).provenance.city == "宁波"


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "retire", "restore"]),
        st.integers(0, 3),
        st.sampled_from(["", "看板", "报工"]),
    ),
    max_size=12,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(operations=OPERATIONS, run=st.uuids())
def test_history_ends_in_what_is_stored(
    store: Store, operations: list[tuple[str, int, str]], run: object
) -> None:
    """Whatever is done: sequences grow by one, the last entry is the record, the key finds it."""
    known: dict[int, str] = {}
    for action, number, words in operations:
        record = Solution(name=f"{run} {number}", description=words)
        before = store.sequence()
        with store.writing("hypothesis") as writer:
            if action == "put":
                change = writer.put(record)
                assert known.setdefault(number, change.id) == change.id
            elif number in known and action == "replace":
                change = writer.replace(known[number], record)
            elif number in known:
                change = getattr(writer, action)(known[number])
            else:
                continue
        assert store.sequence() - before == (change.action != "unchanged")
    for identity in known.values():
        stored, history = store.get(identity), store.history(identity)
        assert history[-1].record == stored.record
        assert history[-1].sequence == stored.sequence
        turns = [one.action for one in history if one.action != "updated"]
        assert (turns[-1] == "retired") == (stored.status == "retired")
        with store.writing("hypothesis") as writer:
            assert writer.find(stored.record) == identity
