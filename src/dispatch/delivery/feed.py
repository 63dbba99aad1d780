"""Claims deliveries a few at a time, and hands them out when they may go: memory, and what a crash leaves claimed, stay
small.

What limits a run lies in a :class:`~dispatch.delivery.throttle.Policy`; where it limits nothing, handing out an
envelope costs a comparison. Envelopes of a domain that must wait are set aside while the others go.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from dispatch.delivery.adaptation import domain_of
from dispatch.delivery.journal import Journal
from dispatch.delivery.outcome import Outcome
from dispatch.delivery.throttle import LOOK_SECONDS, Policy, Tokens
from dispatch.ledger.claims import Envelope
from dispatch.ledger.states import Stop

PATIENCE = 90.0
"""A run waits so many seconds for what may go next; what must wait longer is left to a later run."""

ASIDE = 256
"""So many envelopes of slowed domains are kept at hand; more are put off in the ledger."""

SPREAD = 3_600.0
"""Seconds over which what is put off is spread, a lot behind the other, before lots fall together again: so it comes
back soon enough where a slowed domain is fast again, and seldom enough to leave time for the others."""


LONG = 5.0
"""Seconds of standing still after which whoever watches should know why."""


class Why(StrEnum):
    """Why a feed has nothing more for this run."""

    DONE = "nothing more is due"
    LIMIT = "the run's own limit is reached"
    PAUSED = "paused by a person"
    CANCELLED = "cancelled by a person"
    TRIPPED = "stopped: its messages failed in another process"
    LATER = "nothing may go for now"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a feed ended; for ``LATER``, when something may go (epoch seconds) and what stands in the way."""

    why: Why
    at: float | None = None
    text: str = ""
    whole: bool = False
    """Nothing at all may go before ``at``; else only some domains' messages must wait, and are put off."""


@dataclass(frozen=True, slots=True)
class _Lot:
    """Envelopes of one domain that were put off in the ledger: when the first and the last are due, ``step`` seconds
    apart."""

    first: float
    last: float
    step: float

    def next(self, now: float) -> float:
        """When there may be one again."""
        return self.first if now < self.first else min(now + self.step, self.last)


_STOPS = {Stop.PAUSED: Why.PAUSED, Stop.CANCELLED: Why.CANCELLED, Stop.TRIPPED: Why.TRIPPED}


