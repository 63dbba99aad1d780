"""Readings by hand, for rooms that take what a reader of sources gives."""

from __future__ import annotations

from dispatch.edition.model import (
    Block,
    Footnote,
    Heading,
    InBrief,
    InBriefItem,
    List,
    ListItem,
    Mark,
    MarkKind,
    Paragraph,
    Point,
    Points,
    Quote,
    Story,
    Text,
)
from dispatch.edition.reading import FrontMatter, Reading


def reading(
    script: str,
    *,
    name: str = "story.txt",
    title: str = "",
    box: InBrief | None = None,
    front: FrontMatter | None = None,
    notes: tuple[str, ...] = (),
) -> Reading:
    """A reading of ``script``, a line a block: ``## heading``, ``* Label: point``, ``- item``, ``> quote``, else a
    paragraph, in which ``[n]`` is a footnote's mark for each ``n`` in ``notes``."""
    front = front or FrontMatter()
    return Reading(
        name=name,
        stem=name.rpartition(".")[0],
        story=Story(title=front.title or title, blocks=_blocks(script, notes), source=name),
        front_matter=front,
        roles=(),
        title_line=1 if title else None,
        in_brief=box,
        footnotes=tuple(Footnote(note, (Paragraph(Text(f"Note {note} of {name}.")),)) for note in notes),
    )


def box(title: str, *items: tuple[str | None, str], line: int | None = None) -> InBrief:
    made = tuple(InBriefItem(label, Text(text), line=line) for label, text in items)
    return InBrief(title=title, items=made, line=line)


def _blocks(script: str, notes: tuple[str, ...]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for number, line in enumerate(script.strip("\n").split("\n"), 1):
        text = line.strip()
        if not text:
            continue
        before = blocks[-1] if blocks else None
        if text.startswith("#"):
            marks = len(text) - len(text.lstrip("#"))
            blocks.append(Heading(marks, Text(text.lstrip("# ")), line=number))
        elif text.startswith("* "):
            label, _, words = text[2:].partition(": ")
            point = Point(label, Text(words), line=number)
            items = (*before.items, point) if isinstance(before, Points) else (point,)
            blocks[len(blocks) - isinstance(before, Points) :] = [Points(items, line=number)]
        elif text.startswith("- "):
            blocks.append(List(False, (ListItem((Paragraph(Text(text[2:]), line=number),)),), line=number))
        elif text.startswith("> "):
            blocks.append(Quote(Text(text[2:]), line=number))
        else:
            blocks.append(Paragraph(_noted(text, notes), line=number))
    return tuple(blocks)


def _noted(text: str, notes: tuple[str, ...]) -> Text:
    marks = []
    for note in notes:
        shown = f"[{note}]"
        start = text.find(shown)
        if start >= 0:
            marks.append(Mark(MarkKind.FOOTNOTE, start, start + len(shown), target=note))
    return Text(text, tuple(marks))
