"""A message compiled once per edition and spliced per recipient.

The MIME of each variant is built and encoded once. A slot stands alone between quoted-printable soft line breaks, so
that a recipient's message is a join of ready pieces with a few short values encoded in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import format_datetime
from hashlib import sha256

from dispatch.message.address import a_label, needs_smtputf8, wire_address
from dispatch.message.body import TOKEN, Piece, Splice, compiled, merged, wire_value
from dispatch.message.dkim import DkimKey, Signer, relaxed
from dispatch.message.encoding import one_line, unstructured
from dispatch.message.headers import (
    HeaderFields,
    OwnFields,
    WaysOut,
    fixed_headers,
    require_message_id,
    sender_headers,
    url_safe,
)
from dispatch.render.slots import Pieces, Rendered, RenderedEdition

__all__ = ["HeaderFields", "MessageTemplate", "Recipient", "unstuff"]

_PART = b"\r\n--%b\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"

# The places of a message's pieces, before those of its body.
_SIGNATURES, _SENDER, _OWN, _SUBJECT, _FIXED, _BODY = range(6)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader. ``message_id`` is the left part, opaque (RFC 5322 dot-atom); so is ``unsubscribe_token``, which must
    be URL-safe."""

    address: str
    fields: Mapping[str, str]
    message_id: str
    unsubscribe_token: str


@dataclass(frozen=True, slots=True)
class _Variant:
    """``pieces`` is a whole message with nothing where a reader's own pieces belong; ``fills`` says what goes where."""

    subject: Pieces | None
    """``None`` where it has no slots, and so stands in ``pieces``."""
    pieces: tuple[bytes, ...]
    fills: tuple[tuple[Splice, tuple[int, ...]], ...]
    signer: Signer | None


class MessageTemplate:
    """Every variant of an edition's message, ready to be spliced."""

    def __init__(self, rendered: RenderedEdition, headers: HeaderFields, keys: Sequence[DkimKey] = ()) -> None:
        self.headers = headers
        self._rendered = rendered
        self._keys = keys
        self._ways_out = WaysOut.of(headers)
        self._id_domain = a_label(headers.message_id_domain or headers.sender_address.rpartition("@")[2])
        self._sender = sender_headers(headers)
        self._international = not self._sender.isascii()
        self._leave = self._ways_out.header_around_token()
        self._relaxed_leave = relaxed("\0".join(self._leave).encode()).decode().split("\0")
        self._variants = {key: self._compile(variant) for key, variant in rendered.variants.items()}
        self._only = next(iter(self._variants.values())) if not rendered.fields else None
        self._date: tuple[int, tzinfo | None, str] = (-1, None, "")

    @classmethod
    def compile(cls, rendered: RenderedEdition, headers: HeaderFields, keys: Sequence[DkimKey] = ()) -> MessageTemplate:
        """Encode every variant of ``rendered`` for ``headers``; each of ``keys`` will sign every message.

        Raises ``ValueError`` for an impossible sender address (:class:`~dispatch.message.address.UnsendableAddress`).
        """
        return cls(rendered, headers, keys)

    def needs_smtputf8(self, address: str) -> bool:
        """Whether the message to ``address`` has header fields that are not ASCII (RFC 6532)."""
        return self._international or (not address.isascii() and needs_smtputf8(address))

    def build(self, recipient: Recipient, date: datetime) -> bytes:
        """The message as SMTP's DATA carries it: CRLF, dots doubled, ending in CRLF, without the final dot.

        ``date`` has a timezone. Raises ``ValueError`` for an address or id that could break out of its header field.
        """
        fields = recipient.fields
        variant = self._only or self._variants[self._rendered.key_for(fields)]
        token = url_safe(recipient.unsubscribe_token)
        seconds = int(date.timestamp())
        own = OwnFields(
            to=wire_address(recipient.address),
            date=self._date_text(date, seconds),
            message_id=f"{require_message_id(recipient.message_id)}@{self._id_domain}",
            token=token,
        )
        pieces = list(variant.pieces)
        pieces[_OWN] = own.wire(self._leave)
        if variant.subject is not None:
            pieces[_SUBJECT] = self._subject(variant.subject, fields)
        for splice, places in variant.fills:
            field = splice.field
            filled = wire_value(token) if field == TOKEN else splice.fill(fields.get(field, ""))
            for place in places:
                pieces[place] = filled
        if variant.signer is not None:
            signed = own.relaxed(self._relaxed_leave)
            if variant.subject is not None:
                signed += relaxed(pieces[_SUBJECT])
            pieces[_SIGNATURES] = variant.signer.sign(signed, pieces, seconds)
        return b"".join(pieces)

    def _date_text(self, date: datetime, seconds: int) -> str:
        """``date`` as RFC 5322 §3.3 writes it; thousands of messages are of the same second."""
        sent, zone, text = self._date
        if sent != seconds or zone is not date.tzinfo:
            text = format_datetime(date)
            self._date = (seconds, date.tzinfo, text)
        return text

    def _compile(self, rendered: Rendered) -> _Variant:
        # "=_" cannot occur in quoted-printable, whatever is spliced.
        boundary = b"=_" + sha256(repr((rendered.text, rendered.html)).encode()).hexdigest()[:32].encode()
        fixed = fixed_headers(self.headers, self._ways_out) + (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary
        )
        # The empty line between header and body stands with the header: a signature covers what comes after it.
        body: list[Piece] = [
            (_PART % (boundary, b"plain")).removeprefix(b"\r\n"),
            *compiled(rendered.text, self._ways_out),
            _PART % (boundary, b"html"),
            *compiled(rendered.html, self._ways_out),
            b"\r\n--%b--\r\n" % boundary,
        ]
        subject = None if all(isinstance(each, str) for each in rendered.subject) else rendered.subject
        ready = self._subject(rendered.subject, {}) if subject is None else b""
        placed = list(merged(body))
        fills: dict[Splice, list[int]] = {}
        for place, piece in enumerate(placed, _BODY):
            if isinstance(piece, Splice):
                fills.setdefault(piece, []).append(place)
        bare = [b"" if isinstance(piece, Splice) else piece for piece in placed]
        return _Variant(
            subject=subject,
            pieces=(b"", self._sender, b"", ready, fixed + b"\r\n", *bare),
            fills=tuple((splice, tuple(places)) for splice, places in fills.items()),
            signer=self._signer(self._sender + ready + fixed, subject, placed) if self._keys else None,
        )

    def _signer(self, fixed: bytes, subject: Pieces | None, body: Sequence[Piece]) -> Signer:
        own = ["To", "Date", "Message-ID"]
        own += ["List-Unsubscribe"] if self._leave else []
        own += ["Subject"] if subject is not None else []
        places = {place: None if isinstance(each, Splice) else each for place, each in enumerate(body, _BODY)}
        return Signer(self._keys, fixed, own, places)

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
