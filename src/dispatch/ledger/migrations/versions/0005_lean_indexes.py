"""Index only what is in hand or put off: each message writes its row twice, and every index on it again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_delivery_claim", "delivery")
    op.drop_index("ix_delivery_send_next", "delivery")
    op.execute("UPDATE delivery SET claim = NULL WHERE state NOT IN ('queued', 'deferred', 'sending')")
    if op.get_bind().dialect.name != "sqlite":  # which keeps no comments
        op.alter_column("delivery", "claim", comment="the worker that holds the row", existing_type=sa.Integer())
    _index("ix_delivery_claim", ["claim"], "claim IS NOT NULL")
    _index("ix_delivery_send_next", ["send_id", "next_at"], "next_at IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "delivery", columns, sqlite_where=condition, postgresql_where=condition)
