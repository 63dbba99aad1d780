"""Bringing a list file into the ledger: set-based, whole or not at all, in flat memory."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, case, exists, func, insert, literal, or_, select, update

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import mailing_list, membership, subscriber
from dispatch.ledger.staging import PUBLIC_ID, Staging, look_at, staged
from dispatch.ledger.staging import Person as Person
from dispatch.ledger.states import MembershipStatus


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
        staged(database, reading, people) as staging,
        database.writing_alone(reading) as connection,
    ):
        list_id = list_row(connection, name)
        report = _reconcile(database, connection, staging, list_id, now)
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
        insert(mailing_list).values(name=name, public_id=secrets.token_bytes(PUBLIC_ID)).returning(mailing_list.c.id)
    ).one()
    return made


def active_members(connection: Connection, list_id: int) -> int:
    """How many are on a list."""
    return connection.scalars(
        select(func.count())
        .select_from(membership)
        .where(membership.c.list_id == list_id, membership.c.status == MembershipStatus.ACTIVE)
    ).one()


def _reconcile(database: Database, connection: Connection, staging: Staging, list_id: int, now: float) -> SyncReport:
    before = active_members(connection, list_id)
    _insert_subscribers(database, connection, staging.incoming, now)
    distinct = _identify(database, connection, staging)
    known = staging.known
    of_list = (membership.c.list_id == list_id, membership.c.subscriber_id == known.c.subscriber_id)
    standing = {
        MembershipStatus(row[0]): int(row[1])
        for row in connection.execute(
            select(membership.c.status, func.count())
            .select_from(known.join(membership, of_list[1]))
            .where(of_list[0])
            .group_by(membership.c.status)
        )
    }
    _insert_members(database, connection, staging, list_id, now)
    left = connection.execute(
        update(membership)
        .where(
            membership.c.list_id == list_id,
            membership.c.status == MembershipStatus.ACTIVE,
            # Not NOT IN, which PostgreSQL computes row by row once the list outgrows its working memory.
            ~exists().where(known.c.subscriber_id == membership.c.subscriber_id),
        )
        .values(status=MembershipStatus.REMOVED, changed_at=now)
    ).rowcount
    members = active_members(connection, list_id)
    joined = members - standing.get(MembershipStatus.ACTIVE, 0)
    kept_out = standing.get(MembershipStatus.UNSUBSCRIBED, 0)
    return SyncReport(before, members, joined, left, kept_out, staging.given - distinct)


def _insert_subscribers(database: Database, connection: Connection, incoming: Table, now: float) -> None:
    columns = ("public_id", "address", "address_key", "address_hash")
    # Found in the order of the addresses, in which both sides have an index; made in the file's.
    new = select(incoming.c.position).where(~exists().where(subscriber.c.address_key == incoming.c.address_key))
    rows = select(*(incoming.c[name] for name in columns), literal(now)).where(incoming.c.position.in_(new))
    connection.execute(
        upsert(database, subscriber)
        .from_select([*columns, "created_at"], rows.order_by(incoming.c.position))
        .on_conflict_do_nothing(index_elements=["address_key"])
    )


def _identify(database: Database, connection: Connection, staging: Staging) -> int:
    """Fill ``known``; how many different people the file names."""
    incoming = staging.incoming
    rows = (
        select(subscriber.c.id, incoming.c.position)
        .join_from(incoming, subscriber, subscriber.c.address_key == incoming.c.address_key)
        # The sum keeps SQLite from going through the subscribers as they were made, to have the order for nothing.
        .order_by(subscriber.c.id + 0)
    )
    count = connection.execute(insert(staging.known).from_select(["subscriber_id", "position"], rows)).rowcount
    look_at(database, connection, staging.known)
    return count


def _insert_members(database: Database, connection: Connection, staging: Staging, list_id: int, now: float) -> None:
    incoming, known = staging.incoming, staging.known
    active = literal(MembershipStatus.ACTIVE.value)
    rows = (
        select(literal(list_id), known.c.subscriber_id, active, incoming.c.fields, literal(now), literal(now))
        .join_from(known, incoming, incoming.c.position == known.c.position)
        # WHERE true: without it SQLite reads the ON of ON CONFLICT as a join's.
        .where(literal(True))
        .order_by(known.c.subscriber_id)
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
