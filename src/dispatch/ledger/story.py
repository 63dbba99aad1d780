"""One person's whole story, as the ledger knows it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from dispatch.ledger.database import Database
from dispatch.ledger.keys import address_hash, current_key
from dispatch.ledger.schema import delivery, edition, event, mailing_list, membership, send, subscriber, suppression
from dispatch.ledger.states import DeliveryState, KeyPurpose, MembershipStatus


@dataclass(frozen=True, slots=True)
class MembershipStory:
    list_name: str
    status: MembershipStatus
    joined_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    slug: str
    list_name: str
    state: DeliveryState
    attempts: int
    stage: str | None
    code: int | None
    reply: str | None
    next_at: float | None
    updated_at: float


@dataclass(frozen=True, slots=True)
class EventStory:
    at: float
    kind: str
    slug: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class PersonStory:
    """Everything the ledger knows of one address; times in epoch seconds."""

    address: str
    known_since: float | None
    suppressed: str | None
    """Why the address may not be mailed, or ``None``."""
    memberships: tuple[MembershipStory, ...]
    deliveries: tuple[DeliveryStory, ...]
    events: tuple[EventStory, ...]


def story_of(database: Database, address: str, key: str) -> PersonStory | None:
    """The story of an address; ``None`` where the ledger never heard of it."""
    with database.reading() as connection:
        secret = current_key(connection, KeyPurpose.SUPPRESSION).secret
        barred = connection.execute(
            select(suppression).where(suppression.c.address_hash == address_hash(secret, key))
        ).one_or_none()
        person = connection.execute(select(subscriber).where(subscriber.c.address_key == key)).one_or_none()
        if person is None and barred is None:
            return None
        why = ": ".join(part for part in (barred.reason, barred.detail) if part) if barred else None
        if person is None:
            return PersonStory(address, None, why, (), (), ())
        return PersonStory(
            person.address,
            person.created_at,
            why,
            _memberships(connection, person.id),
            _deliveries(connection, person.id),
            _events(connection, person.id),
        )


def _memberships(connection: Connection, person: int) -> tuple[MembershipStory, ...]:
    rows = connection.execute(
        select(mailing_list.c.name, membership.c.status, membership.c.joined_at, membership.c.changed_at)
        .join_from(membership, mailing_list)
        .where(membership.c.subscriber_id == person)
        .order_by(membership.c.joined_at)
    )
    return tuple(MembershipStory(row[0], MembershipStatus(row[1]), row[2], row[3]) for row in rows)


def _deliveries(connection: Connection, person: int) -> tuple[DeliveryStory, ...]:
    rows = connection.execute(
        select(delivery, edition.c.slug, mailing_list.c.name.label("list_name"))
        .join_from(delivery, send, send.c.id == delivery.c.send_id)
        .join(edition, edition.c.id == send.c.edition_id)
        .join(mailing_list, mailing_list.c.id == send.c.list_id)
        .where(delivery.c.subscriber_id == person)
        .order_by(delivery.c.id)
    )
    return tuple(
        DeliveryStory(
            row.slug,
            row.list_name,
            DeliveryState(row.state),
            row.attempts,
            row.stage,
            row.code,
            row.reply,
            row.next_at,
            row.updated_at,
        )
        for row in rows
    )


def _events(connection: Connection, person: int) -> tuple[EventStory, ...]:
    rows = connection.execute(
        select(event.c.at, event.c.kind, edition.c.slug, event.c.detail)
        .select_from(
            event.outerjoin(send, send.c.id == event.c.send_id).outerjoin(edition, edition.c.id == send.c.edition_id)
        )
        .where(event.c.subscriber_id == person)
        .order_by(event.c.id)
    )
    return tuple(EventStory(row.at, row.kind, row.slug, row.detail) for row in rows)
