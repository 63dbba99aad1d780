"""A person's word about what goes when: schedule, release, cancel, and prove that it would work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from dispatch.cli import crontab
from dispatch.cli.asking import confirm_audience
from dispatch.cli.audience import bring_in, open_reader
from dispatch.cli.due_seeds import Seed, path_of, read_seed
from dispatch.cli.due_times import due_of, seed_origin
from dispatch.cli.ledgers import open_existing, open_or_found
from dispatch.cli.mailing import Passwords, require_relays, require_sendable, ways
from dispatch.cli.pacing import let_go, require_going
from dispatch.cli.planning import Wanted, draft
from dispatch.cli.proofs import Readers, require_presentable
from dispatch.cli.publishing import require_publishable
from dispatch.cli.send import announce, list_of
from dispatch.cli.signing import signing_keys
from dispatch.config.settings import Settings
from dispatch.delivery.calendar import exists, readings
from dispatch.delivery.switch import Way
from dispatch.errors import DispatchError, Refused, RelayError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schedules import WAITING_STATES, Due, Scheduled
from dispatch.ledger.states import ScheduleState

_FORM = 'Write it as "2026-11-24 07:00", or with its offset: "2026-11-24T07:00-05:00".'


def schedule_source(
    settings: Settings, source: Path, list_name: str | None, at: str | None, now: datetime, *, yes: bool, force: bool
) -> None:
    """Check that ``source`` can go to the list (``force``: errors or not), say to whom and when, and record it."""
    require_relays(settings)
    seed = read_seed(settings, source)
    if seed.front_matter.draft:
        raise Refused(f"{source} is a draft, and drafts never go.", hint="Take `draft: true` out of its front matter.")
    chosen = list_name or list_of(settings, (source,), None)
    require_sendable(settings.for_list(chosen), chosen)
    due = _due(settings, seed, chosen, at, now)
    reader = open_reader(settings, chosen)
    with open_or_found(settings, now) as ledger:
        drafted = draft(settings, ledger, Wanted(chosen, (source,)), reader, due)
        require_publishable(drafted.pictures)
        edition = drafted.edition
        if ledger.sends.find(edition.slug, chosen) is not None:
            again = f"dispatch send {edition.slug} --list {chosen}"
            raise Refused(f"Edition {edition.slug} was sent to {chosen} already.", hint=f"Go on with it: {again}")
        otherwise = "Or schedule it and mend it before it goes, else it is held then: add --force"
        require_presentable(settings, drafted, Readers(chosen, reader), due, force=force, otherwise=otherwise)
        with ledger.rehearse(chosen, reader.people(), slug=edition.slug) as rehearsal:
            count = sum(1 for _ in rehearsal.people)
        announce(settings, chosen, edition.subject, count, edition.slug)
        click.echo(f"When     {shown(due)}")
        confirm_audience(chosen, count, yes=yes)
        _place(
            settings,
            ledger,
            seed,
            Due(_origin(settings, seed, chosen, at), due.timestamp(), seed.name, chosen, edition.slug),
            now,
        )


def release_held(settings: Settings, schedule_id: int, now: datetime, *, yes: bool) -> None:
    """Let a held row go with the next run, by a person's decision: whom it goes to is confirmed again."""
    with _existing(settings, now) as ledger:
        row = _row(ledger, schedule_id)
        if row.state is not ScheduleState.HELD:
            raise Refused(f"Schedule {row.id} is {row.state}, not held.", hint="dispatch schedules shows what is.")
        require_relays(settings)
        require_sendable(settings.for_list(row.list_name), row.list_name)
        planned = ledger.sends.find(row.slug, row.list_name) if row.slug else None
        if planned is None:
            bring_in(ledger, open_reader(settings, row.list_name), yes=yes, now=now)
            confirm_audience(row.list_name, ledger.people.active(row.list_name), yes=yes)
        else:
            require_going(planned)
            counts = ledger.sends.counts(planned.id)
            confirm_audience(row.list_name, counts.unfinished, yes=yes)
            let_go(ledger, planned, now)
        origin = f"command:{row.list_name} {row.source}"
        placed, _ = ledger.schedules.place(
            Due(origin, now.timestamp(), row.source, row.list_name, row.slug, note=f"released, was {row.id}"),
            now=now.timestamp(),
        )
    click.echo(f"{row.source} goes to {row.list_name} with the next `dispatch run-due` (as {placed.id}).")


def cancel(settings: Settings, schedule_id: int, now: datetime) -> None:
    """Take a row back. What is being sent this moment cannot be called back; the rest of it is held."""
    with _existing(settings, now) as ledger:
        row = _row(ledger, schedule_id)
        states = WAITING_STATES | {ScheduleState.STARTED}
        if not ledger.schedules.move(
            row.id, states, ScheduleState.CANCELLED, note="cancelled by a person", now=now.timestamp()
        ):
            raise Refused(f"Schedule {row.id} is {row.state} already.", hint="dispatch schedules --all shows it.")
        planned = ledger.sends.find(row.slug, row.list_name) if row.slug else None
        if planned is not None and ledger.sends.counts(planned.id).unfinished:
            ledger.sends.hold(planned.id, "cancelled by a person")
    click.echo(f"Cancelled: {row.source} to {row.list_name}.")


