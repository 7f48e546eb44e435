"""The migrations make exactly the tables that the code maps, and can be undone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import catalog
from catalog.errors import RecordConflict
from catalog.identity import folded
from catalog.lexicon import list_terms
from catalog.records import Enterprise, Kind, Listing, Need, Provider, Reference, Solution
from catalog.schema import (
    REVISION,
    Base,
    ChangeRow,
    KeyRow,
    LexiconRow,
    RecordRow,
    UnmetRow,
    table,
)
from catalog.store import RecordFilter, Store
from catalog.unmet import Demand, list_unmet, record_unmet

MIGRATIONS = Path(str(catalog.__path__[0])) / "migrations"


def configured(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def test_one_head_and_the_code_knows_it() -> None:
    assert ScriptDirectory.from_config(configured()).get_heads() == [REVISION]


def test_migrated_tables_are_the_mapped_ones(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with engine.begin() as connection:
        command.upgrade(configured(connection), "head")
    assert "record" in sa.inspect(engine).get_table_names()
    with engine.begin() as connection:
        command.downgrade(configured(connection), "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    with engine.begin() as connection:
        command.upgrade(configured(connection), "head")
    engine.dispose()


def test_an_empty_database_is_migrated_when_opened(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").touch()
    opened = Store.open(tmp_path)
    assert opened.sequence() == 0
    opened.close()


def test_a_database_of_the_first_revision_keeps_its_records(tmp_path: Path) -> None:
    opened = Store.open(tmp_path)
    with opened.writing("test") as writer:
        identity = writer.put(Provider(name="海岳")).id
    with opened.transaction() as connection:
        command.downgrade(configured(connection), "0001")
        assert "unmet_need" not in sa.inspect(connection).get_table_names()
    opened.close()
    again = Store.open(tmp_path)
    assert again.get(identity).record.name == "海岳"
    assert list_unmet(again).needs == ()
    again.close()


START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
LONG = "换模太慢，一天换四次，师傅都说受不了。" * 20


class Old:
    """A database of an earlier revision, with rows as the code of that time wrote them."""

    def __init__(self, directory: Path, url: str | None):
        self._directory, self._url = directory, url
        directory.mkdir()
        self.engine = sa.create_engine(url or f"sqlite:///{directory / 'catalog.sqlite'}")
        self._made = 0

    def at(self, revision: str) -> None:
        with self.engine.begin() as connection:
            command.upgrade(configured(connection), revision)

    def put(self, record_id: str, keys: list[str], owner: str | None = None, **body: Any) -> None:
        self._made += 1
        at = START + timedelta(minutes=self._made)
        kind = record_id.split("-")[0]
        body = {"kind": kind, "name": body.get("text", "某")[:40], **body}
        provenance = {"by": "old", "city": owner}
        row = {"id": record_id, "kind": kind, "name": body["name"], "city": body.get("city")}
        row |= {"status": "active", "sequence": self._made, "created_at": at, "updated_at": at}
        change = {"record_id": record_id, "kind": kind, "action": "created", "at": at, "by": "old"}
        with self.engine.begin() as connection:
            said = {"body": body, "provenance": provenance}
            connection.execute(table(RecordRow).insert(), {**row, **said})
            connection.execute(table(ChangeRow).insert(), {**change, **said})
            rows = [{"key": key, "record_id": record_id} for key in keys]
            connection.execute(table(KeyRow).insert(), rows)

    def add(self, row: type[Base], **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(table(row).insert(), values)

    def keys(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            return {row.key: row.record_id for row in connection.execute(sa.select(table(KeyRow)))}

    def open(self) -> Store:
        return Store.open(self._directory, self._url, lambda: START + timedelta(hours=9))


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgresql")
    found = Old(tmp_path / "old", url)
    yield found
    found.engine.dispose()


def long_key(city: str) -> str:
    """The key of `LONG`, a hash since it has more than 300 characters."""
    text = "|".join(("need", "text", folded(LONG), "", city))
    return f"need|text|{hashlib.sha256(text.encode()).hexdigest()}"


class TestCityNames:
    """Rows from before 0003: 宁波市 beside 宁波."""

    def test_records_and_keys(self, old: Old) -> None:
        old.at("0001")
        old.put("provider-1", ["provider|name|甲|"], name="甲", registered_place="宁波市")
        old.put(
            "solution-1",
            ["solution|code|浙江省宁波市|007", "solution|name|看板|甲"],
            owner="浙江省宁波市",
            name="看板",
            code="007",
        )
        old.put(
            "listing-1",
            ["listing|listing|宁波市|solution-1"],
            owner="宁波市",
            name="看板",
            city="宁波市",
            solution={"name": "看板", "id": "solution-1"},
        )
        old.put("enterprise-1", ["enterprise|name|厂|"], name="厂", city="Ningbo City")
        old.put("need-1", ["need|text|换模慢|厂|宁波市"], text="换模慢", city="宁波市")
        old.put("need-2", ["need|text|停机||"], text="停机")
        old.put("need-3", [long_key("宁波市")], text=LONG, city="宁波市")
        store = old.open()
        with store.reading() as connection:
            rows = {row.id: row for row in connection.execute(sa.select(table(RecordRow)))}
        assert {one: row.city for one, row in rows.items() if row.city} == {
            "listing-1": "宁波",
            "enterprise-1": "Ningbo",
            "need-1": "宁波",
            "need-3": "宁波",
        }
        assert all(row.city == row.body.get("city") for row in rows.values())
        assert rows["provider-1"].body["registered_place"] == "宁波市"
        owners = {one: row.provenance["city"] for one, row in rows.items()}
        assert owners["solution-1"] == owners["listing-1"] == "宁波" and not owners["need-1"]
        assert old.keys() == {
            "provider|name|甲|": "provider-1",
            "solution|code|宁波|007": "solution-1",
            "solution|name|看板|甲": "solution-1",
            "listing|listing|宁波|solution-1": "listing-1",
            "enterprise|name|厂|": "enterprise-1",
            "need|text|换模慢|厂|宁波": "need-1",
            "need|text|停机||": "need-2",
            long_key("宁波"): "need-3",
        }
        assert store.sequence() == 7
        assert [one.provenance.city for one in store.history("listing-1")] == ["宁波市"]
        store.close()

    def test_what_was_stored_is_found_again(self, old: Old) -> None:
        old.at("0001")
        old.put("solution-1", ["solution|code|宁波市|007"], owner="宁波市", name="板", code="007")
        old.put(
            "listing-1",
            ["listing|listing|宁波市|solution-1"],
            name="板",
            city="宁波市",
            solution={"name": "板", "id": "solution-1"},
        )
        old.put("need-1", [long_key("宁波市")], text=LONG, city="宁波市")
        store = old.open()
        for kind, found in ((Kind.LISTING, "listing-1"), (Kind.NEED, "need-1")):
            page = store.page(kind, RecordFilter(city="宁波市"))
            assert [one.id for one in page.records] == [found]
        with store.writing("test") as writer:
            assert writer.put(Need(text=LONG, city="宁波市")).id == "need-1"
            again = writer.put(Solution(name="看板二代", code="007"), city="宁波")
            assert (again.id, again.action) == ("solution-1", "updated")
            listing = Listing(name="板", city="宁波", solution=Reference(name="板", id=again.id))
            assert writer.put(listing).action == "unchanged"
            assert writer.city_of(again.id) == "宁波"
        store.close()

    def test_records_of_one_key_stay_apart(self, old: Old) -> None:
        old.at("0001")
        old.put("need-2", ["need|text|停机||宁波市"], text="停机", city="宁波市")
        old.put("need-1", ["need|text|停机||浙江省宁波市"], text="停机", city="浙江省宁波市")
        old.put("need-3", ["need|text|换模||宁波市"], text="换模", city="宁波市")
        old.put("need-4", ["need|text|换模||宁波"], text="换模", city="宁波")
        both = ["need|text|报工||宁波", "need|text|报工||宁波市"]
        old.put("need-5", both, text="报工", city="宁波市")
        store = old.open()
        assert old.keys() == {
            "need|text|停机||宁波": "need-2",
            "need|text|停机||浙江省宁波市": "need-1",
            "need|text|换模||宁波市": "need-3",
            "need|text|换模||宁波": "need-4",
            "need|text|报工||宁波": "need-5",
        }
        listed = store.page(Kind.NEED, RecordFilter(city="宁波")).records
        assert [one.id for one in listed] == [f"need-{number}" for number in range(1, 6)]
        with store.writing("test") as writer:
            assert writer.put(Need(text="停机", city="宁波市")).id == "need-2"
            with pytest.raises(RecordConflict):
                writer.replace("need-3", Need(text="换模", city="宁波", budget_cny=9))
            writer.retire("need-3")
        store.close()

    def test_unmet_needs_and_added_words(self, old: Old) -> None:
        old.at("0002")
        unmet = {"lang": "zh", "sectors": [], "scenarios": [], "reason": "scenario_other"}
        unmet |= {"nearest": None, "generation": "g", "fingerprint": "0", "at": START}
        old.add(UnmetRow, city="宁波市", text="修机器", **unmet)
        old.add(UnmetRow, city=None, text="修机器", **unmet)
        word = {"lang": "zh", "kind": "sector", "note": "", "at": START, "by": "old"}
        for city, term, code in (
            ("宁波市", "老虎钳厂", "C332"),
            ("宁波市", "模具镇", "C35"),
            ("宁波", "模具镇", "C352"),
            (None, "模具镇", "C29"),
        ):
            key = f"sector\n{city or ''}\n{' '.join(term)}"
            old.add(LexiconRow, key=key, term=term, codes=[code], city=city, **word)
        store = old.open()
        assert [one.city for one in list_unmet(store).needs] == [None, "宁波"]
        assert {one.demand.cause for one in list_unmet(store).needs} == {"not_digital"}
        again = Demand("zh", (), (), "scenario_other", None, "g", "nothing", "catalogue")
        told = record_unmet(store, "修机器", "宁波市", again)
        assert not told, "the same need of the same city, asked within a day"
        terms = [(one.city, one.term, one.codes) for one in list_terms(store).terms]
        assert terms == [
            ("宁波", "老虎钳厂", ("C332",)),
            ("宁波市", "模具镇", ("C35",)),
            ("宁波", "模具镇", ("C352",)),
            (None, "模具镇", ("C29",)),
        ]
        with store.reading() as connection:
            keys = set(connection.scalars(sa.select(table(LexiconRow).c.key)))
        assert keys == {
            "sector\n宁波\n老 虎 钳 厂",
            "sector\n宁波市\n模 具 镇",
            "sector\n宁波\n模 具 镇",
            "sector\n\n模 具 镇",
        }
        store.close()

    def test_once_is_enough(self, old: Old) -> None:
        old.at("0001")
        old.put("enterprise-1", ["enterprise|name|厂|"], name="厂", city="津市市")
        store = old.open()
        assert store.get("enterprise-1").record == Enterprise(name="厂", city="津市")
        store.close()
        store = old.open()
        assert store.get("enterprise-1").record == Enterprise(name="厂", city="津市")
        store.close()
