"""One process's part in a send: register, reap the dead, keep a heartbeat, deliver, hand everything back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.config.settings import Relay, RetrySettings
from dispatch.delivery.breaker import Breaker
from dispatch.delivery.feed import Feed, Reason
from dispatch.delivery.journal import Journal
from dispatch.delivery.loop import Message, Run, Tally, deliver
from dispatch.delivery.switch import Switch, SwitchTerms, Way
from dispatch.delivery.throttle import Policy
from dispatch.delivery.worker import reap, registered
from dispatch.errors import LedgerError
from dispatch.ledger.claims import Envelope
from dispatch.ledger.states import DeliveryState, EventKind
from dispatch.ledger.work import LEASE_SECONDS, Work

CLAIMS_PER_CONNECTION = 16


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop takes from the world; nothing below the command line reads a clock or throws dice."""

    clock: Callable[[], float]
    chance: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    stopping: asyncio.Event
    progress: Callable[[Tally], None]
    say: Callable[[str], None]
    """Told what the operator is to know at once: a relay is down, and which one takes the mail now."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to send and how. ``locks`` is the folder of this host's worker locks."""

    send_id: int
    connections: int
    locks: Path
    limit: int | None = None
    messages_per_connection: int = 1_000
    resend_unknown: bool = False
    """Mail rows in doubt again, with their Message-ID: the operator's choice."""
    envelope_id: str | None = None
    retry: RetrySettings = field(default_factory=RetrySettings)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. ``halted`` says why the breaker stopped it; ``found_unknown`` counts the rows that dead
    workers had left in doubt; ``expired`` those that were too old to try again."""

    tally: Tally
    found_unknown: int
    expired: int
    halted: str | None
    reason: Reason | None = None
    """Why nothing more was to be had; ``None`` where the run was stopped before that."""


async def run_send(
    work: Work,
    order: Order,
    surroundings: Surroundings,
    *,
    ways: Sequence[Way],
    build: Callable[[Envelope], Message],
    policy: Callable[[int], Policy] | None = None,
) -> Ended:
    """Deliver what is due of one send, as ``policy`` (made for the worker's id) lets it, through the first of ``ways``
    that lets us in.

    Several processes may do so at once: they share the rows.

    Raises :class:`~dispatch.errors.RelayError` where no relay can be reached, and
    :class:`~dispatch.errors.LedgerError` where the ledger fails; what was not sent stays queued.
    """
    clock = surroundings.clock
    with registered(work, order.locks, clock) as worker_id:
        unknown = reap(work, order.locks, worker_id, now=clock())
        if order.resend_unknown:
            work.requeue(order.send_id, DeliveryState.UNKNOWN, EventKind.RESEND, now=clock())
        expired = work.expire(order.send_id, older_than=clock() - order.retry.give_up_after, now=clock())
        rules = policy(worker_id) if policy is not None else None
        journal = Journal(work, worker_id, clock)
        feed = Feed(
            journal,
            order.send_id,
            batch=order.connections * CLAIMS_PER_CONNECTION,
            limit=order.limit,
            clock=clock,
            sleep=surroundings.sleep,
            stopping=surroundings.stopping,
            policy=rules,
            waits=lambda why: surroundings.say(f"It stands still now and then: {why}."),
        )
        switch = Switch(ways, _terms(order, surroundings, feed, journal, rules))
        run = Run(
            feed=feed,
            journal=journal,
            route=switch,
            build=build,
            clock=clock,
            chance=surroundings.chance,
            sleep=surroundings.sleep,
            progress=surroundings.progress,
            stopping=surroundings.stopping,
            envelope_id=order.envelope_id,
            retry=order.retry,
            breaker=Breaker(),
        )
        try:
            await switch.prepare()
            await _with_heartbeat(run, work, worker_id)
        finally:
            # A ledger that fails has been said already; what it lost counts as used.
            with suppress(LedgerError):
                await feed.close()
            journal.close()
        halted = run.breaker.diagnosis() if run.breaker.tripped else None
        return Ended(run.tally, unknown, expired, halted, switch.sooner(feed.ended))


def _terms(order: Order, surroundings: Surroundings, feed: Feed, journal: Journal, rules: Policy | None) -> SwitchTerms:
    """How the choice of a relay bears on the limits that count."""

    async def reserve(relay: Relay, wanted: int) -> int:
        return wanted if rules is None else await journal.call(lambda: rules.connections(relay, wanted))

    async def moved(relay: Relay) -> None:
        # First what is at hand, then the rules: whatever is asked of these from now on is asked about the new relay.
        feed.moved()
        if rules is not None:
            await journal.call(lambda: rules.use(relay))

    return SwitchTerms(
        clock=surroundings.clock,
        say=surroundings.say,
        reserve=reserve,
        moved=moved,
        connections=order.connections,
        messages_per_connection=order.messages_per_connection,
    )


async def _with_heartbeat(run: Run, work: Work, worker_id: int) -> None:
    """Deliver while the lease is renewed; a worker that lost its lease stops before another one counts it dead."""
    delivering = asyncio.create_task(deliver(run))
    beating = asyncio.create_task(_beat(run, work, worker_id))
    try:
        done, _ = await asyncio.wait({delivering, beating}, return_when=asyncio.FIRST_COMPLETED)
        if beating in done and not delivering.done():
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            beating.result()
        await delivering
    finally:
        delivering.cancel()
        beating.cancel()
        await asyncio.gather(delivering, beating, return_exceptions=True)


async def _beat(run: Run, work: Work, worker_id: int) -> None:
    """Renew the lease again and again; raises :class:`LedgerError` where that fails, in time to stop before its end."""
    while True:
        await run.sleep(LEASE_SECONDS / 3)
        renewal = asyncio.ensure_future(run.journal.call(lambda: work.beat(worker_id)))
        patience = asyncio.ensure_future(run.sleep(LEASE_SECONDS / 2))
        await asyncio.wait({renewal, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        if not renewal.done():
            renewal.cancel()
            raise LedgerError(
                f"The ledger could not be written for {LEASE_SECONDS / 2:g} seconds, so this process stopped.",
                hint="Find the program that holds it, then run the same command again; nothing is sent twice.",
            )
        if not renewal.result():
            raise LedgerError(
                "Another process took this one for dead and its messages over, so it stopped.",
                hint="Run the same command again; nothing is sent twice.",
            )
