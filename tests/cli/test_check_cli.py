"""``dispatch check`` as an author runs it, and the send that it stops."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from dispatch.cli import run
from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    return Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")


@pytest.fixture
def unfinished(room: Newsroom) -> Newsroom:
    """A newsroom whose text has a placeholder in its line 5."""
    seed = room.folder / "seeds" / "harbour.txt"
    seed.write_text(seed.read_text().replace("remain valid until 2028", "remain valid until TK"))
    return room


def test_findings_name_the_line_and_the_way_to_mend_it(unfinished: Newsroom) -> None:
    checked = unfinished.run("check", "seeds/harbour.txt")
    assert checked.returncode == 1
    assert "seeds/harbour.txt:5: A placeholder is still there" in checked.stdout
    assert "[placeholder]" in checked.stdout
    assert "1 error" in checked.stdout
    assert "Traceback" not in checked.stderr
    assert not (unfinished.folder / ".dispatch").exists(), "to look at something writes nothing"


def test_findings_as_data(unfinished: Newsroom) -> None:
    checked = unfinished.run("check", "seeds/harbour.txt", "--json")
    (found,) = [each for each in json.loads(checked.stdout)["findings"] if each["rule"] == "placeholder"]
    assert (found["file"], found["line"], found["severity"]) == ("seeds/harbour.txt", 5, "error")


def test_an_edition_with_an_error_goes_to_nobody(unfinished: Newsroom, server: SmtpServer) -> None:
    sent = unfinished.run(*SEND)
    assert sent.returncode == 2
    assert "seeds/harbour.txt:5: A placeholder is still there" in sent.stderr
    assert "--force" in sent.stderr
    assert server.messages == []
    assert unfinished.run("status").stdout.strip() in ("", "Nothing was ever sent."), "and nothing was planned"


def test_a_dry_run_ends_as_the_send_would(unfinished: Newsroom) -> None:
    tried = unfinished.run(*SEND, "--dry-run")
    assert tried.returncode == 2
    assert "3 readers on list daily would get" in tried.stdout
    assert "seeds/harbour.txt:5: A placeholder is still there" in tried.stderr
    tried = unfinished.run(*SEND, "--dry-run", "--force")
    assert tried.returncode == 0
    assert "It would go in spite of placeholder." in tried.stdout


def test_errors_are_said_when_an_edition_is_scheduled_and_not_only_when_it_is_due(unfinished: Newsroom) -> None:
    asked = ("schedule", "seeds/harbour.txt", "--list", "daily", "--at", "2999-01-01 07:00", "--yes")
    refused = unfinished.run(*asked)
    assert refused.returncode == 2
    assert "seeds/harbour.txt:5: A placeholder is still there" in refused.stderr
    assert "mend it before it goes" in refused.stderr
    assert unfinished.run(*asked, "--force").returncode == 0


def test_a_person_sends_it_in_spite_of_that_and_the_ledger_says_so(unfinished: Newsroom, server: SmtpServer) -> None:
    assert unfinished.run(*SEND, "--force").returncode == 0
    assert len(server.messages) == 3
    with sqlite3.connect(unfinished.folder / ".dispatch" / "dispatch.db") as ledger:
        kept = ledger.execute("SELECT detail FROM event WHERE kind = 'forced'").fetchall()
    assert kept == [("in spite of placeholder",)]


def test_a_send_that_began_is_not_stopped_by_a_rule_that_is_new(room: Newsroom, server: SmtpServer) -> None:
    assert room.run(*SEND, "--limit", "1").returncode == 3
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + '[check]\nerrors = ["postal-address-missing"]\n')
    assert room.run(*SEND).returncode == 0
    assert len(server.messages) == 3


def test_settings_decide_what_a_rule_is(unfinished: Newsroom) -> None:
    toml = unfinished.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + '[check]\noff = ["placeholder"]\nerrors = ["one-click-missing"]\n')
    checked = unfinished.run("check", "seeds/harbour.txt")
    assert checked.returncode == 1
    assert "[placeholder]" not in checked.stdout
    assert "✗ Readers unsubscribe by mail only." in checked.stdout


def test_a_misspelt_rule_is_named_with_its_line(room: Newsroom) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + '[check]\noff = ["link-htp"]\n')
    checked = room.run("check", "seeds/harbour.txt")
    assert checked.returncode == 1
    line = toml.read_text().splitlines().index('off = ["link-htp"]') + 1
    assert f"dispatch.toml:{line}: There is no rule 'link-htp'." in checked.stderr
    assert "Did you mean 'link-http'?" in checked.stderr


def test_every_readers_fields_are_looked_at(room: Newsroom) -> None:
    (room.folder / "seeds" / "dear.md").write_text(
        "---\nmerge: true\n---\n# Trams\n\nDear {{ recipient.first_name }}, trams run from May on every day.\n"
    )
    (room.folder / "subscribers" / "daily.csv").write_text("email,first_name\na@example.org,Ann\nb@example.org,\n")
    checked = room.run("check", "seeds/dear.md", "--list", "daily")
    assert "1 of 2 readers (the first is b@example.org) have no first_name, and there is no default." in checked.stdout


def test_a_rule_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--rule", "link-text"]) == 0
    said = capsys.readouterr().out
    assert "Screen readers list links without their sentences" in said
    assert 'off = ["link-text"]' in said
    assert run(["check", "--rule", "link-tex"]) == 2
    assert "Did you mean 'link-text'?" in capsys.readouterr().err


def test_an_edition_that_was_sent_can_be_looked_at_again(room: Newsroom) -> None:
    assert room.run(*SEND).returncode == 0
    checked = room.run("check", "harbour-fewer-cars-more-trams")
    assert checked.returncode == 0, checked.stderr
    assert "Readers unsubscribe by mail only." in checked.stdout


@pytest.mark.parametrize("more", [(), ("--list", "daily")])
@pytest.mark.parametrize("command", ["check", "send"])
def test_a_name_that_is_neither_text_nor_edition_leads_to_the_text_that_was_meant(
    room: Newsroom, command: str, more: tuple[str, ...]
) -> None:
    asked = room.run(command, "harbour", *more)
    assert asked.returncode == 2
    assert "'harbour' is neither a file nor an edition (nothing was sent yet)." in asked.stderr
    assert "Did you mean seeds/harbour.txt?" in asked.stderr
    assert "Traceback" not in asked.stderr
    assert room.run(*SEND).returncode == 0
    asked = room.run(command, "harbor", *more)
    assert "'harbor' is neither a file nor an edition that was sent before." in asked.stderr
    assert "Did you mean seeds/harbour.txt?" in asked.stderr
    asked = room.run(command, "harbour-fewer-cars-and-trams", *more)
    assert "Did you mean harbour-fewer-cars-more-trams?" in asked.stderr
    assert "dispatch status lists the editions" in asked.stderr


def test_a_list_that_the_text_misspells_is_named_with_the_one_it_means(room: Newsroom) -> None:
    (room.folder / "seeds" / "dear.md").write_text("---\nlist: dayly\n---\n# Trams\n\nTrams run from May on.\n")
    checked = room.run("check", "seeds/dear.md")
    assert "seeds/dear.md:2: " in checked.stdout
    assert "dayly" in checked.stdout
    assert "[list-unknown]" in checked.stdout
    assert "daily" in checked.stdout


def test_a_misspelt_mail_program_is_named_with_the_one_it_means(room: Newsroom) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + '[check]\nclients = ["outlok"]\n')
    assert "Did you mean 'outlook'?" in room.run("check", "seeds/harbour.txt").stderr


def test_without_mail_programs_none_is_said_to_know_anything(room: Newsroom) -> None:
    assert "Features  known to Gmail" in room.run("check", "seeds/harbour.txt").stdout
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + "[check]\nclients = []\n")
    assert "known to" not in room.run("check", "seeds/harbour.txt").stdout


def test_many_findings_of_one_cause_are_cut_short_and_counted(room: Newsroom) -> None:
    (room.folder / "seeds" / "many.md").write_text("# Trams\n\n" + "The mayor, TK, came.\n\n" * 30)
    checked = room.run("check", "seeds/many.md")
    assert checked.stdout.count("A placeholder is still there") == 10
    assert "and 20 more (--json has them all)" in checked.stdout
    found = json.loads(room.run("check", "seeds/many.md", "--json").stdout)["findings"]
    assert sum(each["rule"] == "placeholder" for each in found) == 30
