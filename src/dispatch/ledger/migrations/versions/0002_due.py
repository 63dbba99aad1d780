"""Find the deferred deliveries whose time has come without looking at those whose time has not."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_delivery_send_next", "delivery", ["send_id", "next_at"])
