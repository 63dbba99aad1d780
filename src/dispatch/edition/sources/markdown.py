"""Reading Markdown: CommonMark with tables, strikethrough and footnotes, brought into the edition's own blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.footnote import footnote_plugin

from dispatch.edition.model import Block, Divider, Footnote, Heading, MarkKind, Paragraph, Points, Story, Text
from dispatch.edition.reading import Body, Dropped, LineRole, Role
from dispatch.edition.sources.dropped import dropped_addresses
from dispatch.edition.sources.labelled import points_of
from dispatch.edition.sources.markdown_blocks import BlockReader, Piece
from dispatch.edition.sources.markdown_brief import extract_in_brief
from dispatch.edition.sources.text_builder import part
from dispatch.edition.sources.wire.datelines import split_dateline
from dispatch.edition.sources.wire.head import is_byline
from dispatch.errors import Place, SourceError

_DEEPEST = 60
"""Quotations in lists in quotations…: deeper than any text is, and shallow enough for Python's stack."""

# Blank lines, definitions of links and footnotes, and the indented lines that go on with a footnote.
_BELOW_TAGLINE = re.compile(r"\s*$|\[[^\]]+\]:|(?:\t| {4})")


def read_markdown(lines: Sequence[str], *, first_line: int, name: str, tagline: str, merge: bool) -> Body:
    """Read the lines of a Markdown text below its front matter.

    ``first_line`` is the first one's number in the file, ``name`` the file's name for people, ``tagline`` the
    newsletter's, with which the text may end; ``merge`` says that ``{{ recipient.FIELD }}`` is a placeholder and no
    text. Raises :class:`SourceError` for what cannot be read without loss.
    """
    try:
        return _Reader(lines, first_line, name, tagline, merge).read()
    except RecursionError:
        raise SourceError("This text is nested too deeply to be one.", place=Place(name)) from None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "typographer": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"]).use(footnote_plugin, move_to_end=False)
    # Joined later, when an escaped "<" has been told from the beginning of a comment.
    parser.disable("text_join")
    # A link that may not be sent keeps its words; a refused one would show its address as text.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


class _Reader:
    def __init__(self, lines: Sequence[str], first_line: int, name: str, tagline: str, merge: bool) -> None:
        self._lines = list(lines)
        self._first_line = first_line
        self._name = name
        self._tagline = _folded(tagline)
        self._merge = merge

    def read(self) -> Body:
        signed, content = self._without_tagline()
        pieces, footnotes, dropped = self._parse(content)
        pieces, title = _take_title(pieces)
        if signed is None:
            pieces, signed = self._take_tagline(pieces)
        pieces, byline = self._take_byline(pieces)
        pieces, dateline = _take_dateline(pieces)
        pieces, in_brief = extract_in_brief(pieces, "\n".join(self._lines))
        blocks = _levelled(_parted(points_of(block for piece in pieces for block in piece.blocks)))
        story = Story(_one_line(title.text) if title else "", blocks, dateline, byline, source=self._name)
        return Body(
            story=story,
            roles=self._roles(pieces, blocks, signed),
            title_line=title.line if title else None,
            in_brief=in_brief,
            footnotes=footnotes,
            tagline=self._lines[signed - self._first_line].strip() if signed is not None else None,
            dropped=dropped,
        )

    def _parse(self, lines: Sequence[str]) -> tuple[list[Piece], tuple[Footnote, ...], tuple[Dropped, ...]]:
        env: dict[str, Any] = {}
        tokens = _parser().parse("\n".join(lines), env)
        deep = next((token for token in tokens if token.level >= _DEEPEST - 2), None)
        if deep is not None:
            line = deep.map[0] + self._first_line if deep.map else None
            raise SourceError("This is nested too deeply to be read.", place=Place(self._name, line))
        notes = env.get("footnotes", {})
        references = {label[1:]: number for label, number in notes.get("refs", {}).items() if number >= 0}
        reader = BlockReader(first_line=self._first_line, name=self._name, merge=self._merge, references=references)
        pieces = reader.pieces(SyntaxTreeNode(tokens).children)
        inline = {number: note["tokens"] for number, note in notes.get("list", {}).items() if "tokens" in note}
        dropped = dropped_addresses(tokens, inline.values(), first_line=self._first_line)
        return pieces, reader.footnotes(inline), dropped

    def _without_tagline(self) -> tuple[int | None, list[str]]:
        """The line (in the file) of the tagline that ends the text, and the lines without it.

        It is taken out before Markdown runs it into the list's item or the paragraph above it.
        """
        last = next((at for at in reversed(range(len(self._lines))) if not _BELOW_TAGLINE.match(self._lines[at])), None)
        if last is None or not self._tagline or _folded(self._lines[last].strip(" \t*_")) != self._tagline:
            return None, self._lines
        return last + self._first_line, [*self._lines[:last], "", *self._lines[last + 1 :]]

    def _take_tagline(self, pieces: list[Piece]) -> tuple[list[Piece], int | None]:
        """The tagline in a paragraph of its own, with footnotes or notes below it."""
        for at in reversed(range(len(pieces))):
            paragraph = pieces[at].paragraph
            if self._tagline and paragraph and _folded(paragraph.text.text) == self._tagline:
                start = pieces[at].start
                return [*pieces[:at], replace(pieces[at], blocks=(), role=Role.TAGLINE), *pieces[at + 1 :]], start
        return pieces, None

    def _take_byline(self, pieces: list[Piece]) -> tuple[list[Piece], str | None]:
        at, first = _first_paragraph(pieces)
        if first is None:
            return pieces, None
        piece, text = pieces[at], first.text
        whole = text.text.replace("\n", " ")
        if is_byline(whole):
            return [*pieces[:at], replace(piece, blocks=(), role=Role.BYLINE), *pieces[at + 1 :]], whole
        line = self._lines[piece.start - self._first_line].strip()
        rest = part(text, len(line))
        if not (is_byline(line) and text.text.startswith(line) and rest.text[:1] in (" ", "\n")):
            return pieces, None
        below = replace(first, text=part(rest, 1), line=piece.start + 1)
        parted = [
            replace(piece, blocks=(), end=piece.start + 1, role=Role.BYLINE),
            replace(piece, blocks=(below,), start=piece.start + 1),
        ]
        return [*pieces[:at], *parted, *pieces[at + 1 :]], line

    def _roles(self, pieces: Sequence[Piece], blocks: Sequence[Block], signed: int | None) -> tuple[LineRole, ...]:
        in_points = {item.line for block in blocks if isinstance(block, Points) for item in block.items}
        roles: dict[int, tuple[Role, str]] = {}
        for piece in pieces:
            point = piece.role is Role.PARAGRAPH and piece.start in in_points
            for line in range(piece.start, piece.end):
                roles[line] = (Role.POINT if point else piece.role, piece.note if line == piece.start else "")
            if piece.underlined:
                roles[piece.end - 1] = (Role.UNDERLINE, "")
        if signed is not None:
            roles[signed] = (Role.TAGLINE, "")
        return tuple(self._role(number, text, roles) for number, text in enumerate(self._lines, self._first_line))

    def _role(self, number: int, text: str, roles: dict[int, tuple[Role, str]]) -> LineRole:
        role, note = roles.get(number, (Role.DROPPED, "a link's definition"))
        if not text.strip() and role is not Role.CODE:
            role, note = Role.BLANK, ""
        return LineRole(number, role, text, note)


