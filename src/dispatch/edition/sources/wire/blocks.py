"""Pieces into the blocks of a story, the role of each line noted on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from textwrap import dedent

from dispatch.edition.model import (
    Block,
    Divider,
    Heading,
    InBrief,
    Paragraph,
    Point,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.edition.reading import Role
from dispatch.edition.sources.wire.box import box_end, box_items, box_title
from dispatch.edition.sources.wire.headings import find_headings, without_colon
from dispatch.edition.sources.wire.items import Inline, belongs_to_item, build_lists
from dispatch.edition.sources.wire.labels import split_label, split_time
from dispatch.edition.sources.wire.lines import layout
from dispatch.edition.sources.wire.pieces import Kind, Piece, full_text
from dispatch.edition.sources.wire.quotes import Quotation, split_attribution, split_quotation, unquoted
from dispatch.edition.sources.wire.shapes import Shape
from dispatch.edition.sources.wire.words import squeezed

Note = Callable[[Piece, Role, str], None]
"""Records the role of a piece's lines."""
Recase = Callable[[str], str]

_YEAR = re.compile(r"(?:19|20)\d\d")
_FIGURE_STARTS = "0123456789+-−–$€£¥(."


class BlockBuilder:
    """Builds the blocks of one story from its pieces (no blank ones), in one pass."""

    def __init__(self, pieces: Sequence[Piece], *, inline: Inline, recase: Recase, note: Note) -> None:
        self._pieces = pieces
        self._inline = inline
        self._recase = recase
        self._note = note
        self._at = 0
        self._plain: frozenset[int] = frozenset()
        self._foot: frozenset[int] = frozenset()
        self._headings: frozenset[int] = frozenset()
        self._stops: frozenset[int] = frozenset()
        self._box_stops: frozenset[int] = frozenset()
        self._double_rules = False
        self._last_heading = 0
        self._top = 0
        self._level = 1
        self._blocks: list[Block] = []
        self.in_brief: InBrief | None = None

    def build(self, *, plain: frozenset[int], foot: frozenset[int], opening: int | None) -> tuple[Block, ...]:
        """The blocks. ``plain`` places are paragraphs whatever they look like, ``foot`` places are passed over.

        ``opening`` is the place of the paragraph whose dateline was taken off: no box reaches over it.
        """
        self._plain, self._foot = plain, foot
        self._headings = frozenset(find_headings(self._pieces, foot))
        above = plain | foot | {at for at, piece in enumerate(self._pieces) if piece.kind is Kind.DIVIDER}
        self._top = next((at for at in range(len(self._pieces)) if at not in above), 0)
        self._last_heading = max(self._headings, default=0)
        self._stops = self._headings | foot
        self._double_rules = any(piece.rule == "=" for at, piece in enumerate(self._pieces) if at not in foot)
        self._box_stops = self._stops if opening is None else self._stops | {opening}
        while self._at < len(self._pieces):
            if self._at in foot:
                self._at += 1
            elif not self._take_box():
                self._take()
        while self._blocks and isinstance(self._blocks[-1], Divider):
            self._blocks.pop()
        return tuple(self._blocks)

    def _take(self) -> None:
        piece = self._pieces[self._at]
        if self._at in self._plain:
            self._paragraph(piece)
        elif self._at in self._headings:
            self._heading(piece)
        elif piece.kind in (Kind.DIVIDER, Kind.END_MARK):
            self._divider(piece)
        elif piece.kind is Kind.COLUMNS:
            self._columns(piece)
        elif piece.kind is Kind.QUOTED:
            self._quoted()
        elif piece.kind is Kind.ITEM:
            self._items()
        elif piece.kind is Kind.PLAIN or not (self._points() or self._quotation(piece)):
            self._paragraph(piece)

    def _add(self, block: Block) -> None:
        self._blocks.append(block)

    def _take_box(self) -> bool:
        title = box_title(self._pieces[self._at]) if self.in_brief is None and self._at not in self._plain else None
        if title is None:
            return False
        on_top = self._at == self._top
        # A bar alone makes no box: short labelled items must follow, and no further section.
        if not title.named and (on_top or self._last_heading > self._at):
            return False
        piece = self._pieces[self._at]
        end = box_end(self._pieces, self._at, self._box_stops, on_top=on_top)
        inside = self._pieces[self._at + 1 : end]
        items = box_items(inside, self._inline)
        if not title.named and any(item.label is None for item in items):
            return False
        if not items:
            return False
        self.in_brief = InBrief(self._recase(title.title), items, label=self._recase(title.label), line=piece.line)
        self._note(piece, Role.IN_BRIEF_TITLE, title.label)
        for item, source in zip(items, (each for each in inside if each.text), strict=True):
            self._note(source, Role.IN_BRIEF_ITEM, item.label or "")
        self._at = end
        return True

    def _paragraph(self, piece: Piece) -> None:
        if piece.text:
            self._add(Paragraph(self._inline(piece.text, piece.line), piece.line))
        self._note(piece, Role.PARAGRAPH, "")
        self._at += 1

    def _heading(self, piece: Piece) -> None:
        text = self._recase(without_colon(piece.text))
        wanted = max(2, piece.level)
        if piece.kind is Kind.UNDERLINED and piece.rule not in "=═" and self._double_rules:
            wanted = 3
        # Readers who hear the page need an unbroken order: no level 4 right below level 2.
        self._level = min(wanted, self._level + 1, 6)
        self._add(Heading(self._level, self._inline(text, piece.line), piece.line))
        self._note(piece, Role.HEADING, f"level {self._level}")
        self._at += 1

    def _divider(self, piece: Piece) -> None:
        if self._blocks and not isinstance(self._blocks[-1], Divider):
            self._add(Divider(piece.line))
        self._note(piece, Role.DIVIDER, "end mark" if piece.kind is Kind.END_MARK else "")
        self._at += 1

    def _columns(self, piece: Piece) -> None:
        table = _table(piece, self._inline)
        if table:
            self._add(table)
            self._note(piece, Role.TABLE, "")
        else:
            self._add(Preformatted(dedent("\n".join(layout(line) for line in piece.lines)), piece.line))
            self._note(piece, Role.PREFORMATTED, "")
        self._at += 1

    def _points(self) -> bool:
        """A run of at least two labelled points, or of three that open with a time; one alone is a paragraph."""
        return self._run_of_points(split_label, 2) or self._run_of_points(split_time, 3)

    def _run_of_points(self, split_off: Callable[[str], tuple[str, str] | None], fewest: int) -> bool:
        end = self._at
        run: list[tuple[Piece, tuple[str, str]]] = []
        while end < len(self._pieces) and end not in self._stops:
            piece = self._pieces[end]
            split = split_off(piece.text) if piece.kind is Kind.TEXT and not box_title(piece) else None
            if split is None:
                break
            run.append((piece, split))
            end += 1
        if len(run) < fewest:
            return False
        self._add(self._as_points(run))
        self._at = end
        return True

    def _as_points(self, run: Sequence[tuple[Piece, tuple[str, str]]]) -> Points:
        items = []
        for piece, (label, rest) in run:
            items.append(Point(self._recase(label), self._inline(rest, piece.line), piece.line))
            self._note(piece, Role.POINT, label)
        return Points(tuple(items), run[0][0].line)

    def _items(self) -> None:
        run = self._run_of_items()
        split = [(piece, split_label(piece.text)) for piece in run]
        labelled = [(piece, label) for piece, label in split if label is not None]
        bulleted = all(piece.mark and piece.mark.shape is Shape.BULLET and piece.mark.marker != "-" for piece in run)
        flat = all(piece.indent <= run[0].indent + 1 for piece in run)
        if bulleted and flat and len(labelled) == len(run) > 1:
            self._add(self._as_points(labelled))
        else:
            self._blocks += build_lists(run, self._inline)
            for piece in run:
                self._note(piece, Role.LIST_ITEM, piece.mark.marker if piece.kind is Kind.ITEM and piece.mark else "")
        self._at += len(run)

    def _run_of_items(self) -> list[Piece]:
        run = [self._pieces[self._at]]
        last = run[0]
        for at in range(self._at + 1, len(self._pieces)):
            piece = self._pieces[at]
            if at in self._stops or not (piece.kind is Kind.ITEM or belongs_to_item(piece, last)):
                break
            run.append(piece)
            last = piece if piece.kind is Kind.ITEM else last
        return run

    def _quotation(self, piece: Piece) -> bool:
        quotation = split_quotation(piece.text)
        if quotation is None:
            return False
        if quotation.attribution is None:
            named = self._attribution_below()
            if named is None:
                return False
            quotation = Quotation(quotation.words, *named)
            self._note(self._pieces[self._at + 1], Role.QUOTE, "attribution")
            self._at += 1
        self._add(
            Quote(
                self._inline(quotation.words, piece.line),
                attribution=quotation.attribution,
                role=quotation.role,
                verb=quotation.verb,
                line=piece.line,
            )
        )
        self._note(piece, Role.QUOTE, quotation.attribution or "")
        self._at += 1
        return True

    def _attribution_below(self) -> tuple[str, str | None] | None:
        """ "— Jane Doe, mayor" in the line below a quotation; with a hyphen it must be no list."""
        at = self._at + 1
        if at >= len(self._pieces) or at in self._foot | self._headings:
            return None
        piece = self._pieces[at]
        below = self._pieces[at + 1] if at + 1 < len(self._pieces) else None
        if piece.kind is Kind.ITEM and below is not None and below.kind is Kind.ITEM:
            return None
        return split_attribution(full_text(piece)) if piece.kind in (Kind.ITEM, Kind.TEXT) else None

    def _quoted(self) -> None:
        """Lines behind ">"; a last line "— Name" says whose they are."""
        run: list[Piece] = []
        while self._at < len(self._pieces) and self._pieces[self._at].kind is Kind.QUOTED:
            run.append(self._pieces[self._at])
            self._at += 1
        for piece in run:
            self._note(piece, Role.QUOTE, "")
        paragraphs = _paragraphs(run)
        named = split_attribution(paragraphs[-1][0]) if len(paragraphs) > 1 else None
        if named:
            paragraphs.pop()
        if not paragraphs:
            return
        blocks = tuple(Paragraph(self._inline(text, line), line) for text, line in paragraphs)
        attribution, role = named or (None, None)
        if len(blocks) == 1:
            text = self._inline(unquoted(paragraphs[0][0]), paragraphs[0][1])
            self._add(Quote(text, attribution=attribution, role=role, line=run[0].line))
        else:
            whole = Text("\n\n".join(block.text.text for block in blocks))
            self._add(Quote(whole, blocks, attribution=attribution, role=role, line=run[0].line))


