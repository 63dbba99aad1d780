"""The delivery loop: several connections empty one send, and the ledger is always a step ahead of the wire.

For each message: envelope on the wire, then one durable commit of the previous message's outcome and this one's
intent, then the content. So at most one row a connection is ever in doubt. The loop knows no policy: what to send
comes from a :class:`~dispatch.delivery.feed.Feed`, how to speak from a :class:`Session`, when to stop from outside.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.config.settings import Relay, RetrySettings
from dispatch.delivery.breaker import Breaker
from dispatch.delivery.feed import Feed
from dispatch.delivery.journal import Journal
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.settlement import settlement_of
from dispatch.errors import RelayError
from dispatch.ledger.claims import Envelope
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.work import LEASE_SECONDS

RECONNECTS = (1.0, 5.0, 15.0)
"""Seconds before each new try to connect, once a run has begun; after the last one the connection gives up."""

LOST_BEFORE_CONTENT = 3
"""So often a recipient's transaction may lose its connection before its content went, before it is deferred."""


_TOO_LATE = Outcome(
    Verdict.DEFERRED, Stage.DATA, text="this process was stopped before the content went", session_lost=True
)


class Session(Protocol):
    """One connection to a relay. Outcomes are values: no reply of a server raises."""

    messages: int
    """Contents sent so far."""
    answered: Outcome | None
    """What became of the content of the latest :meth:`go_on`, also where that was cancelled."""

    @property
    def lost(self) -> bool:
        """Whether the connection is known to be gone."""

    @property
    def ended(self) -> bool:
        """Whether the server has ended it since the last message."""

    async def begin(
        self, sender: str, recipient: str, *, size: int, smtputf8: bool = False, envelope_id: str | None = None
    ) -> Outcome | None:
        """The envelope. ``None``: the server waits for the content; else what it said instead."""

    async def finish(self, content: bytes) -> Outcome:
        """The content (CRLF, dots stuffed) and the final dot."""

    async def go_on(
        self, content: bytes, sender: str, recipient: str, *, size: int, smtputf8: bool, envelope_id: str | None
    ) -> tuple[Outcome, Outcome | None]:
        """:meth:`finish`, and the next :meth:`begin` in the same write where the server allows that."""

    async def quit(self) -> None:
        """Leave politely."""

    def abort(self) -> None:
        """Drop the connection: nothing more will be written to it."""


class Route(Protocol):
    """Where a run's connections come from (:class:`~dispatch.delivery.switch.Switch`)."""

    current: Relay
    """Whose limits the feed hands out envelopes by."""

    @property
    def connections(self) -> int:
        """How many connections may be open."""

    async def connect(self) -> Session:
        """Raises :class:`~dispatch.errors.RelayError`. Where another relay is the current one afterwards, no envelope
        that was taken before may go over it."""

    def keeps(self, session: Session, under_way: int) -> bool:
        """Whether a session may carry one more message, beside so many that are on their way over it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One recipient's message, ready for the wire. ``sender`` is the return path."""

    sender: str
    recipient: str
    content: bytes
    smtputf8: bool = False


