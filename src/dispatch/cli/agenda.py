"""What ``dispatch schedules`` shows: rows of the ledger, and what seeds and settings will bring."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from dispatch.cli.due_seeds import Unreadable, next_seeds, path_of, read_seed, still_changing, timed_seeds
from dispatch.cli.due_times import due_of, seed_origin
from dispatch.cli.ledgers import open_existing
from dispatch.cli.scheduling import shown
from dispatch.config.settings import Settings
from dispatch.delivery.calendar import next_due
from dispatch.errors import DispatchError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schedules import OPEN_STATES, Scheduled
from dispatch.ledger.states import ScheduleState


def show_agenda(settings: Settings, now: datetime, *, everything: bool) -> None:
    """Print what waits, is held or under way (or all that ever was), then what comes by itself."""
    ledger = open_existing(settings, now)
    rows = ledger.schedules.in_states(set(ScheduleState) if everything else OPEN_STATES) if ledger is not None else []
    for row in rows:
        _show(settings, row, now)
    coming = sorted([*_timed(settings, ledger, now), *_recurring(settings, ledger, now)], key=lambda each: each[0])
    if coming:
        click.echo("By itself:")
    for due, said in coming:
        click.echo(f"  {shown(due)}  {said}")
    if not rows and not coming:
        click.echo("Nothing is scheduled.")
    if ledger is not None:
        ledger.close()


def _show(settings: Settings, row: Scheduled, now: datetime) -> None:
    due = datetime.fromtimestamp(row.due_at, settings.for_list(row.list_name).timezone)
    note = f" ({row.note})" if row.note and row.state is not ScheduleState.HELD else ""
    click.echo(f"{row.id:>4}  {shown(due)}  {row.list_name}  {row.source}: {row.state}{note}")
    if row.state is ScheduleState.PENDING and due <= now:
        click.echo(f"      Due: it goes with the next `dispatch run-due`{_but(settings, row, now)}.")
    if row.state is ScheduleState.HELD:
        click.echo(f"      {row.note}")
        click.echo(f"      → dispatch schedules --release {row.id}   or   dispatch schedules --cancel {row.id}")


def _but(settings: Settings, row: Scheduled, now: datetime) -> str:
    """What a due row still waits for."""
    path = path_of(settings, row.source)
    try:
        draft = read_seed(settings, path).front_matter.draft
    except DispatchError:
        return ""
    if draft:
        return ", once it is no draft any more"
    return ", once its file has been left alone for two minutes" if still_changing(path, now) else ""


def _timed(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[tuple[datetime, str]]:
    for seed in timed_seeds(settings):
        if isinstance(seed, Unreadable):
            click.echo(f"{seed.name} cannot be read: {seed.error.message}", err=True)
            continue
        due = due_of(settings, seed)
        if due is None or (ledger is not None and ledger.schedules.known(seed_origin(seed.name), due.timestamp())):
            continue
        zone = settings.for_list(seed.front_matter.list).timezone
        late = "" if due > now else ", past already: the next run looks at it"
        yield due.astimezone(zone), f"{seed.front_matter.list or 'NO LIST'}  {seed.name}{late}"


def _recurring(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[tuple[datetime, str]]:
    for schedule in settings.schedules:
        due = next_due(schedule.cron, schedule.timezone, now)
        if due is None:
            continue
        seeds = next_seeds(settings, ledger, schedule, due.astimezone(schedule.timezone).date())
        seed = next((each for each in seeds if not isinstance(each, Unreadable)), None)
        takes = seed[0].name if seed is not None else f"nothing: no unsent seed in {schedule.folder.name}/"
        yield due, f"{schedule.list}  {takes}"
