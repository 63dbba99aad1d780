"""A theme of one's own, as docs/themes.md tells to make one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dispatch.cli import run


@pytest.fixture
def newsletter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> Path:
    """A newsletter whose theme ``evening`` is the one that the page shows."""
    assert run(["init", str(tmp_path / "news")]) == 0
    folder = tmp_path / "news"
    monkeypatch.chdir(folder)
    page = (root / "docs" / "themes.md").read_text(encoding="utf-8")
    shown = re.search(r"<<'END'\n(.*?)^END$", page, re.DOTALL | re.MULTILINE)
    assert shown
    (folder / "templates" / "evening").mkdir()
    (folder / "templates" / "evening" / "theme.toml").write_text(shown[1], encoding="utf-8")
    settings = folder / "dispatch.toml"
    written = settings.read_text(encoding="utf-8").replace("[newsletter]\n", '[newsletter]\ntheme = "evening"\n', 1)
    settings.write_text(written, encoding="utf-8")
    return folder


def _compose(newsletter: Path) -> str:
    assert run(["compose", "seeds/canada-china.txt"]) == 0
    (edition,) = newsletter.glob("out/*/edition.html")
    return edition.read_text(encoding="utf-8").upper()


def test_its_accent_is_the_edition_s(newsletter: Path) -> None:
    assert "#1B5E8C" in _compose(newsletter)


def test_an_accent_in_the_settings_outweighs_the_theme_s(newsletter: Path) -> None:
    settings = newsletter / "dispatch.toml"
    written = settings.read_text(encoding="utf-8").replace("[newsletter]\n", '[newsletter]\naccent = "#0B6E4F"\n', 1)
    settings.write_text(written, encoding="utf-8")
    edition = _compose(newsletter)
    assert "#0B6E4F" in edition
    assert "#1B5E8C" not in edition


def test_a_variant_that_nobody_declared_is_an_error_at_its_line(
    newsletter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    footer = (newsletter / "templates" / "dispatch" / "footer.mjml").read_text(encoding="utf-8")
    tested = '{% if recipient.plan == "pro" %}{% endif %}\n'
    (newsletter / "templates" / "evening" / "footer.mjml").write_text("\n\n" + tested + footer, encoding="utf-8")
    assert run(["compose", "seeds/canada-china.txt"]) == 1
    assert "templates/evening/footer.mjml:3: recipient.plan is tested" in capsys.readouterr().err
