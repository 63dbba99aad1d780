"""Running a planned send: the loop, its progress, its signals, and what is said at the end."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

import click

from dispatch.cli.mailing import Passwords
from dispatch.cli.pacing import said_of, say_end, settle_reason
from dispatch.cli.part import Part
from dispatch.cli.reports import Assignment
from dispatch.cli.shares import shares
from dispatch.cli.together import Together, Work
from dispatch.cli.wording import many
from dispatch.cli.workspace import now, seconds
from dispatch.config.settings import Relays, Settings
from dispatch.delivery.run import Ended
from dispatch.delivery.worker import NOBODY, reap
from dispatch.errors import ExitCode, RelayError
from dispatch.ledger.faults import afterwards
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Counts, Send
from dispatch.ledger.states import DeliveryState

DROPPED = 130
"""The exit code after a second Ctrl-C, as shells have it."""


@dataclass(frozen=True, slots=True)
class HowToRun:
    """``resend_unknown``: mail rows in doubt again, with their Message-ID (``--on-unknown resend``)."""

    limit: int | None = None
    resend_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """Where a send's rows stand after a run; ``stopped`` by a signal, ``held`` for a person, and why."""

    counts: Counts
    stopped: bool
    held: str | None


def run_planned(settings: Settings, relays: Relays, ledger: Ledger, send: Send, how: HowToRun) -> Finished:
    """Deliver what is due of a planned send, say how it went, and return where its rows stand.

    What a person stopped, or released in part only, is held: a scheduled run must not go on with it.
    """
    before = ledger.sends.counts(send.id)
    due = before[DeliveryState.QUEUED] + before[DeliveryState.DEFERRED]
    due += before[DeliveryState.UNKNOWN] if how.resend_unknown else 0
    work = _work(settings, relays, ledger, send, how, due)
    together = Together(work, min(due, how.limit) if how.limit is not None else due)
    with afterwards(lambda: _hold(ledger, send, together.stopped_by, how)):
        try:
            ended = asyncio.run(together.run())
            settle_reason(ledger, send, ended.reason, now())
        except asyncio.CancelledError:
            _say_dropped(ledger, send)
            raise click.exceptions.Exit(DROPPED) from None
        except RelayError as error:
            error.hint = "\n  → ".join(filter(None, (error.hint, _nothing_lost(ledger, send))))
            raise
        counts = ledger.sends.counts(send.id)
        if counts.unfinished and ended.halted is not None:
            ledger.control.trip(send.id, ended.halted, now=seconds())
    stopped = together.stopped_by is not None
    together.progress.finish(ended.tally)
    _report(
        ledger,
        send,
        ended,
        counts,
        interrupted=stopped,
        vague=together.is_vague,
        rate=together.progress.rate(ended.tally),
        zone=settings.for_list(send.list_name).timezone,
        said=said_of(settings, send, ended.reason),
    )
    standing = ledger.sends.find(send.slug, send.list_name)
    return Finished(counts, stopped, standing.held if standing is not None else None)


def _work(settings: Settings, relays: Relays, ledger: Ledger, send: Send, how: HowToRun, due: int) -> Work:
    """Who does what of a send. Passwords that other processes need are fetched here."""
    mine, *others = shares(settings, relays, send.list_name, due, how.limit)
    passwords = Passwords(settings)
    known = passwords.of_all(relays) if others else {}
    return Work(
        part=Part(settings, relays, passwords, ledger, send),
        share=replace(mine, resend_unknown=how.resend_unknown),
        assigned=[Assignment(str(settings.root), send.slug, send.list_name, relays, share, known) for share in others],
        reap=lambda: reap(ledger.work, settings.state / "workers", NOBODY, now=seconds()),
    )


def _nothing_lost(ledger: Ledger, send: Send) -> str:
    return (
        f"Nothing is lost ({summary(ledger.sends.counts(send.id))}). Mend that, then go on: "
        f"dispatch send {send.slug} --list {send.list_name}"
    )


def _hold(ledger: Ledger, send: Send, stopped_by: signal.Signals | None, how: HowToRun) -> None:
    counts = ledger.sends.counts(send.id)
    why = _left_to_a_person(stopped_by, how, counts) if counts.unfinished else None
    if why is not None:
        ledger.sends.hold(send.id, why)


