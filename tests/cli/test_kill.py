"""``kill -9`` at random instants: every reader gets the edition once, but for those told as unknown."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.newsroom import Newsroom

CONNECTIONS = 4
SLUG = "harbour-fewer-cars-more-trams"


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


@pytest.mark.timeout(600)  # it waits for some sixty commands; on a loaded machine that takes a while
@pytest.mark.parametrize(
    ("ledger_url", "readers", "kills"),
    [("sqlite", 2_000, 20), pytest.param("postgresql", 300, 3, marks=pytest.mark.postgresql)],
    indirect=["ledger_url"],
)
def test_killed_again_and_again_and_every_reader_exactly_once(
    tmp_path: Path, receiver: Receiver, ledger_url: str, readers: int, kills: int
) -> None:
    smtp = f"smtp://127.0.0.1:{receiver.port}"
    room = Newsroom.make(tmp_path / "room", smtp, readers, environment={"DISPATCH_LEDGER_URL": ledger_url})
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text() + f"connections = {CONNECTIONS}\n")
    # Each kill may leave a few readers in doubt, who are not mailed again: the last kills must not wait for them.
    kill_after = sorted(random.Random(20_261_123).sample(range(1, readers - kills * (CONNECTIONS + 1)), kills))
    unknown_before = 0
    for count in kill_after:
        sender = room.start("send", "seeds/harbour.txt", "--list", "daily", "--yes")
        receiver.wait_for(count)
        sender.send_signal(signal.SIGKILL)
        sender.communicate()
        # The next command finds what the dead one left.
        room.run("send", SLUG, "--list", "daily", "--limit", "1")
        unknown = room.counts(SLUG).get("unknown", 0)
        assert unknown - unknown_before <= CONNECTIONS
        unknown_before = unknown
    last = room.run("send", "seeds/harbour.txt", "--list", "daily", "--yes")
    assert last.returncode == (3 if unknown_before else 0), last.stderr
    counts = room.counts(SLUG)
    assert counts["accepted"] + counts.get("unknown", 0) == readers
    received = Counter(receiver.recipients)
    assert max(received.values()) == 1, "nobody was mailed twice"
    assert readers - len(received) <= counts.get("unknown", 0), "whoever was not mailed is told as unknown"
