"""The main program of a process that shares a send with the one that a person, or cron, started.

It knows what to do from its standard input and reports on its standard output (:mod:`dispatch.cli.reports`). It ends
with whoever started it: when that one is gone, the pipe ends, and this one finishes what is on the wire. What a
terminal or a service manager tells all processes at once is left to that one to decide; SIGTERM alone drains.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.cli.ledgers import open_existing
from dispatch.cli.mailing import Passwords
from dispatch.cli.part import Part
from dispatch.cli.reports import DROP, Assignment, Dropped, Report, Said, read_assignment, report_line
from dispatch.cli.workspace import now, seconds
from dispatch.config.load import load_settings
from dispatch.delivery.loop import Tally
from dispatch.delivery.run import Ended, Surroundings
from dispatch.errors import DispatchError, LedgerError

REPORT_SECONDS = 0.1


@dataclass(slots=True)
class _Channel:
    """The way to whoever started this process."""

    file: int
    tally: Tally = field(default_factory=Tally)
    """How far we are."""
    told: float = 0.0
    """When it last heard that."""

    def tell(self, report: Report) -> None:
        os.set_blocking(self.file, True)
        self._write(report)

    def progress(self, tally: Tally) -> None:
        self.tally, moment = tally, seconds()
        if abs(moment - self.told) >= REPORT_SECONDS:
            self.told = moment
            # One who is stopped and reads nothing must not stop us; a short line is written whole or not at all.
            os.set_blocking(self.file, False)
            self._write(tally)

    def _write(self, report: Report) -> None:
        # Where nobody listens any more there is nobody to tell.
        with suppress(OSError):
            os.write(self.file, report_line(report))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    channel = _Channel(os.dup(sys.stdout.fileno()))
    # Whatever else is printed must not come between the reports.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(_work(channel))


async def _work(channel: _Channel) -> None:
    draining = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, draining.set)
    # Blocked until now by whoever started us: half a process must not be ended by them.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    line = await orders.readline()
    if not line.endswith(b"\n"):
        return
    try:
        ended = await _do(read_assignment(line), channel, draining, orders)
        channel.tell(ended)
    except DispatchError as error:
        channel.tell(channel.tally)
        channel.tell(error)
    except asyncio.CancelledError:
        channel.tell(Dropped())


async def _do(
    assignment: Assignment, channel: _Channel, draining: asyncio.Event, orders: asyncio.StreamReader
) -> Ended:
    settings = load_settings(Path(assignment.root)).with_target(assignment.relays)
    ledger = open_existing(settings, now())
    send = ledger.sends.find(assignment.slug, assignment.list_name) if ledger is not None else None
    if ledger is None or send is None:
        raise LedgerError("The ledger was taken away while the send began.", hint="Run the same command again.")
    with ledger:
        passwords = Passwords(settings, assignment.passwords)
        part = Part(settings, assignment.relays, passwords, ledger, send)
        surroundings = Surroundings(
            clock=seconds,
            chance=random.random,
            sleep=asyncio.sleep,
            stopping=draining,
            progress=channel.progress,
            say=lambda text: channel.tell(Said(text)),
        )
        doing = asyncio.create_task(part.do(assignment.share, surroundings))
        obeying = asyncio.create_task(_obey(orders, draining, doing))
        try:
            return await doing
        finally:
            obeying.cancel()


async def _obey(orders: asyncio.StreamReader, draining: asyncio.Event, doing: asyncio.Task[Ended]) -> None:
    """Do as told; the end of the orders is one too."""
    while line := await orders.readline():
        draining.set()
        if line == DROP:
            doing.cancel()
    draining.set()


if __name__ == "__main__":
    main()
