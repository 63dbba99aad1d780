"""What is to be sent when: due times, each of which is acted on once.

A due time is unique by its origin and instant: whatever looks for due times, however often, a second look finds the
first one's row. Every change of state is a compare-and-set.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import delivery, edition, mailing_list, meta, schedule, send
from dispatch.ledger.states import DeliveryState, ScheduleState

OPEN_STATES = frozenset({ScheduleState.PENDING, ScheduleState.STARTED, ScheduleState.HELD})
"""Due times that something will, or a person must, still be done about."""

WAITING_STATES = frozenset({ScheduleState.PENDING, ScheduleState.HELD})
"""Due times that were not acted on yet."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due time to be recorded. ``due_at`` is in epoch seconds; ``origin`` tells who asked for it."""

    origin: str
    due_at: float
    source: str
    list_name: str
    slug: str | None = None
    state: ScheduleState = ScheduleState.PENDING
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One row: a due time and what became of it. ``source`` is relative to the workspace."""

    id: int
    origin: str
    due_at: float
    source: str
    list_name: str
    state: ScheduleState
    slug: str | None
    """The edition that it became, or would have."""
    note: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a ``[[schedule]]`` may not take for a list: its sources wait already; its slugs a person took back."""

    sources: frozenset[str]
    cancelled_slugs: frozenset[str]
    sent_digests: frozenset[str]
    """Source digests of the editions that were sent to the list."""


