"""Group commit: what several connections have to write goes into one durable commit, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from dispatch.ledger.settling import Settlement
from dispatch.ledger.work import Work

T = TypeVar("T")


@dataclass(slots=True)
class _Request:
    settlements: Sequence[Settlement]
    intent: int | None
    done: asyncio.Future[bool]


class Journal:
    """A delivery loop's way to the ledger; every write of a worker goes through its one thread, in order."""

    def __init__(self, work: Work, worker_id: int, clock: Callable[[], float]) -> None:
        self._work = work
        self._worker = worker_id
        self._clock = clock
        self._requests: list[_Request] = []
        self._writing: asyncio.Task[None] | None = None
        # One thread: commits of a worker never race each other, and SQLite has one writer anyway.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def commit(self, settlements: Sequence[Settlement], intent: int | None = None) -> bool:
        """Write outcomes and one intent in one durable commit, together with whatever others wait to write.

        True where the intent stands; false means that its content must not go (see
        :meth:`~dispatch.ledger.work.Work.commit`).
        """
        request = _Request(settlements, intent, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        # A cancelled waiter must not cancel a commit that others share.
        return await asyncio.shield(request.done)

    async def call(self, function: Callable[[], T]) -> T:
        """Run another of the ledger's functions on the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def close(self) -> None:
        """Wait for what is being written, then end the thread."""
        self._thread.shutdown(wait=True)

    async def _drain(self) -> None:
        try:
            while self._requests:
                batch, self._requests = self._requests, []
                await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: list[_Request]) -> None:
        settlements = [settlement for request in batch for settlement in request.settlements]
        intents = [request.intent for request in batch if request.intent is not None]
        try:
            standing = await self.call(lambda: self._work.commit(self._worker, settlements, intents, now=self._clock()))
        except Exception as error:  # noqa: BLE001  # whatever it is, each waiting connection has to hear of it
            for request in batch:
                if not request.done.done():
                    request.done.set_exception(error)
            return
        for request in batch:
            if not request.done.done():
                request.done.set_result(request.intent in standing)
