"""Tables of the store. The record itself is a JSON body; what is searched or referred to has a column.

One table for all kinds keeps upsert, history and the change sequence in one place
(docs/decisions/0003-store.md). Everything here runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISION = "0005"
"""Alembic revision that this code needs; the store migrates an older database when it is opened."""


class Base(DeclarativeBase):
    """Root of the mapped tables."""


class RecordRow(Base):
    """One record of any kind."""

    __tablename__ = "record"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(300))
    city: Mapped[str | None] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(16), default="active")
    provider_id: Mapped[str | None] = mapped_column(ForeignKey("record.id"), index=True)
    solution_id: Mapped[str | None] = mapped_column(ForeignKey("record.id"), index=True)
    enterprise_id: Mapped[str | None] = mapped_column(ForeignKey("record.id"), index=True)
    sequence: Mapped[int] = mapped_column(Integer, index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("ix_record_kind_status_id", "kind", "status", "id"),)


class KeyRow(Base):
    """What makes a record the same record: declared code per city, or name and provider."""

    __tablename__ = "record_key"

    key: Mapped[str] = mapped_column(String(700), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"), index=True)


class NodeRow(Base):
    """A taxonomy node that a record carries, for filters of lists."""

    __tablename__ = "record_node"

    record_id: Mapped[str] = mapped_column(
        ForeignKey("record.id", ondelete="CASCADE"), primary_key=True
    )
    facet: Mapped[str] = mapped_column(String(16), primary_key=True)
    node: Mapped[str] = mapped_column(String(16), primary_key=True)

    __table_args__ = (Index("ix_record_node_facet_node", "facet", "node"),)


class ChangeRow(Base):
    """One change of one record. Its number is the change sequence that a generation names."""

    __tablename__ = "change"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    record_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    provenance: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = ({"sqlite_autoincrement": True},)


class EmbeddingRow(Base):
    """The vector of one text in one vector space, so that no text is encoded twice."""

    __tablename__ = "embedding"

    space: Mapped[str] = mapped_column(String(200), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class ReadingRow(Base):
    """What the words of one need mean, by one version of all that reads them: none is read twice."""

    __tablename__ = "reading"

    space: Mapped[str] = mapped_column(String(200), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    meaning: Mapped[bytes] = mapped_column(LargeBinary)


class UnmetRow(Base):
    """A need that nothing in the catalogue served. ``fingerprint`` tells the same need again.

    ``need_id`` is the stored need that it is, ``None`` for a question.
    """

    __tablename__ = "unmet_need"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    city: Mapped[str | None] = mapped_column(String(300), index=True)
    lang: Mapped[str] = mapped_column(String(8))
    sectors: Mapped[list[str]] = mapped_column(JSON)
    scenarios: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(40))
    nearest: Mapped[str | None] = mapped_column(String(40))
    generation: Mapped[str] = mapped_column(String(60))
    fingerprint: Mapped[str] = mapped_column(String(64))
    cause: Mapped[str] = mapped_column(String(16), server_default="not_digital")
    within: Mapped[str] = mapped_column(String(16), server_default="catalogue")
    need_id: Mapped[str | None] = mapped_column(String(40), index=True)

    __table_args__ = (Index("ix_unmet_need_fingerprint_at", "fingerprint", "at"),)


class LexiconRow(Base):
    """A word that a city, or everybody (``city`` is null), uses for sectors or scenarios."""

    __tablename__ = "lexicon_term"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(700), unique=True)
    term: Mapped[str] = mapped_column(String(100))
    lang: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    codes: Mapped[list[str]] = mapped_column(JSON)
    city: Mapped[str | None] = mapped_column(String(300), index=True)
    note: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[str] = mapped_column(String(200))


def table(row: type[Base]) -> Table:
    """The table behind a mapped class, for statements."""
    found = row.__table__
    assert isinstance(found, Table)
    return found
