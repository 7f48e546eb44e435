"""Why a database cannot be used, as the caller is told: its own words, and what would help."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from catalog.errors import Bilingual, StoreUnavailable

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BYTE = 0xFF  # an extended code has the code itself in its lowest byte
_CHECK = Bilingual(
    "请检查数据目录是否可写、磁盘是否已满、是否有其他命令正在写入",
    "check that the data directory is writable, the disk is not full, no other command writes",
)
_CHECK_SERVER = Bilingual(
    "请检查 QINGZHUN_DATABASE_URL，以及数据库服务是否在运行、允许连接",
    "check QINGZHUN_DATABASE_URL, and that the database server runs and takes connections",
)


def unavailable(error: Exception) -> StoreUnavailable:
    """What went wrong with the database: damaged, out of reach, locked or not writable."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & _BYTE in _DAMAGED:
        return StoreUnavailable(
            Bilingual("数据库已损坏，或不是数据库", "the database is damaged, or is none"),
            Bilingual(
                "请恢复备份（catalog.sqlite）；没有备份就换一个数据目录重新导入",
                "restore a backup (catalog.sqlite), or import again into another data directory",
            ),
        )
    # Of what SQLAlchemy says around it, the statement and a link help nobody here.
    said = " ".join(str(cause).split())
    if isinstance(cause, OSError) and cause.strerror:
        said = f"{cause.strerror}: {cause.filename}"
    served = isinstance(error, DBAPIError) and code is None
    return StoreUnavailable(
        Bilingual(f"数据库无法使用：{said}", f"the database cannot be used: {said}"),
        _CHECK_SERVER if served else _CHECK,
    )


def not_written(error: OSError) -> StoreUnavailable:
    """What went wrong when a file of the data directory was to be written."""
    said = error.strerror or str(error)
    return StoreUnavailable(
        Bilingual(f"数据目录不能写入：{said}", f"the data directory cannot be written: {said}"),
        Bilingual("请检查权限与磁盘空间", "check permissions and disk space"),
    )


def newer(revision: str) -> StoreUnavailable:
    """The refusal of a database at a ``revision`` that this version does not know."""
    return StoreUnavailable(
        Bilingual(
            f"数据库由更新版本写成（{revision}），这个版本不能用它",
            f"a newer version wrote the database ({revision}): this one cannot use it",
        ),
        Bilingual("请升级程序，或恢复升级前的备份", "upgrade the program, or restore a backup"),
    )


def unsupported() -> StoreUnavailable:
    """The refusal of an address that names no database that this can use."""
    return StoreUnavailable(
        Bilingual(
            "QINGZHUN_DATABASE_URL 写的不是可用的数据库；支持 SQLite 和 PostgreSQL",
            "QINGZHUN_DATABASE_URL names no usable database: SQLite and PostgreSQL are supported",
        ),
        Bilingual(
            "写法：postgresql+psycopg://用户:密码@主机/库（驱动用 pip install psycopg 安装），或不设此项",
            "write postgresql+psycopg://user:password@host/name (pip install psycopg is the driver), "
            "or leave it out",
        ),
    )
