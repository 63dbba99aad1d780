"""What SpamAssassin, as Debian ships it, makes of our messages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dispatch.preflight.check import check
from dispatch.preflight.spamassassin import Hit, Score, Unscored, read, score
from support.newsroom import Newsroom
from support.proofs import Case, proof_of
from support.real_parts import require_program

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""What every spam filter of its kind takes for spam, so that one can be tried."""


@pytest.fixture(scope="module")
def _spamassassin() -> None:
    require_program("spamassassin", "apt-get install spamassassin")


def message(case: Case, folder: Path) -> bytes:
    build = proof_of(case, folder).build
    assert build is not None
    return build()


@pytest.mark.usefixtures("_spamassassin")
def test_a_good_edition_is_no_spam(tmp_path: Path) -> None:
    scored = score(message(Case(), tmp_path))
    assert isinstance(scored, Score)
    assert scored.limit == 5
    assert [hit for hit in scored.hits if hit.points >= 0.1] == []


@pytest.mark.usefixtures("_spamassassin")
def test_spam_is_known_with_the_rule_that_knows_it(tmp_path: Path) -> None:
    scored = score(message(Case(body=f"# Trams\n\n`{GTUBE}`\n"), tmp_path))
    assert isinstance(scored, Score)
    worst = max(scored.hits, key=lambda hit: hit.points)
    assert (worst.name, worst.points) == ("GTUBE", 1000)
    found = {each.rule.id: each.message for each in check(proof_of(Case(spam=scored), tmp_path))}
    assert found["spam-score"].endswith(" points, and from 5.0 on it is spam.")
    assert found["spam-rule"].startswith("1000.0 points for GTUBE: ")


@pytest.mark.usefixtures("_spamassassin")
def test_to_ask_it_teaches_it_nothing(tmp_path: Path) -> None:
    kept = Path.home() / ".spamassassin"
    before = {each: each.stat().st_mtime_ns for each in kept.glob("*")}
    assert isinstance(score(message(Case(), tmp_path)), Score)
    assert {each: each.stat().st_mtime_ns for each in kept.glob("*")} == before


def test_where_it_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert score(b"From: a@example.org\r\n\r\nx") == Unscored("SpamAssassin is not installed here.")


def test_what_it_says_when_it_fails_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "spamassassin"
    program.write_text("#!/bin/sh\necho 'config: no rules were found!' >&2\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    scored = score(b"From: a@example.org\r\n\r\nx")
    assert scored == Unscored("SpamAssassin could not look at it: config: no rules were found!.")


def test_a_report_is_read_with_texts_of_several_lines() -> None:
    scored = read(
        " 5.0\n"
        " 1.1 URI_HEX                URI: URI hostname has long hexadecimal\n"
        "                            sequence\n"
        "-1.0 MAILING_LIST_MULTI     Multiple indicators imply a widely-seen\n"
        "                            list manager\n"
        "-0.0 NO_RELAYS              Informational: message was not relayed via SMTP\n"
        " 1.5 TVD_SPACE_RATIO        No description available.\n"
    )
    assert scored == Score(
        5.0,
        (
            Hit(1.1, "URI_HEX", "URI: URI hostname has long hexadecimal sequence"),
            Hit(-1.0, "MAILING_LIST_MULTI", "Multiple indicators imply a widely-seen list manager"),
            Hit(1.5, "TVD_SPACE_RATIO", "No description available."),
        ),
    )
    assert scored.points == 1.6


@pytest.mark.usefixtures("_spamassassin")
def test_only_who_asks_for_it_waits_for_it(tmp_path: Path) -> None:
    room = Newsroom.make(tmp_path / "room", "smtp://localhost")
    (room.folder / "seeds" / "trams.md").write_text(f"# Trams at the Harbour\n\nThe sign reads:\n\n`{GTUBE}`\n")
    assert room.run("check", "seeds/trams.md").returncode == 0
    checked = room.run("check", "seeds/trams.md", "--list", "daily", "--spam")
    assert checked.returncode == 1
    assert "points for GTUBE" in checked.stdout
    assert "Spam      " in checked.stdout
