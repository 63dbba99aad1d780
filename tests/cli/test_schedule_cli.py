"""Scheduled delivery: what is due goes once, what is late is held and said, and nothing goes that nobody released.

Time is moved by the clock that a run is given; the ledger and the mail server are real.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.cli import run
from dispatch.cli.agenda import show_agenda
from dispatch.cli.due import run_due
from dispatch.config.load import load_settings
from dispatch.errors import ExitCode
from support.newsroom import SEED, Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SOURCE = "seeds/harbour.txt"
NOW = datetime.now(UTC).replace(microsecond=0)
DUE = (NOW + timedelta(days=1)).replace(hour=7, minute=0, second=0)
BEFORE = DUE - timedelta(hours=1)
"""When a daily schedule is first looked at: one due time lies before DUE else, where the tests run before seven."""
AT = f"{DUE:%Y-%m-%d %H:%M}"
QUIET = timedelta(minutes=5)


@dataclass
class Said:
    code: ExitCode
    out: str
    err: str


class Desk:
    """A newsroom whose clock a test moves."""

    def __init__(self, room: Newsroom, server: SmtpServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.room, self.server, self.capsys = room, server, capsys
        os.chdir(room.folder)

    def ask(self, *args: str) -> Said:
        """Run a command line in this process, with nobody at the terminal."""
        self.capsys.readouterr()
        code = run(["-C", str(self.room.folder), *args])
        return Said(ExitCode(code), *self.capsys.readouterr())

    def dispatch(self, *args: str) -> str:
        done = self.ask(*args)
        assert done.code == ExitCode.OK, done.err
        return done.out

    def run_due(self, at: datetime) -> Said:
        self.capsys.readouterr()
        code = run_due(load_settings(self.room.folder, {}), lambda: at)
        return Said(code, *self.capsys.readouterr())

    def agenda(self, at: datetime) -> str:
        """What `dispatch schedules` shows at that time."""
        self.capsys.readouterr()
        show_agenda(load_settings(self.room.folder, {}), at, everything=False)
        return self.capsys.readouterr().out

    def seed(self, name: str, front: str = "", text: str = SEED, age: timedelta = timedelta(days=1)) -> Path:
        path = self.room.folder / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{front}---\n{text}" if front else text)
        self.age(path, age)
        return path

    def age(self, path: Path, age: timedelta) -> None:
        then = (NOW - age).timestamp()
        os.utime(path, (then, then))

    def settings(self, more: str) -> None:
        with (self.room.folder / "dispatch.toml").open("a") as file:
            file.write(more)

    @property
    def subjects(self) -> list[str]:
        return [str(received.message["Subject"]) for received in self.server.messages]

    def database(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.room.folder / ".dispatch" / "dispatch.db") as connection:
            connection.execute(statement, values)
        connection.close()


@pytest.fixture(autouse=True)
def _come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each desk works in its own folder; afterwards the tests are where they were."""
    monkeypatch.chdir(Path.cwd())


@pytest.fixture
def desk(tmp_path: Path, server: SmtpServer, capsys: pytest.CaptureFixture[str]) -> Desk:
    room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    made = Desk(room, server, capsys)
    made.age(room.folder / SOURCE, timedelta(days=1))
    return made


def story(number: int) -> str:
    return f"Story Number {number}\n\nOSLO, Nov 23 – The {number}th report names {number * 7} ships. More follows.\n"


# -- dispatch schedule ----------------------------------------------------------------------------------------------


def test_a_scheduled_edition_goes_at_its_time_once_and_not_before(desk: Desk) -> None:
    said = desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    for expected in ("3 readers", f"{AT} UTC", "Harbour: Fewer Cars, More Trams", "Scheduled as 1"):
        assert expected in said
    assert desk.run_due(DUE - timedelta(seconds=1)) == Said(ExitCode.OK, "", "")
    assert desk.server.messages == []
    sent = desk.run_due(DUE + timedelta(seconds=30))
    assert sent.code == ExitCode.OK, sent.err
    assert "3 accepted" in sent.out
    assert sorted(desk.server.recipients) == ["r0@example.org", "r1@example.org", "r2@example.org"]
    assert desk.run_due(DUE + timedelta(minutes=2)) == Said(ExitCode.OK, "", "")
    assert len(desk.server.messages) == 3
    assert "done (3 accepted of 3)" in desk.dispatch("schedules", "--all")


