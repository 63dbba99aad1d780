"""A ledger that is locked, damaged, from a newer version, or somebody else's: said, and nobody is mailed twice."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.door import Door
from support.newsroom import Newsroom
from support.smtp_rules import At, Rule, Then
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily")
READERS = ["r0@example.org", "r1@example.org", "r2@example.org"]


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    """A newsroom that has sent to one of its three readers."""
    room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
    assert room.run(*SEND, "--limit", "1").returncode == 3
    assert len(server.messages) == 1
    return room


def ledger_of(room: Newsroom) -> Path:
    return room.folder / ".dispatch" / "dispatch.db"


def wait_only(room: Newsroom, seconds: float) -> None:
    settings = room.folder / "dispatch.toml"
    text = settings.read_text().replace(
        "[ledger]", f'[ledger]\nurl = "sqlite:///.dispatch/dispatch.db?timeout={seconds}"'
    )
    settings.write_text(text)


def the_rest_get_it_once(room: Newsroom, server: SmtpServer) -> None:
    done = room.run(*SEND)
    assert done.returncode == 0, done.stderr
    assert sorted(server.recipients) == READERS
    assert room.counts(SLUG) == {"accepted": 3}


def test_a_locked_ledger_names_the_cause_and_the_send_goes_on_once_it_is_free(
    room: Newsroom, server: SmtpServer
) -> None:
    wait_only(room, 0.2)
    holder = sqlite3.connect(ledger_of(room), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        refused = room.run(*SEND)
        looked = room.run("status", SLUG)
    finally:
        holder.close()
    assert refused.returncode == 1
    assert "Another program holds the ledger" in refused.stderr
    assert "→ Wait for it or end it, then run the same command again." in refused.stderr
    assert "Traceback" not in refused.stderr
    assert looked.returncode == 0, "who only looks does not wait"
    assert "1 accepted" in looked.stdout
    assert len(server.messages) == 1
    the_rest_get_it_once(room, server)


@contextmanager
def locked(room: Newsroom) -> Iterator[None]:
    """Another program holds the ledger."""
    hold = (
        "import sqlite3, sys; ledger = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "ledger.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(ledger_of(room))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield
        holder.communicate()


@contextmanager
def answering(folder: Path, seconds: float | None = None) -> Iterator[tuple[Newsroom, Door, subprocess.Popen[str]]]:
    """A send of which the first message has gone, and the second is about to be answered; it waits for so many
    ``seconds`` where another program holds the ledger."""
    with Door([], Rule(At.DOT, then=Then.HANG, to="r1@example.org", times=1)) as door:
        room = Newsroom.make(folder / "room", f"smtp://{door.host}:{door.port}")
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + "connections = 1\n\n[ledger]\n")
        if seconds is not None:
            wait_only(room, seconds)
        with room.start(*SEND) as sender:
            door.wait_until(lambda: door.holding)
            yield room, door, sender


def test_a_ledger_that_is_locked_for_a_while_only_holds_up_a_send(tmp_path: Path) -> None:
    with answering(tmp_path) as (room, door, sender):
        with locked(room):
            door.let_go()
            # Looking takes its time, and meanwhile the sender tries to write down the answer.
            assert room.counts(SLUG) == {"accepted": 1, "sending": 1, "queued": 1}
            assert sender.poll() is None
        said = sender.communicate()[0]
        assert sender.returncode == 0, said
        assert room.counts(SLUG) == {"accepted": 3}
        assert sorted(door.recipients) == READERS


@pytest.mark.patient
def test_a_ledger_that_is_locked_for_half_a_minute_only_holds_up_a_send(tmp_path: Path) -> None:
    with answering(tmp_path) as (room, door, sender):
        with locked(room):
            door.let_go()
            time.sleep(30)
            assert sender.poll() is None
        said = sender.communicate()[0]
        assert sender.returncode == 0, said
        assert room.counts(SLUG) == {"accepted": 3}
        assert sorted(door.recipients) == READERS


def test_a_sender_whose_ledger_stays_locked_stops_and_what_it_was_sending_is_in_doubt(tmp_path: Path) -> None:
    with answering(tmp_path, seconds=0.2) as (room, door, sender):
        with locked(room):
            door.let_go()
            said = sender.communicate()[0]
        assert sender.returncode == 1
        assert "Another program holds the ledger" in said
        assert "→ Wait for it or end it, then run the same command again." in said
        assert "Traceback" not in said
        again = room.run(*SEND)
        assert again.returncode == 3, again.stderr
        assert room.counts(SLUG) == {"accepted": 2, "unknown": 1}
        assert room.run("unknown", SLUG).stdout.startswith("r1@example.org ")
        assert sorted(door.recipients) == READERS, "nobody twice"


def newer(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def scrambled(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))


def cut_short(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def overwritten(file: Path) -> None:
    file.write_text("Not a database, but a note to myself.\n" * 200)


def replaced_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def replaced_by_another_program(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE recipes (title TEXT)")
    connection.commit()
    connection.close()


HARMS: dict[Callable[[Path], None], tuple[str, str]] = {
    newer: ("was written by a newer Dispatch (schema 9999", "→ Upgrade Dispatch here"),
    scrambled: ("The ledger's file is damaged", "→ Restore it from a backup"),
    cut_short: ("The ledger's file is damaged", "→ Restore it from a backup"),
    emptied: ("there is no ledger at .dispatch/dispatch.db", "→ Copy that ledger here"),
    overwritten: ("This file is no ledger", "restore the file from a backup"),
    replaced_by_a_folder: ("The ledger cannot be opened", "→ Check that its folder exists"),
    replaced_by_another_program: ("there is no ledger at .dispatch/dispatch.db", "→ Copy that ledger here"),
}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_harmed_ledger_stops_every_command_and_its_backup_goes_on(
    harm: Callable[[Path], None], room: Newsroom, server: SmtpServer
) -> None:
    ledger = ledger_of(room)
    backup = room.folder / "backup.db"
    shutil.copy(ledger, backup)
    harm(ledger)
    harmed = ledger.read_bytes() if ledger.is_file() else b""
    what, then = HARMS[harm]
    for command in (SEND, (*SEND, "--dry-run"), ("status",), ("suppress", "ann@example.org", "--reason", "moved")):
        answer = room.run(*command)
        assert answer.returncode in {1, 2}, answer.stdout
        assert what in answer.stderr
        assert then in answer.stderr
        assert "Traceback" not in answer.stderr
    assert len(server.messages) == 1
    if ledger.is_dir():
        ledger.rmdir()
    else:
        assert ledger.read_bytes() == harmed, "what may still be saved is left as it is"
    shutil.copy(backup, ledger)
    the_rest_get_it_once(room, server)


def test_a_file_of_another_program_is_never_made_a_ledger(tmp_path: Path, server: SmtpServer) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
    other = room.folder / "recipes.db"
    other.touch()
    replaced_by_another_program(other)
    before = other.read_bytes()
    settings = room.folder / "dispatch.toml"
    settings.write_text(f'{settings.read_text()}\n[ledger]\nurl = "sqlite:///recipes.db"\n')
    answer = room.run(*SEND)
    assert answer.returncode == 1
    assert "it holds other tables" in answer.stderr
    assert "recipes" in answer.stderr
    assert "→ Check [ledger] url in dispatch.toml" in answer.stderr
    assert other.read_bytes() == before
    assert server.connections == 0


def test_state_that_cannot_be_kept_because_a_file_stands_there(tmp_path: Path, server: SmtpServer) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
    (room.folder / ".dispatch").write_text("")
    answer = room.run(*SEND)
    assert answer.returncode == 1
    assert ".dispatch: File exists" in answer.stderr
    assert "→ A file stands where a folder is needed" in answer.stderr
    assert server.connections == 0