def _take_title(pieces: list[Piece]) -> tuple[list[Piece], Heading | None]:
    """The first heading, if it is an H1, is the headline; images in it stay in its place."""
    at = next((index for index, piece in enumerate(pieces) if piece.heading), None)
    heading = pieces[at].heading if at is not None else None
    if at is None or heading is None or heading.level != 1:
        return pieces, None
    piece = replace(pieces[at], blocks=pieces[at].blocks[1:], role=Role.HEADLINE)
    return [*pieces[:at], piece, *pieces[at + 1 :]], heading


def _take_dateline(pieces: list[Piece]) -> tuple[list[Piece], str | None]:
    at, first = _first_paragraph(pieces)
    split = split_dateline(first.text.text) if first else None
    if first is None or split is None or not first.text.text.endswith(split[1]):
        return pieces, None
    dateline, rest = split
    start = len(first.text.text) - len(rest)
    bound = (MarkKind.LINK, MarkKind.FOOTNOTE, MarkKind.MERGE)
    if not rest or any(mark.kind in bound and mark.start < start for mark in first.text.marks):
        return pieces, None
    opening = replace(first, text=part(first.text, start))
    piece = replace(pieces[at], blocks=(opening, *pieces[at].blocks[1:]), note=f"dateline {dateline}")
    return [*pieces[:at], piece, *pieces[at + 1 :]], dateline


def _first_paragraph(pieces: Sequence[Piece]) -> tuple[int, Paragraph | None]:
    """The paragraph that opens the story: below its headline, images passed over, but no heading."""
    headline = next((at for at, piece in enumerate(pieces) if piece.role is Role.HEADLINE), -1)
    for at, piece in enumerate(pieces[headline + 1 :], headline + 1):
        if piece.blocks and piece.role is not Role.IMAGE:
            first = piece.blocks[0]
            return at, first if isinstance(first, Paragraph) else None
    return 0, None


def _levelled(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks with heading levels from 2 that never skip one: screen readers navigate by them."""
    found: list[Block] = []
    above: list[int] = []
    for block in blocks:
        if isinstance(block, Heading):
            while above and above[-1] >= block.level:
                above.pop()
            above.append(block.level)
            block = replace(block, level=min(len(above) + 1, 6))
        found.append(block)
    return tuple(found)


def _parted(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without dividers that part nothing, as where the In Brief box below one was taken out."""
    found: list[Block] = []
    for block in blocks:
        if not isinstance(block, Divider) or (found and not isinstance(found[-1], Divider)):
            found.append(block)
    return found[:-1] if found and isinstance(found[-1], Divider) else found


def _one_line(text: Text) -> str:
    return " ".join(text.text.split())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
