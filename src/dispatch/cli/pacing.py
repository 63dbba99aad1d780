"""What limits a run, and what is said when it ends before all is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import click

from dispatch.cli.wording import at
from dispatch.config.settings import Relay, Settings
from dispatch.delivery.feed import Reason, Why
from dispatch.delivery.throttle import Policy, Terms
from dispatch.errors import Refused
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Send
from dispatch.ledger.states import Stop

CLOCK_TOLERANCE = timedelta(minutes=5)
"""Machines that share a ledger may differ so much, and a clock may be set back so much."""


def policy_for(
    settings: Settings, relay: Relay, ledger: Ledger, send: Send, clock: Callable[[], float]
) -> Callable[[int], Policy]:
    """What makes a worker's policy for a send, given the worker's id."""
    terms = Terms(settings.throttle, relay, settings.for_list(send.list_name).timezone)

    def make(worker_id: int) -> Policy:
        return Policy(ledger.control, ledger.throttles, terms, send_id=send.id, worker_id=worker_id, clock=clock)

    return make


def require_going(send: Send) -> None:
    """Refuse to work on what a person paused or cancelled."""
    if send.stop is Stop.CANCELLED:
        raise Refused(
            f"The send of {send.slug} to {send.list_name} was cancelled, and that is final.",
            hint=f"Who got it and who did not: dispatch status {send.slug}. Another slug makes another edition: "
            f"dispatch send SOURCE --list {send.list_name} --slug {send.slug}-2 --except {send.slug}",
        )
    if send.stop is Stop.PAUSED:
        raise Refused(
            f"The send of {send.slug} to {send.list_name} is paused by hand.",
            hint=f"Go on with it: dispatch resume {send.slug} --list {send.list_name}",
        )


def let_go(ledger: Ledger, send: Send, moment: datetime) -> None:
    """Let a send go on that was held, by a person's decision."""
    ledger.control.resume(send.id, now=moment.timestamp())


def settle_reason(ledger: Ledger, send: Send, reason: Reason | None, moment: datetime) -> None:
    """Write down what a run's end means for later ones."""
    if reason is not None and reason.why is Why.CANCELLED:
        # What was on the wire when it was cancelled may have been deferred since.
        ledger.control.cancel(send.id, now=moment.timestamp())
        return
    later = reason.at if reason is not None and reason.whole else None
    if later is not None or send.resume_at is not None:
        ledger.control.wait_until(send.id, later)


def said_of(settings: Settings, send: Send, reason: Reason | None) -> tuple[str, str] | None:
    """Why a run ended before all was sent, and what goes on when; ``None`` where the counts say it all."""
    named = f"{send.slug} --list {send.list_name}"
    match reason:
        case Reason(Why.PAUSED):
            return "Paused by hand.", f"Go on with: dispatch resume {named}"
        case Reason(Why.CANCELLED):
            return "Cancelled by hand: nothing more of it goes.", f"What became of it: dispatch status {send.slug}"
        case Reason(Why.TRIPPED):
            return "Stopped: another process found that its messages fail.", f"Why: dispatch status {send.slug}"
        case Reason(Why.LATER, at=float(when), text=why):
            goes_on = at(when, settings.for_list(send.list_name).timezone)
            return f"Waiting: {why}.", f"It goes on at {goes_on}: dispatch run-due (cron) takes it up then"
        case _:
            return None


def require_clock(ledger: Ledger, moment: datetime, *, trust: bool) -> None:
    """Refuse to send by a clock that went back: what is due, too old or too fast would all be judged wrongly."""
    last = ledger.control.last_moment()
    if last is None or moment.timestamp() >= last - CLOCK_TOLERANCE.total_seconds():
        return
    if trust:
        ledger.control.trust_clock(now=moment.timestamp())
        return
    zone = moment.tzinfo
    assert zone is not None
    raise Refused(
        f"The clock went back: it says {at(moment.timestamp(), zone)}, but the ledger's last entry is of "
        f"{at(last, zone)}.",
        hint="Set it right (timedatectl status shows it), then run the same command again. If it is right now, and was "
        "wrong then, say so once: dispatch run-due --trust-clock",
    )


def say_end(said: tuple[str, str]) -> None:
    click.echo(said[0])
    click.echo(f"  → {said[1]}")
