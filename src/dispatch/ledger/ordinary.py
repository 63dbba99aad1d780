"""The ordinary commit around a message, as statements that were compiled once: it happens thousands of times a second.

Ordinary is: every outcome is an acceptance, every row is the worker's own, and everybody may be mailed. What is not
shows in the number of rows that changed; then nothing of it is kept, and the careful way does it all again
(:meth:`~dispatch.ledger.work.Work.commit`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Executable, bindparam, exists, or_, select, update

from dispatch.ledger.database import Database
from dispatch.ledger.schema import delivery, membership, send, subscriber, suppression, worker
from dispatch.ledger.settling import SETTLE, WAITING, Settlement, claimed
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
    return or_(suppressed, left)


_BEGIN = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.claim == bindparam("worker"),
        # Not IN: a statement that is compiled once cannot be expanded at each execution.
        or_(*(delivery.c.state == state for state in WAITING)),
        ~barred(),
    )
    .values(state=DeliveryState.SENDING.value, next_at=None, updated_at=bindparam("now"))
)


def lives(connection: Connection, worker_id: int) -> bool:
    """Whether nobody took the worker for dead; whoever would must wait for the end of this transaction.

    What a worker began after its end, no reaper would ever find.
    """
    alive = select(worker.c.id).where(worker.c.id == worker_id, worker.c.ended_at.is_(None))
    return connection.scalar(alive.with_for_update(read=True)) is not None


class _Prepared:
    """A statement in the words of one database, to be run for many rows of parameters."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._sql: str = compiled.string
        self._order: Sequence[str] | None = compiled.positiontup
        self._fixed: Mapping[str, Any] = compiled.params

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """How many rows it found or changed in all."""
        given: list[Any] = [{**self._fixed, **row} for row in rows]
        if self._order is not None:
            given = [tuple(one[name] for name in self._order) for one in given]
        return connection.exec_driver_sql(self._sql, given).rowcount


class Ordinary:
    """The ordinary commits of one ledger."""

    def __init__(self, database: Database) -> None:
        dialect = database.engine.dialect
        self._settle = _Prepared(SETTLE, dialect)
        self._begin = _Prepared(_BEGIN, dialect)

    def commit(
        self,
        connection: Connection,
        worker_id: int,
        accepted: Sequence[Settlement],
        intents: Sequence[int],
        now: float,
    ) -> None:
        """Write acceptances and intents, all of them; raises :class:`NotOrdinary` where one does not stand."""
        if accepted:
            rows = [claimed(one, worker_id, now) for one in accepted]
            _require(self._settle.run(connection, rows) == len(rows))
        if intents:
            _require(lives(connection, worker_id))
            begun = [{"row": intent, "worker": worker_id, "now": now} for intent in intents]
            _require(self._begin.run(connection, begun) == len(begun))


def _require(ordinary: bool) -> None:
    if not ordinary:
        raise NotOrdinary