@dataclass(slots=True)
class Tally:
    """What a run did so far. ``refused`` counts readers who may no longer be mailed, found at the last moment."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    refused: int = 0

    @property
    def attempted(self) -> int:
        return self.states.total()


@dataclass(slots=True)
class Run:
    """What a run of the loop is given."""

    feed: Feed
    journal: Journal
    route: Route
    build: Callable[[Envelope], Message]
    clock: Callable[[], float]
    chance: Callable[[], float]
    """Uniform in [0, 1): spreads retries."""
    sleep: Callable[[float], Awaitable[None]]
    progress: Callable[[Tally], None]
    stopping: asyncio.Event
    """Set it, and every connection finishes its message and stops."""
    envelope_id: str | None = None
    retry: RetrySettings = field(default_factory=RetrySettings)
    breaker: Breaker = field(default_factory=Breaker)
    tally: Tally = field(default_factory=Tally)
    lost: Counter[int] = field(default_factory=Counter)
    """How often a delivery's connection was lost before its content: counted over all connections, because what one
    puts back another one takes, and a silent server would be asked for ever."""


async def deliver(run: Run) -> Tally:
    """Send until nothing is due, ``run.stopping`` is set, or the breaker trips.

    Raises :class:`~dispatch.errors.RelayError` where no connection could be had (again): what is left stays queued.
    """
    if not await run.feed.wait():
        return run.tally
    # Those that must wait too: most of what is claimed first may be for a limited domain, and what comes then is not.
    due = run.feed.held
    # The first connection proves the relay before the others are opened: a wrong password is tried once, not ten times.
    first = await run.route.connect()
    lines = [_Line(run, first)] + [_Line(run, None) for _ in range(min(run.route.connections, due) - 1)]
    run.journal.connections = len(lines)
    results = await asyncio.gather(*(line.work() for line in lines), return_exceptions=True)
    faults = [result for result in results if isinstance(result, BaseException)]
    for fault in faults:
        if not isinstance(fault, RelayError):
            raise fault
    if len(faults) == len(lines):
        raise faults[0]
    return run.tally


class _Line:
    """One connection's work, one message after the other."""

    def __init__(self, run: Run, session: Session | None) -> None:
        self._run = run
        self._session = session
        self._settled: list[Settlement] = []
        """Outcomes that the next commit carries."""

    async def work(self) -> None:
        try:
            while not self._run.stopping.is_set():
                if self._session is None:
                    await self._write_down()
                envelope = self._run.feed.take()
                if envelope is not None:
                    await self._deliver(envelope)
                    continue
                await self._write_down()
                if not await self._run.feed.wait():
                    break
        except BaseException:
            self._abort()
            raise
        finally:
            await self._write_down()
        if self._session is not None:
            await self._session.quit()

    async def _deliver(self, envelope: Envelope) -> None:
        """One message after the other, as long as there is one at hand and the server takes its envelope."""
        run = self._run
        message = run.build(envelope)
        session = await self._connected(envelope)
        if session is None:
            return
        refused = await session.begin(
            message.sender,
            message.recipient,
            size=len(message.content),
            smtputf8=message.smtputf8,
            envelope_id=run.envelope_id,
        )
        while refused is None:
            if not await self._may_go(envelope):
                return
            following = run.feed.take() if not run.stopping.is_set() and run.route.keeps(session, 1) else None
            if following is None:
                self._settle(envelope, await session.finish(message.content))
                return
            content, message = message.content, run.build(following)
            outcome, refused = await self._go_on(session, envelope, content, message)
            if outcome.session_lost:
                # Whatever was said or not said to it: nothing of the next one has begun to go.
                run.feed.put_back(following)
                return
            envelope = following
        self._not_begun(envelope, refused)
        # Now, not with the next intent: where all are refused none comes, and outcomes would pile up unwritten.
        await self._write_down()

    async def _go_on(
        self, session: Session, envelope: Envelope, content: bytes, following: Message
    ) -> tuple[Outcome, Outcome | None]:
        """An envelope's content, settled as soon as its answer is known, and the message that follows it."""
        try:
            outcome, refused = await session.go_on(
                content,
                following.sender,
                following.recipient,
                size=len(following.content),
                smtputf8=following.smtputf8,
                envelope_id=self._run.envelope_id,
            )
        except BaseException:
            if session.answered is not None:
                self._settle(envelope, session.answered)
            raise
        self._settle(envelope, outcome)
        return outcome, refused

    async def _may_go(self, envelope: Envelope) -> bool:
        """The one commit between an envelope and its content: what went before, and that this one is about to go."""
        run = self._run
        asked = run.clock()
        if not await self._commit(envelope.delivery_id):
            # After a 354 there is no way back but to drop the connection: a dot would send an empty message.
            self._abort()
            run.tally.refused += 1
            return False
        if run.clock() - asked > LEASE_SECONDS / 2:
            # Stopped or asleep since: this worker may count as dead, and its row may be another's already.
            self._settle(envelope, _TOO_LATE)
            return False
        return True

    async def _connected(self, envelope: Envelope) -> Session | None:
        """The session; ``None`` where it is with another relay, whose limits know nothing of the envelope yet."""
        run = self._run
        # Before anything takes time: it is this one whose limits let the envelope go.
        relay = run.route.current
        if self._session is not None:
            if not self._session.ended and run.route.keeps(self._session, 0):
                return self._session
            await self._leave(self._session)
        for delay in (0.0, *RECONNECTS):
            try:
                if delay:
                    await run.sleep(delay)
                self._session = await run.route.connect()
                if run.route.current == relay:
                    return self._session
                run.feed.put_back(envelope)
                return None
            except RelayError:
                if delay == RECONNECTS[-1] or run.stopping.is_set():
                    run.feed.put_back(envelope)
                    raise
        raise AssertionError("unreachable")

    async def _leave(self, session: Session) -> None:
        """Say goodbye to a connection that is to carry no more."""
        await self._write_down()
        self._session = None
        await session.quit()

    def _not_begun(self, envelope: Envelope, refused: Outcome) -> None:
        """No content went: the row is settled, or goes back where the connection, not the reader, was at fault.

        Raises :class:`~dispatch.errors.RelayError` where the relay wants a login: it would say so to every reader.
        """
        if refused.wants_login:
            self._run.feed.put_back(envelope)
            raise RelayError(
                f"The SMTP server wants a login before it takes mail: {refused.code} {refused.text}".rstrip(),
                hint="Put a user into smtp.url, like smtp+starttls://USER@HOST:587; dispatch config shows where the "
                "password comes from.",
            )
        if self._is_spent(refused):
            self._abort()
            self._run.feed.put_back(envelope)
            return
        if refused.session_lost and refused.verdict is Verdict.DEFERRED:
            self._run.lost[envelope.delivery_id] += 1
            if self._run.lost[envelope.delivery_id] < LOST_BEFORE_CONTENT:
                self._abort()
                self._run.feed.put_back(envelope)
                return
        self._settle(envelope, refused)

    def _is_spent(self, refused: Outcome) -> bool:
        """Whether the server takes no more over this connection (OpenSMTPD: 452 after a hundred messages).

        It may mean everybody: then the next connection's first MAIL is refused too, and that counts.
        """
        later = refused.stage is Stage.MAIL and 400 <= refused.code < 500
        return later and self._session is not None and self._session.messages > 0

    def _settle(self, envelope: Envelope, outcome: Outcome) -> None:
        run = self._run
        settlement = settlement_of(envelope, outcome, now=run.clock, chance=run.chance, retry=run.retry)
        run.feed.count(envelope, outcome)
        self._settled.append(settlement)
        run.tally.states[settlement.state] += 1
        run.progress(run.tally)
        run.breaker.count(outcome)
        if run.breaker.tripped:
            run.stopping.set()
        if outcome.session_lost or outcome.verdict is Verdict.UNKNOWN:
            self._abort()

    async def _write_down(self) -> None:
        """Write outcomes without an intent that they could go with: to wait for the next message, or to open another
        connection, may take minutes, and a crash meanwhile would leave in doubt what is known."""
        if self._settled:
            await self._commit(None)

    async def _commit(self, intent: int | None) -> bool:
        settled = tuple(self._settled)
        stands = await self._run.journal.commit(settled, intent)
        # Only now: what a failed commit did not write is written with the next one.
        del self._settled[: len(settled)]
        return stands

    def _abort(self) -> None:
        if self._session is not None:
            self._session.abort()
            self._session = None
