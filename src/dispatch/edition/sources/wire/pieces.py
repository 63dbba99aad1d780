"""Lines into pieces: each piece is one thing on the page, its wrapped lines joined, its meaning still open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from dispatch.edition.sources.in_brief import in_brief_title
from dispatch.edition.sources.wire.columns import Columns, find_columns
from dispatch.edition.sources.wire.datelines import starts_with_dateline
from dispatch.edition.sources.wire.labels import split_label
from dispatch.edition.sources.wire.lines import Line
from dispatch.edition.sources.wire.shapes import Marked, Shape, look
from dispatch.edition.sources.wire.verse import find_verse
from dispatch.edition.sources.wire.words import ends_open, ends_sentence, is_title_case, starts_upper
from dispatch.edition.sources.wire.wrapping import Wrapping, find_wrapping, unwrap

_LONGEST_UNDERLINED = 110
_DASHES = ("–", "—", "―")


class Kind(Enum):
    BLANK = auto()
    TEXT = auto()
    PLAIN = auto()
    HASH = auto()
    UNDERLINED = auto()
    QUOTED = auto()
    DIVIDER = auto()
    END_MARK = auto()
    ITEM = auto()
    COLUMNS = auto()


@dataclass(slots=True)
class Piece:
    """``text`` is what a reader sees of it; ``after_blank``: a blank line stands above.

    ``level`` of headings; ``rule`` the underline's character; ``mark`` an item's bullet or number; ``cells`` a table's.
    """

    kind: Kind
    lines: list[Line]
    parts: list[str] = field(default_factory=list)
    after_blank: bool = False
    level: int = 0
    rule: str = ""
    mark: Marked | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    text: str = ""

    @property
    def line(self) -> int:
        return self.lines[0].number

    @property
    def indent(self) -> int:
        return self.lines[0].indent


def full_text(piece: Piece) -> str:
    """An item's text with its bullet or number."""
    return f"{piece.mark.marker} {piece.text}" if piece.mark and piece.mark.marker else piece.text


_SIMPLE = {
    Shape.BLANK: Kind.BLANK,
    Shape.ESCAPED: Kind.PLAIN,
    Shape.HASH: Kind.HASH,
    Shape.QUOTED: Kind.QUOTED,
    Shape.DIVIDER: Kind.DIVIDER,
    Shape.RULE: Kind.DIVIDER,
    Shape.END_MARK: Kind.END_MARK,
    Shape.BULLET: Kind.ITEM,
    Shape.NUMBERED: Kind.ITEM,
    Shape.TEXT: Kind.TEXT,
}


def cut(lines: Sequence[Line], alone: frozenset[int]) -> list[Piece]:
    """``lines`` as pieces, every line in exactly one. ``alone``: numbers of lines that join no other."""
    return _Cutter(lines, alone).cut()


