"""A send paused, resumed, cancelled and limited from the command line, while it runs and after."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
READERS = 40


def make(folder: Path, server: SmtpServer, settings: str = "") -> Newsroom:
    room = Newsroom.make(folder / "room", f"smtp://127.0.0.1:{server.port}", READERS)
    file = room.folder / "dispatch.toml"
    file.write_text(f"{file.read_text()}connections = 1\n{settings}")
    return room


def test_a_pause_from_another_terminal_stops_a_running_send_and_resume_finishes_it(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server, "\n[throttle]\nper_second = 5\n")
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        paused = room.run("pause", SLUG)
        assert f"dispatch resume {SLUG} --list daily" in paused.stdout
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3
        assert "Paused by hand" in said
        assert len(server.messages) < READERS
        before = len(server.messages)
        assert room.run("run-due").returncode == 0
        refused = room.run(*SEND)
        assert refused.returncode == 2
        assert f"dispatch resume {SLUG}" in refused.stderr
        assert "paused by hand" in room.run("status", SLUG).stdout
        assert f"of {READERS}; daily is held: paused by hand" in room.run("status").stdout
        assert len(server.messages) == before, "neither cron nor a plain send overrides a person"
        file = room.folder / "dispatch.toml"
        file.write_text(file.read_text().replace("per_second = 5\n", ""))
        resumed = room.run("resume", SLUG)
        assert resumed.returncode == 0, resumed.stderr
        assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(READERS))


def test_a_cancelled_send_mails_nobody_more_and_cannot_be_resumed(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = make(tmp_path, server)
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 6)
        asked = room.run("cancel", SLUG)
        assert asked.returncode == 2
        assert "--yes" in asked.stderr
        assert room.run("cancel", SLUG, "--yes").returncode == 0
        server.release()
        sender.communicate()
        assert len(server.messages) == 6
        assert room.counts(SLUG) == {"accepted": 6, "cancelled": READERS - 6}
        for command in (("resume", SLUG), SEND, ("retry", SLUG), ("pause", SLUG)):
            refused = room.run(*command)
            assert refused.returncode == 2, command
            assert "cancelled" in refused.stderr
        assert len(server.messages) == 6


def test_what_may_not_go_today_waits_for_run_due_and_says_so(tmp_path: Path, server: SmtpServer) -> None:
    room = make(tmp_path, server, "\n[throttle]\nper_day = 15\n")
    sent = room.run(*SEND)
    assert sent.returncode == 3
    assert "15 a day" in sent.stdout
    assert "run-due" in sent.stdout
    assert len(server.messages) == 15
    quiet = room.run("run-due")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert "waits until" in room.run("status", SLUG).stdout
    assert len(server.messages) == 15


def test_a_run_that_begins_with_refusals_stops_after_ten_and_is_held(tmp_path: Path) -> None:
    with SmtpServer(rules=["mail=550 5.7.1 We do not relay for you"]) as server:
        room = make(tmp_path, server)
        sent = room.run(*SEND)
        assert sent.returncode == 3
        assert "10 messages in a row failed: the server refuses us" in sent.stderr
        assert f"dispatch send {SLUG} --list daily" in sent.stderr
        assert room.run("run-due").stdout == ""
        assert room.counts(SLUG)["queued"] == READERS - 10


def test_messages_in_doubt_are_listed_and_decided_about(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#2*2=!close"]) as server:
        room = make(tmp_path, server)
        assert room.run(*SEND).returncode == 3
        listed = json.loads(room.run("unknown", SLUG, "--json").stdout)
        assert len(listed) == 2
        assert {"address", "list", "since", "said"} <= set(listed[0])
        assert room.run("unknown", SLUG, "--resend").returncode == 2, "asked first"
        assert room.run("unknown", SLUG, "--resend", "--yes").returncode == 0
        assert room.counts(SLUG)["queued"] == 2
        assert room.run(*SEND).returncode == 0
        assert len(server.messages) == READERS + 2, "two had arrived, and were asked for again"
        assert "Nothing is in doubt" in room.run("unknown", SLUG).stdout


def test_messages_in_doubt_can_be_counted_as_accepted(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#2*2=!close"]) as server:
        room = make(tmp_path, server)
        assert room.run(*SEND).returncode == 3
        assert room.run("unknown", SLUG, "--assume-accepted", "--yes").returncode == 0
        assert room.counts(SLUG) == {"accepted": READERS}
        assert room.run(*SEND).returncode == 0
        assert len(server.messages) == READERS


def test_a_clock_that_went_back_stops_send_and_run_due_until_a_person_says_it_is_right(
    tmp_path: Path, server: SmtpServer
) -> None:
    room = make(tmp_path, server)
    assert room.run(*SEND).returncode == 0
    with sqlite3.connect(room.folder / ".dispatch" / "dispatch.db") as ledger:
        ledger.execute("UPDATE worker SET started_at = started_at + 86400")
    for command in (("run-due",), SEND):
        stopped = room.run(*command)
        assert stopped.returncode == 2, stopped.stderr
        assert "clock went back" in stopped.stderr
        assert "--trust-clock" in stopped.stderr
    assert room.run("run-due", "--trust-clock").returncode == 0
    assert room.run(*SEND).returncode == 0


def test_a_send_that_a_set_back_clock_interrupts_goes_on_once_where_a_person_trusts_the_clock(tmp_path: Path) -> None:
    with SmtpServer(rules=["rcpt*1@r3@example.org=451 4.7.1 Greylisted, come back"]) as server:
        room = make(tmp_path, server)
        assert room.run(*SEND, "--limit", "10").returncode == 3
        with closing(sqlite3.connect(room.folder / ".dispatch" / "dispatch.db")) as ledger, ledger:
            # All that is in it was written an hour later than it is now.
            ledger.execute("UPDATE worker SET started_at = started_at + 3600, ended_at = ended_at + 3600")
            ledger.execute("UPDATE event SET at = at + 3600")
            ledger.execute("UPDATE delivery SET next_at = next_at + 3600, updated_at = updated_at + 3600")
        for command in (SEND, ("resume", SLUG), ("retry", SLUG), ("run-due",)):
            refused = room.run(*command)
            assert refused.returncode == 2, refused.stdout
            assert "clock went back" in refused.stderr
        assert len(server.messages) == 9, "nothing went by a clock that nobody vouches for"
        assert room.run("run-due", "--trust-clock").returncode == 0
        assert room.run(*SEND).returncode == 3
        assert room.counts(SLUG) == {"accepted": READERS - 1, "deferred": 1}
        assert room.run("retry", SLUG).returncode == 0
        assert room.counts(SLUG) == {"accepted": READERS}
        assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(READERS))


def test_pausing_what_was_never_sent_says_so(tmp_path: Path, server: SmtpServer) -> None:
    room = make(tmp_path, server)
    for command in ("pause", "resume", "cancel", "unknown"):
        refused = room.run(command, "nothing")
        assert refused.returncode == 2
        assert "dispatch status" in refused.stderr


def test_what_is_cancelled_already_is_not_said_to_be_taken_back(tmp_path: Path) -> None:
    with SmtpServer() as server:
        room = make(tmp_path, server)
        assert room.run(*SEND, "--limit", "1").returncode == 3
        assert f"{READERS - 1} messages taken back" in room.run("cancel", SLUG, "--yes").stdout
        again = room.run("cancel", SLUG)
        assert again.returncode == 0
        assert again.stdout == f"{SLUG} to daily was cancelled already.\n"


@pytest.mark.parametrize("command", ["retry", "unknown", "pause", "resume", "cancel"])
def test_a_list_that_an_edition_never_went_to_is_refused(tmp_path: Path, command: str) -> None:
    with SmtpServer(rules=["rcpt@r1@example.org=451 4.3.0 Later"]) as server:
        room = make(tmp_path, server)
        assert room.run(*SEND).returncode == 3
        refused = room.run(command, SLUG, "--list", "dayly")
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"error: No edition '{SLUG}' was ever sent to list 'dayly'.\n")
        assert len(server.messages) == READERS - 1
