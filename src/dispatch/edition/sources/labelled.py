"""Labelled points in Markdown: "**Label:** text" in a list's items or in paragraphs that follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from dispatch.edition.model import Block, MarkKind, Paragraph, Point, Points, Text
from dispatch.edition.sources.text_builder import part, trimmed

_LONGEST_LABEL = 80
_COLONS = (":", "：")
_BOUND = (MarkKind.FOOTNOTE, MarkKind.LINK, MarkKind.MERGE, MarkKind.CODE, MarkKind.STRIKE)
"""Marks that a label, which is plain text, would lose."""


def bold_label(text: Text) -> tuple[str, Text] | None:
    """The label and the rest of "**Label:** text" or "**Label**: text"; ``None`` for any other text."""
    bold = next((mark for mark in text.marks if mark.start == 0 and mark.kind is MarkKind.STRONG), None)
    if bold is None or any(mark.kind in _BOUND and mark.start < bold.end for mark in text.marks):
        return None
    label, end = text.text[: bold.end].rstrip(), bold.end
    if not label.endswith(_COLONS):
        if not text.text.startswith(_COLONS, end):
            return None
        label, end = label + ":", end + 1
    label = label[:-1].strip()
    rest = trimmed(part(text, end))
    if not label or len(label) > _LONGEST_LABEL or "\n" in label or not rest.text:
        return None
    return label, rest


def as_points(items: Sequence[tuple[int | None, tuple[Block, ...]]], line: int | None) -> Points | None:
    """A list's items (each its line and blocks) as points, if every one of at least two is a labelled paragraph."""
    points = [_point(blocks[0]) for _, blocks in items if len(blocks) == 1]
    found = [point for point in points if point is not None]
    return Points(tuple(found), line=line) if len(found) == len(items) >= 2 else None


def points_of(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with each run of at least two labelled paragraphs as points."""
    found: list[Block] = []
    for labelled, group in groupby(blocks, lambda block: _point(block) is not None):
        run = list(group)
        points = [point for point in map(_point, run) if point is not None]
        found.extend([Points(tuple(points), line=points[0].line)] if labelled and len(run) > 1 else run)
    return found


def _point(block: Block) -> Point | None:
    labelled = bold_label(block.text) if isinstance(block, Paragraph) else None
    return Point(*labelled, line=block.line) if labelled else None
