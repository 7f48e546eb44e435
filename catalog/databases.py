"""How a database is opened: SQLite or PostgreSQL, brought to this version, or only read where it must be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from catalog.bodies import as_json
from catalog.errors import Bilingual, StoreUnavailable
from catalog.schema import REVISION
from catalog.unavailable import newer, unsupported

_NAME = "catalog.sqlite"
_MIGRATIONS = Path(__file__).parent / "migrations"
_SUPPORTED = ("sqlite", "postgresql")
_PRAGMAS = (
    "foreign_keys=ON",
    "busy_timeout=30000",
    "synchronous=NORMAL",
    # A few dozen records from all over a large file are read six times as fast.
    "mmap_size=2147418112",
    "cache_size=-16384",
)


def is_read_only(directory: Path) -> bool:
    """Whether ``directory`` is there and this process may not write into it: a CD, another's folder."""
    database = directory / _NAME
    there = [path for path in (directory, database) if path.exists()]
    return directory.is_dir() and not all(os.access(path, os.W_OK) for path in there)


def check_writable(directory: Path) -> None:
    """Refuse to change what lies in a data directory that can only be read.

    Raises:
        StoreUnavailable: it is one.
    """
    if is_read_only(directory):
        raise read_only()


def opened(directory: Path, url: str | None, lock: FileLock) -> Engine:
    """The database of the data directory or at ``url``, migrated under ``lock`` when it needs to be.

    Raises:
        StoreUnavailable: it is of another kind or of a newer version, it cannot be migrated, or cannot
            be where it can only be read.
    """
    reading = is_read_only(directory)
    engine = _engine(
        url or (_read_only_url(directory) if reading else f"sqlite:///{directory / _NAME}")
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _reads if reading else _writes_ahead)
    if reading:
        if not _is_current(engine):
            raise read_only()
        return engine
    with lock:
        _migrate(engine)
    return engine


def _engine(url: str | URL) -> Engine:
    try:
        if make_url(url).get_backend_name() not in _SUPPORTED:
            raise unsupported()
        # An error message must not carry what a record says.
        return create_engine(url, hide_parameters=True, json_serializer=as_json)
    except (ArgumentError, ImportError, ValueError) as error:
        raise unsupported() from error


def read_only() -> StoreUnavailable:
    """The refusal to change what can only be read; a new or older database would have to be changed."""
    return StoreUnavailable(
        Bilingual(
            "数据目录只读，不能写入、新建或升级",
            "the data directory is read-only: nothing can be written, made or upgraded there",
        ),
        Bilingual(
            "请复制到可写的地方，用 --data 指定",
            "copy it to where you may write and name that with --data",
        ),
    )


def _read_only_url(directory: Path) -> URL:
    """The database as SQLite reads it without making files beside it.

    What other processes have open has its log and the index of it beside it, which are read too. Without
    them nothing changes the file, as SQLite has to be told.
    """
    database = (directory / _NAME).absolute()
    log, index = (database.with_name(f"{_NAME}-{end}") for end in ("wal", "shm"))
    asked = {"uri": "true", "mode": "ro"}
    if not index.exists():
        if log.exists() and log.stat().st_size:
            raise _torn(log)
        asked["immutable"] = "1"
    return URL.create("sqlite", database=f"file:{quote(str(database))}", query=asked)


def _torn(log: Path) -> StoreUnavailable:
    return StoreUnavailable(
        Bilingual(
            f"数据目录只读，而 {log.name} 里有还没有并入数据库的改动",
            f"the data directory is read-only, and {log.name} holds changes that the database lacks",
        ),
        Bilingual(
            "请复制到可写的地方，用 qingzhun list need 打开一次，再复制过来",
            "copy it to where you may write, open it there once (qingzhun list need), then copy that",
        ),
    )


def _reads(connection: Any, _: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _writes_ahead(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    _reads(connection, _)


def _is_current(engine: Engine) -> bool:
    """Whether the database is at `REVISION`; one that knows none is to be made, an older one migrated.

    Raises:
        StoreUnavailable: it is at a revision that is not known here.
    """
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return False
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found in (None, REVISION):
        return found is not None
    known = {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("0*.py")}
    if found not in known:
        raise newer(found)
    return False


def _migrate(engine: Engine) -> None:
    """Bring the database to `REVISION`. Alembic is imported only when there is work for it."""
    if _is_current(engine):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
