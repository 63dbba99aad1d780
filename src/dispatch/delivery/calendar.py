"""When something is due: local times, cron expressions and staleness, across changes of the clocks.

All functions are pure; instants are timezone-aware, and the time of day is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

STALE_HOURS = 6.0
"""How late something may still go by itself, unless a ``[[schedule]]`` says otherwise."""

_LARGEST_CHANGE = timedelta(hours=3)
"""No clock was ever turned by more than this and kept its calendar day."""

_LOOK_BACK = (timedelta(days=2), timedelta(days=40), timedelta(days=800), timedelta(days=40 * 366))
"""How far back the latest due time is looked for, in steps: ``* * * * *`` has 2,880 of them in the first one."""


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants that the naive ``local`` may mean in ``zone``.

    One, as a rule. Two where the clocks go back and it comes twice (the earlier first). Two as well where they go
    forward over it: the times that clocks show an hour before and after (:func:`exists` tells the cases apart).
    """
    # Compared as UTC: datetimes of one zone are equal where their clocks are, whatever the instants.
    instants = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(each.astimezone(zone) for each in sorted(instants))


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in ``zone`` ever show the naive ``local``."""
    return _through_utc(local.replace(tzinfo=zone), zone).replace(tzinfo=None, fold=0) == local.replace(fold=0)


def instant(written: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a time as an author wrote it, when nobody can be asked.

    Naive times are local to ``zone``. One that comes twice is the first; one that is skipped comes as much later as
    the clocks were put forward (RFC 5545 §3.3.5), so 02:30 is 03:30.
    """
    return written if written.tzinfo is not None else _through_utc(written.replace(tzinfo=zone, fold=0), zone)


def due_times(expression: str, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """The due times in ``(after, until]``, in order, each once.

    As Debian's cron does it: a time that the clocks skip is due when they have been put forward, a time that they
    show twice the first time only; with ``*`` in minutes or hours every instant counts that matches.
    """
    # cronsim reads its start as a local time, which may come twice: begin before any change, and drop what is early.
    start = (after.astimezone(UTC) - _LARGEST_CHANGE).astimezone(zone)
    last = after.astimezone(UTC)
    for due in CronSim(expression, start):
        at = due.astimezone(UTC)
        if at > until.astimezone(UTC):
            return
        if at > last:
            last = at
            yield due


def latest_due(expression: str, zone: ZoneInfo, after: datetime, until: datetime) -> datetime | None:
    """The last due time in ``(after, until]``, found without walking through a year of minutes."""
    for back in _LOOK_BACK:
        begin = max(after.astimezone(UTC), until.astimezone(UTC) - back)
        last = None
        for last in due_times(expression, zone, begin, until):  # noqa: B007 - the last one is what is wanted
            pass
        if last is not None or begin == after.astimezone(UTC):
            return last
    return None


def next_due(expression: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first due time after ``after``; ``None`` where there is none in fifty years."""
    far = after.astimezone(UTC) + timedelta(days=50 * 365)
    return next(due_times(expression, zone, after, far), None)


def is_stale(due: datetime, now: datetime, hours: float = STALE_HOURS) -> bool:
    """Whether something that was due at ``due`` may no longer go by itself: readers expected it hours ago."""
    return now.astimezone(UTC) - due.astimezone(UTC) > timedelta(hours=hours)


def _through_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC).astimezone(zone)
