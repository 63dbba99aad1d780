"""Several processes share one send: each reader once, one report, and what becomes of it when some end early."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_rules import Rule
from support.smtp_server import Features, SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
THREE = (*SEND, "--workers", "3", "--connections", "3")
READERS = 90


def everyone(readers: int = READERS) -> list[str]:
    return sorted(f"r{number}@example.org" for number in range(readers))


def newsroom(folder: Path, server: SmtpServer, settings: str = "", readers: int = READERS) -> Newsroom:
    room = Newsroom.make(folder / "room", f"smtp://127.0.0.1:{server.port}", readers)
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + settings)
    return room


def ask(room: Newsroom, question: str, *values: object) -> list[tuple[int, ...]]:
    with sqlite3.connect(room.folder / ".dispatch" / "dispatch.db") as ledger:
        return ledger.execute(question, values).fetchall()


@dataclass
class Run:
    """A send by three processes with a connection each, all of which wait for the answer to a message."""

    room: Newsroom
    server: SmtpServer
    sender: subprocess.Popen[str]

    @property
    def others(self) -> list[int]:
        """The processes that share the work, but for the one that was started."""
        pids = [pid for (pid,) in ask(self.room, "SELECT pid FROM worker WHERE ended_at IS NULL ORDER BY id")]
        return [pid for pid in pids if pid != self.sender.pid]

    def read_until(self, words: str) -> str:
        assert self.sender.stdout is not None
        for line in self.sender.stdout:
            if words in line:
                return line
        raise AssertionError(f"it never said {words!r}")

    def signal(self, number: signal.Signals) -> None:
        """To all processes at once, as a terminal sends Ctrl-C."""
        os.killpg(self.sender.pid, number)


HANGING = 20
"""So many messages are answered at once; each later one waits until the server releases it."""


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Run]:
    with SmtpServer(rules=[f"dot#{HANGING}=!hang"]) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*THREE, alone=True)
        server.wait_until(lambda: len(server.messages) == HANGING + 3)
        yield Run(room, server, sender)
        server.release()
        sender.kill()
        sender.wait()
        assert sender.stdout is not None
        sender.stdout.close()


def wait_for_end(pid: int) -> None:
    """Block until a process that is not ours has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([process], [], [], 60)[0], f"process {pid} does not end"
    finally:
        os.close(process)


def test_four_processes_mail_everyone_once_and_report_as_one(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server, readers=400)
    # A limit is split: all of it goes only where each did its part, however late it started.
    sent = room.run(*SEND, "--workers", "4", "--limit", "400")
    assert sent.returncode == 0, sent.stderr
    assert sorted(server.recipients) == everyone(400)
    assert "This run: 400 accepted" in sent.stdout
    assert len(set(ask(room, "SELECT pid FROM worker"))) == 4
    assert server.connections == 10, "ten between them"


def test_a_limit_is_the_limit_of_all_together(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server)
    assert room.run(*SEND, "--workers", "4", "--limit", "11").returncode == 3
    assert room.counts(SLUG) == {"accepted": 11, "queued": READERS - 11}
    assert len(server.messages) == 11


def test_there_are_never_more_processes_than_connections(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server, '[relays."127.0.0.1"]\nconnections = 2\n')
    assert room.run(*SEND, "--workers", "5").returncode == 0
    assert sorted(server.recipients) == everyone()
    assert ask(room, "SELECT count(*) FROM worker") == [(2,)]


def test_what_is_due_is_shared_as_the_settings_say(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server, "workers = 3\n")
    assert room.run(*SEND, "--workers", "1", "--smtp", "smtp://127.0.0.1:9").returncode == 1
    assert ask(room, "SELECT count(*) FROM worker") == [(1,)]
    due = room.run("run-due")
    assert due.returncode == 0, due.stderr
    assert sorted(server.recipients) == everyone()
    assert ask(room, "SELECT count(*) FROM worker") == [(4,)]


def test_a_limit_a_day_holds_for_all_together(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server, "[throttle]\nper_day = 30\n")
    sent = room.run(*THREE)
    assert sent.returncode == 3
    assert len(server.messages) == 30
    assert "It goes on at" in sent.stdout


