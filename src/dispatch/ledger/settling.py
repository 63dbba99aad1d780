"""Writing down what became of an attempt: the row's new state and its event, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, insert, literal, or_, select, update

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import delivery, event, subscriber, suppression
from dispatch.ledger.states import DeliveryState, EventKind, SuppressionReason

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
"""States of a row whose message may still be begun."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one attempt, ready to be written: the new state and what the server said."""

    delivery_id: int
    state: DeliveryState
    stage: str
    code: int
    enhanced: str
    reply: str
    next_at: float | None = None
    suppress: bool = False
    """The address is dead: suppress it, in the same commit."""


def settle(
    database: Database, connection: Connection, worker_id: int, settlements: Sequence[Settlement], now: float
) -> None:
    """Write what became of a worker's attempts, each with its event; rows that are not its own any more stay as they
    are, but for a late 250."""
    accepted = [one for one in settlements if one.state is DeliveryState.ACCEPTED]
    if accepted:
        # The ordinary case, one statement for all of a group; it needs no event.
        settled = connection.execute(SETTLE, [claimed(one, worker_id, now) for one in accepted]).rowcount
        if settled < len(accepted):
            _accept_late(connection, accepted, now)
    for one in settlements:
        if one.state is DeliveryState.ACCEPTED:
            continue
        if not connection.execute(SETTLE, claimed(one, worker_id, now)).rowcount:
            continue
        said = " ".join(part for part in (one.stage, str(one.code or ""), one.reply) if part)
        chosen = (delivery.c.id == one.delivery_id,)
        record_rows(connection, chosen, EventKind(one.state.value), said, now)
        if one.suppress:
            _suppress_address(database, connection, one, now)


def _outcome(settlement: Settlement, now: float) -> dict[str, object]:
    """The parameters of :data:`_OUTCOME`."""
    return {
        "new_state": settlement.state.value,
        "new_next_at": settlement.next_at,
        "new_code": settlement.code or None,
        "new_enhanced": settlement.enhanced or None,
        "new_stage": settlement.stage,
        "new_reply": settlement.reply or None,
        "now": now,
    }


def claimed(settlement: Settlement, worker_id: int, now: float) -> dict[str, object]:
    """The parameters of :data:`SETTLE`."""
    return _outcome(settlement, now) | {"row": settlement.delivery_id, "worker": worker_id}


CLAIMED = ("new_state", "new_next_at", "new_code", "new_enhanced", "new_stage", "new_reply", "now", "row", "worker")
"""What :func:`claimed` names, in its order."""

_OUTCOME = update(delivery).values(
    state=bindparam("new_state"),
    attempts=delivery.c.attempts + 1,
    next_at=bindparam("new_next_at"),
    code=bindparam("new_code"),
    enhanced=bindparam("new_enhanced"),
    stage=bindparam("new_stage"),
    reply=bindparam("new_reply"),
    claim=None,
    updated_at=bindparam("now"),
)

SETTLE = _OUTCOME.where(
    delivery.c.id == bindparam("row"),
    delivery.c.claim == bindparam("worker"),
    # Not IN: SQLAlchemy expands that at each execution, and so cannot send a group at once.
    or_(*(delivery.c.state == state for state in (*WAITING, DeliveryState.SENDING))),
)
"""One row's outcome, where it is still its worker's."""


def _accept_late(connection: Connection, accepted: Sequence[Settlement], now: float) -> None:
    """A late 250, the one thing learnt after the fact: the reader has it, so whoever took the row may not send it.

    (Where another worker is sending it at this moment, that one's outcome stands.)
    """
    for one in accepted:
        late = (delivery.c.id == one.delivery_id, delivery.c.state.in_((DeliveryState.UNKNOWN, *WAITING)))
        record_rows(connection, late, EventKind.LATE_ACCEPTANCE, f"{one.stage} {one.code} {one.reply}", now)
        connection.execute(_OUTCOME.where(*late), _outcome(one, now))


def _suppress_address(database: Database, connection: Connection, settlement: Settlement, now: float) -> None:
    person = (
        select(
            subscriber.c.address_hash,
            subscriber.c.address,
            literal(SuppressionReason.BOUNCED.value),
            literal(settlement.reply),
            delivery.c.send_id,
            literal(now),
        )
        .join_from(delivery, subscriber)
        .where(delivery.c.id == settlement.delivery_id)
    )
    connection.execute(
        upsert(database, suppression)
        .from_select(["address_hash", "address", "reason", "detail", "send_id", "created_at"], person)
        .on_conflict_do_nothing()
    )


def record_rows(
    connection: Connection, chosen: Sequence[ColumnElement[bool]], kind: EventKind, detail: str, now: float
) -> None:
    """Write one event for each chosen delivery, in the transaction that changes its state."""
    rows = select(
        literal(now), literal(kind.value), delivery.c.send_id, delivery.c.id, delivery.c.subscriber_id, literal(detail)
    ).where(*chosen)
    connection.execute(
        insert(event).from_select(["at", "kind", "send_id", "delivery_id", "subscriber_id", "detail"], rows)
    )
