"""Writing one key leaves every other byte of dispatch.toml as it was."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dispatch.config.edit import add_table, set_key
from dispatch.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[ledger]\nid = "L1"\n'),
        ('[a]\nb = 1 # "x"\n', '[a]\nb = 1 # "x"\n\n[ledger]\nid = "L1"\n'),
        ("[a]\nb = 1", '[a]\nb = 1\n\n[ledger]\nid = "L1"\n'),
        ("[ledger] # mine\n\n[a]\n", '[ledger] # mine\nid = "L1"\n\n[a]\n'),
        ("[ledger]", '[ledger]\nid = "L1"\n'),
        ('[ledger]\nurl = "x" # c\n# d\n[a]\n', '[ledger]\nurl = "x" # c\nid = "L1"\n# d\n[a]\n'),
        ("[ledger]\nid   =   'old'   # why\nurl = \"x\"\n", '[ledger]\nid   =   "L1"   # why\nurl = "x"\n'),
        ('[ledger]\r\nurl = """\r\n[a]"""\r\n', '[ledger]\r\nurl = """\r\n[a]"""\r\nid = "L1"\r\n'),
        ('ledger = { url = "x" } # c\n', 'ledger = { url = "x", id = "L1" } # c\n'),
        ("ledger = {}\n", 'ledger = { id = "L1" }\n'),
        ('ledger.url = "x"\n[a]\n', 'ledger.url = "x"\nledger.id = "L1"\n[a]\n'),
        ("\ufeff# ledger\n[ledger]\n", '\ufeff# ledger\n[ledger]\nid = "L1"\n'),
    ],
)
def test_the_key_is_written_and_nothing_else_changes(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "dispatch.toml"
    file.write_bytes(before.encode())
    set_key(file, "ledger", "id", "L1")
    assert file.read_bytes().decode() == after
    set_key(file, "ledger", "id", "L1")
    assert file.read_bytes().decode() == after, "writing it again changes nothing"


def test_mode_and_link_are_kept_and_any_value_is_quoted_right(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("# hi\n")
    real.chmod(0o640)
    link = tmp_path / "dispatch.toml"
    link.symlink_to(real)
    set_key(link, "ledger", "id", 'a"\\\n\x00é')
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert tomllib.loads(real.read_text())["ledger"]["id"] == 'a"\\\n\x00é'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dispatch.toml", "real.toml"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[[dkim]]\nselector = "s"\n'),
        ("[a]\nb = 1", '[a]\nb = 1\n\n[[dkim]]\nselector = "s"\n'),
        ("\ufeff[a]\r\n", '\ufeff[a]\r\n\r\n[[dkim]]\r\nselector = "s"\r\n'),
        ('[[dkim]]\nselector = "r"\n[b]\n', '[[dkim]]\nselector = "r"\n[b]\n\n[[dkim]]\nselector = "s"\n'),
    ],
)
def test_a_table_is_added_and_nothing_else_changes(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "dispatch.toml"
    file.write_bytes(before.encode())
    add_table(file, "dkim", {"selector": "s"})
    assert file.read_bytes().decode() == after


@pytest.mark.parametrize("text", ["dkim = 3\n", 'dkim = [{ selector = "s" }]\n', "[dkim]\n"])
def test_a_table_that_cannot_be_added_safely_is_left_to_a_person(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dispatch.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="by hand"):
        add_table(file, "dkim", {"selector": "s"})
    assert file.read_text() == text


def test_a_file_that_cannot_be_edited_safely_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "dispatch.toml"
    file.write_text("ledger = 3\n")
    with pytest.raises(ConfigError, match="by hand"):
        set_key(file, "ledger", "id", "L1")
    assert file.read_text() == "ledger = 3\n"
