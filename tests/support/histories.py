"""One send and all that can happen to it: senders that are real processes, a server, and a person at a terminal."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.ledger.states import EventKind
from support.books import NOW, bring_in, planned
from support.door import Door
from support.senders import Nursery, Sender
from support.sending import Clock, Instant, Order
from support.smtp_rules import Rule
from support.smtp_server import Features


@dataclass
class Worker:
    """A sender, the door it goes through, and what was done to it."""

    sender: Sender
    door: Door
    connections: int
    dropped: bool = False
    outlived: bool = False
    """Its lease ran out."""
    noted: bool = False
    """Its end was looked at."""

    @property
    def alive(self) -> bool:
        return self.sender.status is None

    @property
    def killed(self) -> bool:
        return self.sender.status == -signal.SIGKILL

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself."""
        return not self.alive or self.sender.stopped or self.door.holding

    @property
    def doubts(self) -> int:
        """How many rows it may have left in doubt, whatever the server did."""
        return self.connections if self.killed or self.dropped or self.outlived else 0


@dataclass(frozen=True, slots=True)
class Row:
    """A reader's row, and how often what is in its history happened to it."""

    state: str
    worker: int | None
    unknown: int
    resent: int
    assumed: int


class History:
    """``faults`` are the rules of the mail server, whichever way a sender goes in."""

    def __init__(self, folder: Path, nursery: Nursery, readers: int, features: Features) -> None:
        self.names = [f"r{number}" for number in range(readers)]
        self.ledger, self.send = planned(folder, readers)
        self._clock_file = folder / "clock"
        self.clock = Clock(self._clock_file)
        self.clock.set(NOW)
        self.faults: list[Rule] = []
        self.workers: list[Worker] = []
        self._folder = folder
        self._nursery = nursery
        self._features = features

    @property
    def now(self) -> float:
        return self.clock()

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.alive]

    def close(self) -> None:
        for worker in self.alive:
            self._nursery.signal(worker.sender, signal.SIGKILL)
        for worker in self.workers:
            worker.door.__exit__(None, None, None)
        self.ledger.close()

    # -- what senders do ----------------------------------------------------------------------------------------

    def begin(
        self,
        connections: int = 1,
        *,
        hold: Rule | None = None,
        instant: Instant | None = None,
        limit: int | None = None,
        resend_unknown: bool = False,
    ) -> Worker:
        """Start a sender, and wait until it has ended or stands still."""
        door = Door(self.faults, hold, changed=self._nursery.changed, features=self._features)
        door.__enter__()
        order = Order(
            f"sqlite:///{self._folder / 'dispatch.db'}",
            self.send.id,
            door.port,
            str(self._folder / "workers"),
            str(self._clock_file),
            connections,
            limit,
            resend_unknown,
        )
        worker = Worker(self._nursery.work(order, instant), door, connections)
        self.workers.append(worker)
        self.settle()
        return worker

    def settle(self) -> None:
        """Wait until every sender has ended or stands still."""
        self._nursery.wait_until(lambda: all(worker.settled for worker in self.workers))
        for worker in self.workers:
            if not worker.alive and not worker.noted:
                worker.noted = True
                worker.door.empty()
                assert worker.killed or "crash" not in worker.sender.said, worker.sender.said["crash"]
                if worker.sender.said.get("halted"):
                    self.ledger.control.trip(self.send.id, worker.sender.said["halted"], now=self.now)

    def let_go(self, worker: Worker, *, drop: bool = False) -> None:
        worker.door.let_go(drop=drop)
        self.settle()

    def kill(self, worker: Worker) -> None:
        self._nursery.signal(worker.sender, signal.SIGKILL)
        self.settle()

    def freeze(self, worker: Worker) -> None:
        """SIGSTOP, but not in the middle of a commit, which would hold up everybody else."""
        while True:
            self._nursery.signal(worker.sender, signal.SIGSTOP)
            if not worker.alive or self._unlocked():
                return
            self._nursery.signal(worker.sender, signal.SIGCONT)

    def thaw(self, worker: Worker) -> None:
        self._nursery.signal(worker.sender, signal.SIGCONT)
        self.settle()

    def drain(self, worker: Worker) -> None:
        """The first Ctrl-C."""
        self._nursery.signal(worker.sender, signal.SIGTERM)
        self._nursery.wait_until(lambda: worker.sender.draining or not worker.alive)
        self.settle()

    def drop(self, worker: Worker) -> None:
        """The second Ctrl-C."""
        worker.dropped = True
        self._nursery.signal(worker.sender, signal.SIGINT)
        self._nursery.wait_until(lambda: not worker.alive)
        self.settle()

    def beat(self, worker: Worker) -> None:
        """It is time for a heartbeat."""
        before = worker.sender.beating
        self._nursery.signal(worker.sender, signal.SIGUSR1)
        self._nursery.wait_until(lambda: worker.sender.beating > before or not worker.alive)
        self.settle()

    def outlive(self, worker: Worker) -> None:
        """Let a sender's lease run out, and its lock be on another machine: whoever looks takes it for dead."""
        worker.outlived = True
        self.clock.set(self.now + 100)
        self.write("UPDATE worker SET host = 'elsewhere', expires_at = 0 WHERE pid = ?", worker.sender.pid)

    def admit(self, count: int) -> list[str]:
        """Let so many new readers join; their addresses."""
        new = [f"r{number}" for number in range(len(self.names), len(self.names) + count)]
        self.names += new
        bring_in(self.ledger, self.names, at=self.now)
        self.ledger.sends.admit_new(self.send, except_slug=None, now=self.now)
        return [f"{name}@example.org" for name in new]

    # -- what the ledger and the server know --------------------------------------------------------------------

    def write(self, sql: str, *parameters: object) -> None:
        with closing(sqlite3.connect(self._folder / "dispatch.db")) as connection, connection:
            connection.execute(sql, parameters)

    def read(self, sql: str, *parameters: object) -> list[Any]:
        with closing(sqlite3.connect(self._folder / "dispatch.db")) as connection:
            return connection.execute(sql, parameters).fetchall()

    def rows(self) -> dict[str, Row]:
        """Every reader's row, in one consistent view."""
        kinds = (EventKind.UNKNOWN, EventKind.RESEND, EventKind.ASSUMED)
        history = "(SELECT count(*) FROM event e WHERE e.delivery_id = d.id AND e.kind = ?)"
        found = self.read(
            f"SELECT s.address, d.state, d.claim, {', '.join([history] * 3)} "  # noqa: S608  # no value of anybody's
            "FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id",
            *kinds,
        )
        assert len(found) == len({address for address, *_ in found}), "one row each"
        return {address: Row(*rest) for address, *rest in found}

    def got(self) -> Counter[str]:
        """How often the server took each reader's message."""
        return Counter(recipient for worker in self.workers for recipient in worker.door.recipients)

    def _unlocked(self) -> bool:
        with closing(sqlite3.connect(self._folder / "dispatch.db", timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True
