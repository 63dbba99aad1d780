"""A newsletter whose ledger lies on a PostgreSQL server: alone, from several machines, and when the server goes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.postgresql import PASSWORD, PostgreSQL
from support.smtp_server import SmtpServer

pytestmark = pytest.mark.postgresql

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
READERS = 60
EVERYBODY = sorted(f"r{number}@example.org" for number in range(READERS))

Make = Callable[[SmtpServer], Newsroom]


@pytest.fixture
def make(tmp_path: Path, postgresql: PostgreSQL, postgresql_empty: str) -> Make:
    """A newsroom of :data:`READERS` that sends over two connections, and whose ledger nobody has founded yet."""

    def newsroom(server: SmtpServer) -> Newsroom:
        room = Newsroom.make(
            tmp_path / "room",
            f"smtp://127.0.0.1:{server.port}",
            READERS,
            ledger=postgresql.address(postgresql_empty),
            environment={"PGPASSWORD": PASSWORD},
        )
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + "connections = 2\n")
        return room

    return newsroom


def workers(postgresql: PostgreSQL, database: str) -> set[int]:
    """The processes that have worked here."""
    with postgresql.superuser(database) as connection:
        return {pid for (pid,) in connection.execute("SELECT pid FROM worker")}


def test_a_newsletter_lives_on_a_server_as_it_does_in_a_file(
    make: Make, server: SmtpServer, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    room = make(server)
    # As a user's own file has it, which cron sees too.
    (tmp_path / ".pgpass").write_text(f"127.0.0.1:{postgresql.port}:*:dispatch:{PASSWORD}\n")
    (tmp_path / ".pgpass").chmod(0o600)
    room = Newsroom(room.folder, {"HOME": str(tmp_path)})
    assert room.run(*SEND, "--dry-run").returncode == 0
    sent = room.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert sorted(server.recipients) == EVERYBODY
    assert room.run(*SEND).returncode == 0
    assert len(server.messages) == READERS, "a second run mails nobody"
    assert room.run("unsubscribe", "r1@example.org", "--list", "daily").returncode == 0
    assert room.run("suppress", "r2@example.org", "--reason", "manual").returncode == 0
    assert "accepted" in room.run("explain", "r1@example.org").stdout
    assert "r2@example.org" in room.run("suppressions").stdout
    again = room.run(*SEND, "--slug", "second")
    assert again.returncode == 0, again.stderr
    assert len(server.messages) == 2 * READERS - 2
    assert not (room.folder / ".dispatch" / "dispatch.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "password", "said"),
    [
        ("dispatch@", "dispatch@", "not the password", "refuses the login"),
        ("/ledger", "/nowhere", PASSWORD, "createdb --owner=dispatch"),
        ("127.0.0.1", "nowhere.invalid", PASSWORD, "pg_isready --host=nowhere.invalid"),
    ],
)
def test_a_server_that_does_not_let_us_in_is_an_error_with_the_next_command(
    make: Make, server: SmtpServer, old: str, new: str, password: str, said: str
) -> None:
    room = make(server)
    settings = room.folder / "dispatch.toml"
    head, table, tail = settings.read_text().partition("[ledger]")
    settings.write_text(head + table + tail.replace(old, new, 1))
    for command in (SEND, ("status",), ("run-due",)):
        refused = Newsroom(room.folder, {"PGPASSWORD": password}).run(*command)
        assert refused.returncode == 1
        assert refused.stderr.startswith("error: ")
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
        assert password not in refused.stdout + refused.stderr
    assert server.messages == []


def test_four_that_begin_a_newsletters_first_send_at_once_from_two_machines_mail_everyone_once(
    make: Make, server: SmtpServer, tmp_path: Path
) -> None:
    here = make(server)
    there = here.on_another_machine(tmp_path / "there")
    senders = [room.start(*SEND) for room in (here, there, here, there)]
    said = [sender.communicate()[0] for sender in senders]
    assert {sender.returncode for sender in senders} <= {0, 3}, said
    assert sorted(server.recipients) == EVERYBODY
    assert here.counts(SLUG) == there.counts(SLUG) == {"accepted": READERS}


def test_several_processes_share_a_send_as_one_run(
    make: Make, server: SmtpServer, postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    # A limit is split: all of it goes only where each did its part, however late it started.
    sent = make(server).run(*SEND, "--workers", "3", "--connections", "3", "--limit", str(READERS))
    assert sent.returncode == 0, sent.stderr
    assert f"This run: {READERS} accepted" in sent.stdout
    assert sorted(server.recipients) == EVERYBODY
    assert len(workers(postgresql, postgresql_empty)) == 3


def test_one_of_several_processes_that_is_killed_is_missed_at_once(
    make: Make, postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    with SmtpServer(rules=["dot#20=!hang"]) as server:
        room = make(server)
        sender = room.start(*SEND, "--workers", "2")
        server.wait_until(lambda: len(server.messages) == 22)
        (killed,) = workers(postgresql, postgresql_empty) - {sender.pid}
        os.kill(killed, signal.SIGKILL)
        assert sender.stdout is not None
        said = next(line for line in sender.stdout if "killed" in line)
        assert "1 message that it was sending may have arrived" in said
        server.release()
        sender.communicate()
        assert sender.returncode == 3, "one message is in doubt"
        assert sorted(server.recipients) == EVERYBODY
        assert room.counts(SLUG) == {"accepted": READERS - 1, "unknown": 1}


def test_a_second_machine_takes_its_part_of_a_send_and_leaves_the_first_its_own(make: Make, tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*2=!hang"]) as server:
        here = make(server)
        there = here.on_another_machine(tmp_path / "there")
        first = here.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 7)
        second = there.run(*SEND)
        assert second.returncode == 3, second.stdout + second.stderr
        assert "This run: " in second.stdout
        assert len(server.messages) < READERS
        server.release()
        said = first.communicate()[0]
        assert first.returncode == 0, said
        assert sorted(server.recipients) == EVERYBODY


def test_a_pause_on_one_machine_stops_the_send_of_another_and_any_resumes_it(make: Make, tmp_path: Path) -> None:
    with SmtpServer(rules=["dot#5*2=!hang"]) as server:
        here = make(server)
        there = here.on_another_machine(tmp_path / "there")
        settings = here.folder / "dispatch.toml"
        settings.write_text(f"{settings.read_text()}\n[throttle]\nper_second = 5\n")
        sender = here.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 7)
        paused = there.run("pause", SLUG)
        assert paused.returncode == 0, paused.stderr
        server.release()
        said = sender.communicate()[0]
        assert sender.returncode == 3
        assert "Paused by hand" in said
        assert len(server.messages) < READERS
        assert here.run(*SEND).returncode == 2
        resumed = there.run("resume", SLUG)
        assert resumed.returncode == 0, resumed.stderr
        assert sorted(server.recipients) == EVERYBODY


def test_who_was_killed_on_one_machine_is_taken_for_dead_by_another_when_its_heartbeat_has_run_out(
    make: Make, tmp_path: Path, postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    with SmtpServer(rules=["dot#5*2=!hang"]) as server:
        here = make(server)
        there = here.on_another_machine(tmp_path / "there")
        sender = here.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 7)
        sender.send_signal(signal.SIGKILL)
        sender.communicate()
        early = there.run(*SEND)
        assert early.returncode == 3
        assert "A sender died" not in early.stdout, "it may be alive: nobody there can see its lock"
        with postgresql.superuser(postgresql_empty) as connection:
            connection.execute("UPDATE worker SET expires_at = 0 WHERE ended_at IS NULL")
        late = there.run(*SEND)
        assert late.returncode == 3
        assert "A sender died before: 2 messages it was sending may have arrived" in late.stdout
        assert there.counts(SLUG) == {"accepted": READERS - 2, "unknown": 2}
        assert max(Counter(server.recipients).values()) == 1
        server.release()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_server_that_goes_away_in_the_middle_costs_nobody_a_message_and_nobody_gets_two(
    make: Make, postgresql: PostgreSQL, at_once: bool
) -> None:
    with SmtpServer(rules=["dot#5*2=!hang"]) as server:
        room = make(server)
        sender = room.start(*SEND)
        server.wait_until(lambda: len(server.messages) == 7)
        with postgresql.down(at_once=at_once):
            server.release()
            said = sender.communicate()[0]
        assert sender.returncode == 1, said
        assert "error: The ledger's server " in said
        assert "run the same command again: nothing is lost, and nobody is mailed twice" in said
        assert "Traceback" not in said
        assert "psycopg" not in said, "the driver's words are not for readers of ours"
        room.run(*SEND)
        counts = room.counts(SLUG)
        assert counts["accepted"] + counts["unknown"] == READERS
        assert counts["unknown"] <= 2, "one a connection"
        assert max(Counter(server.recipients).values()) == 1
        assert READERS - len(server.recipients) <= counts["unknown"]


def test_what_is_scheduled_goes_once_though_two_machines_look_at_once(
    make: Make, server: SmtpServer, tmp_path: Path, postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    here = make(server)
    placed = here.run("schedule", "seeds/harbour.txt", "--list", "daily", "--at", "2031-01-01 07:00", "--yes")
    assert placed.returncode == 0, placed.stderr
    os.utime(here.folder / "seeds" / "harbour.txt", (0, 0))  # nobody writes in it any more
    there = here.on_another_machine(tmp_path / "there")
    with postgresql.superuser(postgresql_empty) as connection:
        connection.execute("UPDATE schedule SET due_at = extract(epoch FROM now()) - 60")
    runs = [room.start("run-due") for room in (here, there)]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sorted(server.recipients) == EVERYBODY


def test_a_newsletter_grows_onto_a_server_in_the_middle_of_a_send(
    server: SmtpServer, tmp_path: Path, postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    room = Newsroom.make(
        tmp_path / "room", f"smtp://127.0.0.1:{server.port}", READERS, environment={"PGPASSWORD": PASSWORD}
    )
    url = postgresql.address(postgresql_empty)
    early = room.run("ledger", "move", url)
    assert early.returncode == 2
    assert f'url = "{url}"' in early.stderr
    assert room.run(*SEND, "--limit", "20").returncode == 3
    assert room.run("ledger", "move", url.replace("dispatch@", "dispatch:secret@")).returncode == 1
    old_settings = (room.folder / "dispatch.toml").read_text()
    moved = room.run("ledger", "move", url)
    assert moved.returncode == 0, moved.stderr
    assert f"Moved to {url}: 1 list, {READERS} readers, 1 edition, {READERS} messages." in moved.stdout
    there = room.on_another_machine(tmp_path / "there")
    rest = there.run(*SEND)
    assert rest.returncode == 0, rest.stderr
    assert sorted(server.recipients) == EVERYBODY
    assert room.counts(SLUG) == {"accepted": READERS}
    assert room.run("ledger", "move", url).returncode == 2
    (room.folder / "dispatch.toml").write_text(old_settings)
    refused = room.run(*SEND)
    assert refused.returncode == 1
    assert f'url = "{url}"' in refused.stderr
    assert len(server.messages) == READERS
