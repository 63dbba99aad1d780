"""``dispatch lists`` and ``dispatch lists check``: what the list files hold, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.cli import run


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dispatch.toml").write_text("")
    (tmp_path / "subscribers").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "subscribers"


def test_the_lists_are_shown_with_their_rows(lists: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lists"]) == 0
    assert "no lists yet" in capsys.readouterr().out
    (lists / "daily.csv").write_text("email\na@x.org\nb@x.org\n")
    (lists / "wrong.csv").write_text("name\nAnn\n")
    assert run(["lists"]) == 0
    out = capsys.readouterr().out
    assert "2 rows" in out
    assert "No column is named for the address" in out
    assert run(["lists", "--json"]) == 0
    assert [each["rows"] for each in json.loads(capsys.readouterr().out)] == [2, None]


def test_check_says_which_rows_cannot_be_used_and_why(lists: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lists / "daily.csv").write_text("email,City\na@x.org,Ulm\nnobody,Bern\nA@X.org,Ulm\n")
    assert run(["lists", "check", "daily"]) == 0
    out = capsys.readouterr().out
    assert "subscribers/daily.csv:3: rejected 'nobody': it has no @" in out
    assert "subscribers/daily.csv:4: skipped 'A@X.org': line 2 names the same person" in out
    assert "3 rows = 1 added + 1 rejected + 1 skipped" in out
    assert "recipient.city" in out


def test_check_as_json_adds_up(lists: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lists / "daily.csv").write_text("email\n" + "a@x.org\nnobody\n" * 30)
    assert run(["lists", "check", "daily", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rows"], report["added"], report["rejected"], report["skipped"]) == (60, 1, 30, 29)
    assert report["rejections"][0] == {"line": 3, "raw": "nobody", "reason": "it has no @"}
    assert len(report["rejections"]) + len(report["duplicates"]) == 59


def test_many_bad_rows_are_summed_up_by_reason(lists: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lists / "daily.csv").write_text("email\n" + "nobody\n" * 500)
    assert run(["lists", "check", "daily"]) == 0
    out = capsys.readouterr().out
    assert out.count(": rejected 'nobody'") == 20
    assert "500 rejected: it has no @" in out
    assert run(["lists", "check", "daily", "--all"]) == 0
    assert capsys.readouterr().out.count(": rejected 'nobody'") == 500


def test_a_list_that_is_not_there_is_an_error_that_names_the_near_one(
    lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lists / "daily.csv").write_text("email\n")
    assert run(["lists", "check", "dayly"]) == 1
    assert "Did you mean 'daily'?" in capsys.readouterr().err


def test_an_export_of_the_departed_is_refused(lists: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lists / "daily.csv").write_text("Email Address,UNSUB_TIME\na@x.org,2026-01-01\n")
    assert run(["lists", "check", "daily"]) == 2
    assert "not used as a list" in capsys.readouterr().err


def test_outside_a_newsletter_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["lists"]) == 2
