"""A part's body compiled: fixed pieces ready for the wire, and the slots between them.

A slot stands alone between quoted-printable soft line breaks, each piece begins on a line of its own, and none ends in
white space. So no value can overfill or join a line of another piece, and each piece can be encoded, dot-stuffed and
(for DKIM) canonicalised by itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from dispatch.message.encoding import LINE, one_line, quoted_printable, stuffed
from dispatch.message.headers import WaysOut
from dispatch.render.slots import Pieces, Slot, SlotContext

UNSUBSCRIBE_URL = "@unsubscribe_url"
TOKEN = "@token"
"""What is left of the way out once its URL's fixed part stands in the text around it."""

SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True, slots=True)
class Splice:
    """A slot in a body: what stands there for a value, ready for the wire. Equal splices are filled once a message."""

    field: str
    encode: Callable[[str], str]
    default: bytes

    def fill(self, value: str) -> bytes:
        if value.isalnum() and value.isascii() and len(value) < LINE:
            return value.encode() + SOFT_BREAK  # the same in every context
        value = one_line(value)
        return wire_value(self.encode(value)) if value.strip() else self.default


Piece: TypeAlias = bytes | Splice

_ENCODERS: Mapping[SlotContext, Callable[[str], str]] = {
    SlotContext.HTML: lambda value: html.escape(value, quote=False),
    SlotContext.ATTRIBUTE: lambda value: html.escape(value, quote=True),
    SlotContext.URL: lambda value: quote(value, safe=""),
    SlotContext.TEXT: str,
    SlotContext.HEADER: str,
}

_PLAIN_VALUE = re.compile(r"[!-<>-~](?:[ -<>-~]{0,72}[!-<>-~])?")


def wire_value(value: str) -> bytes:
    """A value on lines of its own, its end joined to what follows by a soft break."""
    if not value:
        return b""
    encoded = value.encode() if _PLAIN_VALUE.fullmatch(value) else quoted_printable(value)
    return stuffed(encoded) + SOFT_BREAK


def compiled(pieces: Pieces, ways_out: WaysOut) -> Iterator[Piece]:
    """A part's body for the wire: quoted-printable, dots doubled, its last line ended."""
    for piece in _texts_and_slots(_addressed(pieces, ways_out)):
        if isinstance(piece, Slot):
            encode = _ENCODERS[piece.context]
            yield Splice(piece.field, encode, wire_value(encode(one_line(piece.default))))
        elif piece:
            encoded = stuffed(quoted_printable(piece))
            yield encoded if encoded.endswith(b"\n") else encoded + SOFT_BREAK


def merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same with neighbouring bytes joined."""
    held = b""
    for piece in pieces:
        if isinstance(piece, bytes):
            held += piece
            continue
        if held:
            yield held
        yield piece
        held = b""
    if held:
        yield held


def _addressed(pieces: Pieces, ways_out: WaysOut) -> Iterator[str | Slot]:
    """``pieces`` with the way out's URL written down as far as all readers share it: only its token is spliced."""
    for piece in pieces:
        if isinstance(piece, str) or not piece.field.startswith("@"):
            yield piece
            continue
        if piece.field != UNSUBSCRIBE_URL:
            raise ValueError(f"no sender computes {piece.field}")
        # A whole URL: its own escapes stand, so that in a link's attribute only HTML's are added.
        context = SlotContext.ATTRIBUTE if piece.context is SlotContext.URL else piece.context
        if (way := ways_out.page or ways_out.mailbox) is None:
            yield _ENCODERS[context](one_line(piece.default))
        else:
            yield _ENCODERS[context](way)
            yield Slot(TOKEN, context)


def _texts_and_slots(pieces: Iterable[str | Slot]) -> Iterator[str | Slot]:
    """``pieces`` with neighbouring texts joined and the last line ended: no soft break may end a part."""
    held = ""
    for piece in pieces:
        if isinstance(piece, str):
            held += piece
            continue
        yield held
        yield piece
        held = ""
    yield held if held.endswith(("\n", "\r")) else held + "\n"
