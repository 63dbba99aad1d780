"""What a person, or the policy, decides about a whole send: paused, cancelled, waiting, in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, insert, select, update

from dispatch.ledger.database import Database
from dispatch.ledger.repeating import repeated
from dispatch.ledger.schema import delivery, event, send, subscriber, worker
from dispatch.ledger.settling import WAITING, record_rows
from dispatch.ledger.states import DeliveryState, EventKind, Stop


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery of which nobody knows whether it arrived. ``since`` is in epoch seconds."""

    address: str
    since: float
    said: str
    """What was seen last: the server's words, or how the sender ended."""


class Control:
    """The sends' standing: who may work on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, send_id: int) -> Stop | None:
        """Why nobody may work on a send at this moment, if so."""
        with self._database.reading() as connection:
            found = connection.scalar(select(send.c.stop).where(send.c.id == send_id))
        return Stop(found) if found is not None else None

    def pause(self, send_id: int, *, now: float) -> bool:
        """Stop a send until it is resumed; whoever works on it finishes what is on the wire. False: it was stopped."""
        return self._stop(send_id, Stop.PAUSED, "paused by hand", EventKind.PAUSED, now)

    def trip(self, send_id: int, why: str, *, now: float) -> bool:
        """Stop a send because its messages fail for reasons that are ours. False: it was stopped."""
        return self._stop(send_id, Stop.TRIPPED, why, EventKind.PAUSED, now)

    def resume(self, send_id: int, *, now: float) -> bool:
        """Let a send go on; false for one that was cancelled."""
        with self._database.writing() as connection:
            # Not ``<> cancelled``, which is no truth about null.
            chosen = (send.c.id == send_id, func.coalesce(send.c.stop, "") != Stop.CANCELLED)
            stopped = connection.scalar(select(send.c.stop).where(send.c.id == send_id))
            statement = update(send).where(*chosen).values(stop=None, held=None, resume_at=None)
            allowed = connection.execute(statement).rowcount == 1
            if allowed and stopped is not None:
                _note(connection, send_id, EventKind.RESUMED, f"was {stopped}", now)
            return allowed

    @repeated
    def cancel(self, send_id: int, *, now: float) -> int:
        """Take back, for good, every message of a send that has not begun; how many.

        A row that a worker has claimed too: its intent will not stand. What is on the wire is left to its worker;
        should that one find it deferred, another call takes it back too.
        """
        waiting = (delivery.c.send_id == send_id, delivery.c.state.in_(WAITING))
        with self._database.writing() as connection:
            connection.execute(
                update(send)
                .where(send.c.id == send_id)
                .values(stop=Stop.CANCELLED, held="cancelled by hand", resume_at=None)
            )
            count = connection.execute(
                update(delivery)
                .where(*waiting)
                .values(state=DeliveryState.CANCELLED, claim=None, next_at=None, updated_at=now)
            ).rowcount
            if count:
                # One for the send, not one a row: each row's state says the same.
                _note(connection, send_id, EventKind.CANCELLED, f"{count} deliveries", now)
            return count

    def wait_until(self, send_id: int, at: float | None) -> None:
        """Nothing of a send may go before ``at``: scheduled runs leave it alone until then."""
        with self._database.writing() as connection:
            connection.execute(update(send).where(send.c.id == send_id).values(resume_at=at))

    @repeated
    def postpone(self, worker_id: int, rows: Sequence[tuple[int, float]], why: str, *, now: float) -> None:
        """Set claimed rows aside, each until its own time; no attempt was made, so none is counted."""
        if not rows:
            return
        # What a server said to an earlier attempt is worth more than this.
        fresh = delivery.c.state == DeliveryState.QUEUED
        said = {
            "stage": case((fresh, "pace"), else_=delivery.c.stage),
            "reply": case((fresh, why), else_=delivery.c.reply),
        }
        with self._database.writing() as connection:
            for row, until in rows:
                connection.execute(
                    update(delivery)
                    .where(delivery.c.id == row, delivery.c.claim == worker_id, delivery.c.state.in_(WAITING))
                    .values(state=DeliveryState.DEFERRED, next_at=until, claim=None, updated_at=now, **said)
                )

    # -- what is in doubt ---------------------------------------------------------------------------------------

    def doubts(self, send_id: int) -> list[Doubt]:
        """The deliveries of a send that may have arrived, in order."""
        latest = (
            select(event.c.detail)
            .where(
                event.c.subscriber_id == delivery.c.subscriber_id,
                event.c.delivery_id == delivery.c.id,
                event.c.kind == EventKind.UNKNOWN,
            )
            .order_by(event.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        with self._database.reading() as connection:
            rows = connection.execute(
                select(subscriber.c.address, delivery.c.updated_at, latest)
                .join_from(delivery, subscriber)
                .where(delivery.c.send_id == send_id, delivery.c.state == DeliveryState.UNKNOWN)
                .order_by(delivery.c.id)
            )
            return [Doubt(row[0], row[1], row[2] or "") for row in rows]

    @repeated
    def assume_accepted(self, send_id: int, *, now: float) -> int:
        """Settle what is in doubt as accepted, by a person's word; how many."""
        chosen = (delivery.c.send_id == send_id, delivery.c.state == DeliveryState.UNKNOWN)
        with self._database.writing() as connection:
            record_rows(connection, chosen, EventKind.ASSUMED, "was unknown", now)
            return connection.execute(
                update(delivery).where(*chosen).values(state=DeliveryState.ACCEPTED, updated_at=now)
            ).rowcount

    # -- the clock ----------------------------------------------------------------------------------------------

    def last_moment(self) -> float | None:
        """The time of the ledger's last entry; a person's word about the clock outweighs what was written before it."""
        with self._database.reading() as connection:
            latest = connection.execute(select(event.c.at, event.c.kind).order_by(event.c.id.desc()).limit(1)).first()
            began = connection.scalar(select(worker.c.started_at).order_by(worker.c.id.desc()).limit(1))
        if latest is not None and latest.kind == EventKind.CLOCK:
            return float(latest.at)
        return max((moment for moment in (latest.at if latest else None, began) if moment is not None), default=None)

    def trust_clock(self, *, now: float) -> None:
        """Record that the clock is right, though the ledger's last entry is later."""
        with self._database.writing() as connection:
            connection.execute(insert(event).values(at=now, kind=EventKind.CLOCK, detail="a person says it is right"))

    def _stop(self, send_id: int, stop: Stop, why: str, kind: EventKind, now: float) -> bool:
        with self._database.writing() as connection:
            fresh = (
                connection.execute(
                    update(send).where(send.c.id == send_id, send.c.stop.is_(None)).values(stop=stop, held=why)
                ).rowcount
                == 1
            )
            if fresh:
                _note(connection, send_id, kind, why, now)
            return fresh


def _note(connection: Connection, send_id: int, kind: EventKind, detail: str, now: float) -> None:
    connection.execute(insert(event).values(at=now, kind=kind, send_id=send_id, detail=detail))
