"""The In Brief box of a wire text: where it ends, and its items."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.edition.model import InBriefItem
from dispatch.edition.sources.in_brief import InBriefTitle, in_brief_title
from dispatch.edition.sources.wire.datelines import starts_with_dateline
from dispatch.edition.sources.wire.head import is_byline
from dispatch.edition.sources.wire.items import Inline, belongs_to_item
from dispatch.edition.sources.wire.labels import split_label
from dispatch.edition.sources.wire.pieces import Kind, Piece, full_text
from dispatch.edition.sources.wire.shapes import Shape

_TITLED = (Kind.TEXT, Kind.HASH, Kind.UNDERLINED)
_ITEMS = (Kind.TEXT, Kind.ITEM, Kind.PLAIN)


def box_title(piece: Piece) -> InBriefTitle | None:
    """The piece as a box's title line; an escaped line never is one."""
    if piece.kind not in _TITLED or (piece.kind is Kind.TEXT and len(piece.lines) > 1):
        return None
    return in_brief_title(piece.text)


def box_end(pieces: Sequence[Piece], title: int, stops: frozenset[int], *, on_top: bool) -> int:
    """The place after the box's last piece.

    ``stops``: headings and the foot. A box of bullets or labelled points ends with the last of them (a lone closing
    line at the end of the text still belongs to it); a box of plain paragraphs ends at the next stop. ``on_top``: the
    story itself still follows, perhaps without any heading, so the box ends at the first change.
    """
    end = title + 1
    while end < len(pieces) and end not in stops and not _breaks_off(pieces[end]):
        end += 1
    inside = range(title + 1, end)
    short = [at for at in inside if _is_short(pieces, at)]
    if short and short[0] == title + 1:
        if on_top:
            return next((at for at, listed in zip(inside, short, strict=False) if at != listed), title + 1 + len(short))
        at_the_end = end == len(pieces) or all(
            pieces[at].kind is not Kind.TEXT for at in range(end, len(pieces)) if at not in stops
        )
        return end if at_the_end and end - 1 - short[-1] <= 1 else short[-1] + 1
    if on_top and end == len(pieces):
        return next((at for at in inside[1:] if pieces[at].after_blank), min(title + 2, end))
    return end


def _breaks_off(piece: Piece) -> bool:
    if piece.kind not in _ITEMS or box_title(piece) is not None:
        return True
    return piece.kind is Kind.TEXT and (starts_with_dateline(piece.text) or is_byline(piece.text))


def _is_short(pieces: Sequence[Piece], at: int) -> bool:
    """A bullet, a number, a labelled point, or a paragraph indented under a bullet."""
    piece = pieces[at]
    if piece.kind is Kind.ITEM or (piece.kind is Kind.TEXT and split_label(piece.text) is not None):
        return True
    return pieces[at - 1].kind is Kind.ITEM and belongs_to_item(piece, pieces[at - 1])


def box_items(pieces: Sequence[Piece], inline: Inline) -> tuple[InBriefItem, ...]:
    return tuple(_item(piece, inline) for piece in pieces if piece.text)


def _item(piece: Piece, inline: Inline) -> InBriefItem:
    # A box's items carry no numbers of their own, so a number stays a word of its text.
    numbered = piece.mark is not None and piece.mark.shape is Shape.NUMBERED
    text = full_text(piece) if numbered else piece.text
    split = split_label(text) if piece.kind is not Kind.PLAIN and not numbered else None
    if split is None:
        return InBriefItem(None, inline(text, piece.line), piece.line)
    return InBriefItem(split[0], inline(split[1], piece.line), piece.line)
