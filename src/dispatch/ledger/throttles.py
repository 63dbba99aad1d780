"""How fast mail may go, counted where all workers of a ledger see it, by the database's clock.

A limit says: in no stretch of ``seconds`` are more than ``most`` messages begun. A worker takes tokens, a few at a
time, and may use them only for a short while (the hold). Tokens count against the limit from the moment that they are
given until ``seconds`` after the last moment at which they may be used, so that whatever stretch one looks at, all
that was begun in it was counted together when the last of it was given. What is not used is given back; what a crash
loses is counted as used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import connection as connections
from dispatch.ledger.schema import pace, throttle, warmup, worker

BUCKETS = 50
"""A window is counted in so many parts: more rows are more exact, and never more than the limit either way."""

SLOWEST = 1.0
"""Messages a minute: however often a domain says "later", it is asked that often."""

SETTLE_SECONDS = 30.0
"""So long after a pace was changed, refusals still speak of the pace before."""

RECOVERY_SECONDS = 3_600.0
"""A pace that nobody changed for so long doubles: what slowed a domain last week says nothing today."""

LONGEST_HOLD = 30.0
"""Seconds for which tokens may be held at most; what seems to be held for much longer is of a clock that was wrong."""

_ALONE = 0x7468_726F_7474_6C65  # "throttle": our advisory lock on a server


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` messages of ``scope`` in any ``seconds``."""

    scope: str
    seconds: int
    most: int


@dataclass(frozen=True, slots=True)
class Grant:
    """``tokens`` that may be used within the hold; where there are none, ``wait`` seconds until there may be one, and
    the ``limit`` that stands in the way."""

    tokens: int
    wait: float = 0.0
    limit: Limit | None = None
    drawn: tuple[tuple[Limit, int], ...] = ()
    """The limits and their buckets that the tokens are counted in."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a scope that answers "later" is slowed to, and why."""

    per_minute: float
    why: str


class Throttles:
    """The pace of a ledger's workers. ``clock`` is the database's unless a test brings its own."""

    def __init__(self, database: Database, clock: Callable[[], ColumnElement[float]] | None = None) -> None:
        self._database = database
        self._clock = clock or database.clock

    # -- limits -------------------------------------------------------------------------------------------------

    def reserve(self, limits: Sequence[Limit], wanted: int, *, hold: float) -> Grant:
        """Take up to ``wanted`` ≥ 1 tokens of all ``limits`` at once, to be used within ``hold`` seconds, at most
        :data:`LONGEST_HOLD`."""
        with self._database.writing() as connection:
            now = self._alone(connection)
            tokens = wanted
            for limit in limits:
                rows = _counted(connection, limit, now)
                free = limit.most - sum(row.used for row in rows)
                if free < 1:
                    first = min((row.until for row in rows), default=now)
                    return Grant(0, max(first + limit.seconds - now, 0.001), limit)
                tokens = min(tokens, free)
            drawn = tuple((limit, _bucket(limit, now)) for limit in limits)
            for limit, bucket in drawn:
                _draw(connection, limit, bucket, tokens, now + hold)
            return Grant(tokens, drawn=drawn)

    def give_back(self, grant: Grant, unused: int) -> None:
        """Return tokens with which nothing was begun."""
        if unused < 1:
            return
        with self._database.writing() as connection:
            self._alone(connection)
            for limit, bucket in grant.drawn:
                connection.execute(
                    update(throttle)
                    .where(*_is(limit), throttle.c.bucket == bucket)
                    .values(used=throttle.c.used - unused)
                )

    # -- what answers "later" ----------------------------------------------------------------------------------

    def paces(self) -> Mapping[str, Pace]:
        """The scopes that are slowed at this moment."""
        with self._database.reading() as connection:
            age = (self._clock() - pace.c.changed_at).label("age")
            rows = connection.execute(select(pace, age))
            found = {row.scope: (_recovered(row), row) for row in rows}
        return {scope: Pace(speed, row.why) for scope, (speed, row) in found.items() if speed < row.ceiling}

    def slow(self, scope: str, per_minute: float, why: str) -> None:
        """Halve a scope's pace: the one it has, or the ``per_minute`` at which it went until now."""
        with self._database.writing() as connection:
            now = self._alone(connection)
            row = _pace_row(connection, scope, now)
            if row is not None and 0 <= row.age < SETTLE_SECONDS and row.per_minute < row.ceiling:
                return
            speed = min(_recovered(row), per_minute) if row is not None else per_minute
            ceiling = max(row.ceiling, per_minute) if row is not None else per_minute
            _set_pace(self._database, connection, scope, max(speed / 2, SLOWEST), max(ceiling, 2 * SLOWEST), why, now)

    def quicken(self, scope: str) -> None:
        """Add a tenth of its former speed to a slowed scope's pace; once that is reached, it is free again."""
        with self._database.writing() as connection:
            now = self._alone(connection)
            row = _pace_row(connection, scope, now)
            if row is None:
                return
            speed = _recovered(row) + row.ceiling / 10
            if speed >= row.ceiling:
                connection.execute(delete(pace).where(pace.c.scope == scope))
            else:
                _set_pace(self._database, connection, scope, speed, row.ceiling, row.why, now)

    # -- warm-up and connections --------------------------------------------------------------------------------

    def warmup_day(self, relay: str, today: str) -> int:
        """The number, from 1, of the sending day ``today`` (ISO) for a relay that is being warmed up."""
        with self._database.writing() as connection:
            self._alone(connection)
            row = connection.execute(select(warmup).where(warmup.c.relay == relay)).one_or_none()
            if row is None:
                connection.execute(insert(warmup).values(relay=relay, day=today, number=1))
                return 1
            if row.day >= today:
                return int(row.number)
            chosen = warmup.c.relay == relay
            connection.execute(update(warmup).where(chosen).values(day=today, number=row.number + 1))
            return int(row.number) + 1

    def reserve_connections(self, relay: str, worker_id: int, wanted: int, *, most: int | None) -> int:
        """Take up to ``wanted`` of the ``most`` connections to a relay, until the worker ends or is found dead."""
        if most is None:
            return wanted
        with self._database.writing() as connection:
            self._alone(connection)
            ended = select(worker.c.id).where(worker.c.ended_at.is_not(None))
            mine = connections.c.worker_id == worker_id
            here = connections.c.relay == relay
            connection.execute(delete(connections).where(here, or_(mine, connections.c.worker_id.in_(ended))))
            taken = connection.scalar(select(func.coalesce(func.sum(connections.c.number), 0)).where(here))
            given = max(0, min(wanted, most - int(taken or 0)))
            if given:
                connection.execute(insert(connections).values(worker_id=worker_id, relay=relay, number=given))
            return given

    def _alone(self, connection: Connection) -> float:
        """Wait for whoever counts at this moment; then the database's time."""
        if not self._database.is_sqlite:  # which has one writer anyway
            connection.execute(select(func.pg_advisory_xact_lock(_ALONE)))
        return float(connection.scalars(select(self._clock())).one())


