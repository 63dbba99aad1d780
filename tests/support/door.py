"""A sender's own way into the mail server of a test, at which it can be held in the middle of a session."""

from __future__ import annotations

import asyncio
import threading

from support.smtp_rules import At, Rule
from support.smtp_server import Features, SmtpServer


class Door(SmtpServer):
    """A server with the rules of all doors (``faults`` may grow and shrink), and ``hold``, a rule that hangs a session.

    Unlike :meth:`SmtpServer.release`, :meth:`let_go` is for those that hang at that moment. ``changed`` (by
    default its own) is notified whenever anything happens here.
    """

    def __init__(
        self,
        faults: list[Rule],
        hold: Rule | None,
        *,
        changed: threading.Condition | None = None,
        features: Features | None = None,
    ) -> None:
        super().__init__(features)
        self.rules = faults
        self._hold = hold
        self._changed = changed or self._changed
        self._held: list[asyncio.Future[bool]] = []

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def rule_for(self, at: At, recipient: str | None = None) -> Rule | None:
        if self._hold is not None and self._hold.applies(at, recipient):
            return self._hold
        return super().rule_for(at, recipient)

    async def hang(self) -> None:
        held = asyncio.get_running_loop().create_future()
        with self._changed:
            self._held.append(held)
            self._changed.notify_all()
        if await held:
            raise ConnectionResetError("dropped by the test")

    def let_go(self, *, drop: bool = False) -> None:
        """Let what is held go on, or drop its connections; from now on nobody is held any more."""
        with self._changed:
            held, self._held = self._held, []
            self._hold = None
        for one in held:
            self._loop.call_soon_threadsafe(one.set_result, drop)

    def empty(self) -> None:
        """Wait until every session has taken what its client had sent, and is over. For a client that is dead."""
        self.let_go()
        self.wait_until(lambda: not self.open)
