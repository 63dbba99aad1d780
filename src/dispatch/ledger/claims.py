"""Claims: which rows a worker takes next, and all that their messages need."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, select, update

from dispatch.ledger.keys import current_key, message_id
from dispatch.ledger.ordinary import barred, lives
from dispatch.ledger.schema import delivery, edition, membership, send, subscriber
from dispatch.ledger.settling import WAITING, record_rows
from dispatch.ledger.states import DeliveryState, EventKind, KeyPurpose


@dataclass(frozen=True, slots=True)
class Envelope:
    """One claimed delivery: all that its message and its SMTP transaction need."""

    delivery_id: int
    subscriber_id: bytes
    """The subscriber's public id."""
    address: str
    fields: Mapping[str, str]
    message_id: str
    attempts: int


def claim_rows(connection: Connection, send_id: int, worker_id: int, limit: int, now: float) -> list[Envelope] | None:
    """Take up to ``limit`` rows of a send that are due, in order; suppressed ones are settled instead.

    Empty where nothing is due for anybody (the rest is final, later, or another worker's), or where this worker was
    taken for dead. ``None`` where every row taken was suppressed: there may be more, in another transaction.
    """
    taken = _take(connection, send_id, worker_id, limit, now) if lives(connection, worker_id) else []
    if not taken:
        return []
    refused = suppress_rows(connection, taken, worker_id, now)
    return _envelopes(connection, set(taken) - refused) or None


def _take(connection: Connection, send_id: int, worker_id: int, limit: int, now: float) -> list[int]:
    """Claim deferred rows whose time has come, then queued ones: two statements, each read off its index."""
    deferred = (delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_at <= now)
    free = select(delivery.c.id).where(delivery.c.send_id == send_id, delivery.c.claim.is_(None))
    taken = _mark(connection, free.where(*deferred).order_by(delivery.c.next_at), worker_id, limit)
    if len(taken) < limit:
        queued = free.where(delivery.c.state == DeliveryState.QUEUED).order_by(delivery.c.id)
        taken += _mark(connection, queued, worker_id, limit - len(taken))
    return taken


def _mark(connection: Connection, rows: Select[tuple[int]], worker_id: int, limit: int) -> list[int]:
    chosen = (
        rows.limit(limit)
        # Other workers' rows are passed over, not waited for (SQLite has one writer and leaves this out).
        .with_for_update(skip_locked=True)
        # A CTE runs once; PostgreSQL may run a subquery again, and claim more than the limit.
        .cte("chosen")
    )
    return list(
        connection.scalars(
            update(delivery)
            .where(delivery.c.id.in_(select(chosen.c.id)))
            .values(claim=worker_id)
            .returning(delivery.c.id)
        )
    )


def _envelopes(connection: Connection, ids: Collection[int]) -> list[Envelope]:
    if not ids:
        return []
    secret = current_key(connection, KeyPurpose.MESSAGE_ID).secret
    rows = connection.execute(
        select(
            delivery.c.id,
            delivery.c.attempts,
            subscriber.c.public_id,
            subscriber.c.address,
            edition.c.public_id.label("edition"),
            membership.c.fields,
        )
        .join_from(delivery, subscriber)
        .join(send, send.c.id == delivery.c.send_id)
        .join(edition, edition.c.id == send.c.edition_id)
        .join(
            membership,
            and_(membership.c.list_id == send.c.list_id, membership.c.subscriber_id == delivery.c.subscriber_id),
        )
        .where(delivery.c.id.in_(ids))
        .order_by(delivery.c.id)
    )
    return [
        Envelope(
            delivery_id=row.id,
            subscriber_id=row.public_id,
            address=row.address,
            fields=json.loads(row.fields),
            message_id=message_id(secret, row.edition, row.public_id),
            attempts=row.attempts,
        )
        for row in rows
    ]


def suppress_rows(connection: Connection, ids: Collection[int], worker_id: int, now: float) -> set[int]:
    """Settle the rows among ``ids`` whose reader may not be mailed any more."""
    refused = set(
        connection.scalars(
            update(delivery)
            .where(
                delivery.c.id.in_(ids),
                delivery.c.claim == worker_id,
                delivery.c.state.in_(WAITING),
                barred(),
            )
            .values(state=DeliveryState.SUPPRESSED, claim=None, next_at=None, updated_at=now)
            .returning(delivery.c.id)
        )
    )
    if refused:
        record_rows(connection, (delivery.c.id.in_(refused),), EventKind.SUPPRESSED, "before it was sent", now)
    return refused
