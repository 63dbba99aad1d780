"""Claims: which rows a worker takes next, and all that their messages need."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Executable, Integer, Select, and_, bindparam, or_, select, update

from dispatch.ledger.database import Database
from dispatch.ledger.keys import current_secret, message_id
from dispatch.ledger.ordinary import LIVES, barred
from dispatch.ledger.prepared import Prepared, Runner
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


@dataclass(frozen=True, slots=True)
class Taken:
    """What a claim found. ``refused`` are claimed deliveries whose reader may not be mailed any more."""

    envelopes: list[Envelope]
    refused: list[int]


class Claims:
    """The claims on one ledger, as statements compiled once."""

    def __init__(self, database: Database) -> None:
        dialect = database.engine.dialect
        self._lives = Prepared(LIVES, dialect, "worker")
        self._deferred = Prepared(_take_deferred(), dialect, "worker", "send", "now", "most")
        self._queued = Prepared(_take_queued(), dialect, "worker", "send", "most")
        self._read = Prepared(_read(), dialect, "send", "worker", "first", "last")
        self._key = Prepared(current_secret(KeyPurpose.MESSAGE_ID), dialect)

    def take(self, runner: Runner, send_id: int, worker_id: int, limit: int, now: float) -> Taken:
        """Claim up to ``limit`` rows of a send that are due, in order.

        Nothing where nothing is due for anybody (the rest is final, later, or another worker's), or where this worker
        was taken for dead.
        """
        if not self._lives.rows(runner, worker_id):
            return Taken([], [])
        rows = [row for (row,) in self._deferred.rows(runner, worker_id, send_id, now, limit)]
        if len(rows) < limit:
            rows += [row for (row,) in self._queued.rows(runner, worker_id, send_id, limit - len(rows))]
        if not rows:
            return Taken([], [])
        return self._envelopes(runner, send_id, worker_id, frozenset(rows))

    def _envelopes(self, runner: Runner, send_id: int, worker_id: int, rows: frozenset[int]) -> Taken:
        ((secret,),) = self._key.rows(runner)
        taken = Taken([], [])
        # By their range, not one by one; what else this worker has in it is passed over.
        for row, attempts, person, address, edition_id, fields, refused in self._read.rows(
            runner, send_id, worker_id, min(rows), max(rows)
        ):
            if row not in rows:
                continue
            if refused:
                taken.refused.append(row)
                continue
            identity = message_id(secret, edition_id, person)
            taken.envelopes.append(Envelope(row, person, address, json.loads(fields), identity, attempts))
        return taken


def _take_deferred() -> Executable:
    due = (delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_at <= bindparam("now"))
    return _mark(_FREE.where(*due).order_by(delivery.c.next_at))


def _take_queued() -> Executable:
    return _mark(_FREE.where(delivery.c.state == DeliveryState.QUEUED).order_by(delivery.c.id))


_FREE = select(delivery.c.id).where(delivery.c.send_id == bindparam("send"), delivery.c.claim.is_(None))


def _mark(rows: Select[tuple[int]]) -> Executable:
    chosen = (
        rows.limit(bindparam("most", type_=Integer))
        # Other workers' rows are passed over, not waited for (SQLite has one writer and leaves this out).
        .with_for_update(skip_locked=True)
        # A CTE runs once; PostgreSQL may run a subquery again, and claim more than the limit.
        .cte("chosen")
    )
    return (
        update(delivery)
        .where(delivery.c.id.in_(select(chosen.c.id)))
        .values(claim=bindparam("worker"))
        .returning(delivery.c.id)
    )


def _read() -> Executable:
    """All that the messages of a worker's claims need; rows of one range, in order."""
    return (
        select(
            delivery.c.id,
            delivery.c.attempts,
            subscriber.c.public_id,
            subscriber.c.address,
            edition.c.public_id,
            membership.c.fields,
            barred().label("refused"),
        )
        .join_from(delivery, subscriber)
        .join(send, send.c.id == delivery.c.send_id)
        .join(edition, edition.c.id == send.c.edition_id)
        .join(
            membership,
            and_(membership.c.list_id == send.c.list_id, membership.c.subscriber_id == delivery.c.subscriber_id),
        )
        .where(
            delivery.c.send_id == bindparam("send"),
            delivery.c.claim == bindparam("worker"),
            or_(*(delivery.c.state == state for state in WAITING)),
            delivery.c.id.between(bindparam("first"), bindparam("last")),
        )
        .order_by(delivery.c.id)
    )


def suppress_rows(connection: Connection, ids: Collection[int], worker_id: int, now: float) -> None:
    """Settle the rows among ``ids`` whose reader may not be mailed any more."""
    if not ids:
        return
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
