"""Markdown's block tokens → the model's blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from dispatch.edition.merge import merge_marks
from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Footnote,
    Heading,
    Image,
    List,
    ListItem,
    Paragraph,
    Table,
    Text,
)
from dispatch.edition.reading import Role
from dispatch.edition.sources.html_blocks import html_blocks
from dispatch.edition.sources.labelled import as_points, points_of
from dispatch.edition.sources.markdown_inline import inline_pieces
from dispatch.edition.sources.quotation import flat, make_quote
from dispatch.errors import Place, SourceError

_ALIGN = {"text-align:left": "start", "text-align:center": "center", "text-align:right": "end"}
# What CommonMark lets swallow all lines to the text's end where its closing is missing (§4.6, kinds 1–5).
_NEVER_CLOSED = re.compile(
    r"""\s*<(?:(?P<comment>!--)(?!.*-->) | (?P<tag>script|style)\b(?!.*</(?P=tag))
    | \?(?!.*\?>) | !\[CDATA\[(?!.*]]>) | !(?=[a-z])(?!.*>))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ROLES = {
    "bullet_list": Role.LIST_ITEM,
    "ordered_list": Role.LIST_ITEM,
    "blockquote": Role.QUOTE,
    "fence": Role.CODE,
    "code_block": Role.CODE,
    "table": Role.TABLE,
    "hr": Role.DIVIDER,
    "heading": Role.HEADING,
    "footnote_reference": Role.FOOTNOTE,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level element: its blocks, its lines ``[start, end)`` in the file, its role."""

    blocks: tuple[Block, ...]
    start: int
    end: int
    role: Role
    underlined: bool = False
    note: str = ""

    @property
    def heading(self) -> Heading | None:
        """The heading that the piece is, if it is one (its level as the author wrote it, 1–6)."""
        found = self.blocks[0] if self.blocks and self.role is Role.HEADING else None
        return found if isinstance(found, Heading) else None

    @property
    def paragraph(self) -> Paragraph | None:
        found = self.blocks[0] if len(self.blocks) == 1 else None
        return found if isinstance(found, Paragraph) else None


class BlockReader:
    """Turns nodes into blocks and collects the footnotes' definitions on the way."""

    def __init__(self, *, first_line: int, name: str, merge: bool, references: Mapping[str, int]) -> None:
        """``references`` gives each footnote that a text refers to its number, from 0, by its label in the source."""
        self._first_line = first_line
        self._name = name
        self._merge = merge
        self._references = references
        self._notes: dict[int, tuple[Block, ...]] = {}
        self._more: list[tuple[Block, ...]] = []

    def pieces(self, nodes: Iterable[SyntaxTreeNode]) -> list[Piece]:
        """One piece for each top-level node; HTML with nothing but blank lines between is one."""
        found: list[Piece] = []
        for is_html, group in groupby(nodes, lambda node: node.type == "html_block"):
            if is_html:
                found.append(self._html_piece(list(group)))
            else:
                found.extend(self._piece(node) for node in group)
        return found

    def footnotes(self, inline: Mapping[int, Sequence[Token]]) -> tuple[Footnote, ...]:
        """All footnotes by number; ``inline`` holds those that were written inside the text.

        A definition that no text refers to, or a second one of the same name, comes last: its words are not lost.
        """
        notes = self._notes | {number: tuple(self._of_inline(tokens, None)) for number, tokens in inline.items()}
        after = max(notes, default=-1) + 1
        notes |= dict(enumerate(self._more, start=after))
        return tuple(Footnote(str(number + 1), blocks) for number, blocks in sorted(notes.items()))

    def _piece(self, node: SyntaxTreeNode) -> Piece:
        start, end = self._lines(node)
        blocks = tuple(self._blocks(node))
        role = _ROLES.get(node.type, Role.PARAGRAPH)
        if role is Role.PARAGRAPH and blocks and all(isinstance(block, Image) for block in blocks):
            role = Role.IMAGE
        if role is Role.LIST_ITEM and blocks and not isinstance(blocks[0], List):
            role = Role.POINT
        return Piece(blocks, start, end, role, underlined=node.type == "heading" and node.markup in ("=", "-"))

    def _html_piece(self, nodes: list[SyntaxTreeNode]) -> Piece:
        start, end = self._lines(nodes[0])[0], self._lines(nodes[-1])[1]
        blocks = tuple(self._html(nodes))
        return Piece(blocks, start, end, Role.PARAGRAPH if blocks else Role.DROPPED)

    def _lines(self, node: SyntaxTreeNode) -> tuple[int, int]:
        start, end = node.map or (0, 0)
        return start + self._first_line, end + self._first_line

    def _line(self, node: SyntaxTreeNode) -> int | None:
        return node.map[0] + self._first_line if node.map else None

    def _nested(self, nodes: Iterable[SyntaxTreeNode]) -> list[Block]:
        """The blocks inside a quotation, a list's item or a footnote, where a heading is never the story's title."""
        blocks: list[Block] = []
        for is_html, group in groupby(nodes, lambda node: node.type == "html_block"):
            same = list(group)
            blocks.extend(self._html(same) if is_html else (block for node in same for block in self._blocks(node)))
        found = (replace(block, level=max(block.level, 2)) if isinstance(block, Heading) else block for block in blocks)
        return points_of(found)

    def _blocks(self, node: SyntaxTreeNode) -> list[Block]:
        line = self._line(node)
        match node.type:
            case "paragraph":
                return self._of_inline(_inline(node), line)
            case "heading":
                return self._heading(node, line)
            case "bullet_list" | "ordered_list":
                return [self._list(node, line)]
            case "blockquote":
                return self._quote(node, line)
            case "fence":
                return [Code(node.content.removesuffix("\n"), language=_language(node.info), line=line)]
            case "code_block":
                return [Code(node.content.removesuffix("\n"), line=line)]
            case "table":
                return [self._table(node, line)]
            case "hr":
                return [Divider(line=line)]
            case "footnote_reference":
                self._define(node)
        return []

    def _of_inline(self, tokens: Sequence[Token], line: int | None) -> list[Block]:
        if any(token.type == "text" and "<!--" in token.content for token in tokens):
            raise self._never_closed("comment", line)
        return [
            piece if isinstance(piece, Image) else Paragraph(self._text(piece, line), line=line)
            for piece in inline_pieces(tokens, line)
        ]

    def _text(self, text: Text, line: int | None) -> Text:
        return merge_marks(text, Place(self._name, line)) if self._merge else text

    def _heading(self, node: SyntaxTreeNode, line: int | None) -> list[Block]:
        blocks = self._of_inline(_inline(node), line)
        text = flat([block for block in blocks if not isinstance(block, Image)])
        images: list[Block] = [block for block in blocks if isinstance(block, Image)]
        return [*([Heading(int(node.tag[1]), text, line=line)] if text.text else []), *images]

    def _list(self, node: SyntaxTreeNode, line: int | None) -> Block:
        items = [(self._line(item), tuple(self._nested(item.children))) for item in node.children]
        ordered = node.type == "ordered_list"
        points = None if ordered else as_points(items, line)
        start = int(node.attrs.get("start", 1))
        return points or List(ordered, tuple(ListItem(blocks) for _, blocks in items), start=start, line=line)

    def _quote(self, node: SyntaxTreeNode, line: int | None) -> list[Block]:
        last = node.children[-1] if node.children else None
        if last is not None and last.type == "paragraph":
            _part_attribution(_inline(last))
        quote = make_quote(self._nested(node.children), line)
        return [quote] if quote else []

    def _table(self, node: SyntaxTreeNode, line: int | None) -> Table:
        rows = [row for part in node.children for row in part.children]
        cells = [tuple(flat(self._of_inline(_inline(cell), self._line(row))) for cell in row.children) for row in rows]
        align = tuple(_ALIGN.get(str(cell.attrs.get("style")), "start") for cell in rows[0].children)
        header = cells[0] if any(cell.text for cell in cells[0]) else ()
        return Table(header, tuple(cells[1:]), align=align, line=line)

    def _define(self, node: SyntaxTreeNode) -> None:
        number = self._references.get(str(node.meta["label"]))
        blocks = tuple(self._nested(node.children))
        if number is not None and number not in self._notes:
            self._notes[number] = blocks
        elif blocks:
            self._more.append(blocks)

    def _html(self, nodes: list[SyntaxTreeNode]) -> list[Block]:
        for node in nodes:
            if match := _NEVER_CLOSED.match(node.content):
                what = "comment" if match["comment"] else f"{match[0].strip().lower()}"
                raise self._never_closed(what, self._line(node))
        line = self._line(nodes[0])
        return html_blocks("\n".join(node.content for node in nodes), line, lambda text: self._text(text, line))

    def _never_closed(self, what: str, line: int | None) -> SourceError:
        return SourceError(
            f"The {what} that begins here is never closed, so all that follows would be lost.",
            place=Place(self._name, line),
            hint="Close it without a blank line inside, or write &lt; for the < that begins it.",
        )


def _inline(node: SyntaxTreeNode) -> list[Token]:
    inline = node.children[0].token if node.children else None
    return (inline.children or []) if inline else []


def _language(info: str) -> str | None:
    return info.split()[0] if info.split() else None


def _part_attribution(tokens: list[Token]) -> None:
    """Let a last line "— Name" stand in a line of its own: Markdown would run it into the words above."""
    for at in reversed(range(1, len(tokens) - 1)):
        if tokens[at].type in ("softbreak", "hardbreak"):
            if re.match(r"\s*(?:[—–―]|--)\s*\S", tokens[at + 1].content):
                tokens[at].type = "hardbreak"
            return