class _Cutter:
    def __init__(self, lines: Sequence[Line], alone: frozenset[int]) -> None:
        self._lines = lines
        self._alone = alone
        columns = list(find_columns(lines))
        within = frozenset(at for run in columns for at in range(run.start, run.end))
        self._columns = {run.start: run for run in (*columns, *find_verse(lines, within))}
        self._wrapping: Wrapping = find_wrapping(_prose(lines, self._columns.values()))
        self._pieces: list[Piece] = []

    def cut(self) -> list[Piece]:
        at = 0
        while at < len(self._lines):
            run = self._columns.get(at)
            at = self._take_columns(run) if run else self._take_line(at)
        for piece in self._pieces:
            piece.text = unwrap(piece.parts)
        _release_lone_items([piece for piece in self._pieces if piece.kind is not Kind.BLANK])
        return self._pieces

    def _take_columns(self, run: Columns) -> int:
        self._add(Piece(Kind.COLUMNS, list(self._lines[run.start : run.end]), cells=run.cells))
        return run.end

    def _take_line(self, at: int) -> int:
        line = self._lines[at]
        marked = look(line.text)
        if marked.shape is Shape.TEXT and self._is_underlined(at):
            rule = self._lines[at + 1]
            self._add(Piece(Kind.UNDERLINED, [line, rule], [marked.text], rule=rule.text[0]))
            return at + 2
        last = self._pieces[-1] if self._pieces else None
        text_like = marked.shape is Shape.TEXT or (last is not None and _is_chance_marker(marked, last))
        if text_like and last and self._goes_on(last, line):
            last.lines.append(line)
            last.parts.append(line.text)
        else:
            self._add(Piece(_SIMPLE[marked.shape], [line], [marked.text], level=marked.value or 0, mark=marked))
        return at + 1

    def _add(self, piece: Piece) -> None:
        piece.after_blank = not self._pieces or self._pieces[-1].kind is Kind.BLANK
        self._pieces.append(piece)

    def _is_underlined(self, at: int) -> bool:
        if at + 1 >= len(self._lines):
            return False
        text, rule = self._lines[at].text, self._lines[at + 1].text
        if len(text) > _LONGEST_UNDERLINED or look(rule).shape is not Shape.RULE or ends_sentence(text):
            return False
        starts = (
            not self._pieces
            or self._pieces[-1].kind is not Kind.TEXT
            or not self._goes_on(self._pieces[-1], self._lines[at])
        )
        return starts and (rule[0] in "=═" or len(rule) * 2 >= len(text))

    def _goes_on(self, piece: Piece, line: Line) -> bool:
        """Whether a line of text continues the piece above it."""
        above = piece.lines[-1]
        if above.number in self._alone or line.number in self._alone:
            return False
        if piece.kind is Kind.ITEM:
            content = piece.indent + len(piece.mark.marker if piece.mark else "") + 1
            return (piece.indent < line.indent and line.indent >= content) or self._wrapping.joins(above, line)
        if piece.kind not in (Kind.TEXT, Kind.PLAIN) or not self._wrapping.joins(above, line):
            return False
        return not self._starts_anew(above, line, alone=len(piece.lines) == 1)

    def _starts_anew(self, above: Line, line: Line, *, alone: bool) -> bool:
        """A line that begins something of its own even in the middle of wrapped lines."""
        if in_brief_title(above.text) or in_brief_title(line.text) or starts_with_dateline(line.text):
            return True
        if ends_sentence(above.text) or above.text.endswith((":", "：")):
            return split_label(line.text) is not None or _is_title(line.text)
        # A title in a line that had room for the next word was ended on purpose.
        return alone and _is_title(above.text) and starts_upper(line.text) and self._wrapping.had_room(above, line)


def _prose(lines: Sequence[Line], columns: Iterable[Columns]) -> list[Line]:
    """``lines`` with blanks for columns and verse, whose short lines tell nothing of how sentences were wrapped."""
    kept = list(lines)
    for run in columns:
        for at in range(run.start, run.end):
            kept[at] = replace(kept[at], text="")
    return kept


def _is_title(text: str) -> bool:
    return is_title_case(text) and not ends_sentence(text) and not ends_open(text)


def _is_chance_marker(marked: Marked, above: Piece) -> bool:
    """In wrapped prose a line may begin with a dash or a number by chance: "on Dec." / "12. The …"."""
    if above.kind is not Kind.TEXT or above.lines[-1].text.endswith((":", "：")):
        return False
    if marked.shape is Shape.NUMBERED:
        return marked.value is not None and marked.value > 1
    return marked.shape is Shape.BULLET and marked.marker in _DASHES and not ends_sentence(above.lines[-1].text)


def _release_lone_items(pieces: Sequence[Piece]) -> None:
    """A number or a dash with no like item beside it opens a text ("1. Taxes", "– Yes, she said"), not a list."""
    alone: list[Piece] = []
    for at, piece in enumerate(pieces):
        if piece.kind is not Kind.ITEM or piece.mark is None:
            continue
        beside = [other for other in pieces[max(0, at - 1) : at + 2] if other is not piece and other.kind is Kind.ITEM]
        numbered = piece.mark.shape is Shape.NUMBERED
        if not beside and (numbered or piece.mark.marker in _DASHES):
            alone.append(piece)
    for piece in alone:
        piece.text = full_text(piece)
        piece.kind, piece.mark = Kind.TEXT, None
