"""Records, keys, nodes, changes and embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "record",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("city", sa.String(300)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("provider_id", sa.String(40), sa.ForeignKey("record.id"), index=True),
        sa.Column("solution_id", sa.String(40), sa.ForeignKey("record.id"), index=True),
        sa.Column("enterprise_id", sa.String(40), sa.ForeignKey("record.id"), index=True),
        sa.Column("sequence", sa.Integer, nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("provenance", sa.JSON, nullable=False),
    )
    op.create_index("ix_record_kind_status_id", "record", ["kind", "status", "id"])
    op.create_table(
        "record_key",
        sa.Column("key", sa.String(700), primary_key=True),
        sa.Column(
            "record_id",
            sa.String(40),
            sa.ForeignKey("record.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
    )
    op.create_table(
        "record_node",
        sa.Column(
            "record_id",
            sa.String(40),
            sa.ForeignKey("record.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("facet", sa.String(16), primary_key=True),
        sa.Column("node", sa.String(16), primary_key=True),
    )
    op.create_index("ix_record_node_facet_node", "record_node", ["facet", "node"])
    op.create_table(
        "change",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("record_id", sa.String(40), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("provenance", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "embedding",
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("content_hash", sa.String(64), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop everything."""
    for table in ("embedding", "change", "record_node", "record_key", "record"):
        op.drop_table(table)