def _is(limit: Limit) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return throttle.c.scope == limit.scope, throttle.c.seconds == limit.seconds


def _bucket(limit: Limit, now: float) -> int:
    return int(now * BUCKETS / limit.seconds)


def _counted(connection: Connection, limit: Limit, now: float) -> Sequence[Any]:
    """What counts against a limit at this moment; what does not any more is cleared away."""
    over = throttle.c.until <= now - limit.seconds
    # Further ahead than any tokens' time: they were given before the clock was set back.
    ahead = throttle.c.until > now + limit.seconds + LONGEST_HOLD
    connection.execute(delete(throttle).where(*_is(limit), or_(over, ahead)))
    return connection.execute(select(throttle.c.used, throttle.c.until).where(*_is(limit), throttle.c.used > 0)).all()


def _draw(connection: Connection, limit: Limit, bucket: int, tokens: int, until: float) -> None:
    chosen = (*_is(limit), throttle.c.bucket == bucket)
    known = connection.scalar(select(throttle.c.until).where(*chosen))
    if known is None:
        row = {"scope": limit.scope, "seconds": limit.seconds, "bucket": bucket, "used": tokens, "until": until}
        connection.execute(insert(throttle).values(row))
    else:
        changed = {"used": throttle.c.used + tokens, "until": max(known, until)}
        connection.execute(update(throttle).where(*chosen).values(changed))


def _pace_row(connection: Connection, scope: str, now: float) -> Row[Any] | None:
    age = (now - pace.c.changed_at).label("age")
    return connection.execute(select(pace, age).where(pace.c.scope == scope)).one_or_none()


def _recovered(row: Row[Any]) -> float:
    """The pace with what time alone gives back."""
    hours = min(max(row.age, 0.0) // RECOVERY_SECONDS, 60)
    return float(row.per_minute * 2**hours)


def _set_pace(
    database: Database, connection: Connection, scope: str, per_minute: float, ceiling: float, why: str, now: float
) -> None:
    values = {"per_minute": per_minute, "ceiling": ceiling, "why": why, "changed_at": now}
    connection.execute(
        upsert(database, pace)
        .values(scope=scope, **values)
        .on_conflict_do_update(index_elements=["scope"], set_=values)
    )
