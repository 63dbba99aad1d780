"""Copies of a ledger that is being written, as a power cut, a snapshot or SQLite takes them; and going on from one."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
READERS = 1_500
CONNECTIONS = 4


@dataclass(frozen=True)
class Copy:
    """The folder of a ledger as it was at one moment, who had been mailed before that moment, and who before a later
    one."""

    folder: Path
    mailed: frozenset[str]
    mailed_later: frozenset[str]

    def states(self) -> dict[str, set[str]]:
        """Who stands where, once the copy was found whole."""
        with closing(sqlite3.connect(self.folder / "dispatch.db")) as ledger:
            assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert ledger.execute("PRAGMA foreign_key_check").fetchall() == []
            rows = ledger.execute(
                "SELECT d.state, s.address FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id"
            ).fetchall()
        assert len(rows) == READERS, "nobody is missing"
        states: dict[str, set[str]] = {"accepted": set(), "sending": set(), "queued": set()}
        for state, address in rows:
            states[state].add(address)
        return states

    def require_true(self) -> dict[str, set[str]]:
        """Whoever was mailed by then is accepted or in doubt, and nobody is accepted who was not."""
        states = self.states()
        assert not self.mailed & states["queued"], "from this copy they would be mailed again"
        assert states["accepted"] <= self.mailed_later, "from this copy they would never be mailed"
        assert len(states["sending"]) <= CONNECTIONS, "no more than one a connection is in doubt"
        return states


@dataclass(frozen=True)
class Sending:
    """A send that is under way."""

    room: Newsroom
    server: SmtpServer
    sender: subprocess.Popen[str]

    @property
    def folder(self) -> Path:
        return self.room.folder / ".dispatch"

    @property
    def mailed(self) -> frozenset[str]:
        return frozenset(self.server.recipients)

    def wait_for(self, messages: int) -> None:
        self.server.wait_until(lambda: len(self.server.messages) >= messages)

    def stop(self) -> None:
        self.sender.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.sender.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def goes_on_from(self, copy: Copy) -> None:
        """Through another server: it mails who waits in the copy, and nobody else."""
        states = copy.require_true()
        restored = Newsroom(copy.folder.with_name("restored"), self.room.environment)
        shutil.copytree(self.room.folder, restored.folder, ignore=shutil.ignore_patterns(".dispatch"))
        copy.folder.rename(restored.folder / ".dispatch")
        with SmtpServer(keep_content=False) as server:
            done = restored.run(*SEND, "--smtp", f"smtp://127.0.0.1:{server.port}")
        assert done.returncode == (3 if states["sending"] else 0), done.stderr
        assert sorted(server.recipients) == sorted(states["queued"])
        assert not copy.mailed & set(server.recipients)
        counts = restored.counts("harbour-fewer-cars-more-trams")
        assert counts["accepted"] == READERS - len(states["sending"])
        assert counts.get("unknown", 0) == len(states["sending"])


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    # One message near the end gets no answer, so that the send cannot end before a test has what it wants.
    with SmtpServer(rules=[f"dot#{READERS - 50}*1=!hang"], keep_content=False) as server:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}", READERS)
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + f"connections = {CONNECTIONS}\n")
        with room.start(*SEND) as sender:
            yield Sending(room, server, sender)
            sender.kill()


def test_the_files_of_any_moment_tell_who_was_mailed_and_the_send_goes_on_from_them(
    tmp_path: Path, sending: Sending
) -> None:
    copies = []
    for number in range(24):
        sending.wait_for(5 + number * 60)
        sending.stop()
        copied = tmp_path / f"{number}" / "dispatch"
        # What a power cut leaves: whatever is in memory only, like the shared index (-shm), is gone.
        shutil.copytree(sending.folder, copied, ignore=shutil.ignore_patterns("*-shm"))
        # What is still between the two is taken by the server meanwhile: all the more must the copy know of it.
        copies.append(Copy(copied, sending.mailed, sending.mailed))
        sending.sender.send_signal(signal.SIGCONT)
    for copy in copies[::8]:
        sending.goes_on_from(copy)
        copies.remove(copy)
    for copy in copies:
        copy.require_true()


def vacuum(ledger: Path, copy: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def back_up(ledger: Path, copy: Path) -> None:
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


@pytest.mark.parametrize("take", [vacuum, back_up], ids=["VACUUM INTO", ".backup"])
def test_a_copy_that_sqlite_takes_in_the_middle_of_a_send_is_a_ledger_to_go_on_from(
    tmp_path: Path, sending: Sending, take: Callable[[Path, Path], None]
) -> None:
    sending.wait_for(READERS // 2)
    (tmp_path / "copy").mkdir()
    mailed = sending.mailed
    take(sending.folder / "dispatch.db", tmp_path / "copy" / "dispatch.db")
    copy = Copy(tmp_path / "copy", mailed, sending.mailed)
    with closing(sqlite3.connect(copy.folder / "dispatch.db")) as ledger, ledger:
        # A minute and a half goes by: until then the sender in the copy counts as alive.
        ledger.execute("UPDATE worker SET expires_at = 0")
    sending.goes_on_from(copy)
