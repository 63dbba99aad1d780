"""DKIM signatures (RFC 6376) over messages that are spliced: hashed once, but for what differs per reader.

Canonicalisation is relaxed/relaxed. What all readers share is canonicalised and, as far as it comes first, hashed when
an edition is compiled; a reader's message then copies those states. Both algorithms sign the same SHA-256 (RFC 8463
§3), so that a second signature costs little more than its own arithmetic. No ``l=``: the whole body is signed.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

LINE = 76
_WHITE_SPACE = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


class Algorithm(StrEnum):
    """A key's algorithm, as ``a=`` names it."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One private key and where its public half is found: ``SELECTOR._domainkey.DOMAIN``. ``sign`` signs a SHA-256."""

    domain: str
    """In ASCII (A-labels)."""
    selector: str
    algorithm: Algorithm
    sign: Callable[[bytes], bytes] = field(repr=False)


def relaxed_fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    """Each header field of ``block``: its name, and its relaxed form (RFC 6376 §3.4.2) with its line end."""
    for line in _FOLD.sub(b"", block).split(b"\r\n"):
        if line:
            name, _, value = line.partition(b":")
            squeezed = _WHITE_SPACE.sub(b" ", value).strip(b" ")
            yield name.decode(), b"%b:%b\r\n" % (name.strip().lower(), squeezed)


def relaxed(block: bytes) -> bytes:
    """Header fields in relaxed form."""
    return b"".join(form for _, form in relaxed_fields(block))


def relaxed_body(wire: bytes) -> bytes:
    """The relaxed form (RFC 6376 §3.4.4) of a piece of a body, as it is hashed, from the piece as it is sent.

    The piece begins a line, so that what is undone is each line's doubled dot. It is quoted-printable, where no line
    ends in white space; and a body's last line is a boundary's, so that no empty lines are there to be ignored.
    """
    if b"\n." in wire:
        wire = wire.replace(b"\r\n.", b"\r\n")
    if wire.startswith(b"."):
        wire = wire[1:]
    if b"  " in wire or b"\t" in wire:
        wire = _WHITE_SPACE.sub(b" ", wire)
    return wire


class Signer:
    """Signs the messages of one variant.

    ``fixed`` are the header fields that all readers share; ``own`` names the ones that each message brings, in the
    order in which :meth:`sign` is given them. ``body`` maps the pieces' places in a message to what stands there, in
    order, with ``None`` for a slot.

    ``h=`` names every field once more than it is there (RFC 6376 §8.15), so that none can be added: not a second From
    for the reader's eye, not a second List-Unsubscribe before ours.
    """

    def __init__(
        self, keys: Sequence[DkimKey], fixed: bytes, own: Sequence[str], body: Mapping[int, bytes | None]
    ) -> None:
        fields = list(relaxed_fields(fixed))
        names = [*(name for name, _ in fields), *own]
        self._headers = sha256(b"".join(form for _, form in fields))
        self._heads = [_Head.of(key, names + names) for key in keys]
        first_slot = next((place for place, piece in body.items() if piece is None), len(body) + max(body, default=0))
        prefix = (piece for place, piece in body.items() if place < first_slot and piece is not None)
        self._body = sha256(b"".join(map(relaxed_body, prefix)))
        self._rest = [
            (place, None if piece is None else relaxed_body(piece))
            for place, piece in body.items()
            if place >= first_slot
        ]

    def sign(self, own: bytes, pieces: Sequence[bytes], seconds: int) -> bytes:
        """The DKIM-Signature fields of one message, a key each.

        ``own`` are its own header fields in relaxed form; ``pieces`` is the message for the wire, its slots filled;
        ``seconds`` since the Unix epoch is when it is signed.
        """
        body = self._body.copy()
        for place, form in self._rest:
            body.update(relaxed_body(pieces[place]) if form is None else form)
        hashed = b2a_base64(body.digest(), newline=False)
        headers = self._headers.copy()
        headers.update(own)
        fields = []
        for head in self._heads:
            said = b" t=%d; bh=%b;" % (seconds, hashed)
            signed = headers.copy()
            signed.update(b"%b%b b=" % (head.form, said))
            signature = b2a_base64(head.key.sign(signed.digest()), newline=False)
            lines = [signature[at : at + LINE - 4] for at in range(0, len(signature), LINE - 4)]
            fields.append(b"%b%b\r\n b=%b\r\n" % (head.wire, said, b"\r\n ".join(lines)))
        return b"".join(fields)


@dataclass(frozen=True, slots=True)
class _Head:
    """What a key's signatures have in common: for the wire, and in relaxed form."""

    key: DkimKey
    wire: bytes
    form: bytes

    @classmethod
    def of(cls, key: DkimKey, names: Sequence[str]) -> _Head:
        tags = [f"v=1; a={key.algorithm};", "c=relaxed/relaxed;", f"d={key.domain};", f"s={key.selector};"]
        listed = [f"h={names[0]}:", *(f"{name}:" for name in names[1:-1]), f"{names[-1]};"]
        wire = _folded("DKIM-Signature:", [*(f" {tag}" for tag in tags), f" {listed[0]}", *listed[1:]])
        ((_, form),) = relaxed_fields(wire)
        return cls(key, wire, form.removesuffix(b"\r\n"))


def _folded(start: str, words: Sequence[str]) -> bytes:
    """``words`` on lines that are no longer than they must be; each brings its own leading space."""
    lines = [start]
    for word in words:
        if len(lines[-1]) + len(word) > LINE:
            lines.append(f" {word.lstrip()}")
        else:
            lines[-1] += word
    return "".join(f"{line}\r\n" for line in lines).encode()
