"""Workers, claims and the commits around each message: the part of the ledger that a delivery loop talks to.

Every transition is a compare-and-set on (row, state, claim): a heartbeat decides who is alive, never whether a
message may go. A row's intent is committed before its content's first byte is written, so that after any crash
the rows in doubt are those in ``sending``: at most one a connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import exists, false, insert, or_, select, update

from dispatch.ledger.at_once import AtOnce
from dispatch.ledger.claims import Claims, Envelope, suppress_rows
from dispatch.ledger.database import Database
from dispatch.ledger.ordinary import NotOrdinary, Ordinary, barred, lives
from dispatch.ledger.prepared import Through
from dispatch.ledger.repeating import repeated
from dispatch.ledger.schema import delivery, event, worker
from dispatch.ledger.settling import WAITING, Settlement, record_rows, settle
from dispatch.ledger.states import DeliveryState, EventKind

LEASE_SECONDS = 90.0
"""How long a worker counts as alive after its last heartbeat, by the database's clock."""


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker that has not ended, as the ledger sees it."""

    id: int
    host: str
    pid: int
    expired: bool


class Work:
    """The delivery loop's side of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def _ordinary(self) -> Ordinary:
        # Compiled where something is sent; most commands only look.
        return Ordinary(self._database)

    @cached_property
    def _claims(self) -> Claims:
        return Claims(self._database)

    # -- workers ------------------------------------------------------------------------------------------------

    def begin(self, host: str, pid: int, *, now: float) -> int:
        """Register a worker; its id is its claim on rows."""
        clock = self._database.clock()
        with self._database.writing() as connection:
            return int(
                connection.scalars(
                    insert(worker)
                    .values(host=host, pid=pid, started_at=now, expires_at=clock + LEASE_SECONDS)
                    .returning(worker.c.id)
                ).one()
            )

    def beat(self, worker_id: int) -> bool:
        """Renew a worker's lease; false where another one has taken its rows meanwhile.

        Raises :class:`~dispatch.errors.LedgerError` where the ledger's file is not where it was.
        """
        self._database.require_file()
        with self._database.writing() as connection:
            return (
                connection.execute(
                    update(worker)
                    .where(worker.c.id == worker_id, worker.c.ended_at.is_(None))
                    .values(expires_at=self._database.clock() + LEASE_SECONDS)
                ).rowcount
                == 1
            )

    def others(self, worker_id: int) -> list[WorkerRow]:
        """The workers that have not ended, without ``worker_id``."""
        clock = self._database.clock()
        # Further ahead than any heartbeat reaches: it was written before the clock was set back.
        expired = or_(worker.c.expires_at < clock, worker.c.expires_at > clock + LEASE_SECONDS).label("expired")
        with self._database.reading() as connection:
            rows = connection.execute(
                select(worker.c.id, worker.c.host, worker.c.pid, expired).where(
                    worker.c.ended_at.is_(None), worker.c.id != worker_id
                )
            )
            return [WorkerRow(row.id, row.host, row.pid, bool(row.expired)) for row in rows]

    @repeated
    def end(self, worker_id: int, *, now: float) -> int:
        """End a worker, dead or done: what it was sending becomes unknown, what it had claimed is free again.

        Returns how many rows became unknown; none, for a worker that drained.
        """
        sending = (delivery.c.claim == worker_id, delivery.c.state == DeliveryState.SENDING)
        with self._database.writing() as connection:
            # First: it waits for a commit that is under way, and from here on the worker begins nothing (lives).
            connection.execute(update(worker).where(worker.c.id == worker_id).values(ended_at=now))
            record_rows(connection, sending, EventKind.UNKNOWN, "the sender stopped before a reply came", now)
            unknown = connection.execute(
                update(delivery).where(*sending).values(state=DeliveryState.UNKNOWN, claim=None, updated_at=now)
            ).rowcount
            connection.execute(
                update(delivery).where(delivery.c.claim == worker_id, delivery.c.state.in_(WAITING)).values(claim=None)
            )
            return unknown

    # -- claims -------------------------------------------------------------------------------------------------

    def claim(self, send_id: int, worker_id: int, limit: int, *, now: float) -> list[Envelope]:
        """Take up to ``limit`` rows of a send that are due, in order; suppressed ones are settled instead.

        An empty list means that nothing is due for anybody (the rest is final, later, or another worker's), or that
        this worker was taken for dead.
        """
        while True:
            with self._database.writing() as connection:
                taken = self._claims.take(Through(connection), send_id, worker_id, limit, now)
                suppress_rows(connection, taken.refused, worker_id, now)
            if taken.envelopes or not taken.refused:
                return taken.envelopes

    @repeated
    def expire(self, send_id: int, *, older_than: float, now: float) -> int:
        """Give up on deferred rows whose server first refused them before ``older_than``; how many.

        Their planning says nothing: a send may be released over days, and each reader is owed the whole time.
        """
        # A person who had them mailed again began anew.
        again = event.alias("again")
        refused_long_ago = exists().where(
            event.c.subscriber_id == delivery.c.subscriber_id,
            event.c.delivery_id == delivery.c.id,
            event.c.kind == EventKind.DEFERRED,
            event.c.at < older_than,
            ~exists().where(
                again.c.subscriber_id == event.c.subscriber_id,
                again.c.delivery_id == event.c.delivery_id,
                again.c.kind.in_((EventKind.RETRY, EventKind.RESEND)),
                again.c.id > event.c.id,
            ),
        )
        old = (
            delivery.c.send_id == send_id,
            delivery.c.state == DeliveryState.DEFERRED,
            delivery.c.claim.is_(None),
            # Nobody was refused before they were planned: most rows say so themselves, without a look at the history.
            delivery.c.created_at < older_than,
            refused_long_ago,
        )
        with self._database.writing() as connection:
            record_rows(connection, old, EventKind.EXPIRED, "too old to try again", now)
            return connection.execute(
                update(delivery).where(*old).values(state=DeliveryState.EXPIRED, next_at=None, updated_at=now)
            ).rowcount

    @repeated
    def requeue(self, send_id: int, state: DeliveryState, kind: EventKind, *, now: float) -> int:
        """Put the deferred, bounced or unknown rows of a send back into the queue, by a person's decision; how many.

        A deferred row that a worker has in hand is left to it.
        """
        in_hand = delivery.c.claim.is_not(None) if state is DeliveryState.DEFERRED else false()
        chosen = (delivery.c.send_id == send_id, delivery.c.state == state, ~in_hand)
        with self._database.writing() as connection:
            record_rows(connection, chosen, kind, f"was {state}", now)
            return connection.execute(
                update(delivery)
                .where(*chosen)
                .values(state=DeliveryState.QUEUED, claim=None, next_at=None, updated_at=now)
            ).rowcount

    # -- the commits around a message ---------------------------------------------------------------------------

    def at_once(self) -> AtOnce | None:
        """What makes ordinary commits without ever waiting for others, for this thread; ``None`` where each one waits
        for a server."""
        return AtOnce(self._database, self._claims, self._ordinary) if self._database.is_sqlite else None

    @repeated
    def commit(
        self, worker_id: int, settlements: Sequence[Settlement], intents: Sequence[int], *, now: float
    ) -> frozenset[int]:
        """One durable commit: the outcomes of messages that went, and the intents of those about to go.

        Returns the intents that stand. For one that does not (the reader unsubscribed, a person cancelled, another
        worker took the row) not one byte of content may be written.
        """
        with suppress(NotOrdinary), self._database.writing() as connection:
            self._ordinary.write(Through(connection), worker_id, settlements, intents, now)
            return frozenset(intents)
        with self._database.writing() as connection:
            settle(self._database, connection, worker_id, settlements, now)
            if not intents or not lives(connection, worker_id):
                return frozenset()
            # All in one statement: on a server, somebody may unsubscribe between two.
            standing = connection.scalars(
                update(delivery)
                .where(
                    delivery.c.id.in_(intents),
                    delivery.c.claim == worker_id,
                    delivery.c.state.in_(WAITING),
                    ~barred(),
                )
                .values(state=DeliveryState.SENDING, next_at=None, updated_at=now)
                .returning(delivery.c.id)
            )
            begun = frozenset(standing)
            suppress_rows(connection, frozenset(intents) - begun, worker_id, now)
            return begun