def prove(settings: Settings, now: datetime) -> None:
    """Find the settings and the ledger, and log in at every mail server; raises what is wrong."""
    relays = require_relays(settings)
    names: set[str | None] = {each.list for each in settings.schedules}
    for name in names or {None}:
        require_sendable(settings.for_list(name), name or "every list")
        signing_keys(settings, name)
    ledger = open_existing(settings, now)
    if ledger is not None:
        ledger.close()

    asyncio.run(_log_in(ways(settings, relays, Passwords(settings))))
    click.echo(f"Settings, ledger and {relays}: all is well.")


async def _log_in(through: Sequence[Way]) -> None:
    """Log in at each: one that is to stand in for another must not be found wanting only then."""
    failed: list[RelayError] = []
    for way in through:
        try:
            session = await way.open()
        except RelayError as error:
            failed.append(error)
        else:
            await session.quit()
    if failed:
        hints = dict.fromkeys(error.hint for error in failed if error.hint)
        raise RelayError("\n  ".join(error.message for error in failed), hint="\n  → ".join(hints) or None)


def shown(due: datetime) -> str:
    """ "Tue 2026-11-24 07:00 EST", in the timezone that ``due`` is in."""
    return f"{due:%a %Y-%m-%d %H:%M %Z}"


def _due(settings: Settings, seed: Seed, list_name: str, at: str | None, now: datetime) -> datetime:
    zone = settings.for_list(list_name).timezone
    written = _parse(at) if at is not None else seed.front_matter.send_at
    if written is None:
        raise Refused("When?", hint=f"Add --at TIME, or `send_at` to the seed's front matter. {_FORM}")
    due = written.astimezone(zone) if written.tzinfo is not None else _local(written, zone)
    if due <= now:
        raise Refused(
            f"{shown(due)} is past (it is {shown(now.astimezone(zone))}).",
            hint=f"Send it now: dispatch send {seed.path} --list {list_name}",
        )
    return due


def _parse(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{text!r} is no time.", hint=_FORM) from None
    if ":" not in text and "T" not in text.upper():
        raise Refused(f"{text!r} says the day but not the hour.", hint=_FORM)
    return moment


def _local(written: datetime, zone: ZoneInfo) -> datetime:
    """The one instant that a naive time means; refused with both readings on the day when the clocks change."""
    meant = readings(written, zone)
    if len(meant) == 1:
        return meant[0]
    both = " or ".join(each.isoformat(sep=" ", timespec="minutes") for each in meant)
    comes = "comes twice" if exists(written, zone) else "does not exist"
    raise Refused(
        f"{written:%Y-%m-%d %H:%M} {comes} in {zone.key}: the clocks change that night.", hint=f"Say which: {both}"
    )


def _origin(settings: Settings, seed: Seed, list_name: str, at: str | None) -> str:
    """A seed that goes at its own time is what run-due would find by itself: one origin, so that it goes once."""
    if at is None and seed.front_matter.list in (None, list_name) and _finds_itself(settings, seed):
        return seed_origin(seed.name)
    return f"command:{list_name} {seed.name}"


def _finds_itself(settings: Settings, seed: Seed) -> bool:
    return path_of(settings, seed.name).resolve().is_relative_to(settings.seeds.resolve())


def _place(settings: Settings, ledger: Ledger, seed: Seed, due: Due, now: datetime) -> None:
    placed, replaced = ledger.schedules.place(due, now=now.timestamp())
    own = due_of(settings, seed)
    if own is not None and seed.front_matter.list in (None, due.list_name):
        # What the command says stands for the seed's own time, which would else come as well (it may have a row: this).
        origin, note = seed_origin(seed.name), f"scheduled by hand, as {placed.id}"
        cancelled = Due(origin, own.timestamp(), seed.name, due.list_name, state=ScheduleState.CANCELLED, note=note)
        ledger.schedules.record(cancelled, now=now.timestamp())
    zone = settings.for_list(due.list_name).timezone
    for row in replaced:
        click.echo(f"Instead of {shown(datetime.fromtimestamp(row.due_at, zone))} ({row.id}).")
    click.echo(f"Scheduled as {placed.id}. Take it back: dispatch schedules --cancel {placed.id}")
    if not _cron_runs(settings):
        click.echo("Nothing here sends it yet: `dispatch cron install` lets cron run `dispatch run-due` every minute.")


def _cron_runs(settings: Settings) -> bool:
    try:
        return bool(crontab.installed(crontab.read(), settings.root))
    except DispatchError:
        return False


def _existing(settings: Settings, now: datetime) -> Ledger:
    ledger = open_existing(settings, now)
    if ledger is None:
        raise Refused("Nothing was ever scheduled here.", hint="dispatch schedule SEED --list NAME --at TIME")
    return ledger


def _row(ledger: Ledger, schedule_id: int) -> Scheduled:
    row = ledger.schedules.find(schedule_id)
    if row is None:
        raise Refused(f"There is no schedule {schedule_id}.", hint="dispatch schedules shows them with their numbers.")
    return row
