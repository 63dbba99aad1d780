"""Keep the theme that a seed asked for, for every list its edition goes to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "the theme that the seed asked for; null: each list's own"
    op.add_column("edition", sa.Column("theme", sa.String(), nullable=True, comment=comment))
