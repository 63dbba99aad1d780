"""Writing down what became of an attempt: the row's new state and its event, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Update, bindparam, insert, literal, or_, select, update

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
    attempted: bool = True
    """Whether the attempt counts; a connection that failed by no fault of this recipient's does not."""
    suppress: bool = False
    """The address is dead: suppress it, in the same commit."""


def settle(
    database: Database, connection: Connection, worker_id: int, settlements: Sequence[Settlement], now: float
) -> None:
    accepted = [_values(one, worker_id, now) for one in settlements if one.state is DeliveryState.ACCEPTED]
    if accepted:
        # The ordinary case, one statement for all of a group; it needs no event.
        connection.execute(_SETTLE_ACCEPTED, accepted)
    for one in settlements:
        if one.state is DeliveryState.ACCEPTED:
            continue
        if not connection.execute(_SETTLE_OTHER, _values(one, worker_id, now)).rowcount:
            continue
        said = " ".join(part for part in (one.stage, str(one.code or ""), one.reply) if part)
        chosen = (delivery.c.id == one.delivery_id,)
        record_rows(connection, chosen, EventKind(one.state.value), said, now)
        if one.suppress:
            _suppress_address(database, connection, one, now)


def _values(settlement: Settlement, worker_id: int, now: float) -> dict[str, object]:
    held = settlement.state in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
    return {
        "row": settlement.delivery_id,
        "worker": worker_id,
        "new_state": settlement.state,
        "attempt": 1 if settlement.attempted else 0,
        "new_next_at": settlement.next_at,
        "new_code": settlement.code or None,
        "new_enhanced": settlement.enhanced or None,
        "new_stage": settlement.stage,
        "new_reply": settlement.reply or None,
        "held": worker_id if held else None,
        "now": now,
    }


def _settling(*before: DeliveryState) -> Update:
    return (
        update(delivery)
        .where(
            delivery.c.id == bindparam("row"),
            delivery.c.claim == bindparam("worker"),
            or_(*(delivery.c.state == state for state in before)),
        )
        .values(
            state=bindparam("new_state"),
            attempts=delivery.c.attempts + bindparam("attempt"),
            next_at=bindparam("new_next_at"),
            code=bindparam("new_code"),
            enhanced=bindparam("new_enhanced"),
            stage=bindparam("new_stage"),
            reply=bindparam("new_reply"),
            claim=bindparam("held"),
            updated_at=bindparam("now"),
        )
    )


_SETTLE_OTHER = _settling(*WAITING, DeliveryState.SENDING)
# A late 250 turns a row that was given up as unknown into accepted: the one thing learnt after the fact.
_SETTLE_ACCEPTED = _settling(*WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


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
