"""The ordinary commit around a message, as statements that were compiled once: it happens thousands of times a second.

Ordinary is: every outcome is an acceptance, every row is the worker's own, and everybody may be mailed. What is not
shows in the number of rows that changed; then nothing of it is kept, and the careful way does it all again
(:meth:`~dispatch.ledger.work.Work.commit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Dialect, Executable, bindparam, exists, or_, select, update

from dispatch.ledger.database import Database
from dispatch.ledger.schema import delivery, membership, send, subscriber, suppression, worker
from dispatch.ledger.settling import WAITING, Settlement
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


_ACCEPT = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        delivery.c.claim == bindparam("worker"),
        delivery.c.state == DeliveryState.SENDING.value,
    )
    # Not next_at: the intent emptied it.
    .values(
        state=DeliveryState.ACCEPTED.value,
        claim=None,
        attempts=delivery.c.attempts + 1,
        code=bindparam("new_code"),
        enhanced=bindparam("new_enhanced"),
        stage=bindparam("new_stage"),
        reply=bindparam("new_reply"),
        updated_at=bindparam("now"),
    )
)

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


_LIVES = (
    select(worker.c.id)
    .where(worker.c.id == bindparam("worker"), worker.c.ended_at.is_(None))
    .with_for_update(read=True)
)


def lives(connection: Connection, worker_id: int) -> bool:
    """Whether nobody took the worker for dead; whoever would must wait for the end of this transaction.

    What a worker began after its end, no reaper would ever find.
    """
    return connection.scalar(_LIVES, {"worker": worker_id}) is not None


class Runner(Protocol):
    """What runs a statement in the transaction that is open."""

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        """Run it for each of ``rows``; how many rows of the table changed in all."""

    def found(self, sql: str, row: Any) -> bool:
        """Whether it returns anything."""


class _Through:
    """Statements through SQLAlchemy's connection, which names the driver's faults."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        return self._connection.exec_driver_sql(sql, rows).rowcount

    def found(self, sql: str, row: Any) -> bool:
        return self._connection.exec_driver_sql(sql, row).first() is not None


class _Prepared:
    """A statement in the words of one database. Its rows are tuples of the parameters named by ``given``."""

    def __init__(self, statement: Executable, dialect: Dialect, *given: str) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql: str = compiled.string
        fixed = {name: value for name, value in compiled.params.items() if name not in given}
        self._names = (*given, *fixed)
        self._fixed = tuple(fixed.values())
        order = compiled.positiontup
        self._places = None if order is None else tuple(self._names.index(name) for name in order)

    def arranged(self, row: tuple[Any, ...]) -> Any:
        """``row`` as the driver wants it."""
        values = row + self._fixed
        if self._places is None:
            return dict(zip(self._names, values, strict=True))
        return tuple(map(values.__getitem__, self._places))


class Ordinary:
    """The ordinary commits of one ledger."""

    def __init__(self, database: Database) -> None:
        dialect = database.engine.dialect
        said = ("new_code", "new_enhanced", "new_stage", "new_reply")
        self._accept = _Prepared(_ACCEPT, dialect, *said, "now", "row", "worker")
        self._begin = _Prepared(_BEGIN, dialect, "row", "worker", "now")
        self._lives = _Prepared(_LIVES, dialect, "worker")

    def commit(
        self,
        connection: Connection,
        worker_id: int,
        settlements: Sequence[Settlement],
        intents: Sequence[int],
        now: float,
    ) -> None:
        """:meth:`write` in a transaction of SQLAlchemy's."""
        self.write(_Through(connection), worker_id, settlements, intents, now)

    def write(
        self, runner: Runner, worker_id: int, settlements: Sequence[Settlement], intents: Sequence[int], now: float
    ) -> None:
        """Write acceptances and intents, all of them; raises :class:`NotOrdinary` where one does not stand."""
        if settlements:
            rows = []
            for one in settlements:
                _require(one.state is DeliveryState.ACCEPTED)
                said = (one.code or None, one.enhanced or None, one.stage, one.reply or None)
                rows.append(self._accept.arranged((*said, now, one.delivery_id, worker_id)))
            _require(runner.changed(self._accept.sql, rows) == len(rows))
        if intents:
            _require(runner.found(self._lives.sql, self._lives.arranged((worker_id,))))
            rows = [self._begin.arranged((intent, worker_id, now)) for intent in intents]
            _require(runner.changed(self._begin.sql, rows) == len(rows))


def _require(ordinary: bool) -> None:
    if not ordinary:
        raise NotOrdinary
