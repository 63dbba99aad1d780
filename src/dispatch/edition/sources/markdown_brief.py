"""A Markdown section titled "In Brief", in any language and under any of its names, becomes the box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dispatch.edition.model import Block, Heading, InBrief, InBriefItem, List, MarkKind, Paragraph, Points, Text
from dispatch.edition.reading import Role
from dispatch.edition.recase import recase
from dispatch.edition.sources.in_brief import InBriefTitle, in_brief_title
from dispatch.edition.sources.labelled import bold_label
from dispatch.edition.sources.markdown_blocks import Piece
from dispatch.edition.sources.quotation import flat
from dispatch.edition.sources.text_builder import joined, part
from dispatch.edition.sources.wire.labels import split_label

_BELOW_ALL = 7
"""The level of a title in bold that is no heading: every heading ends its section."""


def extract_in_brief(pieces: list[Piece], source: str) -> tuple[list[Piece], InBrief | None]:
    """The first section that is an In Brief box, taken out of ``pieces``; ``source`` shows how words are spelled."""
    for at, piece in enumerate(pieces):
        found = _box_title(piece)
        if found is None:
            continue
        title, level = found
        end = _end(pieces, at + 1, level)
        items = _items(pieces[at + 1 : end])
        if not items or not (title.named or all(item.label for item in items)):
            continue
        head = replace(piece, blocks=(), role=Role.IN_BRIEF_TITLE)
        inside = (_taken(inner) for inner in pieces[at + 1 : end])
        box = InBrief(recase(title.title, source), tuple(items), label=title.label, line=piece.start)
        return [*pieces[:at], head, *inside, *pieces[end:]], box
    return pieces, None


def _box_title(piece: Piece) -> tuple[InBriefTitle, int] | None:
    heading = piece.heading
    if heading and len(piece.blocks) == 1:
        title = in_brief_title(" ".join(heading.text.text.split()))
        return (title, heading.level) if title else None
    text = piece.paragraph.text if piece.paragraph else Text("")
    bold = any(mark.kind is MarkKind.STRONG and mark.end - mark.start == len(text.text) for mark in text.marks)
    title = in_brief_title(text.text) if bold else None
    return (title, _BELOW_ALL) if title else None


def _end(pieces: Sequence[Piece], start: int, level: int) -> int:
    """Where the section ends: at a heading of its level or above, a divider, the tagline, or what no item can hold."""
    for at in range(start, len(pieces)):
        heading = pieces[at].heading
        if heading and (heading.level <= level or len(pieces[at].blocks) > 1):
            return at
        if not heading and not all(isinstance(block, List | Points | Paragraph) for block in pieces[at].blocks):
            return at
        if pieces[at].role is Role.TAGLINE:
            return at
    return len(pieces)


def _taken(piece: Piece) -> Piece:
    return replace(piece, blocks=(), role=Role.IN_BRIEF_ITEM) if piece.blocks else piece


def _items(pieces: Sequence[Piece]) -> list[InBriefItem]:
    """The items; a smaller heading labels the item below it."""
    items: list[InBriefItem] = []
    heading: Heading | None = None
    for item in (item for piece in pieces for block in piece.blocks for item in _items_of(block)):
        if isinstance(item, Heading):
            items.extend(_alone(heading))
            heading = item
            continue
        if heading and item.label is None and not heading.text.marks:
            items.append(replace(item, label=heading.text.text))
        else:
            items.extend((*_alone(heading), item))
        heading = None
    items.extend(_alone(heading))
    return items


def _alone(heading: Heading | None) -> tuple[InBriefItem, ...]:
    return (InBriefItem(None, heading.text, line=heading.line),) if heading else ()


def _items_of(block: Block) -> Iterator[InBriefItem | Heading]:
    match block:
        case Heading():
            yield block
        case Points():
            yield from (InBriefItem(point.label, point.text, line=point.line) for point in block.items)
        case List():
            yield from (_labelled(item.blocks) for item in block.items if flat(item.blocks).text)
        case Paragraph():
            yield _labelled((block,))


def _labelled(blocks: Sequence[Block]) -> InBriefItem:
    first, *rest = blocks
    label, text = _split(first.text) if isinstance(first, Paragraph) else (None, flat((first,)))
    whole = joined((text, flat(rest)), "\n") if rest else text
    return InBriefItem(label, whole, line=first.line)


def _split(text: Text) -> tuple[str | None, Text]:
    bold = bold_label(text)
    if bold:
        return bold
    plain = split_label(text.text)
    if plain is None or not text.text.endswith(plain[1]):
        return None, text
    start = len(text.text) - len(plain[1])
    bound = any(mark.start < start and mark.kind is not MarkKind.EMPHASIS for mark in text.marks)
    return (None, text) if bound else (plain[0], part(text, start))
