"""A message compiled once per edition and spliced per recipient.

The MIME of each variant is built and encoded once. A slot stands alone between quoted-printable soft line breaks, so
that a recipient's message is a join of ready pieces with a few short values encoded in between.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

from dispatch.message.address import a_label, needs_smtputf8, wire_address
from dispatch.message.encoding import one_line, quoted_printable, stuffed, unstructured
from dispatch.message.headers import HeaderFields, WaysOut, fixed_headers, own_headers, sender_headers
from dispatch.render.slots import Pieces, Rendered, RenderedEdition, Slot, SlotContext

__all__ = ["HeaderFields", "MessageTemplate", "Recipient", "unstuff"]

UNSUBSCRIBE_URL = "@unsubscribe_url"

_SOFT_BREAK = b"=\r\n"
_PART = b"\r\n--%b\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader. ``message_id`` is the left part, opaque (RFC 5322 dot-atom); so is ``unsubscribe_token``, which must
    be URL-safe."""

    address: str
    fields: Mapping[str, str]
    message_id: str
    unsubscribe_token: str


@dataclass(frozen=True, slots=True)
class _Splice:
    """A slot in a body: what stands there for a value, ready for the wire."""

    field: str
    encode: Callable[[str], str]
    default: bytes

    def fill(self, value: str) -> bytes:
        value = one_line(value)
        return _wire_value(self.encode(value)) if value.strip() else self.default


_Piece: TypeAlias = bytes | _Splice


@dataclass(frozen=True, slots=True)
class _Variant:
    subject: Pieces
    ready_subject: bytes | None
    """The Subject field, where it has no slots."""
    body: tuple[_Piece, ...]
    """From the first fixed header field to the end."""


class MessageTemplate:
    """Every variant of an edition's message, ready to be spliced."""

    def __init__(self, rendered: RenderedEdition, headers: HeaderFields) -> None:
        self.headers = headers
        self._rendered = rendered
        self._ways_out = WaysOut.of(headers)
        self._id_domain = a_label(headers.message_id_domain or headers.sender_address.rpartition("@")[2])
        self._sender = sender_headers(headers)
        self._variants = {key: self._compile(variant) for key, variant in rendered.variants.items()}

    @classmethod
    def compile(cls, rendered: RenderedEdition, headers: HeaderFields) -> MessageTemplate:
        """Encode every variant of ``rendered`` for ``headers``. Raises ``ValueError`` for an impossible sender
        address (:class:`~dispatch.message.address.UnsendableAddress`)."""
        return cls(rendered, headers)

    def needs_smtputf8(self, address: str) -> bool:
        """Whether the message to ``address`` has header fields that are not ASCII (RFC 6532)."""
        return needs_smtputf8(address) or not self._sender.isascii()

    def build(self, recipient: Recipient, date: datetime) -> bytes:
        """The message as SMTP's DATA carries it: CRLF, dots doubled, ending in CRLF, without the final dot.

        ``date`` has a timezone. Raises ``ValueError`` for an address or id that could break out of its header field.
        """
        fields = recipient.fields
        variant = self._variants[self._rendered.key_for(fields)]
        url = self._ways_out.url(recipient.unsubscribe_token)
        subject = variant.ready_subject or self._subject(variant.subject, fields)
        own = own_headers(
            to=wire_address(recipient.address),
            date=format_datetime(date),
            message_id=f"{recipient.message_id}@{self._id_domain}",
            list_unsubscribe=self._ways_out.header(recipient.unsubscribe_token),
        )
        pieces = [self._sender, own, subject]
        for piece in variant.body:
            if isinstance(piece, bytes):
                pieces.append(piece)
            else:
                pieces.append(piece.fill(url if piece.field == UNSUBSCRIBE_URL else fields.get(piece.field, "")))
        return b"".join(pieces)

    def _compile(self, rendered: Rendered) -> _Variant:
        texts = tuple(_encoded(rendered.text))
        markup = tuple(_encoded(rendered.html))
        # "=_" cannot occur in quoted-printable, whatever is spliced.
        boundary = b"=_" + sha256(repr((rendered.text, rendered.html)).encode()).hexdigest()[:32].encode()
        body: list[_Piece] = [
            fixed_headers(self.headers, self._ways_out)
            + b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary
            + _PART % (boundary, b"plain"),
            *texts,
            _PART % (boundary, b"html"),
            *markup,
            b"\r\n--%b--\r\n" % boundary,
        ]
        fixed = all(isinstance(piece, str) for piece in rendered.subject)
        ready = self._subject(rendered.subject, {}) if fixed else None
        return _Variant(rendered.subject, ready, tuple(_merged(body)))

    def _subject(self, pieces: Pieces, fields: Mapping[str, str]) -> bytes:
        text = "".join(
            piece if isinstance(piece, str) else _value_or_default(fields.get(piece.field, ""), piece.default)
            for piece in pieces
        )
        return unstructured("Subject", self.headers.subject_prefix + text)


def unstuff(wire: bytes) -> bytes:
    """The message itself, from what :meth:`MessageTemplate.build` made for the wire; for a file or a mailbox."""
    plain = wire.replace(b"\r\n.", b"\r\n")
    return plain[1:] if plain.startswith(b".") else plain


def _value_or_default(value: str, default: str) -> str:
    value = one_line(value)
    return value if value.strip() else default


def _encoded(pieces: Pieces) -> Iterator[_Piece]:
    """A part's body. Each of its pieces begins on a line of its own, so that none can overfill another's."""
    for piece in _texts_and_slots(pieces):
        if isinstance(piece, Slot):
            yield _splice(piece)
        elif piece:
            encoded = stuffed(quoted_printable(piece))
            yield encoded if encoded.endswith(b"\n") else encoded + _SOFT_BREAK


def _texts_and_slots(pieces: Pieces) -> Iterator[str | Slot]:
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


def _splice(slot: Slot) -> _Splice:
    if slot.field.startswith("@") and slot.field != UNSUBSCRIBE_URL:
        raise ValueError(f"no sender computes {slot.field}")
    context = slot.context
    if slot.field == UNSUBSCRIBE_URL and context is SlotContext.URL:
        context = SlotContext.ATTRIBUTE  # a whole URL: its own escapes stand
    encode = _ENCODERS[context]
    return _Splice(slot.field, encode, _wire_value(encode(one_line(slot.default))))


_ENCODERS: Mapping[SlotContext, Callable[[str], str]] = {
    SlotContext.HTML: lambda value: html.escape(value, quote=False),
    SlotContext.ATTRIBUTE: lambda value: html.escape(value, quote=True),
    SlotContext.URL: lambda value: quote(value, safe=""),
    SlotContext.TEXT: str,
    SlotContext.HEADER: str,
}

_PLAIN_VALUE = re.compile(r"[!-<>-~](?:[ -<>-~]{0,72}[!-<>-~])?")


def _wire_value(value: str) -> bytes:
    """A value on lines of its own, its end joined to what follows by a soft break."""
    if not value:
        return b""
    encoded = value.encode() if _PLAIN_VALUE.fullmatch(value) else quoted_printable(value)
    return stuffed(encoded) + _SOFT_BREAK


def _merged(pieces: list[_Piece]) -> Iterator[_Piece]:
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
