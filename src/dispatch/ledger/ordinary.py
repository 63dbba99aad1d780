"""The ordinary commit around a message, as statements that were compiled once: it happens thousands of times a second.

Ordinary is: every outcome is an acceptance, every row is the worker's own, and everybody may be mailed. What is not
shows in the number of rows that changed; then nothing of it is kept, and the careful way does it all again
(:meth:`~dispatch.ledger.work.Work.commit`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, update

from dispatch.ledger.database import Database
from dispatch.ledger.prepared import Prepared, Runner
from dispatch.ledger.schema import delivery, membership, send, subscriber, suppression, worker
from dispatch.ledger.settling import CLAIMED, SETTLE, WAITING, Settlement, claimed
from dispatch.ledger.states import DeliveryState, MembershipStatus


class NotOrdinary(Exception):
    """Something else is the case: roll back, and go the careful way."""


def barred() -> ColumnElement[bool]:
    """Whether a delivery's reader may not be mailed any more: suppressed, or gone from the list."""
    suppressed = exists().where(
        suppression.c.address_hash == subscriber.c.address_hash, subscriber.c.id == delivery.c.subscriber_id
    )
    left = exists().where(
        membership.c.subscriber_id == delivery.c.subscriber_id,
        membership.c.list_id == send.c.list_id,
        send.c.id == delivery.c.send_id,
        membership.c.status == MembershipStatus.UNSUBSCRIBED,
    )
    # Whatever tables surround it, only the delivery is theirs.
    return or_(suppressed.correlate(delivery), left.correlate(delivery))


_BEGIN = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.claim == bindparam("worker"),
        # Not IN: a statement that is compiled once cannot be expanded at each execution.
        or_(*(delivery.c.state == state.value for state in WAITING)),
        ~barred(),
    )
    .values(state=DeliveryState.SENDING.value, next_at=None, updated_at=bindparam("now"))
)


LIVES = (
    select(worker.c.id)
    .where(worker.c.id == bindparam("worker"), worker.c.ended_at.is_(None))
    .with_for_update(read=True)
)


def lives(connection: Connection, worker_id: int) -> bool:
    """Whether nobody took the worker for dead; whoever would must wait for the end of this transaction.

    What a worker began after its end, no reaper would ever find.
    """
    return connection.scalar(LIVES, {"worker": worker_id}) is not None


class Ordinary:
    """The ordinary commits of one ledger."""

    def __init__(self, database: Database) -> None:
        dialect = database.engine.dialect
        self._settle = Prepared(SETTLE, dialect, *CLAIMED)
        self._begin = Prepared(_BEGIN, dialect, "row", "worker", "now")
        self._lives = Prepared(LIVES, dialect, "worker")

    def write(
        self, runner: Runner, worker_id: int, settlements: Sequence[Settlement], intents: Sequence[int], now: float
    ) -> None:
        """Write acceptances and intents, all of them; raises :class:`NotOrdinary` where one does not stand."""
        if settlements:
            _require(all(one.state is DeliveryState.ACCEPTED for one in settlements))
            rows = [tuple(claimed(one, worker_id, now).values()) for one in settlements]
            _require(self._settle.changed(runner, rows) == len(rows))
        if intents:
            _require(bool(self._lives.rows(runner, worker_id)))
            _require(self._begin.changed(runner, [(intent, worker_id, now) for intent in intents]) == len(intents))


def _require(ordinary: bool) -> None:
    if not ordinary:
        raise NotOrdinary