class Schedules:
    """The due times of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, schedule_id: int) -> Scheduled | None:
        with self._database.reading() as connection:
            row = connection.execute(select(schedule).where(schedule.c.id == schedule_id)).one_or_none()
            return _scheduled(row) if row is not None else None

    def in_states(self, states: Collection[ScheduleState]) -> list[Scheduled]:
        """The rows in ``states``, by due time."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(schedule).where(schedule.c.state.in_(states)).order_by(schedule.c.due_at, schedule.c.id)
            )
            return [_scheduled(row) for row in rows]

    def due(self, now: float) -> list[Scheduled]:
        """What is to be acted on: pending rows whose time has come, and rows that were begun, by due time."""
        states = (ScheduleState.PENDING, ScheduleState.STARTED)
        return [row for row in self.in_states(states) if row.due_at <= now]

    def known(self, origin: str, due_at: float) -> Scheduled | None:
        """What was recorded for a due time, if anything was."""
        with self._database.reading() as connection:
            row = connection.execute(select(schedule).where(_same(origin, due_at))).one_or_none()
            return _scheduled(row) if row is not None else None

    def record(self, due: Due, *, now: float) -> Scheduled | None:
        """Record a due time; ``None`` where it was recorded before."""
        with self._database.writing_alone() as connection:
            return self._insert(connection, due, now)

    def place(self, due: Due, *, now: float) -> tuple[Scheduled, list[Scheduled]]:
        """Schedule by a person's word: what waits for the same source and list gives way, and is returned as it was."""
        with self._database.writing_alone() as connection:
            chosen = (
                schedule.c.source == due.source,
                schedule.c.list_name == due.list_name,
                schedule.c.state.in_(WAITING_STATES),
            )
            earlier = [_scheduled(row) for row in connection.execute(select(schedule).where(*chosen))]
            connection.execute(
                update(schedule)
                .where(*chosen)
                .values(state=ScheduleState.CANCELLED, note="scheduled anew", updated_at=now)
            )
            placed = self._insert(connection, due, now)
            if placed is None:
                # The very same time again, after it was taken back: that row counts again.
                connection.execute(
                    update(schedule)
                    .where(_same(due.origin, due.due_at))
                    .values(state=due.state, slug=due.slug, note=due.note, updated_at=now)
                )
                placed = _scheduled(connection.execute(select(schedule).where(_same(due.origin, due.due_at))).one())
            return placed, [row for row in earlier if row.id != placed.id]

    def move(
        self,
        schedule_id: int,
        states: Collection[ScheduleState],
        to: ScheduleState,
        *,
        now: float,
        note: str = "",
        slug: str | None = None,
    ) -> bool:
        """Change a row's state from one of ``states``; false where it is in none of them (any more)."""
        values: dict[str, object] = {"state": to, "note": note, "updated_at": now}
        if slug is not None:
            values["slug"] = slug
        with self._database.writing() as connection:
            changed = connection.execute(
                update(schedule).where(schedule.c.id == schedule_id, schedule.c.state.in_(states)).values(**values)
            )
            return changed.rowcount == 1

    # -- what recurs --------------------------------------------------------------------------------------------

    def looked(self, origin: str) -> float | None:
        """Until when the due times of a recurring origin were seen to; ``None`` before the first look."""
        with self._database.reading() as connection:
            value = connection.scalar(select(meta.c.value).where(meta.c.key == _looked(origin)))
            return None if value is None else float(value)

    def look(self, origin: str, dues: Sequence[Due], *, until: float) -> list[Scheduled]:
        """Record the due times of a recurring origin and that it was looked at: both or neither."""
        with self._database.writing_alone() as connection:
            recorded = [self._insert(connection, due, until) for due in dues]
            connection.execute(
                upsert(self._database, meta)
                .values(key=_looked(origin), value=repr(until))
                .on_conflict_do_update(index_elements=["key"], set_={"value": repr(until)})
            )
            return [row for row in recorded if row is not None]

    def taken(self, list_name: str) -> Taken:
        """What must not be taken from a folder for ``list_name``: it went there, waits for it, or was taken back."""
        here = schedule.c.list_name == list_name
        with self._database.reading() as connection:
            sources = connection.scalars(
                select(schedule.c.source).where(here, schedule.c.state.in_(OPEN_STATES), schedule.c.source.is_not(None))
            )
            cancelled = connection.scalars(
                select(schedule.c.slug).where(
                    here, schedule.c.state == ScheduleState.CANCELLED, schedule.c.slug.is_not(None)
                )
            )
            digests = connection.scalars(
                select(edition.c.source_digest)
                .join_from(send, edition)
                .join(mailing_list, mailing_list.c.id == send.c.list_id)
                .where(mailing_list.c.name == list_name)
            )
            return Taken(frozenset(sources), frozenset(cancelled), frozenset(digests))

    # -- what was interrupted -----------------------------------------------------------------------------------

    def to_continue(self, *, living: Collection[int], now: float) -> list[int]:
        """Sends that nobody works on though something of theirs may go now: queued, or deferred until now at most.

        ``living`` are the workers that are alive: what one of them has claimed is its own, and so is the rest of
        that send. Sends that are held are a person's.
        """
        free = exists().where(
            delivery.c.send_id == send.c.id,
            or_(
                delivery.c.state == DeliveryState.QUEUED,
                and_(delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_at <= now),
            ),
        )
        worked_on = exists().where(
            delivery.c.send_id == send.c.id,
            delivery.c.claim.in_(living),
            delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SENDING)),
        )
        with self._database.reading() as connection:
            return list(
                connection.scalars(
                    select(send.c.id)
                    .where(
                        send.c.held.is_(None),
                        send.c.stop.is_(None),
                        or_(send.c.resume_at.is_(None), send.c.resume_at <= now),
                        free,
                        ~worked_on,
                    )
                    .order_by(send.c.id)
                )
            )

    def _insert(self, connection: Connection, due: Due, now: float) -> Scheduled | None:
        if connection.scalar(select(schedule.c.id).where(_same(due.origin, due.due_at))) is not None:
            return None
        row = connection.execute(
            insert(schedule)
            .values(
                origin=due.origin,
                due_at=due.due_at,
                source=due.source,
                list_name=due.list_name,
                state=due.state,
                slug=due.slug,
                note=due.note,
                created_at=now,
                updated_at=now,
            )
            .returning(*schedule.c)
        ).one()
        return _scheduled(row)


def _same(origin: str, due_at: float) -> ColumnElement[bool]:
    return and_(schedule.c.origin == origin, schedule.c.due_at == due_at)


def _looked(origin: str) -> str:
    return f"looked {origin}"


def _scheduled(row: Row[tuple[object, ...]]) -> Scheduled:
    return Scheduled(
        row.id,
        row.origin,
        row.due_at,
        row.source or "",
        row.list_name,
        ScheduleState(row.state),
        row.slug,
        row.note,
    )