def test_a_password_is_fetched_once_for_all(tmp_path: Path) -> None:
    with SmtpServer(Features(auth=("me", "s3cret"))) as server:
        command = "sh -c 'echo asked >> asked.txt; echo s3cret'"
        room = newsroom(tmp_path, server, f'password_command = "{command}"\n')
        toml = room.folder / "dispatch.toml"
        toml.write_text(toml.read_text().replace("smtp://", "smtp://me@"))
        sent = room.run(*THREE, "--limit", str(READERS))
        assert sent.returncode == 0, sent.stderr
        assert server.commands.count("AUTH PLAIN") == 3
        assert (room.folder / "asked.txt").read_text() == "asked\n"


def test_a_password_that_nobody_needs_need_not_be_there(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server, 'password_command = "false {host}"\n')
    sent = room.run(*THREE, "--smtp", f"smtp://127.0.0.1:{server.port}", "--smtp", "smtp://me@backup.invalid")
    assert sent.returncode == 0, sent.stderr
    assert sorted(server.recipients) == everyone()


def test_settings_that_are_broken_while_it_begins_stop_only_who_reads_them(tmp_path: Path) -> None:
    with SmtpServer(Features(auth=("me", "s3cret"))) as server:
        # It is asked when the first process has read them, and before the others are started.
        command = "sh -c 'echo oops >> dispatch.toml; echo s3cret'"
        room = newsroom(tmp_path, server, f'password_command = "{command}"\n')
        sent = room.run(*THREE, "--smtp", f"smtp://me@127.0.0.1:{server.port}")
        assert sent.returncode == 0, sent.stderr
        assert sorted(server.recipients) == everyone()
        assert f"This run: {READERS} accepted" in sent.stdout
        assert sent.stderr.count("One of 3 processes gave up: dispatch.toml:") == 1


def test_that_a_server_is_down_is_said_once(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server)
    sent = room.run(
        *THREE, "--limit", str(READERS), "--smtp", "smtp://127.0.0.1:9", "--smtp", f"smtp://127.0.0.1:{server.port}"
    )
    assert sent.returncode == 0, sent.stderr
    assert sorted(server.recipients) == everyone()
    assert sent.stderr.count("Mail goes through") == 1


def test_a_process_that_is_killed_is_missed_and_the_others_do_the_rest(hanging: Run) -> None:
    killed = hanging.others[0]
    os.kill(killed, signal.SIGKILL)
    said = hanging.read_until("killed")
    assert f"Process {killed}" in said
    assert "SIGKILL. 1 message that it was sending may have arrived" in said
    hanging.server.release()
    told = hanging.sender.communicate()[0]
    assert hanging.sender.returncode == 3, "one message is in doubt"
    assert "This run: about " in told, "nobody can say how much it did"
    assert hanging.room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}
    assert sorted(hanging.server.recipients) == everyone()
    assert f"dispatch unknown {SLUG}" in told


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        (signal.SIGKILL, {"accepted": READERS - 1, "unknown": 1}),
        (signal.SIGTERM, {"accepted": READERS}),
    ],
)
def test_what_one_leaves_is_done_though_the_others_had_nothing_left_to_do(
    hanging: Run, end: signal.Signals, counts: dict[str, int]
) -> None:
    stuck = hanging.others[0]
    os.kill(stuck, signal.SIGSTOP)
    question = "SELECT count(*) FROM delivery WHERE state = 'queued' AND claim = (SELECT id FROM worker WHERE pid = ?)"
    ((in_hand,),) = ask(hanging.room, question, stuck)
    assert in_hand > 1
    hanging.server.release()
    hanging.server.wait_until(lambda: len(hanging.server.messages) == READERS - in_hand and hanging.server.open == 1)
    os.kill(stuck, end)
    os.kill(stuck, signal.SIGCONT)
    hanging.sender.communicate()
    assert hanging.room.counts(SLUG) == counts
    assert hanging.sender.returncode == (3 if "unknown" in counts else 0)
    assert sorted(hanging.server.recipients) == everyone()


def test_of_one_that_is_killed_only_what_is_so_is_said(hanging: Run) -> None:
    stuck, other = hanging.others
    os.kill(stuck, signal.SIGSTOP)  # with a message on the wire that the server is about to answer
    hanging.sender.send_signal(signal.SIGINT)
    hanging.read_until("on the wire")
    hanging.server.release()
    wait_for_end(other)
    os.kill(stuck, signal.SIGKILL)
    said = hanging.read_until("killed")
    assert "1 message that it was sending may have arrived" in said
    assert "The others" not in said, "nobody does the rest: a person stopped all"
    assert hanging.sender.wait() == 3


