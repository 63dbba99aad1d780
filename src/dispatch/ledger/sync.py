"""Bringing a list file into the ledger: set-based, whole or not at all, in flat memory."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Join,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.schema import DropTable

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.keys import address_hash, current_key
from dispatch.ledger.schema import mailing_list, membership, subscriber
from dispatch.ledger.states import KeyPurpose, MembershipStatus

CHUNK = 2_000
"""Rows at a time while a list is read or told: memory stays flat however long the list is."""


class Person(NamedTuple):
    """A list file's row, as the ledger takes it: ``key`` is the normalised address, their identity."""

    address: str
    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing a list file into the ledger did, or would do."""

    before: int
    """Active members before."""
    members: int
    """Active members after."""
    joined: int
    left: int
    kept_out: int
    """Named by the file, but unsubscribed from the list: they stay away."""
    duplicates: int

    @property
    def shrunk(self) -> bool:
        """Whether the file lost a fifth or more of the list: a half-written export looks like that."""
        return self.before > 0 and self.left * 5 >= self.before


def sync_list(
    database: Database, name: str, people: Iterable[Person], *, digest: str, now: float, may_shrink: bool
) -> SyncReport:
    """Make list ``name`` what the file says: who is new joins, who is gone is off the list.

    Nobody who unsubscribed comes back. Where the list would lose a fifth and ``may_shrink`` is false, nothing is
    changed and the report says :attr:`SyncReport.shrunk`.
    """
    # Read into a temporary table first, which locks nobody out: a send that is under way must go on meanwhile.
    with (
        database.reading() as reading,
        staged(database, reading, people) as (staging, given),
        database.writing_alone(reading) as connection,
    ):
        list_id = list_row(connection, name)
        report = _reconcile(database, connection, staging, list_id, now, given)
        if report.shrunk and not may_shrink:
            # Rolled back as a whole: a list half brought in would be worse than an old one.
            connection.rollback()
            return report
        connection.execute(
            update(mailing_list).where(mailing_list.c.id == list_id).values(digest=digest, synced_at=now)
        )
        return report


def list_row(connection: Connection, name: str) -> int:
    """The id of list ``name``, made where it is new."""
    found = connection.scalar(select(mailing_list.c.id).where(mailing_list.c.name == name))
    if found is not None:
        return int(found)
    made: int = connection.scalars(
        insert(mailing_list).values(name=name, public_id=secrets.token_bytes(16)).returning(mailing_list.c.id)
    ).one()
    return made


def active_members(connection: Connection, list_id: int) -> int:
    """How many are on a list."""
    return connection.scalars(
        select(func.count())
        .select_from(membership)
        .where(membership.c.list_id == list_id, membership.c.status == MembershipStatus.ACTIVE)
    ).one()


def subscriber_row(person: Person, secret: bytes) -> dict[str, object]:
    """What the ``subscriber`` table keeps of a person; ``secret`` is the suppression key."""
    return {
        "public_id": secrets.token_bytes(16),
        "address": person.address,
        "address_key": person.key,
        "address_hash": address_hash(secret, person.key),
    }


@contextmanager
def staged(database: Database, connection: Connection, people: Iterable[Person]) -> Iterator[tuple[Table, int]]:
    """A temporary table of the file's people, one row an address (the first counts), and how many were given."""
    staging = Table(
        "dispatch_incoming",
        MetaData(),
        Column("address_key", String, primary_key=True),
        Column("address", String, nullable=False),
        Column("public_id", LargeBinary, nullable=False),
        Column("address_hash", LargeBinary, nullable=False),
        Column("fields", Text, nullable=False),
        Column("position", Integer, nullable=False),
        prefixes=["TEMPORARY"],
    )
    staging.create(connection)
    secret = current_key(connection, KeyPurpose.SUPPRESSION).secret
    statement = upsert(database, staging).on_conflict_do_nothing()
    rows = iter(people)
    given = 0
    while chunk := list(islice(rows, CHUNK)):
        values = [
            subscriber_row(person, secret)
            | {"fields": json.dumps(dict(person.fields), ensure_ascii=False), "position": given + index}
            for index, person in enumerate(chunk)
        ]
        connection.execute(statement, values)
        given += len(chunk)
    try:
        yield staging, given
    finally:
        # A transaction that failed would refuse to drop it; left there, it would meet the next list of this process.
        connection.rollback()
        connection.execute(DropTable(staging, if_exists=True))
        connection.commit()


def _reconcile(
    database: Database, connection: Connection, staging: Table, list_id: int, now: float, given: int
) -> SyncReport:
    before = active_members(connection, list_id)
    _insert_subscribers(database, connection, staging, now)
    arriving = staging.join(subscriber, subscriber.c.address_key == staging.c.address_key)

    def standing(status: MembershipStatus) -> int:
        here = exists().where(
            membership.c.list_id == list_id,
            membership.c.subscriber_id == subscriber.c.id,
            membership.c.status == status,
        )
        return connection.scalars(select(func.count()).select_from(arriving).where(here)).one()

    stayed, kept_out = standing(MembershipStatus.ACTIVE), standing(MembershipStatus.UNSUBSCRIBED)
    _insert_members(database, connection, staging, arriving, list_id, now)
    left = connection.execute(
        update(membership)
        .where(
            membership.c.list_id == list_id,
            membership.c.status == MembershipStatus.ACTIVE,
            # Not NOT IN, which PostgreSQL computes row by row once the list outgrows its working memory.
            ~exists().where(
                subscriber.c.id == membership.c.subscriber_id, staging.c.address_key == subscriber.c.address_key
            ),
        )
        .values(status=MembershipStatus.REMOVED, changed_at=now)
    ).rowcount
    members = active_members(connection, list_id)
    distinct = connection.scalars(select(func.count()).select_from(staging)).one()
    return SyncReport(before, members, members - stayed, left, kept_out, given - distinct)


def _insert_subscribers(database: Database, connection: Connection, staging: Table, now: float) -> None:
    columns = ("public_id", "address", "address_key", "address_hash")
    # WHERE true: without it SQLite reads the ON of ON CONFLICT as a join's.
    rows = select(*(staging.c[name] for name in columns), literal(now)).where(literal(True))
    connection.execute(
        upsert(database, subscriber)
        .from_select([*columns, "created_at"], rows.order_by(staging.c.position))
        .on_conflict_do_nothing(index_elements=["address_key"])
    )


def _insert_members(
    database: Database, connection: Connection, staging: Table, arriving: Join, list_id: int, now: float
) -> None:
    active = literal(MembershipStatus.ACTIVE.value)
    rows = (
        select(literal(list_id), subscriber.c.id, active, staging.c.fields, literal(now), literal(now))
        .select_from(arriving)
        .where(literal(True))
        .order_by(staging.c.position)
    )
    statement = upsert(database, membership).from_select(
        ["list_id", "subscriber_id", "status", "fields", "joined_at", "changed_at"], rows
    )
    unsubscribed, removed = MembershipStatus.UNSUBSCRIBED.value, MembershipStatus.REMOVED.value
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["list_id", "subscriber_id"],
            set_={
                "fields": statement.excluded.fields,
                "changed_at": case((membership.c.status == removed, now), else_=membership.c.changed_at),
                "status": case((membership.c.status == unsubscribed, unsubscribed), else_=active),
            },
            # Whose row says what it said is not written again: most of a list does not change.
            where=or_(membership.c.status == removed, membership.c.fields != statement.excluded.fields),
        )
    )