def _left_to_a_person(stopped_by: signal.Signals | None, how: HowToRun, counts: Counts) -> str | None:
    if stopped_by is signal.SIGINT:
        return "stopped by a person"
    if how.limit is not None and counts[DeliveryState.QUEUED]:
        return f"--limit let {many(how.limit, 'message')} go"
    return None


def exit_code(counts: Counts) -> ExitCode:
    """0 where every row is final, 3 where some is queued, deferred or unknown."""
    return ExitCode.UNFINISHED if counts.unfinished else ExitCode.OK


def _report(
    ledger: Ledger,
    send: Send,
    ended: Ended,
    counts: Counts,
    *,
    interrupted: bool,
    vague: bool,
    rate: float,
    zone: tzinfo,
    said: tuple[str, str] | None,
) -> None:
    again = f"dispatch send {send.slug} --list {send.list_name}"
    if ended.tally.attempted:
        states = ended.tally.states
        figures = ", ".join(f"{states[state]:,} {state}" for state in DeliveryState if states[state])
        click.echo(f"This run: {'about ' if vague else ''}{figures} ({rate:,.0f} messages/s)")
    elif not counts.unfinished:
        click.echo("Nothing is left to send.")
    if ended.found_unknown:
        click.echo(f"A sender died before: {many(ended.found_unknown, 'message')} it was sending may have arrived.")
    if ended.expired:
        click.echo(f"Given up after days of refusals: {many(ended.expired, 'message')}.")
    click.echo(f"{send.slug} to {send.list_name}: {summary(counts)}")
    for state in (DeliveryState.DEFERRED, DeliveryState.BOUNCED):
        for reply, number in ledger.sends.reasons(send.id, state, 3) if counts[state] else ():
            click.echo(f"  {number:,} × {reply}")
    if ended.halted:
        click.echo(f"Stopped: {ended.halted}", err=True)
        click.echo(f"  → Mend the cause, then go on: {again}", err=True)
        if counts[DeliveryState.BOUNCED]:
            click.echo(
                f"  → Were the bounces the relay's fault? dispatch suppressions --undo {send.slug}, "
                f"then dispatch retry {send.slug} --bounced",
                err=True,
            )
    elif interrupted:
        click.echo(f"Stopped. Go on with: {again}")
    elif said is not None:
        say_end(said)
    else:
        _next_steps(ledger, send, counts, again, zone)


def _say_dropped(ledger: Ledger, send: Send) -> None:
    """Where the rows stand after a second signal: what was on the wire is in doubt, and that is for a person."""
    counts = ledger.sends.counts(send.id)
    again = f"dispatch send {send.slug} --list {send.list_name}"
    click.echo(f"{send.slug} to {send.list_name}: {summary(counts)}")
    _say_doubts(send, counts, again)
    click.echo(f"Stopped. Go on with: {again}")


def _say_doubts(send: Send, counts: Counts, again: str) -> None:
    if counts[DeliveryState.UNKNOWN]:
        click.echo(
            f"  → {counts[DeliveryState.UNKNOWN]:,} may have arrived, nobody can know: dispatch unknown {send.slug} "
            f"lists them; mail them again: {again} --on-unknown resend"
        )


def _next_steps(ledger: Ledger, send: Send, counts: Counts, again: str, zone: tzinfo) -> None:
    if counts[DeliveryState.QUEUED]:
        click.echo(f"  → {counts[DeliveryState.QUEUED]:,} are still queued: {again}")
    due = ledger.sends.next_attempt(send.id)
    if due is not None:
        when = f"{datetime.fromtimestamp(due, zone):%H:%M %Z}"
        click.echo(
            f"  → Deferred messages are tried again from {when} on: dispatch run-due (cron), "
            f"or at once: dispatch retry {send.slug}"
        )
    if counts[DeliveryState.SENDING]:
        click.echo(
            f"  → Another process has {many(counts[DeliveryState.SENDING], 'message')} on the wire: "
            f"dispatch status {send.slug} tells what became of it"
        )
    _say_doubts(send, counts, again)


def summary(counts: Counts) -> str:
    """ "1,994 accepted, 6 bounced of 2,000"."""
    parts = [f"{counts[state]:,} {state}" for state in DeliveryState if counts[state]]
    return f"{', '.join(parts) or 'nobody'} of {counts.total:,}"
