"""Which of several relays a run's mail goes through: the first that lets us in, and the next one where it is down.

A run uses one relay at a time, so that each message is counted against the limits of the one that takes it. A relay is
down when no connection to it can be had and those that are open carry nothing any more. After :data:`PAUSE` one
connection tries the preferred relay again; where it is let in, the others follow.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from dispatch.config.settings import Relay
from dispatch.delivery.feed import Reason
from dispatch.delivery.loop import Session
from dispatch.delivery.outcome import Stage, Verdict
from dispatch.delivery.smtp import SessionFailed
from dispatch.errors import RelayError

PAUSE = 300.0
"""Seconds after which a relay that was down is tried again."""

PATIENCE = 15.0
"""A relay that turns a connection away while others to it are open is only full. It counts as down once those, too,
have carried nothing for so many seconds."""


@dataclass(frozen=True, slots=True)
class Way:
    """One relay, and what opens a session with it; that raises :class:`~dispatch.delivery.smtp.SessionFailed`."""

    relay: Relay
    open: Callable[[], Awaitable[Session]]


@dataclass(frozen=True, slots=True)
class SwitchTerms:
    """What a switch takes from its run.

    ``reserve`` says how many of so many connections to a relay may be open; none gives back what was reserved.
    ``moved`` is told through which relay the mail goes from now on.
    """

    clock: Callable[[], float]
    say: Callable[[str], None]
    reserve: Callable[[Relay, int], Awaitable[int]]
    moved: Callable[[Relay], Awaitable[None]]
    connections: int
    """How many are wanted."""
    messages_per_connection: int


@dataclass(frozen=True, slots=True)
class _Failure:
    error: RelayError
    at: float
    number: int
    """Which one it was of all."""

    @property
    def for_good(self) -> bool:
        """Whether no time mends it: a wrong password must not be tried again and again."""
        if not isinstance(self.error, SessionFailed):
            return False
        outcome = self.error.outcome
        return outcome.stage in {Stage.STARTTLS, Stage.AUTH} and outcome.verdict is Verdict.POLICY


@dataclass(frozen=True, slots=True)
class _Standstill:
    """Since when a relay's open connections have carried nothing, and how many messages each had carried by then."""

    since: float
    carried: dict[Session, int]


@dataclass(frozen=True, slots=True)
class _Scout:
    """A session that is left so that a better relay is tried."""

    session: Session
    relay: Relay