def test_with_nothing_due_the_command_says_nothing(desk: Desk) -> None:
    done = desk.ask("run-due")
    assert done == Said(ExitCode.OK, "", "")


def test_scheduling_the_same_source_again_moves_it(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    later = DUE + timedelta(days=1)
    said = desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", later.isoformat())
    assert f"Instead of {DUE:%a} {AT} UTC (1)" in said
    assert desk.run_due(DUE + QUIET).out == ""
    assert "3 accepted" in desk.run_due(later + QUIET).out


def test_a_cancelled_one_does_not_go(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    assert "Cancelled" in desk.dispatch("schedules", "--cancel", "1")
    assert desk.run_due(DUE + QUIET) == Said(ExitCode.OK, "", "")
    assert desk.server.messages == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "2020-01-01 07:00"], "is past"),
        (["--at", "tomorrow"], "is no time"),
        (["--at", "2030-01-01"], "not the hour"),
        ([], "send_at"),
        (["--list", "nobody", "--at", AT], "nobody"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_and_leaves_no_row(desk: Desk, arguments: list[str], said: str) -> None:
    arguments = arguments if "--list" in arguments else ["--list", "daily", *arguments]
    refused = desk.ask("schedule", SOURCE, *arguments)
    assert refused.code in {ExitCode.ERROR, ExitCode.REFUSED}
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert "Nothing is scheduled" in desk.dispatch("schedules")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2030-03-31 02:30", ["does not exist", "2030-03-31 01:30+01:00 or 2030-03-31 03:30+02:00"]),
        ("2030-10-27 02:30", ["comes twice", "2030-10-27 02:30+02:00 or 2030-10-27 02:30+01:00"]),
    ],
)
def test_a_time_that_the_clocks_skip_or_show_twice_is_refused_with_both_readings(
    desk: Desk, at: str, said: list[str]
) -> None:
    toml = desk.room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace('"UTC"', '"Europe/Berlin"'))
    refused = desk.ask("schedule", SOURCE, "--list", "daily", "--at", at)
    assert refused.code == ExitCode.REFUSED
    for expected in said:
        assert expected in refused.err
    exact = said[1].split(" or ")[1]
    assert exact[:16] in desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", exact)


def test_a_time_without_an_offset_is_the_newsletters(desk: Desk) -> None:
    toml = desk.room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace('"UTC"', '"America/Toronto"'))
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", "2031-01-15 07:00")
    assert desk.run_due(datetime(2031, 1, 15, 11, 59, tzinfo=UTC)).out == ""
    assert "3 accepted" in desk.run_due(datetime(2031, 1, 15, 12, 1, tzinfo=UTC)).out


def test_a_source_that_does_not_compose_is_refused_when_it_is_scheduled(desk: Desk) -> None:
    desk.seed("broken.txt", front="titel: typo\n")
    refused = desk.ask("schedule", "seeds/broken.txt", "--list", "daily", "--at", AT)
    assert refused.code == ExitCode.ERROR
    assert "seeds/broken.txt:2" in refused.err


def test_many_readers_are_confirmed_when_it_is_scheduled_and_not_again(desk: Desk) -> None:
    desk.room.write_list("many", 26)
    refused = desk.ask("schedule", SOURCE, "--list", "many", "--at", AT)
    assert refused.code == ExitCode.REFUSED
    assert "--yes" in refused.err
    desk.dispatch("schedule", SOURCE, "--list", "many", "--at", AT, "--yes")
    assert "26 accepted" in desk.run_due(DUE + QUIET).out


def test_a_draft_is_not_scheduled_and_one_that_becomes_a_draft_waits(desk: Desk) -> None:
    desk.seed("draft.txt", front="draft: true\n")
    refused = desk.ask("schedule", "seeds/draft.txt", "--list", "daily", "--at", AT)
    assert refused.code == ExitCode.REFUSED
    assert "draft" in refused.err
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    desk.seed("harbour.txt", front="draft: true\n")
    assert desk.run_due(DUE + QUIET) == Said(ExitCode.OK, "", "")
    assert "Due: it goes with the next `dispatch run-due`, once it is no draft any more." in desk.agenda(DUE + QUIET)
    desk.seed("harbour.txt")
    assert "next `dispatch run-due`." in desk.agenda(DUE + QUIET)
    assert "3 accepted" in desk.run_due(DUE + QUIET * 2).out


