"""Who would get an edition, found out without writing a row.

The list file's people stand in a temporary table, which belongs to the connection alone: a rehearsal neither locks
the ledger nor leaves anything in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, case, exists, false, func, literal, select

from dispatch.ledger.database import Database
from dispatch.ledger.schema import delivery, edition, mailing_list, membership, send, subscriber, suppression
from dispatch.ledger.sends import got
from dispatch.ledger.staging import CHUNK, Person, staged
from dispatch.ledger.states import DeliveryState, MembershipStatus


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many would get the edition, how many not and why, and who they are (read it inside the ``with``)."""

    mailed: int
    suppressed: int
    unsubscribed: int
    already: int
    """Have a delivery of this edition already, or are left out because they got another one."""
    people: Iterator[Person]


@contextmanager
def rehearse(
    database: Database, list_name: str, people: Iterable[Person], *, slug: str, except_slug: str | None
) -> Iterator[Rehearsal]:
    """Plan a send of ``slug`` to ``people`` as it would be planned now, and write nothing."""
    with database.reading() as connection, staged(database, connection, people) as staged_people:
        staging = staged_people.incoming
        fate = _fate(staging, list_name, slug, except_slug).label("fate")
        joined = staging.outerjoin(subscriber, subscriber.c.address_key == staging.c.address_key)
        numbers = {
            row[0]: row[1] for row in connection.execute(select(fate, func.count()).select_from(joined).group_by(fate))
        }
        chosen = (
            select(staging.c.address, staging.c.address_key, staging.c.fields)
            .select_from(joined)
            .where(_fate(staging, list_name, slug, except_slug) == "mailed")
            .order_by(staging.c.position)
            .execution_options(yield_per=CHUNK)
        )
        # Closed before the temporary table goes: SQLite drops no table that a cursor still reads.
        with connection.execute(chosen) as rows:
            yield Rehearsal(
                numbers.get("mailed", 0),
                numbers.get("suppressed", 0),
                numbers.get("unsubscribed", 0),
                numbers.get("already", 0),
                (Person(row[0], row[1], json.loads(row[2])) for row in rows),
            )


def waiting(connection: Connection, send_id: int) -> Iterator[Person]:
    """The readers of a planned send whose message has not gone yet."""
    rows = connection.execute(
        select(subscriber.c.address, subscriber.c.address_key, membership.c.fields)
        .join_from(delivery, subscriber)
        .join(send, send.c.id == delivery.c.send_id)
        .join(membership, (membership.c.list_id == send.c.list_id) & (membership.c.subscriber_id == subscriber.c.id))
        .where(
            delivery.c.send_id == send_id,
            delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED)),
        )
        .order_by(delivery.c.id)
        .execution_options(yield_per=CHUNK)
    )
    return (Person(row[0], row[1], json.loads(row[2])) for row in rows)


def _fate(staging: Table, list_name: str, slug: str, except_slug: str | None) -> ColumnElement[str]:
    barred = exists().where(suppression.c.address_hash == staging.c.address_hash)
    left = exists().where(
        membership.c.subscriber_id == subscriber.c.id,
        membership.c.status == MembershipStatus.UNSUBSCRIBED,
        membership.c.list_id == select(mailing_list.c.id).where(mailing_list.c.name == list_name).scalar_subquery(),
    )
    has_it = exists().where(
        delivery.c.subscriber_id == subscriber.c.id,
        delivery.c.edition_id == select(edition.c.id).where(edition.c.slug == slug).scalar_subquery(),
    )
    return case(
        (left, literal("unsubscribed")),
        (has_it | (got(except_slug) if except_slug else false()), literal("already")),
        (barred, literal("suppressed")),
        else_=literal("mailed"),
    )
