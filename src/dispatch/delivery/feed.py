"""Claims deliveries a few at a time, so that memory and what a crash leaves claimed stay small."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from dispatch.delivery.journal import Journal
from dispatch.ledger.work import Envelope, Work


class Feed:
    """The envelopes of one send, for the connections of one worker. ``limit`` bounds how many it hands out."""

    def __init__(
        self,
        work: Work,
        journal: Journal,
        send_id: int,
        worker_id: int,
        *,
        batch: int,
        limit: int | None,
        clock: Callable[[], float],
    ) -> None:
        self._work = work
        self._journal = journal
        self._send = send_id
        self._worker = worker_id
        self._batch = batch
        self._left = limit
        self._clock = clock
        self._ready: deque[Envelope] = deque()
        self._claiming = asyncio.Lock()

    async def next(self) -> Envelope | None:
        """The next envelope, or ``None`` where nothing is due now."""
        async with self._claiming:
            if not self._ready:
                await self._claim()
            return self._ready.popleft() if self._ready else None

    async def prefetch(self) -> int:
        """Claim the first envelopes; how many there are, 0 where nothing is due."""
        async with self._claiming:
            await self._claim()
            return len(self._ready)

    def put_back(self, envelope: Envelope) -> None:
        """Take an envelope back whose message never began to go: it is next."""
        self._ready.appendleft(envelope)

    async def _claim(self) -> None:
        count = self._batch if self._left is None else min(self._batch, self._left)
        if count <= 0:
            return
        taken = await self._journal.call(lambda: self._work.claim(self._send, self._worker, count, now=self._clock()))
        if self._left is not None:
            self._left -= len(taken)
        self._ready.extend(taken)
