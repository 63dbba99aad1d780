"""An edition as running text: every stretch of it with the place where its author can change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dispatch.edition.model import (
    Block,
    Edition,
    Heading,
    Image,
    List,
    MarkKind,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.errors import Place


class Part(StrEnum):
    """What a stretch is in its story."""

    TITLE = "headline"
    HEADING = "heading"
    PROSE = "paragraph"
    POINT = "point"
    QUOTE = "quotation"
    CAPTION = "caption"
    CELL = "table cell"
    FIGURES = "preformatted text"
    BOX = "In Brief"
    NOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A text and its place. ``label`` is a point's or a box item's own name, ``""`` elsewhere."""

    part: Part
    text: Text
    place: Place | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that an author wrote, with the words that show it."""

    target: str
    words: str
    place: Place | None


def stretches(edition: Edition) -> Iterator[Stretch]:
    """Every text of an edition in reading order: stories, In Brief, footnotes."""
    source = edition.only_source
    for story in edition.stories:
        yield Stretch(Part.TITLE, Text(story.title), _place(story.source, story.line))
        yield from of_blocks(story.blocks, story.source)
    if edition.in_brief:
        for item in edition.in_brief.items:
            yield Stretch(Part.BOX, item.text, _place(source, item.line or edition.in_brief.line), item.label or "")
    for note in edition.footnotes:
        for stretch in of_blocks(note.blocks, source):
            yield Stretch(Part.NOTE, stretch.text, stretch.place)


def of_blocks(blocks: Iterable[Block], source: str | None) -> Iterator[Stretch]:
    """Every text of ``blocks``, however deep; ``source`` is the seed that they stand in."""
    for block in blocks:
        at = _place(source, getattr(block, "line", None))
        match block:
            case Paragraph(text=text):
                yield Stretch(Part.PROSE, text, at)
            case Heading(text=text):
                yield Stretch(Part.HEADING, text, at)
            case Points(items=points):
                for point in points:
                    yield Stretch(Part.POINT, point.text, _place(source, point.line or block.line), point.label)
            case List(items=items):
                for item in items:
                    yield from of_blocks(item.blocks, source)
            case Quote(text=text, blocks=inner):
                if inner:
                    yield from (Stretch(Part.QUOTE, each.text, each.place or at) for each in of_blocks(inner, source))
                else:
                    yield Stretch(Part.QUOTE, text, at)
            case Image(caption=Text() as caption):
                yield Stretch(Part.CAPTION, caption, at)
            case Table(header=header, rows=rows):
                yield from (Stretch(Part.CELL, cell, at) for row in (header, *rows) for cell in row)
            case Preformatted(text=plain):
                yield Stretch(Part.FIGURES, Text(plain), at)
            case _:
                pass


def blocks_of(edition: Edition) -> Iterator[tuple[Block, str | None]]:
    """Every block of an edition, however deep, with its seed."""
    source = edition.only_source
    for story in edition.stories:
        yield from ((block, story.source) for block in _deep(story.blocks))
    for note in edition.footnotes:
        yield from ((block, source) for block in _deep(note.blocks))


def _deep(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        match block:
            case List(items=items):
                for item in items:
                    yield from _deep(item.blocks)
            case Quote(blocks=inner):
                yield from _deep(inner)
            case _:
                pass


def links(edition: Edition) -> Iterator[Link]:
    """Every link that the edition's authors wrote, those of images among them."""
    for stretch in stretches(edition):
        for mark in stretch.text.marks:
            if mark.kind is MarkKind.LINK and mark.target:
                yield Link(mark.target, stretch.text.text[mark.start : mark.end].strip(), stretch.place)
    for block, source in blocks_of(edition):
        if isinstance(block, Image) and block.link:
            yield Link(block.link, block.alt, _place(source, block.line))


def _place(source: str | None, line: int | None) -> Place | None:
    return Place(source, line) if source else None
