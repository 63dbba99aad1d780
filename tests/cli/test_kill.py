"""``kill -9`` at every commit, at each stage of a session and at random instants: every reader gets the edition once,
but for those told as unknown."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from support.door import Door
from support.newsroom import Newsroom
from support.senders import Nursery
from support.sending import Instant
from support.smtp_rules import At, Rule, Then
from support.smtp_server import Features, SmtpServer

READERS_PER_KILL = 100
CONNECTIONS = 4
SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")


def make(folder: Path, port: int, readers: int, connections: int = 1) -> Newsroom:
    room = Newsroom.make(folder, f"smtp://127.0.0.1:{port}", readers)
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text() + f"connections = {connections}\n")
    return room


class Receiver:
    """A recording server as a process of its own, which outlives the senders that are killed.

    It writes each message into a pipe before it answers 250, so that a test can wait for the n-th one.
    """

    def __init__(self, folder: Path) -> None:
        pipe = folder / "accepted"
        os.mkfifo(pipe)
        command = [sys.executable, "-m", "support.smtp_server", "--record", str(pipe), "--no-content"]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True)
        self.recipients: list[str] = []
        self._changed = threading.Condition()
        self._reading = threading.Thread(target=self._read, args=(pipe,))
        self._reading.start()
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def _read(self, pipe: Path) -> None:
        with pipe.open() as lines:
            for line in lines:
                with self._changed:
                    self.recipients.append(json.loads(line)["recipient"])
                    self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.recipients) >= count, timeout=60)

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate()
        self._reading.join()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    running = Receiver(tmp_path)
    yield running
    running.close()


@pytest.mark.timeout(3_600)  # it waits for three commands a kill; on a loaded machine that takes a while
def test_killed_at_random_instants_and_every_reader_exactly_once(
    tmp_path: Path, receiver: Receiver, pytestconfig: pytest.Config
) -> None:
    kills: int = pytestconfig.getoption("--kills")
    readers = kills * READERS_PER_KILL
    room = make(tmp_path / "room", receiver.port, readers, CONNECTIONS)
    chance = random.Random(20_261_123)
    # Each kill may leave a few readers in doubt, who are not mailed again: the last kills must not wait for them.
    kill_after = sorted(chance.sample(range(1, readers - kills * (CONNECTIONS + 1)), kills))
    unknown_before = 0
    for number, count in enumerate(kill_after):
        sender = room.start(*SEND)
        if number % 2 == 0:
            receiver.wait_for(count)
        else:
            with suppress(subprocess.TimeoutExpired):  # whatever it is doing then: it may not have begun to send
                sender.wait(chance.uniform(0.1, 1.5))
        sender.send_signal(signal.SIGKILL)
        sender.communicate()
        # The next command finds what the dead one left.
        room.run("send", SLUG, "--list", "daily", "--limit", "1")
        unknown = room.counts(SLUG).get("unknown", 0)
        assert unknown - unknown_before <= CONNECTIONS
        unknown_before = unknown
    last = room.run(*SEND)
    assert last.returncode == (3 if unknown_before else 0), last.stderr
    counts = room.counts(SLUG)
    assert counts["accepted"] + counts.get("unknown", 0) == readers
    received = Counter(receiver.recipients)
    assert max(received.values()) == 1, "nobody was mailed twice"
    assert readers - len(received) <= counts.get("unknown", 0), "whoever was not mailed is told as unknown"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


def command_of(room: Newsroom) -> tuple[str, ...]:
    send, seed, *options = SEND
    return "-C", str(room.folder), send, str(room.folder / seed), *options


def states_of(room: Newsroom) -> Counter[str]:
    file = room.folder / ".dispatch" / "dispatch.db"
    if not file.exists():
        return Counter()
    with closing(sqlite3.connect(file)) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'delivery'").fetchone():
            return Counter()
        return Counter(state for (state,) in ledger.execute("SELECT state FROM delivery"))


@pytest.mark.parametrize("durable", [False, True], ids=["before", "after"])
def test_killed_at_every_commit_from_the_first_to_the_last(tmp_path: Path, nursery: Nursery, durable: bool) -> None:
    """From the founding of the ledger over plan and list to the last row: whichever commit it is, before it or right
    after it, the same command goes on, and only a row that was on the wire is in doubt."""
    readers = 3
    commit, killed = 0, True
    in_doubt = 0
    while killed:
        commit += 1
        with SmtpServer() as server:
            room = make(tmp_path / f"{commit}", server.port, readers)
            sender = nursery.command(*command_of(room), instant=Instant(commit, durable))
            killed = nursery.wait(sender) == -signal.SIGKILL
            assert killed or sender.said["commits"] < commit
            sending = states_of(room)["sending"]
            in_doubt += sending
            assert sending <= 1
            again = nursery.command(*command_of(room))
            nursery.wait(again)
            assert again.said["code"] == (3 if sending else 0), again.said["printed"]
            states = states_of(room)
            assert states == Counter(accepted=readers - sending, unknown=sending)
            received = Counter(server.recipients)
        assert max(received.values()) == 1, f"commit {commit}: somebody was mailed twice"
        assert len(received) >= readers - sending, f"commit {commit}: somebody was left out and not told of"
    assert commit > 8 + readers, "the list, the plan, the sender, its claims, and one for each message"
    assert in_doubt == readers, "each of them once: from the commit that lets their content go to the next one"


IN_DOUBT = {At.RCPT: "r2", At.DATA: "r2", At.CONTENT: "r3", At.DOT: "r3"}
"""Who is in doubt when a sender dies at a stage of r3's transaction: the commit before r3's content also says what
became of r2."""


@pytest.mark.parametrize("pipelining", [True, False], ids=["groups", "one by one"])
@pytest.mark.parametrize("at", IN_DOUBT)
def test_killed_in_the_middle_of_a_session(tmp_path: Path, nursery: Nursery, at: At, pipelining: bool) -> None:
    readers = 6
    hold = Rule(at, then=Then.HANG, to="r3@example.org", times=1)
    with Door([], hold, features=Features(pipelining=pipelining)) as door:
        room = make(tmp_path / "room", door.port, readers)
        sender = nursery.command(*command_of(room))
        door.wait_until(lambda: door.holding)
        nursery.signal(sender, signal.SIGKILL)
        door.empty()
        again = nursery.command(*command_of(room))
        nursery.wait(again)
        assert again.said["code"] == 3, again.said["printed"]
        assert room.counts(SLUG) == {"accepted": readers - 1, "unknown": 1}
        assert room.run("unknown", SLUG).stdout.startswith(f"{IN_DOUBT[at]}@example.org ")
    assert max(Counter(door.recipients).values()) == 1
    everybody = {f"r{number}@example.org" for number in range(readers)}
    assert everybody - set(door.recipients) <= {f"{IN_DOUBT[at]}@example.org"}
