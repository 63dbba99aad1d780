"""A source's text as passages: what the composer may draw from, each with its kind and its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.edition.model import (
    Block,
    Code,
    Footnote,
    Heading,
    Image,
    InBrief,
    List,
    ListItem,
    Mark,
    MarkKind,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.edition.reading import Reading

_LABELLED = re.compile(r"[^\s:：](?:[^:：.!?。]|\.(?=\w)){0,40}\s?(?::\s+|：\s*)")


class PassageKind(StrEnum):
    PARAGRAPH = "paragraph"
    POINT = "point"
    LIST_ITEM = "list item"
    QUOTE = "quote"
    HEADING = "heading"
    BOX_ITEM = "in brief item"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of running text; ``text`` has no footnote marks. ``merged``: it holds a recipient's field."""

    kind: PassageKind
    text: Text
    line: int | None = None
    labelled: bool = False
    merged: bool = False


def passages_of(reading: Reading) -> tuple[Passage, ...]:
    """The passages of a source in reading order, its In Brief box last."""
    body = list(passages_in(reading.story.blocks))
    if reading.in_brief:
        body += (_passage(PassageKind.BOX_ITEM, item.text, item.line, True) for item in reading.in_brief.items)
    return tuple(body)


def passages_in(blocks: Iterable[Block], kind: PassageKind = PassageKind.PARAGRAPH) -> Iterator[Passage]:
    """The passages of ``blocks``; tables, code and figures are none."""
    for block in blocks:
        match block:
            case Paragraph(text=text, line=line):
                yield _passage(kind, text, line, bool(_LABELLED.match(text.text)))
            case Heading(text=text, line=line):
                yield _passage(PassageKind.HEADING, text, line)
            case Points(items=items):
                for item in items:
                    # A time of day is no label: what follows it is prose.
                    timed = not any(map(str.isalpha, item.label))
                    yield _passage(
                        kind if timed else PassageKind.POINT, item.text, item.line or block.line, labelled=not timed
                    )
            case List(items=list_items):
                for list_item in list_items:
                    yield from passages_in(list_item.blocks, PassageKind.LIST_ITEM)
            case Quote(text=text, line=line):
                yield _passage(PassageKind.QUOTE, text, line)
            case _:
                pass


def _passage(kind: PassageKind, text: Text, line: int | None, labelled: bool = False) -> Passage:
    merged = any(mark.kind is MarkKind.MERGE for mark in text.marks)
    return Passage(kind, without_footnotes(text), line, labelled, merged)


def without_label(passage: Passage) -> Passage:
    """ "FLASH: Parliament elects …" without its label."""
    label = _LABELLED.match(passage.text.text)
    if label is None:
        return passage
    return replace(passage, text=slice_text(passage.text, label.end(), len(passage.text.text)), labelled=False)


def is_merged(passage: Passage, start: int, end: int) -> bool:
    """Whether a recipient's field stands in ``[start, end)`` of the passage's text."""
    return passage.merged and any(
        mark.kind is MarkKind.MERGE and mark.start < end and mark.end > start for mark in passage.text.marks
    )


def texts_in(blocks: Iterable[Block]) -> Iterator[str]:
    """Every readable text of ``blocks``, in order; for counting and for the spellings that recasing looks up."""
    for block in blocks:
        match block:
            case Paragraph(text=text) | Heading(text=text):
                yield text.text
            case Points(items=items):
                yield from (f"{item.label}: {item.text.text}" for item in items)
            case List(items=list_items):
                for item in list_items:
                    yield from texts_in(item.blocks)
            case Quote(text=text, attribution=attribution, verb=verb):
                yield " ".join(part for part in (text.text, verb, attribution) if part)
            case Image(caption=Text(text=caption)):
                yield caption
            case Table(header=header, rows=rows):
                yield from (cell.text for row in (header, *rows) for cell in row)
            case Code(text=plain) | Preformatted(text=plain):
                yield plain
            case _:
                pass


def texts_of(reading: Reading) -> Iterator[str]:
    """Every readable text of a source: headline, body, box, footnotes."""
    yield reading.story.title
    yield from texts_in(reading.story.blocks)
    if reading.in_brief:
        yield reading.in_brief.title
        for item in reading.in_brief.items:
            yield f"{item.label}: {item.text.text}" if item.label else item.text.text
    for footnote in reading.footnotes:
        yield from texts_in(footnote.blocks)


def map_texts(block: Block, change: Callable[[Text], Text]) -> Block:
    """``block`` with ``change`` applied to each of its texts, however deep."""
    match block:
        case Paragraph() | Heading():
            return replace(block, text=change(block.text))
        case Points():
            return replace(block, items=tuple(replace(item, text=change(item.text)) for item in block.items))
        case List():
            items = tuple(ListItem(map_blocks(item.blocks, change)) for item in block.items)
            return replace(block, items=items)
        case Quote():
            return replace(block, text=change(block.text), blocks=map_blocks(block.blocks, change))
        case Image():
            return replace(block, caption=change(block.caption) if block.caption else None)
        case Table():
            rows = tuple(tuple(map(change, row)) for row in block.rows)
            return replace(block, header=tuple(map(change, block.header)), rows=rows)
        case _:
            return block


def map_blocks(blocks: Sequence[Block], change: Callable[[Text], Text]) -> tuple[Block, ...]:
    return tuple(map_texts(block, change) for block in blocks)


def map_box(box: InBrief, change: Callable[[Text], Text]) -> InBrief:
    return replace(box, items=tuple(replace(item, text=change(item.text)) for item in box.items))


def map_footnotes(notes: Sequence[Footnote], change: Callable[[Text], Text]) -> tuple[Footnote, ...]:
    return tuple(replace(note, blocks=map_blocks(note.blocks, change)) for note in notes)


def without_footnotes(text: Text) -> Text:
    """``text`` without its footnote marks and what they show."""
    return rewrite_marks(text, lambda mark, _shown: None if mark.kind is MarkKind.FOOTNOTE else mark)


Shown = str
"""What a mark shows in the text."""


def rewrite_marks(text: Text, change: Callable[[Mark, Shown], Mark | tuple[Mark, Shown] | None]) -> Text:
    """``text`` with each mark changed: to another mark, to another mark with another shown text, or, with ``None``,
    to nothing, its text gone. Offsets of the marks around and behind a changed text move with it."""
    edits: list[tuple[int, int, str]] = []
    kept: list[Mark] = []
    for mark in text.marks:
        changed = change(mark, text.text[mark.start : mark.end])
        if changed is None:
            edits.append((mark.start, mark.end, ""))
        elif isinstance(changed, tuple):
            kept.append(changed[0])
            edits.append((mark.start, mark.end, changed[1]))
        else:
            kept.append(changed)
    if not edits:
        return Text(text.text, tuple(kept))
    edits.sort()

    def moved(offset: int) -> int:
        return offset + sum(len(shown) - (stop - start) for start, stop, shown in edits if stop <= offset)

    marks = (replace(mark, start=moved(mark.start), end=moved(mark.end)) for mark in kept)
    result, position = [], 0
    for start, stop, shown in edits:
        result += [text.text[position:start], shown]
        position = stop
    result.append(text.text[position:])
    return Text("".join(result), tuple(mark for mark in marks if mark.start < mark.end))


def slice_text(text: Text, start: int, end: int) -> Text:
    """``text[start:end]`` with the marks that stand in it, cut to it."""
    marks = (
        replace(mark, start=max(mark.start, start) - start, end=min(mark.end, end) - start)
        for mark in text.marks
        if mark.start < end and mark.end > start
    )
    return Text(text.text[start:end], tuple(marks))
