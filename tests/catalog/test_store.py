"""Opening and losing the database: what goes wrong is said, nothing is half done."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import event

import catalog.store
from catalog.errors import StoreUnavailable
from catalog.records import Kind, Provider, Solution
from catalog.store import Store


def test_opened_again_it_holds_the_same(tmp_path: Path) -> None:
    first = Store.open(tmp_path)
    with first.writing("test") as writer:
        identity = writer.put(Solution(name="甲", code="007")).id
    first.close()
    second = Store.open(tmp_path)
    assert second.get(identity).record.code == "007"
    second.close()


def test_sqlite_checks_references_and_writes_ahead(store: Store, tmp_path: Path) -> None:
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(tmp_path / "data")
    assert caught.value.hint.zh and caught.value.hint.en


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(tmp_path)
    assert "损坏" in caught.value.message.zh and "restore a backup" in caught.value.hint.en


def test_a_database_that_is_damaged_inside(tmp_path: Path) -> None:
    with Store.open(tmp_path).writing("test") as writer:
        for number in range(300):
            writer.put(Provider(name=f"甲{number}", description="停机" * 200))
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(StoreUnavailable) as caught:
        list(Store.open(tmp_path).iterate(Kind.PROVIDER))
    assert "损坏" in caught.value.message.zh and "SELECT" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@host/x", "oracle://h/x", "postgresql+none://h/x", "nonsense"]
)
def test_an_address_of_another_database(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="SQLite and PostgreSQL") as caught:
        Store.open(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_a_database_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    database = sqlite3.connect(tmp_path / "catalog.sqlite")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    with pytest.raises(StoreUnavailable, match="9999") as caught:
        Store.open(tmp_path)
    assert "由更新版本写成" in caught.value.message.zh and "升级程序" in caught.value.hint.zh
    assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    database.close()


def test_another_writer_does_not_end(store: Store, tmp_path: Path) -> None:
    held = FileLock(tmp_path / "data" / "store.lock", is_singleton=False)
    with held, pytest.raises(StoreUnavailable), store.transaction(wait=0.05):
        pytest.fail("two write at once")
    with store.writing("test") as writer:
        writer.put(Solution(name="甲"))
    assert store.counts()["solution"] == 1


def test_a_disk_that_is_full_keeps_nothing(store: Store) -> None:
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def limited(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(store._engine, "connect", limited)
    store._engine.dispose()
    with pytest.raises(StoreUnavailable) as caught, store.writing("test") as writer:
        for number in range(500):
            writer.put(Solution(name=f"产品{number}", description="很长" * 500))
    assert "full" in str(caught.value)
    assert store.sequence() == 0 and list(store.iterate(Kind.SOLUTION)) == []


def test_it_opens_without_alembic_when_there_is_nothing_to_do(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "alembic", None)
    Store.open(tmp_path / "data").close()
    assert catalog.store.LOCK_SECONDS > 0
