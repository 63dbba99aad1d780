"""Group commit: what several connections have to write goes into one durable commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from dispatch.ledger.at_once import Busy
from dispatch.ledger.claims import Envelope
from dispatch.ledger.settling import Settlement
from dispatch.ledger.work import Work

T = TypeVar("T")

SLOW = 0.001
"""Seconds. Where commits take longer on average, the hand-over to a thread costs less than standing still (measured
with a delayed fsync: docs/performance.md)."""

THREADED = 64
"""So many commits the thread makes before the disk is tried again."""

GATHER = 0.001
"""Seconds that a commit waits for more connections to come along, where they come so fast that it pays."""

TRIES = 200
"""So often the event loop tries again where another process is writing, which it has done in a fraction of a
millisecond; then the thread waits as long as it takes. SQLite's own way of waiting sleeps twice as long each time: two
processes that share a send spent most of it asleep."""

_WEIGHT = 0.1
"""Of the latest value in an average."""


@dataclass(slots=True)
class _Request:
    settlements: Sequence[Settlement]
    intent: int | None
    done: asyncio.Future[bool]


class Disk:
    """Whether the ledger's disk is so fast that the event loop may wait for it."""

    def __init__(self) -> None:
        self._seconds = 0.0
        """What a commit takes, on average."""
        self._threaded = 0

    @property
    def is_fast(self) -> bool:
        return self._threaded == 0

    def took(self, seconds: float) -> None:
        """Count a commit of the loop's own. A checkpoint now and then does not make a disk slow."""
        self._seconds += _WEIGHT * (min(seconds, 4 * SLOW) - self._seconds)
        if self._seconds > SLOW:
            self._threaded = THREADED
            self._seconds = 0.75 * SLOW

    def spared(self) -> None:
        """Count a commit of the thread's."""
        self._threaded = max(0, self._threaded - 1)


class Journal:
    """A delivery loop's way to the ledger.

    An ordinary commit to a fast disk is made by the event loop itself. All else goes through one thread, in order: what
    waits for another program or a server, what is not ordinary, and everything while commits are slow.
    """

    def __init__(self, work: Work, worker_id: int, clock: Callable[[], float]) -> None:
        self._work = work
        self._worker = worker_id
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._requests: list[_Request] = []
        self.connections = 1
        """How many write here. Half of them make a commit worth its while: the server has the others to work on."""
        self._due: asyncio.Handle | None = None
        self._asked = 0.0
        self._interval = 0.0
        """Between one request and the next, on average."""
        self._writing: asyncio.Task[None] | None = None
        self._at_once = work.at_once()
        self._busy = 0
        """How often the commit that waits was tried."""
        self._disk = Disk()
        # One thread: commits of a worker never race each other, and SQLite has one writer anyway.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def commit(self, settlements: Sequence[Settlement], intent: int | None = None) -> bool:
        """Write outcomes and one intent in one durable commit, together with whatever others wait to write.

        True where the intent stands; false means that its content must not go (see
        :meth:`~dispatch.ledger.work.Work.commit`).
        """
        done: asyncio.Future[bool] = self._loop.create_future()
        self._requests.append(_Request(settlements, intent, done))
        if self._writing is None:
            self._plan()
        return await done

    async def claim(self, send_id: int, limit: int) -> list[Envelope]:
        """See :meth:`~dispatch.ledger.work.Work.claim`."""
        tries = TRIES if self._at_once is not None and self._disk.is_fast else 0
        while tries and self._at_once is not None:
            try:
                taken = self._at_once.claim(send_id, self._worker, limit, now=self._clock())
            except Busy:
                tries -= 1
                await asyncio.sleep(0)
            else:
                if taken is not None:
                    return taken
                break
        return await self.call(lambda: self._work.claim(send_id, self._worker, limit, now=self._clock()))

    async def call(self, function: Callable[[], T]) -> T:
        """Run another of the ledger's functions on the writing thread."""
        return await self._loop.run_in_executor(self._thread, function)

    def close(self) -> None:
        """Wait for what is being written, then end the thread. Call it in the thread that made the journal."""
        self._thread.shutdown(wait=True)
        if self._at_once is not None:
            self._at_once.close()

    def _plan(self) -> None:
        """Commit soon: at once where enough has come together, a little later where that is to be expected."""
        now = self._loop.time()
        self._interval += _WEIGHT * (now - self._asked - self._interval)
        self._asked = now
        missing = self.connections // 2 - len(self._requests)
        if missing == 0 and self._due is not None:
            self._due.cancel()
            self._due = None
        if self._due is None:
            later = missing > 0 and missing * self._interval < GATHER
            # Even at once is not now: other connections that have heard from the server too come along.
            self._due = self._loop.call_later(GATHER, self._flush) if later else self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._due = None
        batch, self._requests = self._requests, []
        settlements, intents = _contents(batch)
        if self._at_once is not None and self._disk.is_fast:
            began = time.perf_counter()
            try:
                done = self._at_once.commit(self._worker, settlements, intents, now=self._clock())
            except Busy:
                self._busy += 1
                if self._busy < TRIES:
                    self._requests = batch
                    self._due = self._loop.call_soon(self._flush)
                    return
                done = False
            self._busy = 0
            if done:
                self._disk.took(time.perf_counter() - began)
                _answer(batch, frozenset(intents))
                return
        commit = partial(self._work.commit, self._worker, settlements, intents, now=self._clock())
        self._writing = asyncio.create_task(self._write(batch, commit))

    async def _write(self, batch: list[_Request], commit: Callable[[], frozenset[int]]) -> None:
        try:
            _answer(batch, await self.call(commit))
        except Exception as error:  # noqa: BLE001  # whatever it is, each waiting connection has to hear of it
            for request in batch:
                if not request.done.done():
                    request.done.set_exception(error)
        finally:
            self._writing = None
            self._disk.spared()
            if self._requests:
                self._due = self._loop.call_soon(self._flush)


def _answer(batch: list[_Request], standing: frozenset[int]) -> None:
    for request in batch:
        if not request.done.done():
            request.done.set_result(request.intent in standing)


def _contents(batch: list[_Request]) -> tuple[list[Settlement], list[int]]:
    """What all of ``batch`` wants to be written: outcomes and intents."""
    settlements = [settlement for request in batch for settlement in request.settlements]
    return settlements, [request.intent for request in batch if request.intent is not None]
