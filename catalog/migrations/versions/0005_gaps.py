"""Why a need is unmet and in what, and the stored need that it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns. What was recorded before read as if no digital offer served it."""
    with op.batch_alter_table("unmet_need") as table:
        table.add_column(
            sa.Column("cause", sa.String(16), nullable=False, server_default="not_digital")
        )
        table.add_column(
            sa.Column("within", sa.String(16), nullable=False, server_default="catalogue")
        )
        table.add_column(sa.Column("need_id", sa.String(40)))
        table.create_index("ix_unmet_need_need_id", ["need_id"])


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("unmet_need") as table:
        table.drop_index("ix_unmet_need_need_id")
        for name in ("need_id", "within", "cause"):
            table.drop_column(name)
