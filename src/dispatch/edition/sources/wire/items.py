"""Bullets and numbers into lists, nested by their indentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dispatch.edition.model import Block, List, ListItem, Paragraph, Text
from dispatch.edition.sources.wire.pieces import Kind, Piece, full_text
from dispatch.edition.sources.wire.shapes import Shape

_DEEPEST = 8  # deeper than any reader follows; what lies deeper joins the last level

Inline = Callable[[str, int], Text]
"""A string and its line as text with its links."""


@dataclass(slots=True)
class _Node:
    piece: Piece
    children: list[_Node] = field(default_factory=list)

    @property
    def number(self) -> int | None:
        mark = self.piece.mark
        return mark.value if mark and mark.shape is Shape.NUMBERED else None

    @property
    def numbered(self) -> bool:
        return self.piece.mark is not None and self.piece.mark.shape is Shape.NUMBERED


def belongs_to_item(piece: Piece, item: Piece) -> bool:
    """Whether a paragraph is indented under the item above it."""
    return piece.kind is Kind.TEXT and piece.indent >= item.indent + 2


def build_lists(pieces: Iterable[Piece], inline: Inline) -> list[Block]:
    """Consecutive items, and the paragraphs indented under them, as lists."""
    return _blocks(_tree(pieces), inline)


def _tree(pieces: Iterable[Piece]) -> list[_Node]:
    roots: list[_Node] = []
    path: list[_Node] = []
    for piece in pieces:
        node = _Node(piece)
        # One column more is a typist's slip, not a level.
        while path and piece.indent <= path[-1].piece.indent + 1:
            path.pop()
        del path[_DEEPEST - 1 :]
        (path[-1].children if path else roots).append(node)
        if piece.kind is Kind.ITEM:
            path.append(node)
    return roots


def _blocks(nodes: Sequence[_Node], inline: Inline) -> list[Block]:
    return [_list(run, inline) for run in _runs(nodes)]


def _runs(nodes: Sequence[_Node]) -> Iterable[list[_Node]]:
    """Runs of one kind; a numbered run counts up by one."""
    run: list[_Node] = []
    for node in nodes:
        if run and not _follows(node, run[-1]):
            yield run
            run = []
        run.append(node)
    if run:
        yield run


def _follows(node: _Node, before: _Node) -> bool:
    if Kind.TEXT in (node.piece.kind, before.piece.kind) or node.numbered != before.numbered:
        return False
    if not node.numbered or node.number is None or before.number is None:
        return (node.number is None) == (before.number is None)
    return node.number == before.number + 1


def _list(run: Sequence[_Node], inline: Inline) -> Block:
    first = run[0]
    if first.piece.kind is Kind.TEXT:
        return Paragraph(inline(first.piece.text, first.piece.line), first.piece.line)
    ordered = first.number is not None and len(run) > 1
    # A number that would not come out the same again is kept as a word of the text.
    keeps_mark = first.numbered and not ordered
    if keeps_mark and len(run) == 1 and not first.children:
        return Paragraph(inline(full_text(first.piece), first.piece.line), first.piece.line)
    items = tuple(ListItem(tuple(_item(node, inline, keeps_mark=keeps_mark))) for node in run)
    return List(
        ordered, items, start=first.number if ordered and first.number is not None else 1, line=first.piece.line
    )


def _item(node: _Node, inline: Inline, *, keeps_mark: bool) -> Iterable[Block]:
    text = full_text(node.piece) if keeps_mark else node.piece.text
    yield Paragraph(inline(text, node.piece.line), node.piece.line)
    yield from _blocks(node.children, inline)
