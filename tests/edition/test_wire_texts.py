"""Wire texts of many shapes, each with the outline an editor expects (``texts/NAME.txt``, ``texts/NAME.outline``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.edition.model import (
    Block,
    Divider,
    Heading,
    List,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.edition.reading import Body
from dispatch.edition.sources.wire import read_wire

TEXTS = Path(__file__).with_name("texts")


def outline(body: Body) -> Iterator[str]:
    """One line for each thing a reader sees, long texts cut in the middle."""
    story = body.story
    yield from (f"{name}: {value}" for name, value in _head(body) if value)
    for block in story.blocks:
        yield from told(block, "")
    if body.in_brief:
        yield f"in brief: {body.in_brief.label} | {body.in_brief.title}".rstrip(" |")
        yield from (f"  {item.label or '-'}: {brief(item.text)}" for item in body.in_brief.items)
    if body.tagline:
        yield f"tagline: {body.tagline}"


def _head(body: Body) -> Iterator[tuple[str, str | None]]:
    yield from (("title", body.story.title), ("byline", body.story.byline), ("dateline", body.story.dateline))


def told(block: Block, margin: str) -> Iterator[str]:
    match block:
        case Paragraph():
            yield f"{margin}paragraph: {brief(block.text)}"
        case Heading():
            yield f"{margin}heading {block.level}: {brief(block.text)}"
        case Divider():
            yield f"{margin}divider"
        case Points():
            yield f"{margin}points"
            yield from (f"{margin}  {point.label}: {brief(point.text)}" for point in block.items)
        case List():
            yield f"{margin}numbered from {block.start}" if block.ordered else f"{margin}bullets"
            for entry in block.items:
                for inner in entry.blocks:
                    yield from told(inner, margin + "  ")
        case Quote():
            yield f"{margin}quote: {brief(block.text)}"
            yield from (
                f"{margin}  {name}: {value}"
                for name, value in (("verb", block.verb), ("by", block.attribution), ("role", block.role))
                if value
            )
        case Table():
            yield f"{margin}table ({', '.join(block.align)})"
            yield from (f"{margin}  {' | '.join(map(str, row))}" for row in (block.header, *block.rows) if row)
        case Preformatted():
            yield f"{margin}preformatted"
            yield from (f"{margin}  |{line}" for line in block.text.split("\n"))
        case _:
            raise AssertionError(block)


def brief(text: Text) -> str:
    links = "".join(f" <{mark.target}>" for mark in text.marks)
    words = text.text if len(text.text) <= 90 else f"{text.text[:55]} […] {text.text[-25:]}"
    return words + links


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_text_reads_as_an_editor_reads_it(path: Path) -> None:
    lines = path.read_bytes().decode("utf-8-sig").split("\n")
    body = read_wire(lines, first_line=1, name=path.name, tagline="Stay informed. Stay ahead.", merge=False)
    assert list(outline(body)) == path.with_suffix(".outline").read_text(encoding="utf-8").splitlines()
