"""A wire text's lines to a :class:`~dispatch.edition.reading.Body`: no word of them lost, none said twice."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.edition.model import Story, Text
from dispatch.edition.reading import Body, LineRole, Role
from dispatch.edition.recase import recase
from dispatch.edition.sources.inline import link_marks
from dispatch.edition.sources.wire.blocks import BlockBuilder
from dispatch.edition.sources.wire.datelines import split_dateline
from dispatch.edition.sources.wire.head import Head, find_head
from dispatch.edition.sources.wire.lines import Line, clean_lines
from dispatch.edition.sources.wire.pieces import Kind, Piece, cut
from dispatch.edition.sources.wire.words import squeezed
from dispatch.errors import Place


def read_wire(lines: Sequence[str], *, first_line: int, name: str, tagline: str, merge: bool) -> Body:
    """Read a wire text.

    ``lines`` without line ends; ``first_line`` is the number of the first in its file; ``name`` the file's name for
    people; ``tagline`` the newsletter's, taken out where the text itself signs off with it; ``merge`` lets
    ``{{ recipient.FIELD | default("…") }}`` be more than text.
    """
    return _Reader(clean_lines(lines, first_line), name=name, merge=merge).read(tagline)


class _Reader:
    def __init__(self, lines: list[Line], *, name: str, merge: bool) -> None:
        self._lines = lines
        self._name = name
        self._merge = merge
        self._corpus = "\n".join(line.text for line in lines)
        self._all_capitals = self._corpus.isupper()
        self._roles: dict[int, tuple[Role, str]] = {}

    def read(self, tagline: str) -> Body:
        alone = _find_tagline(self._lines, tagline)
        pieces = [piece for piece in cut(self._lines, alone) if piece.kind is not Kind.BLANK]
        foot = frozenset(
            at for at, piece in enumerate(pieces) if piece.line in alone and piece.kind is not Kind.COLUMNS
        )
        head = find_head(pieces, foot)
        title, byline = self._title(pieces, head), self._byline(pieces, head)
        dateline = self._dateline(pieces, head)
        builder = BlockBuilder(pieces, inline=self._inline, recase=self._recase, note=self._note)
        taken = foot | frozenset(at for at in (head.title, *head.byline) if at is not None)
        blocks = builder.build(plain=head.plain, foot=taken, opening=head.dateline)
        for at in foot:
            self._note(pieces[at], Role.TAGLINE, "")
        if dateline and head.dateline is not None:
            self._note_dateline(pieces[head.dateline], dateline)
        story = Story(title, blocks, dateline=dateline, byline=byline, source=self._name)
        signed = " ".join(pieces[at].text for at in sorted(foot)) or None
        return Body(
            story,
            self._line_roles(),
            title_line=None if head.title is None else pieces[head.title].line,
            in_brief=builder.in_brief,
            tagline=signed,
        )

    def _title(self, pieces: Sequence[Piece], head: Head) -> str:
        if head.title is None:
            return ""
        piece = pieces[head.title]
        self._note(piece, Role.HEADLINE, "")
        return self._recase(piece.text)

    def _byline(self, pieces: Sequence[Piece], head: Head) -> str | None:
        for at in head.byline:
            self._note(pieces[at], Role.BYLINE, "")
        return ", ".join(self._recase(pieces[at].text) for at in head.byline) or None

    def _dateline(self, pieces: Sequence[Piece], head: Head) -> str | None:
        """The dateline; its piece keeps what follows the dash."""
        split = split_dateline(pieces[head.dateline].text) if head.dateline is not None else None
        if split is None or head.dateline is None:
            return None
        pieces[head.dateline].text = split[1]
        return split[0]

    def _inline(self, text: str, line: int) -> Text:
        plain = Text(text)
        if self._merge:
            from dispatch.edition.merge import merge_marks

            plain = merge_marks(plain, Place(self._name, line))
        return link_marks(plain)

    def _recase(self, text: str) -> str:
        # A text in capitals throughout bears no witness to any other spelling.
        return text if self._all_capitals else recase(text, self._corpus)

    def _note(self, piece: Piece, role: Role, note: str) -> None:
        for line in piece.lines:
            self._roles[line.number] = (role, note)
        if piece.kind is Kind.UNDERLINED:
            self._roles[piece.lines[-1].number] = (Role.UNDERLINE, "")

    def _note_dateline(self, piece: Piece, dateline: str) -> None:
        role, note = self._roles[piece.line]
        self._roles[piece.line] = (role, "; ".join(filter(None, (f"dateline {dateline}", note))))

    def _line_roles(self) -> tuple[LineRole, ...]:
        blank = (Role.BLANK, "")
        return tuple(
            LineRole(line.number, role, line.raw, note)
            for line in self._lines
            for role, note in [self._roles.get(line.number, blank)]
        )


def _find_tagline(lines: Sequence[Line], tagline: str) -> frozenset[int]:
    """The numbers of the last line, or two lines, that say the tagline and nothing else."""
    wanted = squeezed(tagline)
    if not wanted:
        return frozenset()
    full = [line for line in lines if not line.blank]
    for at in range(len(full) - 1, -1, -1):
        if full[at].text.startswith("\\"):
            continue
        if squeezed(full[at].text) == wanted:
            return frozenset({full[at].number})
        if at and squeezed(full[at - 1].text + full[at].text) == wanted:
            return frozenset({full[at - 1].number, full[at].number})
    return frozenset()
