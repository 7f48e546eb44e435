"""The migrations make exactly the tables that the code maps, and can be undone."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import catalog
from catalog.records import Provider
from catalog.schema import REVISION, Base
from catalog.store import Store
from catalog.unmet import list_unmet

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
