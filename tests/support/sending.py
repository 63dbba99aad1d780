"""What the processes of :mod:`support.senders` do: work on a send by the test's clock, or run a command line.

One process imports everything and then forks one for each line of its standard input. On its standard output it and
they tell, a JSON object a line, who began, stopped, ended and with what result.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import mmap
import os
import select
import signal
import sqlite3
import struct
import threading
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

import dispatch.cli.send
import dispatch.ledger.migrate  # noqa: F401  # what commands import when they run is here already
from dispatch.cli import run
from dispatch.config.settings import Relay, Security, ThrottleSettings
from dispatch.delivery import run as delivery
from dispatch.delivery.loop import Message
from dispatch.delivery.smtp import Timeouts, open_session
from dispatch.delivery.switch import Way
from dispatch.delivery.throttle import Policy, Terms
from dispatch.errors import DispatchError
from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.work import LEASE_SECONDS

T = TypeVar("T")


class Clock:
    """A time that processes share: epoch seconds in a file of eight octets."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> float:
        return float(struct.unpack("d", self._memory[:])[0])

    def set(self, now: float) -> None:
        self._memory[:] = struct.pack("d", now)


@dataclass(frozen=True, slots=True)
class Instant:
    """A process's ``commit``-th commit to a ledger, just before it or once it is ``durable``: then the process gets
    signal ``number``."""

    commit: int
    durable: bool
    number: int = signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Order:
    """What a sender is to do, through the server at ``port`` of this host. ``clock`` is a :class:`Clock`'s file."""

    url: str
    send_id: int
    port: int
    locks: str
    clock: str
    connections: int = 1
    limit: int | None = None
    resend_unknown: bool = False


def _work(order: Order) -> dict[str, Any]:
    """Run a send as ``dispatch send`` does, and say how it ended."""
    clock = Clock(Path(order.clock))
    with Ledger.open(order.url, now=clock()) as ledger:
        try:
            ended = asyncio.run(_run(ledger, order, clock))
        except asyncio.CancelledError:
            return {"error": "dropped"}
        except DispatchError as error:
            return {"error": error.message}
    return {
        "states": ended.tally.states,
        "found_unknown": ended.found_unknown,
        "halted": ended.halted,
        "why": ended.reason.why if ended.reason is not None else None,
    }


async def _run(ledger: Ledger, order: Order, clock: Clock) -> delivery.Ended:
    """SIGTERM is a first Ctrl-C, SIGINT a second one; SIGUSR1 says that it is time for a heartbeat."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    stopping, beat = asyncio.Event(), asyncio.Event()

    def drain() -> None:
        stopping.set()
        _tell("draining")

    loop.add_signal_handler(signal.SIGTERM, drain)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    loop.add_signal_handler(signal.SIGUSR1, beat.set)

    async def sleep(seconds: float) -> None:
        if seconds == LEASE_SECONDS / 3:
            _tell("beating")
            await beat.wait()
            beat.clear()
        elif seconds == LEASE_SECONDS / 2:
            await asyncio.Event().wait()
        else:
            clock.set(clock() + seconds)
            await asyncio.sleep(0)

    def policy(worker_id: int) -> Policy:
        terms = Terms(ThrottleSettings(), relay, UTC)
        return Policy(ledger.control, ledger.throttles, terms, send_id=order.send_id, worker_id=worker_id, clock=clock)

    relay = Relay(Security.OPPORTUNISTIC, "127.0.0.1", order.port)
    return await delivery.run_send(
        ledger.work,
        delivery.Order(
            order.send_id, order.connections, Path(order.locks), order.limit, resend_unknown=order.resend_unknown
        ),
        delivery.Surroundings(clock, lambda: 0.0, sleep, stopping, lambda tally: None, lambda said: None),
        ways=[Way(relay, lambda: open_session(relay, password=lambda: None, timeouts=Timeouts(), ca_file=None))],
        build=_build,
        policy=policy,
    )


def _build(envelope: Envelope) -> Message:
    content = f"Message-ID: <{envelope.message_id}@example.org>\r\nTo: {envelope.address}\r\n\r\nHello\r\n"
    return Message("news@example.org", envelope.address, content.encode())


def _command(args: list[str]) -> dict[str, Any]:
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = run(args)
    return {"code": code, "printed": printed.getvalue()}


# -- commits that can be counted ------------------------------------------------------------------------------------

_connect_plainly = sqlite3.connect


def _connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
    return _connect_plainly(*args, **kwargs, factory=_Marked)


class _Marked(sqlite3.Connection):
    """A connection that counts the process's commits, and gives the process its signal at the chosen one."""

    commits = 0
    instant: Instant | None = None

    def commit(self) -> None:
        self.marked(super().commit)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _MarkedCursor)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        done: sqlite3.Cursor = self.cursor().execute(sql, *parameters)
        return done

    def marked(self, commit: Callable[[], T]) -> T:
        if not self.in_transaction:
            return commit()
        _Marked.commits += 1
        instant = self.instant if self.instant is not None and self.instant.commit == _Marked.commits else None
        if instant is not None and not instant.durable:
            _strike(instant)
        done = commit()
        if instant is not None and instant.durable:
            _strike(instant)
        return done


def _strike(instant: Instant) -> None:
    # To this thread: SIGSTOP to the process would let it go on for a moment, into its next transaction.
    signal.pthread_kill(threading.get_ident(), instant.number)


class _MarkedCursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> Self:
        plain = super().execute
        if sql.upper() != "COMMIT":
            return plain(sql, *parameters)
        assert isinstance(self.connection, _Marked)
        return self.connection.marked(lambda: plain(sql))


# -- processes ------------------------------------------------------------------------------------------------------

_number = 0
"""Which of the test's senders this process is."""


def _tell(told: str, **more: object) -> None:
    """One line, in one write: what several processes tell does not mix."""
    os.write(1, json.dumps({"told": told, "number": _number} | more).encode() + b"\n")


def _live(job: dict[str, Any]) -> NoReturn:
    """A sender's life, to its end."""
    if job["instant"] is not None:
        _Marked.instant = Instant(**job["instant"])
    try:
        said = _work(Order(**job["work"])) if "work" in job else _command(job["command"])
    except BaseException:  # noqa: BLE001  # whatever it is, the test has to hear of it
        said = {"crash": traceback.format_exc()}
    _tell("said", said=said | {"commits": _Marked.commits})
    os._exit(0)


def main() -> None:
    sqlite3.connect = sqlite3.dbapi2.connect = _connect  # type: ignore[assignment]
    gc.collect()
    gc.freeze()
    children: dict[int, int] = {}
    # A handler alone would come too late for a signal that arrives just before the wait for the next line.
    wakened, wakening = os.pipe2(os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakening)
    unread = b""
    while True:
        ready, _, _ = select.select([0, wakened], [], [])
        if wakened in ready:
            os.read(wakened, 4096)
            _gather(children)
        if 0 in ready:
            told = os.read(0, 65536)
            if not told:
                return
            *lines, unread = (unread + told).split(b"\n")
            for line in lines:
                _start(json.loads(line), children)


def _start(job: dict[str, Any], children: dict[int, int]) -> None:
    pid = os.fork()
    if not pid:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        global _number
        _number = job["number"]
        _live(job)
    children[pid] = job["number"]
    _tell("began", number=job["number"], pid=pid)


def _gather(children: dict[int, int]) -> None:
    """Tell which senders stopped, went on or ended."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
        if not pid:
            return
        if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
            _tell("stopped" if os.WIFSTOPPED(status) else "continued", number=children[pid])
        else:
            _tell("ended", number=children.pop(pid), status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
