"""A send's run in the test's own process: a real ledger, a real server, and a clock that only a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from sqlalchemy import literal

from dispatch.config.settings import Relay, Security, ThrottleSettings
from dispatch.delivery.loop import Message, Session, Tally
from dispatch.delivery.run import Ended, Order, Surroundings, run_send
from dispatch.delivery.smtp import Timeouts, open_session
from dispatch.delivery.switch import Way
from dispatch.delivery.throttle import Policy, Terms
from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Counts, Send
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.story import DeliveryStory
from dispatch.ledger.throttles import Throttles
from support.books import NOW
from support.smtp_server import SmtpServer


@dataclass
class Desk:
    """One send and the server it goes through; time stands still unless a test moves it."""

    ledger: Ledger
    send: Send
    server: SmtpServer
    folder: Path
    now: float = NOW
    slept: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the event loop would have printed with a traceback."""
    progressed: Callable[[Tally], None] = lambda tally: None
    clock: Callable[[], float] | None = None
    """In place of :attr:`now`."""
    throttle: ThrottleSettings | None = None
    """What limits its runs; then waiting takes time."""
    before_waiting: Callable[[], object] = lambda: None
    """Called before a wait takes time."""

    def connect(self) -> Awaitable[Session]:
        relay = Relay(Security.OPPORTUNISTIC, self.server.host, self.server.port)
        return open_session(relay, password=lambda: None, timeouts=Timeouts.capped(20), ca_file=None)

    @staticmethod
    def build(envelope: Envelope) -> Message:
        content = f"Message-ID: <{envelope.message_id}@example.org>\r\nTo: {envelope.address}\r\n\r\nHello\r\n"
        return Message("news@example.org", envelope.address, content.encode())

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds > 15:
            await asyncio.Event().wait()  # the heartbeat's: no run here lasts that long
        if self.throttle is not None:
            await asyncio.to_thread(self.before_waiting)
            self.now += seconds

    def run(self, *, connections: int = 3, limit: int | None = None, resend: bool = False, each: int = 1_000) -> Ended:
        """One run; ``each`` connection carries so many messages."""
        order = Order(
            self.send.id,
            connections,
            self.folder / "workers",
            limit=limit,
            messages_per_connection=each,
            resend_unknown=resend,
        )

        async def go() -> Ended:
            self.stopping = asyncio.Event()
            self.running = asyncio.current_task()
            asyncio.get_running_loop().set_exception_handler(
                lambda _, context: self.complaints.append(f"{context['message']}: {context.get('exception')!r}")
            )
            clock = self.clock or (lambda: self.now)
            surroundings = Surroundings(
                clock, lambda: 0.0, self.sleep, self.stopping, lambda tally: self.progressed(tally), print
            )
            way = Way(Relay(Security.OPPORTUNISTIC, self.server.host, self.server.port), lambda: self.connect())
            return await run_send(
                self.ledger.work, order, surroundings, ways=[way], build=self.build, policy=self._policy()
            )

        return asyncio.run(go())

    def _policy(self) -> Callable[[int], Policy] | None:
        throttle = self.throttle
        if throttle is None:
            return None
        terms = Terms(throttle, Relay(Security.OPPORTUNISTIC, self.server.host, self.server.port), UTC)
        throttles = Throttles(self.ledger.throttles._database, lambda: literal(self.now))
        return lambda worker: Policy(
            self.ledger.control, throttles, terms, send_id=self.send.id, worker_id=worker, clock=lambda: self.now
        )

    @property
    def counts(self) -> Counts:
        return self.ledger.sends.counts(self.send.id)

    def story_of(self, name: str) -> DeliveryStory:
        story = self.ledger.story_of(name, f"{name}@example.org")
        assert story is not None
        return story.deliveries[0]

    def state_of(self, name: str) -> DeliveryState:
        return self.story_of(name).state