class Switch:
    """The relays of one run, the preferred one first."""

    def __init__(self, ways: Sequence[Way], terms: SwitchTerms) -> None:
        self._ways = {way.relay: way for way in ways}
        self._order = list(self._ways)
        self._terms = terms
        self.current = self._order[0]
        """Whose limits count."""
        self._failures: dict[Relay, _Failure] = {}
        """The latest of each relay that has not let us in since."""
        self._failed = 0
        self._room: dict[Relay, int] = {}
        self._opening: Counter[Relay] = Counter()
        self._sessions: dict[Session, Relay] = {}
        self._standstills: dict[Relay, _Standstill] = {}
        self._scout: _Scout | None = None
        self._moving = asyncio.Lock()

    @property
    def connections(self) -> int:
        """How many connections to the current relay may be open."""
        return self._room.get(self.current, 0)

    async def prepare(self) -> None:
        """Reserve connections to the preferred relay; raises :class:`~dispatch.errors.RelayError` where there are
        none."""
        if not await self._reserve(self.current):
            raise _kept_by_others(self.current)

    async def connect(self) -> Session:
        """A session with the current relay, or with another one, which is the current one from then on.

        Raises :class:`~dispatch.errors.RelayError` where none is to be had now.
        """
        if len(self._order) == 1:
            return await self._open(self.current)
        began = self._failed
        while (relay := self._next(began)) is not None:
            if relay == self.current:
                session = await self._stay(relay)
            else:
                session = await self._change_to(relay)
            if session is not None:
                await self._release_others()
                return session
        raise self._all_down()

    def keeps(self, session: Session, under_way: int) -> bool:
        """Whether a session may carry one more message, beside so many that are on their way over it.

        Not after its share of them, not where another relay is the current one, and not where it is time that the
        preferred one is tried again.
        """
        if session.messages + under_way >= self._terms.messages_per_connection:
            return False
        if len(self._order) == 1:
            return True
        if self._sessions.get(session) != self.current:
            return False
        return self._scout.session is not session if self._scout is not None else not self._is_sent_out(session)

    def sooner(self, reason: Reason | None) -> Reason | None:
        """A run's end, where it says when something may go: a better relay may let us in before that."""
        again = min((self._failures[relay].at + PAUSE for relay in self._better()), default=None)
        if again is None or reason is None or reason.at is None or not reason.whole or reason.at <= again:
            return reason
        return replace(reason, at=again)

    # -- which one ----------------------------------------------------------------------------------------------

    def _next(self, began: int) -> Relay | None:
        """Whom to try; nobody who has failed since the failure of that number."""
        scout, self._scout = self._scout, None
        left = [relay for relay in self._order if not self._is_out(relay, began)]
        if scout is not None and scout.relay in left:
            return scout.relay
        rested = [relay for relay in left if self._is_rested(relay)]
        if self.current in rested:
            return self.current
        # Where all are down, any may be up again.
        return next(iter(rested or left), None)

    def _is_out(self, relay: Relay, began: int) -> bool:
        failure = self._failures.get(relay)
        return failure is not None and (failure.for_good or failure.number > began)

    def _is_rested(self, relay: Relay) -> bool:
        failure = self._failures.get(relay)
        return failure is None or failure.at + PAUSE <= self._terms.clock()

    def _better(self) -> list[Relay]:
        """The relays before the current one that may let us in again."""
        before = self._order[: self._order.index(self.current)]
        return [relay for relay in before if relay in self._failures and not self._failures[relay].for_good]

    def _is_sent_out(self, session: Session) -> bool:
        """Whether a session is to be left now, to try a better relay: one at a time, once its pause is over."""
        for relay in self._better():
            if self._is_rested(relay):
                self._failures[relay] = replace(self._failures[relay], at=self._terms.clock())
                self._scout = _Scout(session, relay)
                return True
        return False

    # -- one of them --------------------------------------------------------------------------------------------

    async def _stay(self, relay: Relay) -> Session | None:
        """A session with the current relay; ``None`` where it is down. Where it is only full, that raises."""
        began, carried = self._terms.clock(), self._carried(relay)
        try:
            return await self._open(relay)
        except SessionFailed as error:
            if self._works(relay, _Standstill(began, carried)):
                raise
            self._note(relay, error)
            return None

    async def _change_to(self, relay: Relay) -> Session | None:
        """A session with another relay, the current one from now on; ``None`` where another look is worth it."""
        before = (self._failed, self.current)
        # One at a time: the others follow, and until then nobody knows how many connections it is to have.
        async with self._moving:
            if (self._failed, self.current) != before:
                return None
            try:
                session = await self._open(relay)
            except RelayError as error:
                self._note(relay, error)
                return None
            returns = self._order.index(relay) < self._order.index(self.current)
            self.current = relay
            said = [f"{error.message.rstrip('.')}." for error in self._down()]
            self._terms.say(" ".join([*said, f"Mail goes through {relay} {'again' if returns else 'now'}."]))
            await self._terms.moved(relay)
            return session

    async def _open(self, relay: Relay) -> Session:
        room = await self._reserve(relay)
        self._sessions = {session: where for session, where in self._sessions.items() if not session.lost}
        if len(self._carried(relay)) + self._opening[relay] >= room:
            raise _kept_by_others(relay)
        self._opening[relay] += 1
        try:
            session = await self._ways[relay].open()
        finally:
            self._opening[relay] -= 1
        self._sessions[session] = relay
        self._failures.pop(relay, None)
        return session

    def _note(self, relay: Relay, error: RelayError) -> None:
        self._failed += 1
        self._failures[relay] = _Failure(error, self._terms.clock(), self._failed)

    def _carried(self, relay: Relay) -> dict[Session, int]:
        """How many messages each open session with a relay has carried."""
        return {one: one.messages for one, where in self._sessions.items() if where == relay and not one.lost}

    def _works(self, relay: Relay, attempt: _Standstill) -> bool:
        """Whether a relay that has just turned us away carries mail over other connections."""
        carried, now = self._carried(relay), self._terms.clock()
        still = self._standstills.get(relay, attempt)
        if any(count > still.carried.get(session, -1) for session, count in carried.items()):
            still = _Standstill(now, carried)
        self._standstills[relay] = still
        return bool(carried) and now - still.since < PATIENCE

    async def _reserve(self, relay: Relay) -> int:
        if not self._room.get(relay):
            self._room[relay] = await self._terms.reserve(relay, self._terms.connections)
        return self._room[relay]

    async def _release_others(self) -> None:
        """Let other processes have the connections to relays that we have left."""
        for relay in [one for one in self._room if one != self.current]:
            if not self._carried(relay) and not self._opening[relay]:
                del self._room[relay]
                await self._terms.reserve(relay, 0)

    def _down(self) -> list[RelayError]:
        """Why each relay that is down did not let us in."""
        return [self._failures[relay].error for relay in self._order if relay in self._failures]

    def _all_down(self) -> RelayError:
        errors = self._down()
        said = "\n".join(["None of the mail servers can be used:", *(f"  {error.message}" for error in errors)])
        return RelayError(said, hint="\n  → ".join(dict.fromkeys(error.hint for error in errors if error.hint)))


def _kept_by_others(relay: Relay) -> RelayError:
    return RelayError(
        f"Other processes keep all the connections open that {relay} is to have.",
        hint='Wait for them, or raise `connections` in [relays."HOST"] of dispatch.toml.',
    )
