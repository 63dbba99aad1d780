"""``dispatch config`` says what is in force and where it came from, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.cli import run
from dispatch.config.schema import TABLES, Shape

TOML = """\
[newsletter]
name = "N"
postal_address = '''
1 Street
2 Town'''

[sender]
address = "a@example.org"

[smtp]
url = "smtps://user@mail.example.org"
password_command = "echo hunter2"

[lists.press]
sender = "Desk <desk@example.org>"

[[schedule]]
cron = "0 7 * * *"
list = "press"
folder = "seeds"
"""


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dispatch.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def values(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[object, str]]:
    capsys.readouterr()
    assert run(["config", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]
    return {key: (each["value"], each["origin"]) for key, each in shown.items()}


def test_every_value_has_its_origin(
    news: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPATCH_LEDGER_URL", "postgresql://me:hunter2@db/news")
    shown = values(capsys)
    assert shown["newsletter.name"] == ("N", "dispatch.toml:2")
    assert shown["newsletter.language"] == ("auto", "default")
    assert shown["newsletter.base_url"] == (None, "default")
    assert shown["sender.name"] == ("N", "newsletter.name")
    assert shown["smtp.url"] == ("smtps://user@mail.example.org:465", "dispatch.toml:11")
    assert shown["smtp.password"] == ("****", "set by smtp.password_command")
    assert shown["smtp.timeout"] == (60, "default")
    assert shown["ledger.url"] == ("postgresql://me@db/news", "DISPATCH_LEDGER_URL")
    assert shown["lists.press.sender"] == ("Desk <desk@example.org>", "dispatch.toml:15")
    assert shown["lists.press.tagline"] == ("Stay informed. Stay ahead.", "newsletter.tagline")
    assert shown["schedule.1.folder"] == (str(news / "seeds"), "dispatch.toml:20")
    assert shown["schedule.1.timezone"] == ("UTC", "the list's timezone")


def test_every_key_of_the_schema_is_shown(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = {f"{each.name}.{key.name}" for each in TABLES if each.shape is Shape.ONE for key in each.keys}
    assert keys - values(capsys).keys() == set()


def test_it_is_printed_in_columns_by_table(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(news / "dispatch.toml")
    tables = [line for line in lines if line.startswith("[")]
    pace = ["[throttle]", "[warmup]", "[retry]"]
    assert tables == [
        "[newsletter]",
        "[sender]",
        "[smtp]",
        "[ledger]",
        *pace,
        "[assets]",
        "[check]",
        "[lists.press]",
        "[[schedule]] 1",
    ]
    (address,) = [line for line in lines if line.startswith("  postal_address")]
    assert address.split() == ["postal_address", "dispatch.toml:3", "1", "Street", "/", "2", "Town"]
    assert len({line.index(" default ") for line in lines if " default " in line}) == 1


@pytest.mark.parametrize("arguments", [["config"], ["config", "--json"]])
def test_no_password_is_shown(
    news: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (news / "dispatch.toml").write_text("")
    monkeypatch.setenv("DISPATCH_SMTP_URL", "smtps://user:hunter2@mail.example.org")
    monkeypatch.setenv("DISPATCH_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("DISPATCH_LEDGER_URL", "postgresql://me:hunter2@db/news")
    assert run(arguments) == 0
    printed = capsys.readouterr()
    assert "hunter2" not in printed.out + printed.err
    assert "DISPATCH_SMTP_PASSWORD" in printed.out


def test_outside_a_newsletter_it_shows_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert values(capsys)["smtp.password"] == (None, "not set")
    assert run(["config"]) == 0
    assert "No dispatch.toml here or above" in capsys.readouterr().out


def test_a_wrong_key_is_an_error_with_its_line(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (news / "dispatch.toml").write_text('[newsletter]\ntaglin = "x"\n')
    assert run(["config"]) == 1
    err = capsys.readouterr().err
    assert "dispatch.toml:2: There is no key 'taglin'" in err
    assert "Did you mean 'tagline'?" in err
