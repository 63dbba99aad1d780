"""Keep how fast mail may go, and who stopped a send, where all workers see it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STOPS = "stop IN ('paused', 'cancelled', 'tripped')"


def upgrade() -> None:
    stop = sa.Column("stop", sa.String(), nullable=True, comment="why nobody may work on it, not even who began to")
    if op.get_bind().dialect.name == "sqlite":
        # With its check in the same statement: to add that later, SQLite would have to build the table anew, and
        # the deliveries that refer to it would be in the way.
        op.execute(f"ALTER TABLE send ADD COLUMN stop VARCHAR CONSTRAINT ck_send_stop CHECK ({_STOPS})")
    else:
        op.add_column("send", stop)
        op.create_check_constraint(op.f("ck_send_stop"), "send", _STOPS)
    comment = "a limit or quiet hours let nothing go before this time"
    op.add_column("send", sa.Column("resume_at", sa.Float(), nullable=True, comment=comment))
    _throttles()
    op.create_table(
        "connection",
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_connection_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", "relay", name=op.f("pk_connection")),
    )


def _throttles() -> None:
    op.create_table(
        "throttle",
        sa.Column("scope", sa.String(), nullable=False, comment="'all', 'relay HOST:PORT', 'domain NAME' …"),
        sa.Column("seconds", sa.Integer(), nullable=False, comment="the length of the limit's window"),
        sa.Column(
            "bucket", sa.BigInteger(), nullable=False, comment="when the tokens were given, in fiftieths of a window"
        ),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False, comment="the last moment at which one of them may be used"),
        sa.PrimaryKeyConstraint("scope", "seconds", "bucket", name=op.f("pk_throttle")),
    )
    op.create_table(
        "pace",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("per_minute", sa.Float(), nullable=False),
        sa.Column(
            "ceiling",
            sa.Float(),
            nullable=False,
            comment="how fast it went before it was slowed; reached again, it is free",
        ),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_pace")),
    )
    op.create_table(
        "warmup",
        sa.Column("relay", sa.String(), nullable=False),
        sa.Column(
            "day", sa.String(), nullable=False, comment="the last day that mail went, in the newsletter's time zone"
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", name=op.f("pk_warmup")),
    )
