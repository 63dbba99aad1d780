"""The first ledger: people, lists, editions, sends, deliveries, workers, schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.LargeBinary(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "sources", sa.Text(), nullable=False, comment="the seeds it was composed from, relative to the workspace"
        ),
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="edition.json"),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("number", name=op.f("uq_edition_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_edition_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_edition_slug")),
    )
    op.create_table(
        "key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("retired_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("synced_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list")),
        sa.UniqueConstraint("name", name=op.f("uq_list_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_list_public_id")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "origin", sa.String(), nullable=False, comment="'command', 'seed:PATH' or 'cron:EXPRESSION TZ LIST FOLDER'"
        ),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column(
            "source", sa.String(), nullable=True, comment="the seed, relative to the workspace; chosen late for cron"
        ),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=True, comment="the edition that it became"),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'started', 'done', 'held', 'cancelled')", name=op.f("ck_schedule_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("origin", "due_at", name=op.f("uq_schedule_origin_due_at")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscriber_address_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_subscriber_public_id")),
    )
    op.create_index(op.f("ix_subscriber_address_hash"), "subscriber", ["address_hash"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "membership",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False, comment="JSON object: the row's other columns, all strings"),
        sa.Column("joined_at", sa.Float(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'removed', 'unsubscribed')", name=op.f("ck_membership_status")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_membership_list_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_membership_subscriber_id")),
        sa.PrimaryKeyConstraint("list_id", "subscriber_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_subscriber_id"), "membership", ["subscriber_id"], unique=False)
    op.create_table(
        "send",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False, comment="the rendered edition and its headers, as JSON"),
        sa.Column(
            "held", sa.String(), nullable=True, comment="why only a person may continue it; null while anyone may"
        ),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_send_edition_id")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_send_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send")),
        sa.UniqueConstraint("edition_id", "list_id", name=op.f("uq_send_edition_id_list_id")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("send_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=True, comment="the worker that holds the row, or last held it"),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=True, comment="not before this time; set while deferred"),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.CheckConstraint("state <> 'deferred' OR next_at IS NOT NULL", name=op.f("ck_delivery_deferred_has_time")),
        sa.CheckConstraint("state <> 'sending' OR claim IS NOT NULL", name=op.f("ck_delivery_sending_is_claimed")),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'deferred', 'bounced', 'unknown', "
            "'suppressed', 'cancelled', 'expired')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(["claim"], ["worker.id"], name=op.f("fk_delivery_claim")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_delivery_edition_id")),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_delivery_send_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_delivery_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("edition_id", "subscriber_id", name=op.f("uq_delivery_edition_id_subscriber_id")),
    )
    op.create_index("ix_delivery_claim", "delivery", ["claim", "state"], unique=False)
    op.create_index("ix_delivery_send_state", "delivery", ["send_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_delivery_subscriber_id"), "delivery", ["subscriber_id"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "address",
            sa.String(),
            nullable=True,
            comment="null once the person asked to be forgotten; the hash still keeps them safe",
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.Column(
            "send_id",
            sa.Integer(),
            nullable=True,
            comment="the send whose bounce caused it, so that a send's can be undone",
        ),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('unsubscribed', 'bounced', 'complained', 'manual')", name=op.f("ck_suppression_reason")
        ),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_suppression_send_id")),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("send_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_event_delivery_id")),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_event_send_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_event_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_subscriber_id"), "event", ["subscriber_id"], unique=False)
