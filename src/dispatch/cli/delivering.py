"""Running a planned send: the loop, its progress, its signals, and what is said at the end."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import click

from dispatch.cli.mailing import builder, ways
from dispatch.cli.pacing import policy_for, said_of, say_end, settle_reason
from dispatch.cli.progress import Progress
from dispatch.cli.wording import many
from dispatch.cli.workspace import now, seconds
from dispatch.config.settings import Relays, Settings
from dispatch.delivery.loop import Message
from dispatch.delivery.run import Ended, Order, Surroundings, run_send
from dispatch.delivery.switch import Way
from dispatch.delivery.throttle import Policy
from dispatch.errors import ExitCode, RelayError
from dispatch.ledger.claims import Envelope
from dispatch.ledger.faults import afterwards
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Counts, Send
from dispatch.ledger.states import DeliveryState


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


@dataclass(slots=True)
class _Stop:
    """What the signals said: the first one, and the event that lets the wire drain."""

    by: signal.Signals | None = None
    draining: asyncio.Event = field(default_factory=asyncio.Event)


def run_planned(settings: Settings, relays: Relays, ledger: Ledger, send: Send, how: HowToRun) -> Finished:
    """Deliver what is due of a planned send, say how it went, and return where its rows stand.

    What a person stopped, or released in part only, is held: a scheduled run must not go on with it.
    """
    build = builder(settings, ledger, send, now)
    before = ledger.sends.counts(send.id)
    total = before[DeliveryState.QUEUED] + before[DeliveryState.DEFERRED]
    progress = Progress(min(total, how.limit) if how.limit is not None else total, seconds)
    order = Order(
        send_id=send.id,
        connections=settings.smtp.connections,
        locks=settings.state / "workers",
        limit=how.limit,
        messages_per_connection=settings.smtp.messages_per_connection,
        resend_unknown=how.resend_unknown,
        envelope_id=f"{send.slug}.{send.list_name}",
        retry=settings.retry,
    )
    policy = policy_for(settings, relays.each[0], ledger, send, seconds)
    stop = _Stop()
    with afterwards(lambda: _hold(ledger, send, stop, how)):
        try:
            ended = asyncio.run(_with_signals(ledger, order, progress, ways(settings, relays), build, stop, policy))
            settle_reason(ledger, send, ended.reason, now())
        except asyncio.CancelledError:
            raise click.Abort from None
        except RelayError as error:
            error.hint = "\n  → ".join(filter(None, (error.hint, _nothing_lost(ledger, send))))
            raise
        counts = ledger.sends.counts(send.id)
        if counts.unfinished and ended.halted is not None:
            ledger.control.trip(send.id, ended.halted, now=seconds())
    progress.finish(ended.tally)
    _report(
        ledger,
        send,
        ended,
        counts,
        interrupted=stop.by is not None,
        rate=progress.rate(ended.tally),
        zone=settings.for_list(send.list_name).timezone,
        said=said_of(settings, send, ended.reason),
    )
    standing = ledger.sends.find(send.slug, send.list_name)
    return Finished(counts, stop.by is not None, standing.held if standing is not None else None)


def _nothing_lost(ledger: Ledger, send: Send) -> str:
    return (
        f"Nothing is lost ({summary(ledger.sends.counts(send.id))}). Mend that, then go on: "
        f"dispatch send {send.slug} --list {send.list_name}"
    )


def _hold(ledger: Ledger, send: Send, stop: _Stop, how: HowToRun) -> None:
    counts = ledger.sends.counts(send.id)
    why = _left_to_a_person(stop, how, counts) if counts.unfinished else None
    if why is not None:
        ledger.sends.hold(send.id, why)


def _left_to_a_person(stop: _Stop, how: HowToRun, counts: Counts) -> str | None:
    if stop.by is signal.SIGINT:
        return "stopped by a person"
    if how.limit is not None and counts[DeliveryState.QUEUED]:
        return f"--limit let {many(how.limit, 'message')} go"
    return None


def exit_code(counts: Counts) -> ExitCode:
    """0 where every row is final, 3 where some is queued, deferred or unknown."""
    return ExitCode.UNFINISHED if counts.unfinished else ExitCode.OK


async def _with_signals(
    ledger: Ledger,
    order: Order,
    progress: Progress,
    through: Sequence[Way],
    build: Callable[[Envelope], Message],
    stop: _Stop,
    policy: Callable[[int], Policy],
) -> Ended:
    """Run until done; the first Ctrl-C or SIGTERM finishes what is on the wire, a second one drops it."""
    task = asyncio.current_task()
    assert task is not None

    def on(number: signal.Signals) -> None:
        if stop.by is not None:
            task.cancel()
            return
        stop.by = number
        stop.draining.set()
        click.echo("\nFinishing what is on the wire … (again: drop it; those readers become unknown)", err=True)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on, number)
    surroundings = Surroundings(seconds, random.random, asyncio.sleep, stop.draining, progress, progress.say)
    return await run_send(ledger.work, order, surroundings, ways=through, build=build, policy=policy)


def _report(
    ledger: Ledger,
    send: Send,
    ended: Ended,
    counts: Counts,
    *,
    interrupted: bool,
    rate: float,
    zone: tzinfo,
    said: tuple[str, str] | None,
) -> None:
    again = f"dispatch send {send.slug} --list {send.list_name}"
    if ended.tally.attempted:
        states = ended.tally.states
        figures = ", ".join(f"{states[state]:,} {state}" for state in DeliveryState if states[state])
        click.echo(f"This run: {figures} ({rate:,.0f} messages/s)")
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
    if counts[DeliveryState.UNKNOWN]:
        click.echo(
            f"  → {counts[DeliveryState.UNKNOWN]:,} may have arrived, nobody can know: dispatch unknown {send.slug} "
            f"lists them; mail them again: {again} --on-unknown resend"
        )


def summary(counts: Counts) -> str:
    """ "1,994 accepted, 6 bounced of 2,000"."""
    parts = [f"{counts[state]:,} {state}" for state in DeliveryState if counts[state]]
    return f"{', '.join(parts) or 'nobody'} of {counts.total:,}"
