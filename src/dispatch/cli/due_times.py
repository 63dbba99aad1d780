"""From seeds and ``[[schedule]]`` to due times in the ledger, each recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from dispatch.cli.due_seeds import Seed, Unreadable, next_seeds, still_changing, timed_seeds
from dispatch.config.settings import ScheduleSettings, Settings
from dispatch.delivery.calendar import due_times, instant, latest_due
from dispatch.errors import DispatchError, Refused
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schedules import Due
from dispatch.ledger.states import ScheduleState

Say = Callable[[str, DispatchError | OSError], None]
"""Takes a key and an error that keeps coming back while its cause lasts."""


def record_due(settings: Settings, ledger: Ledger, now: datetime, say: Say) -> None:
    """Record every due time that has come: the seeds' own, and those of each ``[[schedule]]`` since the last look."""
    try:
        _look_at_seeds(settings, ledger, now, say)
    except OSError as error:
        # A folder that may not be read, or a file that goes while it is looked at.
        say("seeds", error)
    for schedule in settings.schedules:
        origin = origin_of(settings, schedule)
        try:
            _look(settings, ledger, schedule, origin, now, say)
        except (DispatchError, OSError) as error:
            say(origin, error)


def origin_of(settings: Settings, schedule: ScheduleSettings) -> str:
    """What tells a ``[[schedule]]`` from others; one that was changed is another one, and begins anew."""
    root = settings.root
    folder = schedule.folder.relative_to(root) if schedule.folder.is_relative_to(root) else schedule.folder
    return f"cron:{schedule.cron} {schedule.timezone.key} {schedule.list} {folder}"


def seed_origin(name: str) -> str:
    """The origin of a due time that a seed's own ``send_at`` names."""
    return f"seed:{name}"


def due_of(settings: Settings, seed: Seed) -> datetime | None:
    """When a seed's own ``send_at`` comes, if it names a time."""
    front = seed.front_matter
    return instant(front.send_at, settings.for_list(front.list).timezone) if front.send_at is not None else None


def _look_at_seeds(settings: Settings, ledger: Ledger, now: datetime, say: Say) -> None:
    for seed in timed_seeds(settings):
        if still_changing(seed.path, now):
            continue
        if isinstance(seed, Unreadable):
            say(f"seed {seed.name}", seed.error)
        else:
            ledger.troubles.over(f"seed {seed.name}")
            _record_timed(settings, ledger, seed, now, say)


def _record_timed(settings: Settings, ledger: Ledger, seed: Seed, now: datetime, say: Say) -> None:
    front, due, origin = seed.front_matter, due_of(settings, seed), seed_origin(seed.name)
    if due is None or due > now or ledger.schedules.known(origin, due.timestamp()):
        return
    trouble = f"list of {seed.name}"
    if front.list is None:
        hint = "Add `list: NAME` to its front matter."
        say(trouble, Refused(f"{seed.name} is due, but names no list.", hint=hint))
        return
    sent = seed.digest in ledger.schedules.taken(front.list).sent_digests
    state, note = (ScheduleState.DONE, "sent before") if sent else (ScheduleState.PENDING, "")
    ledger.schedules.record(
        Due(origin, due.timestamp(), seed.name, front.list, state=state, note=note), now=now.timestamp()
    )
    ledger.troubles.over(trouble)


def _look(settings: Settings, ledger: Ledger, schedule: ScheduleSettings, origin: str, now: datetime, say: Say) -> None:
    looked = ledger.schedules.looked(origin)
    if looked is None or looked > now.timestamp():
        # A schedule begins when it is first seen: nobody wants the past of one that was just written.
        ledger.schedules.look(origin, [], until=now.timestamp())
        return
    times = _missed_and_due(schedule, datetime.fromtimestamp(looked, UTC), now)
    if not times:
        return
    today = times[-1].astimezone(schedule.timezone).date()
    seeds = _readable(next_seeds(settings, ledger, schedule, today), say)
    dues = [
        Due(origin, due.timestamp(), seed.name, schedule.list, slug)
        for due, (seed, slug) in zip(times, seeds, strict=False)
    ]
    # A due time that finds no seed is over: one that is added later waits for the next.
    ledger.schedules.look(origin, dues, until=now.timestamp())
    ledger.troubles.over(origin)


def _readable(found: Iterator[tuple[Seed, str] | Unreadable], say: Say) -> Iterator[tuple[Seed, str]]:
    for each in found:
        if isinstance(each, Unreadable):
            say(f"seed {each.name}", each.error)
        else:
            yield each


def _missed_and_due(schedule: ScheduleSettings, after: datetime, now: datetime) -> list[datetime]:
    """The due times in ``(after, now]`` that may still go, and before them the last of those that may not."""
    horizon = now - timedelta(hours=schedule.stale_after_hours)
    missed = latest_due(schedule.cron, schedule.timezone, after, horizon) if after < horizon else None
    fresh = due_times(schedule.cron, schedule.timezone, max(after, horizon), now)
    return [*([missed] if missed is not None else []), *fresh]
