"""How a database is opened: SQLite or PostgreSQL, brought to this version, or only read where it must be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, event, text

from catalog.bodies import as_json
from catalog.errors import Bilingual, StoreUnavailable
from catalog.schema import REVISION

_NAME = "catalog.sqlite"
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
        StoreUnavailable: it cannot be migrated, or cannot be where it can only be read.
    """
    reading = is_read_only(directory)
    engine = create_engine(
        url or (_read_only_url(directory) if reading else f"sqlite:///{directory / _NAME}"),
        # An error message must not carry what a record says.
        hide_parameters=True,
        json_serializer=as_json,
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


def unavailable(error: Exception) -> StoreUnavailable:
    """What went wrong with the database, as the caller is told."""
    return StoreUnavailable(
        Bilingual(f"数据库无法使用：{error}", f"the database cannot be used: {error}"),
        Bilingual(
            "请检查数据目录是否可写、磁盘是否已满、是否有其他命令正在写入",
            "check that the data directory is writable, the disk is not full, no other command writes",
        ),
    )


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
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return False
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(found == REVISION)


def _migrate(engine: Engine) -> None:
    """Bring the database to `REVISION`. Alembic is imported only when there is work for it."""
    if _is_current(engine):
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise unavailable(error) from error
