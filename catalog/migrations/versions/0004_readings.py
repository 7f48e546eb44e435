"""What the words of needs mean, so that none is read twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; it is filled as needs are read."""
    op.create_table(
        "reading",
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("content_hash", sa.String(64), primary_key=True),
        sa.Column("meaning", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop the table: needs are read anew."""
    op.drop_table("reading")
