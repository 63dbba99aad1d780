"""Several ``dispatch send`` at once: they share the work, and nobody is mailed twice or forgotten."""

from __future__ import annotations

import errno
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dispatch.cli import audience, planning, run
from support.newsroom import SEED, Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--yes", "--list")


def _room(folder: Path, server: SmtpServer, readers: int, ledger_url: str) -> Newsroom:
    smtp = f"smtp://127.0.0.1:{server.port}"
    return Newsroom.make(folder / "room", smtp, readers, environment={"DISPATCH_LEDGER_URL": ledger_url})


def test_four_that_begin_a_newsletters_first_send_at_once_mail_everyone_once(
    tmp_path: Path, server: SmtpServer
) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}", 400)
    senders = [room.start(*SEND, "daily") for _ in range(4)]
    said = [sender.communicate()[0] for sender in senders]
    assert {sender.returncode for sender in senders} <= {0, 3}, said
    assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(400))
    assert room.counts(SLUG) == {"accepted": 400}
    assert (room.folder / "dispatch.toml").read_text().count("id = ") == 1


def test_two_lists_of_one_edition_at_once_mail_who_is_on_both_once(
    tmp_path: Path, server: SmtpServer, ledger_url: str
) -> None:
    room = _room(tmp_path, server, 100, ledger_url)
    room.write_list("weekly", [f"R{number}@Example.org" for number in range(50, 150)])
    senders = [room.start(*SEND, name) for name in ("daily", "weekly")]
    said = [sender.communicate()[0] for sender in senders]
    assert [sender.returncode for sender in senders] == [0, 0], said
    assert Counter(one.lower() for one in server.recipients) == Counter(f"r{n}@example.org" for n in range(150))
    assert room.counts(SLUG) == {"accepted": 150}


def test_two_texts_under_one_slug_at_once_go_one_and_refuse_the_other(
    tmp_path: Path, server: SmtpServer, ledger_url: str
) -> None:
    room = _room(tmp_path, server, 30, ledger_url)
    (room.folder / "seeds" / "other.txt").write_text(SEED.replace("LISBON", "PORTO"))
    senders = [
        room.start("send", f"seeds/{name}.txt", "--slug", "one", "--yes", "--list", "daily")
        for name in ("harbour", "other")
    ]
    said = [sender.communicate()[0] for sender in senders]
    assert sorted(sender.returncode for sender in senders) == [0, 2], said
    assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(30))
    assert len({b"PORTO" in received.content for received in server.messages}) == 1


def test_a_list_that_changes_while_it_is_mailed_loses_and_repeats_nobody(
    tmp_path: Path, server: SmtpServer, ledger_url: str
) -> None:
    room = _room(tmp_path, server, 300, ledger_url)
    sender = room.start(*SEND, "daily")
    server.wait_until(lambda: len(server.messages) >= 20)
    room.write_list("daily", [f"r{number}@example.org" for number in range(1, 301)])
    added = room.run(*SEND, "daily", "--add-new")
    sender.communicate()
    assert added.returncode in (0, 3), added.stderr
    assert sorted(server.recipients) == sorted(f"r{number}@example.org" for number in range(301))
    assert room.counts(SLUG) == {"accepted": 301}


def test_nothing_is_planned_before_the_settings_name_the_ledger(
    tmp_path: Path, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    seed = room.folder / "seeds" / "harbour.txt"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dispatch.config.edit.set_key", full)
    assert run(["-C", str(room.folder), "send", str(seed), "--yes", "--list", "daily"]) == 1
    assert room.run("status").stdout == ""
    assert server.messages == []


def test_a_text_whose_slug_is_taken_while_it_is_composed_is_refused(
    tmp_path: Path, server: SmtpServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    other = room.folder / "seeds" / "other.txt"
    other.write_text(SEED.replace("LISBON", "PORTO"))
    draft = planning.draft

    def slow(*args: Any) -> planning.Draft:
        drafted = draft(*args)
        if not server.messages:
            room.run("send", "seeds/harbour.txt", "--slug", "one", "--list", "daily")
        return drafted

    monkeypatch.setattr(planning, "draft", slow)
    assert run(["-C", str(room.folder), "send", str(other), "--slug", "one", "--list", "daily"]) == 2
    assert "--slug one-2" in capsys.readouterr().err
    assert len(server.messages) == 3


def test_a_send_that_another_process_plans_at_the_same_moment_is_joined(
    tmp_path: Path, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    bring_in = audience.bring_in

    def slow(*args: Any, **kwargs: Any) -> None:
        bring_in(*args, **kwargs)
        room.run(*SEND, "daily")

    monkeypatch.setattr(audience, "bring_in", slow)
    assert run(["-C", str(room.folder), "send", str(room.folder / "seeds" / "harbour.txt"), "--list", "daily"]) == 0
    assert len(server.messages) == 3
