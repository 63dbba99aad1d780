"""``dispatch init`` writes a newsletter that works at once, and never over anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli import run
from dispatch.config.load import load_settings


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_starter_is_a_newsletter(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    news = tmp_path / "deep" / "my news"
    assert run(["init", str(news)]) == 0
    out = capsys.readouterr().out
    assert f"cd '{news}'" in out
    assert "dispatch preview seeds/canada-china.txt" in out
    assert "Kept" not in out
    written = contents(news)
    theme = {f"templates/{name}": content for name, content in contents(root / "templates").items()}
    assert theme
    assert theme.items() <= written.items()
    assert load_settings(news, {}).newsletter.way_out
    assert {"/.dispatch/", "/out/"} <= set((news / ".gitignore").read_text().splitlines())
    assert run(["-C", str(news), "lists", "check", "sample"]) == 0


def test_what_is_there_is_kept_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "dispatch.toml").write_text("# mine\n")
    (tmp_path / "subscribers" / "sample.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert run(["init", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Kept as they were:\n  dispatch.toml\n  subscribers/sample.csv\n\n" in out
    assert (tmp_path / "dispatch.toml").read_text() == "# mine\n"
    assert not (tmp_path / "elsewhere.csv").exists()
    before = contents(tmp_path)
    assert run(["init", str(tmp_path)]) == 0
    assert contents(tmp_path) == before


def test_here_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    assert (tmp_path / "dispatch.toml").is_file()
    assert "cd " not in capsys.readouterr().out


def test_a_file_is_no_place_for_a_newsletter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "news"
    file.write_text("precious")
    assert run(["init", str(file)]) == 2
    assert "is a file" in capsys.readouterr().err
    assert file.read_text() == "precious"


def test_a_second_init_says_that_everything_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", str(tmp_path / "news")])
    (tmp_path / "news" / "dispatch.toml").write_text("# mine\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["init", str(tmp_path / "news")]) == 0
    said = capsys.readouterr().out
    assert "It was there already" in said
    assert "  dispatch.toml\n" not in said
    assert (tmp_path / "news" / "dispatch.toml").read_text(encoding="utf-8") == "# mine\n"
