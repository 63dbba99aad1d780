"""A seed file, read: front matter above, wire text or Markdown below, every line accounted for."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from dispatch.edition.model import Heading, Paragraph
from dispatch.edition.reading import Reading, Role
from dispatch.edition.sources import read_source
from dispatch.errors import SourceError

TAGLINE = "Stay informed. Stay ahead."
WIRE = "OTTAWA – Top diplomats met this week in the capital and spoke for hours.\n"
WIRE += "They will meet again in the spring, officials said.\n"


def read(path: Path, text: str) -> Reading:
    path.write_text(text, "utf-8")
    return read_source(path, name=f"seeds/{path.name}", tagline=TAGLINE)


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    text = "---\ntitle: Frost\ndate: 2026-11-24\n---\n\n## One\n\ntext\n"
    reading = read(tmp_path / "frost.md", text)
    assert (reading.name, reading.stem, reading.story.title, reading.title_line) == (
        "seeds/frost.md",
        "frost",
        "Frost",
        2,
    )
    assert reading.story.source == "seeds/frost.md"
    assert reading.front_matter.date == date(2026, 11, 24)
    assert reading.digest == hashlib.sha256(text.encode()).hexdigest()
    assert [role.line for role in reading.roles] == list(range(1, 9))
    assert [role.role for role in reading.roles] == [
        *[Role.FRONT_MATTER] * 4,
        Role.BLANK,
        Role.HEADING,
        Role.BLANK,
        Role.PARAGRAPH,
    ]
    assert [block.line for block in reading.story.blocks] == [6, 8]


def test_wire_text_with_key_lines(tmp_path: Path) -> None:
    reading = read(tmp_path / "talks.TXT", f"\nTitle: Frost\nAuthor: Jane Doe\n\n{WIRE}{TAGLINE}\n")
    assert (reading.story.title, reading.story.byline, reading.story.dateline) == ("Frost", "Jane Doe", "OTTAWA")
    assert [role.role for role in reading.roles[:4]] == [Role.BLANK, Role.FRONT_MATTER, Role.FRONT_MATTER, Role.BLANK]
    assert reading.tagline == TAGLINE
    assert [block.line for block in reading.story.blocks] == [5, 6]


def test_a_different_headline_in_the_text_is_kept_as_its_first_heading(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "a.md", "---\ntitle: The editor’s\nauthor: J. Roe\n---\n# The writer’s\n\nBy Jane Doe\n\ntext\n"
    )
    assert reading.story.title == "The editor’s"
    first = reading.story.blocks[0]
    assert isinstance(first, Heading)
    assert (first.level, first.text.text, first.line) == (2, "The writer’s", 5)
    assert reading.story.byline == "By Jane Doe"
    assert reading.roles[4].role is Role.HEADING


def test_the_same_headline_is_said_once(tmp_path: Path) -> None:
    reading = read(tmp_path / "a.md", "---\ntitle: The  frost\n---\n# The Frost\n\ntext\n")
    assert reading.story.title == "The  frost"
    assert [type(block) for block in reading.story.blocks] == [Paragraph]


def test_without_front_matter_the_headline_is_the_texts(tmp_path: Path) -> None:
    reading = read(tmp_path / "a.markdown", "# Frost\n\ntext\n")
    assert (reading.story.title, reading.title_line) == ("Frost", 1)
    assert read(tmp_path / "b.md", "text\n").story.title == ""


def test_merge_reaches_the_reader(tmp_path: Path) -> None:
    text = "merge: true\nlang: en\n\nHi {{ name }}\n"
    for suffix in ("md", "txt"):
        with pytest.raises(SourceError, match="placeholder") as caught:
            read(tmp_path / f"a.{suffix}", text)
        assert str(caught.value.place) == f"seeds/a.{suffix}:4"
    read(tmp_path / "a.md", text.replace("true", "false"))


@pytest.mark.parametrize("file", ["a.docx", "a.html", "README"])
def test_other_formats_are_named_as_such(tmp_path: Path, file: str) -> None:
    with pytest.raises(SourceError, match=r"\.txt.*\.md") as caught:
        read(tmp_path / file, "text")
    assert ".txt" in (caught.value.hint or "")


def test_a_folder_says_that_it_is_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="folder"):
        read_source(tmp_path, name="seeds", tagline=TAGLINE)


def test_front_matter_alone_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no text below") as caught:
        read(tmp_path / "a.md", "---\ntitle: x\n---\n\n")
    assert str(caught.value.place) == "seeds/a.md:4"
