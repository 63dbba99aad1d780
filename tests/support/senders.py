"""Senders that a test can really kill: each a process of its own, forked from one that has imported everything.

So a new one costs milliseconds, and ``kill -9`` and SIGSTOP are the kernel's::

    with Nursery() as nursery:
        sender = nursery.command("-C", str(folder), "send", "seeds/harbour.txt", instant=Instant(3, durable=True))
        assert nursery.wait(sender) == -signal.SIGKILL

What the processes do lies in :mod:`support.sending`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from support.sending import Instant, Order

TESTS = Path(__file__).resolve().parent.parent


@dataclass
class Sender:
    """A process that was started, as far as it is known."""

    pid: int = 0
    stopped: bool = False
    """By SIGSTOP, until it is sent SIGCONT."""
    turns: int = 0
    """How often it was stopped or went on."""
    status: int | None = None
    """How it ended, once it has: an exit code, or a signal's negative number."""
    said: dict[str, Any] = field(default_factory=dict)
    """What it reported at its end; one that was killed says nothing."""
    beating: int = 0
    """How often it waited for its next heartbeat's time."""
    draining: bool = False


class Nursery:
    """Starts senders. ``changed`` is notified whenever one of them reports something, stops or ends."""

    def __init__(self, changed: threading.Condition | None = None) -> None:
        self.changed = changed or threading.Condition()
        self._senders: list[Sender] = []

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.sending"],
            cwd=TESTS,
            env={name: value for name, value in os.environ.items() if not name.startswith("DISPATCH_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self._senders:
            if sender.status is None:
                self.signal(sender, signal.SIGKILL)
        self._process.communicate()
        self._reading.join()

    def work(self, order: Order, instant: Instant | None = None) -> Sender:
        """Start a process that works on a send."""
        return self._start(instant, work=asdict(order))

    def command(self, *args: str, instant: Instant | None = None) -> Sender:
        """Start ``dispatch ARGS``; its exit code is in ``said["code"]``, what it printed in ``said["printed"]``."""
        return self._start(instant, command=args)

    def signal(self, sender: Sender, number: signal.Signals) -> None:
        """Send a signal; SIGKILL, SIGSTOP and SIGCONT have taken effect on return."""
        stopped, turns = sender.stopped, sender.turns
        with suppress(ProcessLookupError):
            os.kill(sender.pid, number)
        if number is signal.SIGKILL:
            self.wait(sender)
        elif (number is signal.SIGSTOP and not stopped) or (number is signal.SIGCONT and stopped):
            self.wait_until(lambda: sender.turns > turns or sender.status is not None)

    def wait(self, sender: Sender) -> int:
        """The status of ``sender`` once it has ended, and the kernel has freed its files and locks."""
        self.wait_until(lambda: sender.status is not None)
        assert sender.status is not None
        return sender.status

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Block until ``condition()``, looked at whenever ``changed`` is notified, holds."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout=300):
                alive = [sender for sender in self._senders if sender.status is None]
                raise TimeoutError(f"it never happened; still alive: {alive}")

    def _start(self, instant: Instant | None, **job: object) -> Sender:
        sender = Sender()
        self._senders.append(sender)
        order = {"number": len(self._senders) - 1, "instant": asdict(instant) if instant is not None else None, **job}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.wait_until(lambda: sender.pid > 0)
        return sender

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self.changed:
                self._note(self._senders[told["number"]], told)
                self.changed.notify_all()

    @staticmethod
    def _note(sender: Sender, told: dict[str, Any]) -> None:
        match told["told"]:
            case "began":
                sender.pid = told["pid"]
            case "beating":
                sender.beating += 1
            case "draining":
                sender.draining = True
            case "stopped" | "continued":
                sender.stopped = told["told"] == "stopped"
                sender.turns += 1
            case "said":
                sender.said = told["said"]
            case "ended":
                sender.status = told["status"]
