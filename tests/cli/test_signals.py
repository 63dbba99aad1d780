"""Signals in the middle of a send: what is on the wire is finished or told as unknown, and nobody is mailed twice."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.door import Door
from support.newsroom import Newsroom
from support.smtp_rules import At, Rule, Then
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
READERS = 60


def make(folder: Path, server: SmtpServer) -> Newsroom:
    room = Newsroom.make(folder / "room", f"smtp://127.0.0.1:{server.port}", READERS)
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text() + "connections = 1\n")
    return room


def everyone() -> list[str]:
    return sorted(f"r{number}@example.org" for number in range(READERS))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_waits_for_the_answer_to_what_is_on_the_wire(tmp_path: Path, number: signal.Signals) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server)
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        sender.send_signal(number)
        assert sender.stdout is not None
        while "on the wire" not in sender.stdout.readline():
            pass
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3
        assert f"dispatch send {SLUG} --list daily" in said
        # The seventh's envelope went in one write with the sixth's content.
        assert room.counts(SLUG) == {"accepted": 7, "queued": READERS - 7}
        assert room.run(*SEND).returncode == 0
        assert sorted(server.recipients) == everyone()


def test_a_second_signal_drops_what_is_on_the_wire_and_tells_it_as_unknown(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server)
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        sender.send_signal(signal.SIGINT)
        assert sender.stdout is not None
        while "on the wire" not in sender.stdout.readline():
            pass
        sender.send_signal(signal.SIGINT)
        said = sender.communicate()[0]
        assert sender.returncode == 130
        assert f"{SLUG} to daily: {READERS - 6} queued, 5 accepted, 1 unknown of {READERS}" in said
        assert f"dispatch unknown {SLUG}" in said
        assert f"Go on with: dispatch send {SLUG} --list daily" in said
        assert room.counts(SLUG) == {"accepted": 5, "queued": READERS - 6, "unknown": 1}
        server.release()
        assert room.run(*SEND).returncode == 3
        assert room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}


def test_one_killed_with_the_last_message_on_the_wire_is_found_by_cron(tmp_path: Path) -> None:
    last = READERS - 1
    with SmtpServer(rules=[f"dot#{last}*1=!hang"]) as server:
        room = make(tmp_path, server)
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == READERS)
        assert "Nobody works on it" not in room.run("status", SLUG).stdout
        sender.kill()
        sender.communicate()
        assert room.counts(SLUG) == {"accepted": last, "sending": 1}
        assert f"Nobody works on it. Go on: dispatch send {SLUG} --list daily" in room.run("status", SLUG).stdout
        found = room.run("run-due")
        assert found.returncode == 3
        assert "A sender died before: 1 message it was sending may have arrived." in found.stdout
        assert room.counts(SLUG) == {"accepted": last, "unknown": 1}
        assert f"dispatch unknown {SLUG}" in room.run("status", SLUG).stdout
        quiet = room.run("run-due")
        assert (quiet.returncode, quiet.stdout) == (0, ""), "it is said once"
        server.release()


def test_a_sender_that_was_stopped_keeps_its_rows_and_goes_on(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server)
        stopped = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        stopped.send_signal(signal.SIGSTOP)
        other = room.run(*SEND)
        assert other.returncode == 3
        assert "died" not in other.stdout, "it holds its lock"
        assert f"Another process has 1 message on the wire: dispatch status {SLUG}" in other.stdout
        assert room.counts(SLUG)["sending"] == 1
        stopped.send_signal(signal.SIGCONT)
        server.release()
        stopped.communicate()
        assert stopped.returncode == 0
        assert sorted(server.recipients) == everyone()
        assert room.counts(SLUG) == {"accepted": READERS}


@pytest.mark.parametrize("at", [At.RCPT, At.DATA, At.CONTENT, At.DOT])
def test_a_sender_frozen_past_its_lease_and_thawed_loses_and_repeats_nobody(tmp_path: Path, at: At) -> None:
    with Door([], Rule(at, then=Then.HANG, to="r6@example.org", times=1)) as door:
        room = make(tmp_path, door)
        frozen = room.start(*SEND)
        door.wait_until(lambda: door.holding)
        frozen.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, frozen.pid, os.WSTOPPED | os.WNOWAIT)
        with closing(sqlite3.connect(room.folder / ".dispatch" / "dispatch.db")) as ledger, ledger:
            # As another machine sees it, a minute and a half later: a lock that is not there, and no heartbeat.
            ledger.execute("UPDATE worker SET host = 'elsewhere', expires_at = 0")
        other = room.run(*SEND)
        assert other.returncode == 3
        assert "A sender died before: 1 message it was sending may have arrived." in other.stdout
        assert room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}
        frozen.send_signal(signal.SIGCONT)
        door.let_go()
        said = frozen.communicate()[0]
        assert frozen.returncode == 0, said
        assert room.counts(SLUG) == {"accepted": READERS}, "the answer that it had missed settles the doubt"
        assert sorted(door.recipients) == everyone()


def test_a_killed_senders_rows_are_found_by_the_next_command(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server)
        killed = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        killed.kill()
        killed.communicate()
        server.release()
        assert room.run(*SEND).returncode == 3
        assert room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}
        assert room.run(*SEND, "--on-unknown", "resend").returncode == 0
        assert room.counts(SLUG) == {"accepted": READERS}
