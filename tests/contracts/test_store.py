"""What the store promises, on SQLite and, where QINGZHUN_TEST_POSTGRES names one, on PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from catalog.errors import InvalidRecord, RecordConflict, UnknownRecord
from catalog.records import Case, Enterprise, Kind, Label, Listing, Need, Provider, Solution
from catalog.schema import Base
from catalog.store import RecordFilter, Store
from catalog.stored import Provenance

POSTGRES = os.environ.get("QINGZHUN_TEST_POSTGRES")
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class Clock:
    """A minute later each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES else [])])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = POSTGRES if request.param == "postgresql" else None
    if url:
        engine = create_engine(url)
        with engine.begin() as connection:
            Base.metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        engine.dispose()
    opened = Store.open(tmp_path / "data", url, Clock())
    yield opened
    opened.close()


def put(store: Store, *records: object, city: str | None = None) -> list[str]:
    with store.writing("test") as writer:
        return [writer.put(record, city=city).id for record in records]  # type: ignore[arg-type]


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
        provider = next(iter(store.iterate(Kind.PROVIDER)))
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
        with pytest.raises(UnknownRecord):
            put(store, Case(name="某厂", solution={"name": "甲公司", "id": "solution-0"}))

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


class TestTransactions:
    def test_all_or_nothing(self, store: Store) -> None:
        class Boom(Exception):
            pass

        with pytest.raises(Boom), store.writing("test") as writer:
            writer.put(Solution(name="甲", provider="乙"))
            raise Boom
        assert store.sequence() == 0
        assert sum(store.counts().values()) == 0

    def test_readers_see_only_what_is_kept(self, store: Store) -> None:
        with store.writing("test") as writer:
            writer.put(Solution(name="甲"))
            assert store.sequence() == 0
        assert store.sequence() == 1

    def test_writers_wait_for_each_other(self, store: Store) -> None:
        def work(start: int) -> None:
            for number in range(start, start + 5):
                with store.writing("thread") as writer:
                    writer.put(Solution(name=f"产品{number}"))

        threads = [threading.Thread(target=work, args=(start,)) for start in (0, 3, 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts()["solution"] == 11
        assert store.sequence() == 11

    def test_changes_since(self, store: Store) -> None:
        one, two, three = put(store, Solution(name="甲"), Solution(name="乙"), Solution(name="丙"))
        with store.writing("test") as writer:
            writer.retire(one)
        assert store.changed_since(0) == (two, three, one)
        assert store.changed_since(2) == (three, one)
        assert store.changed_since(4) == ()

    def test_changes_of_some_kinds(self, store: Store) -> None:
        one, two = put(store, Solution(name="甲"), Provider(name="乙"))
        with store.writing("test") as writer:
            writer.retire(one)
        assert store.changed_since(0, Kind.PROVIDER) == (two,)
        assert store.changed_since(0, Kind.PROVIDER, Kind.SOLUTION) == (two, one)
        assert store.changed_since(0, Kind.NEED) == ()

    def test_records_alone(self, store: Store) -> None:
        made = put(store, Solution(name="甲", valid_until="2027-06-30"), Provider(name="乙"))
        wanted = [*made, *(f"solution-{number}" for number in range(600)), made[0]]
        stored = store.get_many(made)
        assert store.records(wanted) == {one: stored[one].record for one in made}
        assert store.records([]) == {}


class TestLists:
    def test_pages_join_to_the_whole(self, store: Store) -> None:
        made = put(store, *(Solution(name=f"产品{number}") for number in range(7)))
        seen, cursor, sizes = [], None, []
        while True:
            page = store.page(Kind.SOLUTION, RecordFilter(), cursor, 3)
            seen += [one.id for one in page.records]
            sizes.append(len(page.records))
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == sorted(made)
        assert sizes == [3, 3, 1]

    def test_a_full_last_page_has_no_next(self, store: Store) -> None:
        put(store, Solution(name="甲"), Solution(name="乙"))
        assert store.page(Kind.SOLUTION, RecordFilter(), None, 2).next_cursor is None

    @pytest.mark.parametrize("cursor", ["不是游标", "!!!", "abc", "====", "a b", "_w=="])
    def test_a_cursor_of_nobody(self, store: Store, cursor: str) -> None:
        with pytest.raises(InvalidRecord) as caught:
            store.page(Kind.SOLUTION, RecordFilter(), cursor)
        assert caught.value.field == "cursor"

    def test_filters(self, store: Store) -> None:
        plastics = Label(label="注塑", nodes=("C292",))
        quality = Label(label="质检", nodes=("S3-3",))
        first, second, third = put(
            store,
            Solution(name="换模 50%_快", sectors=(plastics,), scenarios=(quality,)),
            Solution(name="质检", scenarios=(quality,)),
            Solution(name="排产", sectors=(plastics,)),
        )
        with store.writing("test") as writer:
            writer.retire(third)

        def found(**where: object) -> set[str]:
            page = store.page(Kind.SOLUTION, RecordFilter(**where))  # type: ignore[arg-type]
            return {one.id for one in page.records}

        assert found() == {first, second}
        assert found(status=None) == {first, second, third}
        assert found(status="retired") == {third}
        assert found(sectors=frozenset({"C292", "C29"})) == {first}
        assert found(sectors=frozenset({"C18"})) == set()
        assert found(scenarios=frozenset({"S3-3"})) == {first, second}
        both = {"sectors": frozenset({"C292"}), "scenarios": frozenset({"S3-3"})}
        assert found(**both) == {first}
        assert found(name_contains="50%_") == {first}
        assert found(name_contains="%") == {first}
        assert found(name_contains="'; DROP TABLE record; --") == set()

    def test_filters_by_reference_and_city(self, store: Store) -> None:
        solution, other = put(store, Solution(name="MES"), Solution(name="WMS"))
        (enterprise,) = put(store, Enterprise(name="顺达", city="宁波"))
        case, _ = put(store, Case(name="甲", solution="MES"), Case(name="乙", solution="WMS"))
        (listing,) = put(store, Listing(name="宁波 MES", city="宁波", solution="MES"))
        (need,) = put(store, Need(text="慢", enterprise="顺达", city="宁波"))
        for kind, where, expected in (
            (Kind.CASE, RecordFilter(solution_id=solution), case),
            (Kind.LISTING, RecordFilter(city="宁波"), listing),
            (Kind.NEED, RecordFilter(enterprise_id=enterprise), need),
        ):
            assert [one.id for one in store.page(kind, where).records] == [expected]
        assert store.page(Kind.LISTING, RecordFilter(solution_id=other)).records == ()

    def test_more_ids_than_one_question_holds(self, store: Store) -> None:
        made = put(store, *(Solution(name=f"产品{number}") for number in range(20)))
        wanted = [*made, *(f"solution-{number}" for number in range(1500)), made[0]]
        assert set(store.get_many(wanted)) == set(made)


class TestEmbeddings:
    def test_kept_by_space_and_content(self, store: Store) -> None:
        store.keep_embeddings("one", {"a": b"1", "b": b"2"})
        store.keep_embeddings("one", {"a": b"other", "c": b"3"})
        store.keep_embeddings("two", {"a": b"9"})
        assert store.embeddings("one", ["a", "b", "c", "d"]) == {"a": b"1", "b": b"2", "c": b"3"}
        assert store.embeddings("two", ["a", "b"]) == {"a": b"9"}
        assert store.embeddings("one", []) == {}
        store.keep_embeddings("one", {})

    def test_more_than_one_question_holds(self, store: Store) -> None:
        many = {f"{number}": b"x" for number in range(1200)}
        store.keep_embeddings("one", many)
        assert store.embeddings("one", list(many)) == many


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