class Feed:
    """The envelopes of one send, for the connections of one worker. ``limit`` bounds how many it hands out; ``waits``
    is told, once for each cause, what makes the run stand still for long."""

    def __init__(
        self,
        journal: Journal,
        send_id: int,
        *,
        batch: int,
        limit: int | None,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        stopping: asyncio.Event,
        policy: Policy | None = None,
        waits: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self._journal = journal
        self._send = send_id
        self._batch = batch
        self._left = limit
        self._clock = clock
        self._sleep = sleep
        self._stopping = stopping
        self._policy = policy
        self._waits = waits
        self._told: set[str] = set()
        """What the run was told to wait for."""
        self._ready: deque[Envelope] = deque()
        self._paced: deque[tuple[Envelope, Tokens]] = deque()
        """Of domains that need tokens of their own, with these in hand."""
        self._aside: dict[str, deque[Envelope]] = {}
        """Of domains that must wait."""
        self._domain_waits: dict[str, Tokens] = {}
        self._put_off_to: dict[str, float] = {}
        """When the next lot of a domain is due that is put off."""
        self._put_off: list[_Lot] = []
        self._tokens = Tokens()
        self._looked_at = math.inf
        self._look_at = -math.inf
        """When the policy was looked at, and is to be again: before and after that no envelope goes."""
        self._quiet: float | None = None
        """When the quiet hours end in which we are."""
        self._moves = 0
        self._claiming = asyncio.Lock()
        self.ended: Reason | None = None

    @property
    def at_hand(self) -> int:
        """How many envelopes are claimed and may go as soon as a limit lets them."""
        return len(self._ready) + len(self._paced)

    @property
    def held(self) -> int:
        """How many envelopes are claimed: those at hand, and those of domains that must wait."""
        return self.at_hand + sum(map(len, self._aside.values()))

    def take(self) -> Envelope | None:
        """The next envelope that may go now, or ``None``: then :meth:`wait` says whether one comes."""
        if self._policy is None:
            return self._ready.popleft() if self._ready else None
        tokens, now = self._tokens, self._clock()
        if self.ended is not None or tokens.left < 1 or not self._looked_at <= now < self._look_at:
            return None
        if now >= tokens.until:
            return None
        if self._paced and now < self._paced[0][1].until:
            tokens.left -= 1
            return self._paced.popleft()[0]
        if not self._ready:
            return None
        tokens.left -= 1
        return self._ready.popleft()

    async def wait(self) -> bool:
        """Claim more, or wait until one may go. True: :meth:`take` has one now. False: nothing more in this run, and
        :attr:`ended` says why (``None`` where only ``stopping`` was set)."""
        async with self._claiming:
            while not self._stopping.is_set() and self.ended is None:
                if await self._may_go():
                    return True
                if self.ended is not None:
                    break
                if self._quiet is None and await self._claim():
                    continue
                following = self._next()
                now = self._clock()
                if following.at is None:
                    self.ended = following
                elif following.at - now > PATIENCE:
                    await self._put_off_all()
                    self.ended = following
                else:
                    if following.at - now > LONG and following.text not in self._told:
                        self._told.add(following.text)
                        self._waits(following.text)
                    await self._rest(min(max(following.at - now, 0.001), LOOK_SECONDS))
            return False

    def put_back(self, envelope: Envelope) -> None:
        """Take an envelope back whose message never began to go: it is next. The token it went with is spent, as the
        server may have been asked."""
        domain = domain_of(envelope.address)
        if self._policy is not None and self._policy.is_limited(domain):
            self._aside.setdefault(domain, deque()).appendleft(envelope)
        else:
            self._ready.appendleft(envelope)
        if self.ended is not None and (
            self.ended.why in {Why.DONE, Why.LIMIT} or (self.ended.why is Why.LATER and not self.ended.whole)
        ):
            self.ended = None

    def moved(self) -> None:
        """Another relay takes the mail from now on: what the limits of the one before granted is good for nothing."""
        self._moves += 1
        _expire(self._tokens)

    def count(self, envelope: Envelope, outcome: Outcome) -> None:
        """Note what became of an envelope, for the pace."""
        if self._policy is not None:
            self._policy.count(domain_of(envelope.address), outcome)

    async def close(self) -> None:
        """Give back what was not used, and say what was found out about the pace."""
        policy = self._policy
        if policy is None:
            return
        unused = [self._tokens, *self._domain_waits.values()]
        for _, tokens in self._paced:
            tokens.left += 1
            unused.append(tokens)

        def give_back() -> None:
            for tokens in unused:
                policy.give_back(tokens)
            policy.look()

        await self._journal.call(give_back)

    # -- what may go --------------------------------------------------------------------------------------------

    async def _may_go(self) -> bool:
        """Renew what ran out; whether :meth:`take` has one now."""
        if self._policy is None:
            return bool(self._ready)
        if not self._looked_at <= self._clock() < self._look_at:
            await self._look(self._policy)
        if self.ended is not None or self._quiet is not None:
            return False
        await self._sort(self._policy)
        if not self.at_hand:
            return False
        if self._tokens.left < 1 or self._clock() >= self._tokens.until:
            await self._renew(self._policy)
        return self._tokens.left >= 1 and self._clock() < min(self._look_at, self._tokens.until)

    async def _look(self, policy: Policy) -> None:
        """See every second whether the send may go on, how fast, and whether quiet hours begin."""
        stop = await self._journal.call(policy.look)
        if stop is not None:
            self.ended = Reason(_STOPS[stop])
            return
        begins, self._quiet = policy.quiet()
        now = self._clock()
        if now < self._looked_at < math.inf:
            # The clock was set back: by it, tokens would seem good for longer than they are, and new ones far away.
            for tokens in (self._tokens, *self._domain_waits.values(), *(tokens for _, tokens in self._paced)):
                _expire(tokens)
        self._looked_at = now
        # Before any quiet hours begin, so that nothing is begun in them.
        self._look_at = min(now + LOOK_SECONDS, begins if self._quiet is None else math.inf)
        if math.isinf(self._tokens.left):
            # What was free may be limited now: the relay was found to be asked too fast.
            self._tokens = Tokens()

    async def _renew(self, policy: Policy) -> None:
        """Take tokens for what is at hand, and give back what ran out."""
        old, wanted = self._tokens, self.at_hand
        if old.left < 1 and self._clock() < old.again_at:
            return

        def renew() -> Tokens:
            policy.give_back(old)
            return policy.tokens(wanted)

        moves = self._moves
        self._tokens = await self._journal.call(renew)
        if moves != self._moves:
            _expire(self._tokens)

    async def _sort(self, policy: Policy) -> None:
        """Set aside what has lost, or never had, a token of its domain; take tokens for what is aside."""
        now = self._clock()
        expired = []
        while self._paced and now >= self._paced[0][1].until:
            envelope, tokens = self._paced.popleft()
            tokens.left += 1
            expired.append(tokens)
            self._aside.setdefault(domain_of(envelope.address), deque()).append(envelope)
        for domain in [one for one, waiting in self._aside.items() if waiting]:
            known = self._domain_waits.get(domain)
            if known is not None and known.again_at > now:
                continue
            wanted = min(len(self._aside[domain]), self._batch)
            tokens = await self._journal.call(partial(policy.domain_tokens, domain, wanted))
            self._domain_waits[domain] = tokens
            while tokens.left >= 1 and self._aside[domain]:
                tokens.left -= 1
                self._paced.append((self._aside[domain].popleft(), tokens))
        for tokens in expired:
            await self._journal.call(partial(policy.give_back, tokens))

    # -- what comes next ----------------------------------------------------------------------------------------

    async def _claim(self) -> bool:
        """Claim a batch, unless enough is at hand; false where nothing came of it."""
        count = self._batch if self._left is None else min(self._batch, self._left)
        if count <= 0 or self.at_hand:
            return False
        taken = await self._journal.claim(self._send, count)
        if self._left is not None:
            self._left -= len(taken)
        self._put_off = [lot for lot in self._put_off if lot.last > self._clock()]
        for envelope in taken:
            domain = domain_of(envelope.address) if self._policy is not None else ""
            if self._policy is not None and self._policy.is_limited(domain):
                self._aside.setdefault(domain, deque()).append(envelope)
            else:
                self._ready.append(envelope)
        if self._policy is not None and sum(map(len, self._aside.values())) > max(ASIDE, self._batch):
            await self._sort(self._policy)
            await self._put_off_all(keep=ASIDE // 4)
        return bool(taken)

    def _next(self) -> Reason:
        """When something may go again, and what it waits for; without a time where nothing is left to wait for."""
        if self._quiet is not None:
            return Reason(Why.LATER, self._quiet, "quiet hours", whole=True)
        if self.at_hand:
            return Reason(Why.LATER, max(self._tokens.again_at, self._clock()), self._tokens.why, whole=True)
        if any(envelopes and domain not in self._domain_waits for domain, envelopes in self._aside.items()):
            return Reason(Why.LATER, self._clock())  # put back while others were asked about: its turn is now
        waits = [(self._domain_waits[domain].again_at, self._domain_waits[domain].why) for domain in self._waiting()]
        spent = self._left is not None and self._left <= 0
        if not spent:
            waits += [(lot.next(self._clock()), "messages to slowed domains are put off") for lot in self._put_off]
        if waits:
            return Reason(Why.LATER, *min(waits))
        return Reason(Why.LIMIT if spent else Why.DONE)

    def _waiting(self) -> list[str]:
        return [domain for domain, envelopes in self._aside.items() if envelopes and domain in self._domain_waits]

    async def _put_off_all(self, *, keep: int = 0) -> None:
        """Put off in the ledger what is aside, each at the pace of its domain, but for the first ``keep`` of each."""
        policy = self._policy
        if policy is None:
            return
        for domain in self._waiting():
            envelopes, tokens = self._aside[domain], self._domain_waits[domain]
            rest = [envelopes.pop() for _ in range(len(envelopes) - keep)][::-1]
            if not rest:
                continue
            first, step = max(tokens.again_at, self._clock()), policy.spacing(domain)
            start = self._put_off_to.get(domain, 0.0)
            if not first <= start < first + SPREAD:
                start = first + step * keep
            self._put_off_to[domain] = start + step * len(rest)
            rows = [(one.delivery_id, start + step * index) for index, one in enumerate(rest)]
            why = f"put off: {tokens.why or f'{domain} is limited'}"
            await self._journal.call(partial(policy.postpone, rows, why))
            self._put_off.append(_Lot(start, rows[-1][1], step))
            if self._left is not None:
                self._left += len(rows)

    async def _rest(self, seconds: float) -> None:
        """Wait, or until the run is to stop."""
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()


def _expire(tokens: Tokens) -> None:
    """Let nothing be begun with them; what is left is given back when new ones are taken, which may be at once."""
    tokens.until = -math.inf
    tokens.again_at = 0.0
