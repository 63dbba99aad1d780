"""Signed tokens for links in mail: who and what a link is about, unreadable to people and impossible to make up.

A token is base64url (RFC 4648 §5, unpadded) of::

    version (1) | key id (2, big-endian) | purpose (1) | for each id: length (1), octets | tag (16)

The tag is HMAC-SHA256 over all that stands before it, cut to 128 bits (RFC 2104 §5). Two ids of 16 octets make 72
characters. A retired key is one that no longer signs: as long as a verifier is given it, its links work.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from dispatch.audience.tagging import Tagger

VERSION = 1
TAG = 16
HEAD = 4
MAX_TOKEN = 1024

# HMAC's key is bound to this use, so that a tag made elsewhere with the same key never verifies here.
_CONTEXT = b"dispatch/links/1\0"


class Purpose(IntEnum):
    """What a token may be used for; the numbers are in links already mailed and never change their meaning."""

    UNSUBSCRIBE = 1
    CONFIRM = 2
    PREFERENCES = 3


@dataclass(frozen=True, slots=True)
class SigningKey:
    """``id`` (0–65535) names the key inside tokens; ``secret`` has at least 16 octets."""

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.id <= 0xFFFF or len(self.secret) < 16:
            raise ValueError("a signing key needs an id of 0 to 65535 and a secret of at least 16 octets")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a genuine token says."""

    purpose: Purpose
    ids: tuple[bytes, ...]
    key_id: int


class BadToken(ValueError):
    """A token that is cut short, made up, or signed by a key unknown here. Says no more: it goes to strangers."""

    def __init__(self) -> None:
        super().__init__("This link is not valid.")


def sign(key: SigningKey, purpose: Purpose, ids: Sequence[bytes]) -> str:
    """A token for ``ids`` (opaque, at most 255 octets each)."""
    return signer(key, purpose)(*ids)


def signer(key: SigningKey, purpose: Purpose) -> Callable[..., str]:
    """:func:`sign` for many tokens of one purpose: called with the ids of each."""
    head = b"%c%b%c" % (VERSION, key.id.to_bytes(2, "big"), purpose)
    tag = Tagger(key.secret, _CONTEXT)

    def sign_one(*ids: bytes) -> str:
        said = head
        for each in ids:
            said += b"%c%b" % (len(each), each)
        return urlsafe_b64encode(said + tag(said)[:TAG]).rstrip(b"=").decode()

    return sign_one


def verify(token: str, keys: Mapping[int, SigningKey]) -> Verified:
    """What ``token`` says; raises :class:`BadToken`. ``keys`` maps ids to keys, the retired ones too."""
    raw = _decoded(token)
    said, tag = raw[:-TAG], raw[-TAG:]
    key = keys.get(int.from_bytes(said[1:3], "big"))
    if key is None or not hmac.compare_digest(tag, Tagger(key.secret, _CONTEXT)(said)[:TAG]):
        raise BadToken
    # Genuine from here on; a later version's token may still say what this one cannot read.
    if said[0] != VERSION:
        raise BadToken
    try:
        return Verified(Purpose(said[3]), tuple(_ids(said[HEAD:])), key.id)
    except ValueError:
        raise BadToken from None


def _decoded(token: str) -> bytes:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise BadToken
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise BadToken from None
    # base64 ignores strangers' characters and spare bits: one token has one spelling.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadToken
    return raw


def _ids(octets: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(octets):
        end = at + 1 + octets[at]
        if end > len(octets):
            raise BadToken
        yield octets[at + 1 : end]
        at = end