def test_one_that_is_killed_before_it_sends_leaves_no_doubt(tmp_path: Path) -> None:
    with SmtpServer(rules=["banner#1*1=!hang", "dot*1=!hang"]) as server:
        run = Run(room := newsroom(tmp_path, server), server, room.start(*SEND, "--workers", "2", "--connections", "2"))
        server.wait_until(lambda: server.connections == 2)
        os.kill(run.others[0], signal.SIGKILL)
        said = run.read_until("killed")
        assert said.endswith("SIGKILL. The others do the rest of its part.\n")
        server.release()
        run.sender.communicate()
        assert run.sender.returncode == 0
        assert sorted(server.recipients) == everyone()


def test_what_one_leaves_is_done_though_messages_to_slowed_domains_must_wait(tmp_path: Path) -> None:
    slowed = ["one@slow.example", "two@slow.example"]
    with SmtpServer(rules=[f"dot#{HANGING}=!hang"]) as server:
        room = newsroom(tmp_path, server, '[domains."slow.example"]\nper_day = 1\n')
        room.write_list("daily", [*slowed, *everyone()])
        run = Run(room, server, room.start(*SEND, "--workers", "2", "--connections", "2"))
        server.wait_until(lambda: len(server.messages) == HANGING + 2)
        (stuck,) = run.others
        os.kill(stuck, signal.SIGSTOP)
        server.release()
        server.wait_until(lambda: server.open == 1)
        left = READERS + 1 - len(server.messages)
        assert left > 1
        os.kill(stuck, signal.SIGKILL)
        run.sender.communicate()
        assert run.sender.returncode == 3
        assert len(server.messages) == READERS + 1
        assert set(server.recipients) - set(slowed) == set(everyone())


@pytest.mark.patient
def test_one_that_says_nothing_for_long_is_named_with_the_way_to_go_on(hanging: Run) -> None:
    stuck = hanging.others[0]
    os.kill(stuck, signal.SIGSTOP)
    hanging.server.release()
    assert f"kill -9 {stuck}" in hanging.read_until("has said nothing")
    os.kill(stuck, signal.SIGKILL)
    hanging.sender.communicate()
    assert hanging.sender.returncode == 3
    assert sorted(hanging.server.recipients) == everyone()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_lets_all_finish_what_is_on_the_wire(hanging: Run, number: signal.Signals) -> None:
    hanging.signal(number)
    hanging.read_until("on the wire")
    hanging.server.release()
    said = hanging.sender.communicate()[0]
    assert hanging.sender.returncode == 3
    assert f"dispatch send {SLUG} --list daily" in said
    # Each had one on the wire, and may have sent the next one's envelope along with it.
    accepted = len(hanging.server.messages)
    assert HANGING + 3 <= accepted <= HANGING + 6
    assert hanging.room.counts(SLUG) == {"accepted": accepted, "queued": READERS - accepted}
    assert re.search(rf"This run: {accepted} accepted", said)


