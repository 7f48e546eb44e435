"""What the store promises: transactions, lists, embeddings; on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from catalog.errors import InvalidRecord
from catalog.kept import KeptTexts, kept_readings, kept_vectors
from catalog.records import Case, Enterprise, Kind, Label, Listing, Need, Provider, Solution
from catalog.store import RecordFilter, Store
from tests.contracts.stores import put


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


@pytest.mark.parametrize("kind", [kept_vectors, kept_readings])
class TestKeptTexts:
    def test_kept_by_space_and_content(
        self, store: Store, kind: Callable[[Store], KeptTexts]
    ) -> None:
        kept = kind(store)
        kept.keep("one", {"a": b"1", "b": b"2"})
        kept.keep("one", {"a": b"other", "c": b"3"})
        kept.keep("two", {"a": b"9"})
        assert kept.found("one", ["a", "b", "c", "d"]) == {"a": b"1", "b": b"2", "c": b"3"}
        assert kept.found("two", ["a", "b"]) == {"a": b"9"}
        assert kept.found("one", []) == {}
        kept.keep("one", {})
        kept.forget()
        assert kept.spaces() == ()

    def test_more_than_one_question_holds(
        self, store: Store, kind: Callable[[Store], KeptTexts]
    ) -> None:
        kept = kind(store)
        many = {f"{number}": b"x" for number in range(1200)}
        kept.keep("one", many)
        assert kept.found("one", list(many)) == many