def _paragraphs(run: Sequence[Piece]) -> list[tuple[str, int]]:
    """The texts behind ">", joined up to the next empty one; an attribution stands alone."""
    out: list[tuple[list[str], int]] = []
    fresh = True
    for piece in run:
        text = piece.text.lstrip("> ")
        if not text:
            fresh = True
            continue
        if fresh or piece.after_blank or split_attribution(text):
            out.append(([], piece.line))
        out[-1][0].append(text)
        fresh = False
    return [(" ".join(texts), line) for texts, line in out]


def _table(piece: Piece, inline: Inline) -> Table | None:
    """Cells told apart by tabs or bars; an empty column means that tabs were used for spacing."""
    if len(piece.cells) < 2 or any(not any(column) for column in zip(*piece.cells, strict=True)):
        return None
    rows = [tuple(inline(cell, piece.line) for cell in row) for row in piece.cells]
    titled = not any(_is_figure(cell) and not _YEAR.fullmatch(cell) for cell in piece.cells[0]) and any(
        _is_figure(cell) and not _YEAR.fullmatch(cell) for row in piece.cells[1:] for cell in row
    )
    body = piece.cells[1:] if titled else piece.cells
    align = tuple(
        "end" if sum(map(_is_figure, column)) * 2 > len(body) else "start" for column in zip(*body, strict=True)
    )
    return Table(rows[0] if titled else (), tuple(rows[1:] if titled else rows), align, piece.line)


def _is_figure(cell: str) -> bool:
    return cell[:1] in _FIGURE_STARTS and any(char.isdigit() for char in cell) if squeezed(cell) else False
