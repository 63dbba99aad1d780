"""The ledger's tables, on SQLite and PostgreSQL alike.

Times are seconds since the Unix epoch, UTC, as floats. Random public ids (16 bytes) stand in everything that leaves
the ledger (Message-ID, links), never row numbers, which a rebuilt ledger would repeat. A new ledger is
made from this module, an older one is brought up to it by migrations; a test proves that both end up the same.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from dispatch.ledger.states import DeliveryState, MembershipStatus, ScheduleState, Stop, SuppressionReason

HEAD = "0005"
"""The newest migration; a ledger that carries another one is older (upgraded on opening) or newer (refused)."""

WHERE = "where"
"""An index's info: the condition of those rows that it has. SQLAlchemy's own words for it would load every database's
dialect at each start."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, states: type[StrEnum]) -> str:
    """The SQL that keeps ``column`` within a closed set."""
    return f"{column} IN ({', '.join(repr(state.value) for state in states)})"


meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

key = Table(
    "key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("retired_at", Float),
)

mailing_list = Table(
    "list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", LargeBinary, nullable=False, unique=True),
    Column("name", String, nullable=False, unique=True),
    Column("digest", String),
    Column("synced_at", Float),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", LargeBinary, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("address_key", String, nullable=False, unique=True),
    Column("address_hash", LargeBinary, nullable=False, index=True),
    Column("created_at", Float, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    Column("list_id", ForeignKey("list.id"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True, index=True),
    Column("status", String, nullable=False),
    Column("fields", Text, nullable=False, comment="JSON object: the row's other columns, all strings"),
    Column("joined_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    CheckConstraint(one_of("status", MembershipStatus), name="status"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_hash", LargeBinary, primary_key=True),
    Column("address", String, comment="null once the person asked to be forgotten; the hash still keeps them safe"),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False, server_default=""),
    Column("send_id", ForeignKey("send.id"), comment="the send whose bounce caused it, so that a send's can be undone"),
    Column("created_at", Float, nullable=False),
    CheckConstraint(one_of("reason", SuppressionReason), name="reason"),
)

edition = Table(
    "edition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", LargeBinary, nullable=False, unique=True),
    Column("slug", String, nullable=False, unique=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("subject", String, nullable=False),
    Column("sources", Text, nullable=False, comment="the seeds it was composed from, relative to the workspace"),
    Column("source_digest", String, nullable=False),
    Column("document", Text, nullable=False, comment="edition.json"),
    Column("theme", String, comment="the theme that the seed asked for; null: each list's own"),
    Column("created_at", Float, nullable=False),
)

send = Table(
    "send",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("list_id", ForeignKey("list.id"), nullable=False),
    Column("frozen", Text, nullable=False, comment="the rendered edition and its headers, as JSON"),
    Column("held", String, comment="why only a person may continue it; null while anyone may"),
    Column("created_at", Float, nullable=False),
    Column("stop", String, comment="why nobody may work on it, not even who began to"),
    Column("resume_at", Float, comment="a limit or quiet hours let nothing go before this time"),
    UniqueConstraint("edition_id", "list_id"),
    CheckConstraint(one_of("stop", Stop), name="stop"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("ended_at", Float),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("send_id", ForeignKey("send.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("claim", ForeignKey("worker.id"), comment="the worker that holds the row"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Float, comment="not before this time; set while deferred"),
    Column("code", Integer),
    Column("enhanced", String),
    Column("stage", String),
    Column("reply", String),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("edition_id", "subscriber_id"),
    CheckConstraint(one_of("state", DeliveryState), name="state"),
    CheckConstraint("state <> 'sending' OR claim IS NOT NULL", name="sending_is_claimed"),
    CheckConstraint("state <> 'deferred' OR next_at IS NOT NULL", name="deferred_has_time"),
)
Index("ix_delivery_send_state", delivery.c.send_id, delivery.c.state, delivery.c.id)
# Both of some rows only: each message writes its row twice, and every index that the row is in.
Index("ix_delivery_send_next", delivery.c.send_id, delivery.c.next_at, info={WHERE: "next_at IS NOT NULL"})
Index("ix_delivery_claim", delivery.c.claim, info={WHERE: "claim IS NOT NULL"})

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("send_id", ForeignKey("send.id")),
    Column("delivery_id", ForeignKey("delivery.id")),
    Column("subscriber_id", ForeignKey("subscriber.id"), index=True),
    Column("detail", String, nullable=False, server_default=""),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("expires_at", Float, nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("origin", String, nullable=False, comment="'command', 'seed:PATH' or 'cron:EXPRESSION TZ LIST FOLDER'"),
    Column("due_at", Float, nullable=False),
    Column("source", String, comment="the seed, relative to the workspace; chosen late for cron"),
    Column("list_name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("slug", String, comment="the edition that it became"),
    Column("note", String, nullable=False, server_default=""),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("origin", "due_at"),
    CheckConstraint(one_of("state", ScheduleState), name="state"),
)

throttle = Table(
    "throttle",
    metadata,
    Column("scope", String, primary_key=True, comment="'all', 'relay HOST:PORT', 'domain NAME' …"),
    Column("seconds", Integer, primary_key=True, comment="the length of the limit's window"),
    Column("bucket", BigInteger, primary_key=True, comment="when the tokens were given, in fiftieths of a window"),
    Column("used", Integer, nullable=False),
    Column("until", Float, nullable=False, comment="the last moment at which one of them may be used"),
)

pace = Table(
    "pace",
    metadata,
    Column("scope", String, primary_key=True),
    Column("per_minute", Float, nullable=False),
    Column(
        "ceiling", Float, nullable=False, comment="how fast it went before it was slowed; reached again, it is free"
    ),
    Column("why", String, nullable=False),
    Column("changed_at", Float, nullable=False),
)

warmup = Table(
    "warmup",
    metadata,
    Column("relay", String, primary_key=True),
    Column("day", String, nullable=False, comment="the last day that mail went, in the newsletter's time zone"),
    Column("number", Integer, nullable=False),
)

connection = Table(
    "connection",
    metadata,
    Column("worker_id", ForeignKey("worker.id"), primary_key=True),
    Column("relay", String, primary_key=True),
    Column("number", Integer, nullable=False),
)