def test_a_text_that_is_still_being_written_goes_a_little_later_as_it_is_then(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    path = desk.room.folder / SOURCE
    path.write_text(SEED.replace("nine votes", "ten votes"))
    written = DUE - timedelta(seconds=10)
    os.utime(path, (written.timestamp(), written.timestamp()))
    assert desk.run_due(DUE + timedelta(seconds=30)).out == ""
    assert "once its file has been left alone for two minutes" in desk.agenda(DUE + timedelta(seconds=30))
    assert "3 accepted" in desk.run_due(written + timedelta(minutes=2)).out
    assert b"ten votes" in desk.server.messages[0].content


# -- seeds with a time of their own ---------------------------------------------------------------------------------


def test_a_seed_that_names_its_time_and_list_goes_by_itself(desk: Desk) -> None:
    desk.seed("own.txt", front=f"send_at: {AT}\nlist: daily\n", text=story(4))
    assert f"{AT} UTC  daily  seeds/own.txt" in desk.dispatch("schedules")
    assert desk.run_due(DUE - timedelta(minutes=1)).out == ""
    assert "3 accepted" in desk.run_due(DUE + timedelta(minutes=1)).out
    assert desk.run_due(DUE + timedelta(minutes=2)).out == ""
    assert desk.subjects == ["Story Number 4"] * 3


def test_what_preflight_finds_wrong_is_held_and_said(desk: Desk) -> None:
    front = f"send_at: {AT}\nlist: daily\n"
    desk.seed("own.txt", front=front, text=story(4).replace("ships", "TK ships"))
    held = desk.run_due(DUE + timedelta(minutes=1))
    assert held.code is ExitCode.REFUSED
    assert "seeds/own.txt:7: A placeholder is still there" in held.err
    assert "Once that is mended, let it go: dispatch schedules --release 1" in held.err
    assert desk.server.messages == []


def test_a_seeds_time_can_be_moved_in_its_front_matter(desk: Desk) -> None:
    desk.seed("own.txt", front=f"send_at: {AT}\nlist: daily\n", text=story(4))
    desk.dispatch("schedule", "seeds/own.txt")
    later = DUE + timedelta(days=1)
    desk.seed("own.txt", front=f"send_at: {later:%Y-%m-%d %H:%M}\nlist: daily\n", text=story(4))
    assert desk.run_due(DUE + QUIET).out == ""
    assert "3 accepted" in desk.run_due(later + QUIET).out


def test_a_seeds_own_time_gives_way_to_the_command(desk: Desk) -> None:
    desk.seed("own.txt", front=f"send_at: {AT}\nlist: daily\n", text=story(4))
    later = DUE + timedelta(days=1)
    desk.dispatch("schedule", "seeds/own.txt", "--at", f"{later:%Y-%m-%d %H:%M}")
    assert desk.run_due(DUE + QUIET).out == ""
    assert "3 accepted" in desk.run_due(later + QUIET).out


def test_a_seed_scheduled_for_another_list_still_goes_to_its_own(desk: Desk) -> None:
    desk.room.write_list("other", ["x@example.org"])
    desk.seed("own.txt", front=f"send_at: {AT}\nlist: daily\n", text=story(4))
    desk.dispatch("schedule", "seeds/own.txt", "--list", "other")
    desk.run_due(DUE + QUIET)
    assert sorted(desk.server.recipients) == ["r0@example.org", "r1@example.org", "r2@example.org", "x@example.org"]


def test_a_seed_that_names_no_list_goes_once_to_the_one_the_command_names(desk: Desk) -> None:
    desk.settings('\n[lists.daily]\ntimezone = "America/Toronto"\n')
    desk.seed("own.txt", front=f"send_at: {AT}\n", text=story(4))
    desk.dispatch("schedule", "seeds/own.txt", "--list", "daily")
    assert desk.run_due(DUE + QUIET) == Said(ExitCode.OK, "", "")
    there = DUE.replace(tzinfo=ZoneInfo("America/Toronto"))
    assert "3 accepted" in desk.run_due(there + QUIET).out
    assert desk.run_due(there + QUIET * 2) == Said(ExitCode.OK, "", "")


def test_what_was_cancelled_does_not_come_back_by_the_seeds_own_time(desk: Desk) -> None:
    desk.seed("own.txt", front=f"send_at: {AT}\nlist: daily\n", text=story(4))
    desk.dispatch("schedule", "seeds/own.txt")
    desk.dispatch("schedules", "--cancel", "1")
    assert desk.run_due(DUE + QUIET) == Said(ExitCode.OK, "", "")


@pytest.mark.parametrize("front", ["draft: true\nlist: daily\n", ""])
def test_a_draft_and_a_seed_without_a_list_do_not_go(desk: Desk, front: str) -> None:
    desk.seed("own.txt", front=f"send_at: {AT}\n{front}", text=story(4))
    said = desk.run_due(DUE + QUIET)
    assert desk.server.messages == []
    assert ("names no list" in said.err) == (not front)
    assert desk.run_due(DUE + QUIET * 2) == Said(ExitCode.OK, "", ""), "said once"


def test_a_seed_that_cannot_be_read_is_said_once_and_keeps_nothing_from_going(desk: Desk) -> None:
    desk.seed("a-broken.txt", front="send_at: someday\n")
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    first = desk.run_due(DUE + QUIET)
    assert "a-broken.txt" in first.err
    assert "3 accepted" in first.out
    assert desk.run_due(DUE + QUIET * 2) == Said(ExitCode.OK, "", "")


# -- [[schedule]] ---------------------------------------------------------------------------------------------------

RECURRING = '\n[[schedule]]\ncron = "0 7 * * *"\nlist = "daily"\nfolder = "seeds/daily"\n'


def test_a_recurring_schedule_takes_the_next_unsent_seed_each_time(desk: Desk) -> None:
    desk.settings(RECURRING)
    desk.seed("daily/b.txt", front="date: 2020-01-02\n", text=story(2))
    desk.seed("daily/c.txt", front="date: 2020-01-01\n", text=story(1))
    desk.seed("daily/a.txt", front="draft: true\n", text=story(3))
    desk.seed("daily/d.txt", text=story(4))
    assert desk.run_due(BEFORE) == Said(ExitCode.OK, "", "")
    assert "daily  seeds/daily/c.txt" in desk.dispatch("schedules")
    for day in range(5):
        for minutes in (-1, 1, 2, 30):
            desk.run_due(DUE + timedelta(days=day, minutes=minutes))
    assert desk.subjects == [f"Story Number {number}" for number in (1, 1, 1, 2, 2, 2, 4, 4, 4)]


def test_the_past_of_a_new_schedule_is_not_sent(desk: Desk) -> None:
    desk.settings(RECURRING)
    desk.seed("daily/a.txt", text=story(1))
    assert desk.run_due(DUE + timedelta(minutes=1)) == Said(ExitCode.OK, "", "")
    assert desk.run_due(DUE + timedelta(hours=2)) == Said(ExitCode.OK, "", "")
    assert desk.server.messages == []


def test_a_due_time_that_finds_no_seed_is_over(desk: Desk) -> None:
    desk.settings(RECURRING)
    (desk.room.folder / "seeds" / "daily").mkdir()
    desk.run_due(BEFORE)
    assert desk.run_due(DUE + timedelta(minutes=1)) == Said(ExitCode.OK, "", "")
    desk.seed("daily/late.txt", text=story(1))
    assert desk.run_due(DUE + timedelta(minutes=10)).out == ""
    assert "3 accepted" in desk.run_due(DUE + timedelta(days=1, minutes=1)).out


def test_what_was_sent_by_hand_is_not_taken_again(desk: Desk) -> None:
    desk.settings(RECURRING)
    desk.seed("daily/a.txt", text=story(1))
    desk.seed("daily/b.txt", text=story(2))
    desk.dispatch("send", "seeds/daily/a.txt", "--list", "daily")
    desk.run_due(BEFORE)
    desk.run_due(DUE + timedelta(minutes=1))
    assert desk.subjects == ["Story Number 1"] * 3 + ["Story Number 2"] * 3


def test_a_missed_week_holds_one_seed_and_sends_none(desk: Desk) -> None:
    desk.settings(RECURRING)
    for number in range(1, 4):
        desk.seed(f"daily/{number}.txt", text=story(number))
    desk.run_due(BEFORE)
    back = DUE + timedelta(days=7, hours=9)
    said = desk.run_due(back)
    assert said.code == ExitCode.REFUSED
    assert said.err.count("Held:") == 1
    assert "seeds/daily/1.txt" in said.err
    assert desk.server.messages == []
    assert "3 accepted" in desk.run_due(DUE + timedelta(days=8, minutes=1)).out
    assert desk.subjects == ["Story Number 2"] * 3


@pytest.mark.parametrize(("hours", "goes"), [("2", False), ("20", True)])
def test_a_schedule_says_how_late_is_too_late(desk: Desk, hours: str, goes: bool) -> None:
    desk.settings(f"{RECURRING}stale_after_hours = {hours}\n")
    desk.seed("daily/a.txt", text=story(1))
    desk.run_due(BEFORE)
    desk.run_due(DUE + timedelta(hours=12))
    assert bool(desk.server.messages) == goes


def test_a_folder_that_is_not_there_is_said_once(desk: Desk) -> None:
    desk.settings(RECURRING)
    desk.run_due(BEFORE)
    first = desk.run_due(DUE + timedelta(minutes=1))
    assert first.code == ExitCode.ERROR
    assert "seeds/daily" in first.err
    assert desk.run_due(DUE + timedelta(minutes=2)).err == ""


# -- late, held, released -------------------------------------------------------------------------------------------


def test_what_is_late_is_held_and_said_once_and_goes_when_a_person_says_so(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    late = desk.run_due(DUE + timedelta(hours=6, minutes=1))
    assert late.code == ExitCode.REFUSED
    assert "more than 6 hours ago" in late.err
    assert "dispatch schedules --release 1" in late.err
    assert desk.run_due(DUE + timedelta(hours=7)) == Said(ExitCode.OK, "", "")
    assert desk.server.messages == []
    assert "dispatch schedules --release 1" in desk.dispatch("schedules")
    released = desk.dispatch("schedules", "--release", "1")
    assert "next `dispatch run-due`" in released
    assert "3 accepted" in desk.run_due(datetime.now(UTC) + timedelta(seconds=5)).out


def test_just_in_time_is_in_time(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    assert "3 accepted" in desk.run_due(DUE + timedelta(hours=5, minutes=59)).out


def test_a_list_that_lost_a_fifth_is_held_until_a_person_looked(desk: Desk) -> None:
    desk.room.write_list("daily", 10)
    desk.dispatch("send", SOURCE, "--list", "daily")
    desk.seed("next.txt", text=story(2))
    desk.dispatch("schedule", "seeds/next.txt", "--list", "daily", "--at", AT)
    desk.room.write_list("daily", 5)
    held = desk.run_due(DUE + QUIET)
    assert held.code == ExitCode.REFUSED
    assert "lost 5 of its 10 readers" in held.err
    assert len(desk.server.messages) == 10
    assert desk.ask("schedules", "--release", "1").code == ExitCode.REFUSED
    desk.dispatch("schedules", "--release", "1", "--yes")
    assert "5 accepted" in desk.run_due(datetime.now(UTC) + timedelta(seconds=5)).out


def test_one_that_cannot_go_does_not_keep_the_others(desk: Desk) -> None:
    desk.seed("gone.txt", text=story(1))
    desk.dispatch("schedule", "seeds/gone.txt", "--list", "daily", "--at", AT)
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    (desk.room.folder / "seeds" / "gone.txt").unlink()
    said = desk.run_due(DUE + QUIET)
    assert said.code == ExitCode.ERROR
    assert "seeds/gone.txt" in said.err
    assert "3 accepted" in said.out
    assert "held" in desk.dispatch("schedules")


def test_a_ledger_that_is_not_the_workspaces_sends_nothing(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    desk.settings('\n[ledger]\nid = "0123456789abcdef"\n')
    done = desk.ask("run-due")
    assert done.code == ExitCode.REFUSED
    assert "0123456789abcdef" in done.err
    assert desk.server.connections == 0


def test_a_maildir_is_no_way_to_deliver_by_schedule(desk: Desk) -> None:
    toml = desk.room.folder / "dispatch.toml"
    toml.write_text(re.sub(r'url = ".*"', 'url = "maildir:box"', toml.read_text()))
    refused = desk.ask("schedule", SOURCE, "--list", "daily", "--at", AT)
    assert refused.code == ExitCode.REFUSED
    assert "mail server" in refused.err


# -- one at a time, and after a crash -------------------------------------------------------------------------------


def test_a_second_run_ends_at_once_and_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpServer(rules=["dot*1=!hang"]) as server:
        desk = Desk(Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}", 1), server, capsys)
        desk.age(desk.room.folder / SOURCE, timedelta(days=1))
        desk.seed("next.txt", text=story(2))
        for source in (SOURCE, "seeds/next.txt"):
            desk.dispatch("schedule", source, "--list", "daily", "--at", AT)
        desk.database("UPDATE schedule SET due_at = ?", NOW.timestamp() - 60)
        first = desk.room.start("run-due")
        server.wait_until(lambda: len(server.messages) == 1)
        assert desk.run_due(datetime.now(UTC)) == Said(ExitCode.OK, "", "")
        assert server.connections == 1, "what is due next waits for the first run"
        server.release()
        out, _ = first.communicate(timeout=60)
        assert out.count("1 accepted of 1") == 2
        assert len(server.messages) == 2


def test_after_a_crash_the_send_is_continued(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpServer(rules=["rcpt#4*1=!hang"]) as server:
        desk = Desk(Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}", 10), server, capsys)
        desk.settings("connections = 1\n")
        desk.age(desk.room.folder / SOURCE, timedelta(days=1))
        desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
        desk.database("UPDATE schedule SET due_at = ?", NOW.timestamp() - 60)
        first = desk.room.start("run-due")
        server.wait_until(lambda: len(server.messages) >= 4)
        first.kill()
        first.communicate(timeout=60)
        server.release()
        assert desk.run_due(BEFORE).out == "", "the dead run's lease has not run out"
        desk.database("DELETE FROM lease")
        said = desk.run_due(datetime.now(UTC))
        counts = desk.room.counts(SLUG)
        assert counts["accepted"] + counts.get("unknown", 0) == 10
        assert counts.get("unknown", 0) <= 1
        assert len(set(server.recipients)) == len(server.messages)
        assert said.code == (ExitCode.UNFINISHED if counts.get("unknown") else ExitCode.OK)
        assert desk.run_due(datetime.now(UTC)) == Said(ExitCode.OK, "", "")


def test_a_deferred_message_goes_when_its_time_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpServer(rules=["rcpt*1@r1@example.org=450 4.2.1 Later"]) as server:
        desk = Desk(Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}"), server, capsys)
        assert desk.ask("send", SOURCE, "--list", "daily").code == ExitCode.UNFINISHED
        assert desk.run_due(datetime.now(UTC)) == Said(ExitCode.OK, "", "")
        desk.database("UPDATE delivery SET next_at = ? WHERE state = 'deferred'", NOW.timestamp() - 1)
        assert desk.run_due(datetime.now(UTC)).code == ExitCode.OK
        assert sorted(server.recipients) == ["r0@example.org", "r1@example.org", "r2@example.org"]


def test_what_a_person_released_in_part_or_stopped_is_left_to_them(desk: Desk) -> None:
    desk.ask("send", SOURCE, "--list", "daily", "--limit", "1")
    assert desk.run_due(datetime.now(UTC)) == Said(ExitCode.OK, "", "")
    assert len(desk.server.messages) == 1
    desk.dispatch("send", SLUG, "--list", "daily")
    assert len(desk.server.messages) == 3


@pytest.mark.parametrize(("number", "left"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_what_a_person_stopped_waits_for_them_and_what_a_shutdown_stopped_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals, left: bool
) -> None:
    with SmtpServer(rules=["dot*1=!hang"]) as server:
        desk = Desk(Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}"), server, capsys)
        desk.settings("connections = 1\n")
        sending = desk.room.start("send", SOURCE, "--list", "daily")
        server.wait_until(lambda: len(server.messages) == 1)
        sending.send_signal(number)
        assert sending.stdout is not None
        while "Finishing" not in sending.stdout.readline():
            pass
        server.release()
        sending.communicate(timeout=60)
        desk.run_due(datetime.now(UTC))
        # The second's envelope went in one write with the first's content; the third is left to whoever stopped it.
        assert len(server.messages) == (2 if left else 3)


def test_a_server_that_is_away_is_said_once_and_tried_again(desk: Desk) -> None:
    toml = desk.room.folder / "dispatch.toml"
    there = toml.read_text()
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    toml.write_text(re.sub(r'url = ".*"', 'url = "smtp://127.0.0.1:9"', there))
    first = desk.run_due(DUE + timedelta(seconds=10))
    assert first.code == ExitCode.ERROR
    assert "127.0.0.1:9" in first.err
    assert desk.run_due(DUE + timedelta(minutes=1, seconds=10)).err == ""
    written = toml.read_text()
    toml.write_text(re.sub(r'url = ".*"', re.search(r'url = ".*"', there).group(), written))  # type: ignore[union-attr]
    assert "3 accepted" in desk.run_due(DUE + timedelta(minutes=5)).out


def test_what_was_not_begun_while_the_server_was_away_is_held_in_the_end(desk: Desk) -> None:
    toml = desk.room.folder / "dispatch.toml"
    there = toml.read_text()
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    toml.write_text(re.sub(r'url = ".*"', 'url = "smtp://127.0.0.1:9"', there))
    desk.run_due(DUE + timedelta(seconds=10))
    held = desk.run_due(DUE + timedelta(hours=7))
    assert "Held" in held.err
    assert desk.run_due(DUE + timedelta(hours=8)) == Said(ExitCode.OK, "", "")
    assert "--release 1" in desk.dispatch("schedules")


def test_what_a_person_sent_meanwhile_is_closed(desk: Desk) -> None:
    desk.dispatch("schedule", SOURCE, "--list", "daily", "--at", AT)
    desk.run_due(DUE + timedelta(hours=7))
    desk.dispatch("send", SOURCE, "--list", "daily")
    desk.run_due(datetime.now(UTC))
    assert "Nothing is scheduled" in desk.dispatch("schedules")


def test_the_check_logs_in_and_says_so(desk: Desk) -> None:
    assert "all is well" in desk.dispatch("run-due", "--check")
    assert desk.server.connections == 1
    assert desk.server.messages == []


def test_what_was_refused_for_days_is_given_up_though_its_next_attempt_lies_ahead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SmtpServer(rules=["rcpt@r1@example.org=450 4.2.1 Later"]) as server:
        desk = Desk(Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}"), server, capsys)
        desk.settings("\n[retry]\ngive_up_after_days = 2\n")
        assert desk.ask("send", SOURCE, "--list", "daily").code == ExitCode.UNFINISHED
        soon = datetime.now(UTC) + timedelta(days=3)
        desk.database("UPDATE delivery SET next_at = ? WHERE state = 'deferred'", soon.timestamp() + 3_600)
        assert desk.run_due(datetime.now(UTC) + timedelta(days=1)).code == ExitCode.OK
        assert desk.room.counts(SLUG)["deferred"] == 1
        assert desk.run_due(soon).code == ExitCode.OK
        assert desk.room.counts(SLUG) == {"accepted": 2, "expired": 1}


def test_what_a_person_cancelled_is_over_for_the_schedule_too(desk: Desk) -> None:
    desk.ask("send", SOURCE, "--list", "daily", "--limit", "1")
    desk.dispatch("cancel", SLUG, "--yes")
    desk.database("UPDATE delivery SET state = 'deferred', next_at = 1 WHERE state = 'cancelled'")
    assert desk.run_due(datetime.now(UTC)) == Said(ExitCode.OK, "", "")
    assert desk.room.counts(SLUG) == {"accepted": 1, "cancelled": 2}
    assert len(desk.server.messages) == 1