def test_a_process_that_the_system_does_not_grant_is_done_without(tmp_path: Path, server: SmtpServer) -> None:
    room = newsroom(tmp_path, server)
    # So few files that two processes' pipes are too many, and a send by one process is not.
    command = shlex.join(room.command(*SEND, "--workers", "9", "--connections", "9"))
    sent = subprocess.run(
        ["sh", "-c", f"ulimit -n 24; exec {command}"],
        cwd=room.folder,
        env=room.variables,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert sent.returncode == 0, sent.stderr
    assert "Of 8 more processes, " in sent.stderr
    assert sorted(server.recipients) == everyone()


def test_one_that_is_ended_by_a_signal_without_a_name_is_missed_too(hanging: Run) -> None:
    os.kill(hanging.others[0], signal.SIGRTMIN + 6)
    assert f"was killed by signal {signal.SIGRTMIN + 6}." in hanging.read_until("killed")
    hanging.server.release()
    hanging.sender.communicate()
    assert hanging.sender.returncode == 3
    assert sorted(hanging.server.recipients) == everyone()


def test_a_signal_at_the_very_beginning_ends_nobody_halfway(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot*1=!hang"]) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*THREE, alone=True)
        # The first has a message on the wire, and the others are still about to begin.
        server.wait_until(lambda: len(server.messages) == 1)
        os.killpg(sender.pid, signal.SIGINT)
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3
        assert "Traceback" not in said
        assert "Process " not in said, "nobody died"
        assert room.counts(SLUG)["accepted"] == len(server.messages)


def test_a_second_signal_lets_all_drop_it(hanging: Run) -> None:
    hanging.signal(signal.SIGINT)
    hanging.read_until("on the wire")
    hanging.signal(signal.SIGINT)
    hanging.sender.communicate()
    assert hanging.sender.returncode == 130
    assert hanging.room.counts(SLUG) == {"accepted": HANGING, "unknown": 3, "queued": READERS - HANGING - 3}
    assert hanging.others == []


def test_a_third_signal_ends_one_that_is_stuck(hanging: Run) -> None:
    stuck, other = hanging.others
    os.kill(stuck, signal.SIGSTOP)
    hanging.sender.send_signal(signal.SIGINT)
    hanging.read_until("on the wire")
    hanging.sender.send_signal(signal.SIGINT)
    wait_for_end(other)
    hanging.sender.send_signal(signal.SIGINT)
    hanging.sender.communicate()
    assert hanging.sender.returncode == 130
    assert hanging.room.counts(SLUG)["unknown"] == 3


def test_where_the_first_is_killed_the_others_finish_what_is_on_the_wire_and_end(hanging: Run) -> None:
    others = hanging.others
    assert len(others) == 2
    hanging.sender.kill()
    hanging.sender.wait()
    hanging.server.release()
    for pid in others:
        wait_for_end(pid)
    assert len(hanging.server.messages) <= HANGING + 3 + 2
    assert hanging.room.run(*SEND).returncode == 3
    assert hanging.room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}
    assert sorted(hanging.server.recipients) == everyone()


def test_one_that_finds_that_messages_fail_stops_all(tmp_path: Path) -> None:
    rules = ["dot@r0@example.org=!hang", "rcpt@r0@example.org=250 2.1.5 Ok", "rcpt=550 5.7.1 We do not like you"]
    with SmtpServer(rules=rules) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*SEND, "--workers", "2", "--connections", "2")
        run = Run(room, server, sender)
        server.wait_until(lambda: server.commands.count("QUIT") == 1)  # the other one gives up
        for pid in run.others:
            wait_for_end(pid)
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3
        assert "Stopped: " in said
        counts = room.counts(SLUG)
        assert counts["accepted"] == 1
        assert counts["deferred"] <= 12, "ten of the other's, and what went with the one message of the first"
        assert room.run("run-due").stdout == "", "a person has to look at it first"


def test_one_that_gets_no_connection_leaves_its_part_to_the_others(tmp_path: Path) -> None:
    with SmtpServer(rules=["banner#1*1=421 4.3.2 Too many connections !close", "dot*1=!hang"]) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*SEND, "--workers", "2", "--connections", "2")
        server.wait_until(lambda: server.connections == 2)
        for pid in Run(room, server, sender).others:
            wait_for_end(pid)
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 0, said
        assert sorted(server.recipients) == everyone()
        assert "One of 2 processes gave up: " in said
        assert "421 4.3.2 Too many connections" in said


NO_LOGIN = "530 5.7.0 Authentication required"


def test_what_one_did_before_it_gave_up_is_reported(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot*1=!hang", f"mail#6*1={NO_LOGIN}"]) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*SEND, "--workers", "2", "--connections", "2")
        server.wait_until(lambda: len(server.messages) == 6 and server.open == 1)
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 0, said
        assert "One of 2 processes gave up: " in said
        assert f"This run: {READERS} accepted" in said


def test_what_the_first_did_before_it_gave_up_is_reported(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*1=!hang"]) as server:
        room = newsroom(tmp_path, server)
        sender = room.start(*SEND, "--workers", "2", "--connections", "2")
        server.wait_until(lambda: server.connections == 2 and server.open == 1)
        server.rules.append(Rule.parse(f"mail*1={NO_LOGIN}"))
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3, said
        assert "One of 2 processes gave up: " in said
        assert f"This run: {len(server.messages)} accepted" in said
        assert room.counts(SLUG)["accepted"] == len(server.messages)
