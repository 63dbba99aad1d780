"""The processes that share a send with this one: started, listened to, stopped, and missed where one dies.

They are started anew, not forked. A fork would save each a quarter of a second of one core, which is spent while this
process sends already; but an SQLite connection must not cross a fork, `run-due` has a thread that writes to the ledger
meanwhile, and macOS's libraries do not bear it.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, cast

from dispatch.cli.reports import DRAIN, DROP, Assignment, Report, Said, read_report
from dispatch.delivery.loop import Tally
from dispatch.delivery.run import Ended
from dispatch.errors import DispatchError

COMMAND = (sys.executable, "-P", "-m", "dispatch.cli.worker")

_LEFT_TO_US = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
"""What a terminal or a service manager sends to all processes at once."""


SILENT_SECONDS = 30.0
"""One that says nothing for so long, while nobody else has anything left to do, is worth a look."""


@dataclass(frozen=True, slots=True)
class Events:
    """What is done about the crew's reports. ``died`` is told which process is gone, and how it went."""

    progress: Callable[[], None]
    said: Callable[[str], None]
    halted: Callable[[], None]
    died: Callable[[int, str], Awaitable[None]]


@dataclass(slots=True)
class _Mate:
    process: subprocess.Popen[bytes]
    tally: Tally = field(default_factory=Tally)
    last: Report | None = None
    """How it ended, in its own words."""
    heard: int = 0
    """How often it said something."""

    @property
    def orders(self) -> IO[bytes]:
        return cast("IO[bytes]", self.process.stdin)


class Crew:
    """The other workers of one send, each a process with its own connections, claims and heartbeat."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._mates: list[_Mate] = []
        self._listening: list[asyncio.Task[None]] = []
        self.died = 0
        """How many ended without a word."""

    @property
    def tallies(self) -> list[Tally]:
        """How far each is, as far as is known."""
        return [mate.tally for mate in self._mates]

    @property
    def ended(self) -> list[Ended]:
        """How those ended that did their part."""
        return [mate.last for mate in self._mates if isinstance(mate.last, Ended)]

    @property
    def errors(self) -> list[DispatchError]:
        """What the others could not go on for."""
        return [mate.last for mate in self._mates if isinstance(mate.last, DispatchError)]

    def start(self, assignments: Sequence[Assignment]) -> Sequence[Assignment]:
        """Start a process for each. Returns those for which the system has none left."""
        for number, assignment in enumerate(assignments):
            try:
                mate = _Mate(_started())
            except OSError as error:
                wanted = len(assignments)
                self._events.said(f"Of {wanted} more processes, {number} could be started: {error.strerror}.")
                return assignments[number:]
            self._mates.append(mate)
            self._tell(mate, assignment.line())
            self._listening.append(asyncio.create_task(self._listen(mate)))
        return ()

    def drain(self) -> None:
        """Let all finish what is on the wire and stop."""
        self._tell_all(DRAIN)

    def drop(self) -> None:
        """Let all drop their connections."""
        self._tell_all(DROP)

    def kill(self) -> None:
        """End all at once: one that is stopped, or stuck, obeys nothing else."""
        for mate in self._mates:
            mate.process.kill()

    async def finished(self) -> None:
        """Wait until all have ended, however they do. One that says nothing for long is named: it may be stopped."""
        ending = asyncio.gather(*self._listening)
        named: set[int] = set()
        while not ending.done():
            before = [mate.heard for mate in self._mates]
            await asyncio.wait({ending}, timeout=SILENT_SECONDS)
            for mate, heard in zip(self._mates, before, strict=True):
                pid = mate.process.pid
                if mate.process.returncode is None and mate.heard == heard and pid not in named and not ending.done():
                    named.add(pid)
                    self._events.said(
                        f"Process {pid}, which shares the work, has said nothing for {SILENT_SECONDS:.0f} seconds: it "
                        f"waits for its server, or it hangs. To go on without it: kill -9 {pid}"
                    )
        await ending

    def _tell_all(self, order: bytes) -> None:
        for mate in self._mates:
            self._tell(mate, order)

    @staticmethod
    def _tell(mate: _Mate, order: bytes) -> None:
        # One that is gone is missed by whoever listens to it.
        with suppress(OSError, ValueError):
            mate.orders.write(order)

    async def _listen(self, mate: _Mate) -> None:
        reports = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reports), mate.process.stdout)
        while (line := await reports.readline()).endswith(b"\n"):
            mate.heard += 1
            self._take(mate, read_report(line))
        code = await asyncio.to_thread(mate.process.wait)
        mate.orders.close()
        if mate.last is None:
            self.died += 1
            await self._events.died(mate.process.pid, _how(code))

    def _take(self, mate: _Mate, report: Report) -> None:
        match report:
            case Tally():
                mate.tally = report
                self._events.progress()
            case Said(text):
                self._events.said(text)
            case Ended():
                mate.last, mate.tally = report, report.tally
                if report.halted is not None:
                    self._events.halted()
            case _:
                mate.last = report


def _started() -> subprocess.Popen[bytes]:
    """A process that does not stop before it is told to, also while it cannot yet do so in good order."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_US)
    try:
        return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _how(code: int) -> str:
    """How a process ended, by its exit code."""
    if code >= 0:
        return f"ended with exit code {code}"
    # Not all have a name: most real-time signals have none.
    return f"was killed by {next((each.name for each in signal.Signals if each == -code), f'signal {-code}')}"
