"""Return paths that say, when they come back, whose message bounced (VERP), and that nobody else can make up.

The local part has 64 characters, all an address may have (RFC 5321 §4.5.3.1.1): hexadecimal digits, which no server
changes but for their case. They are::

    key id modulo 256 (1 octet) | edition (7) | subscriber (16) | tag (8)

Both ids are the ledger's random public ones, the edition's cut to its first octets: an edition is known by 56 random
bits as well as by 128. The tag is HMAC-SHA-256 over what stands before it, cut to 64 bits.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.audience.links import SigningKey
from dispatch.audience.tagging import Tagger

EDITION = 7
SUBSCRIBER = 16
TAG = 8
LENGTH = 2 * (1 + EDITION + SUBSCRIBER + TAG)

_CONTEXT = b"dispatch/return-path/1\0"


@dataclass(frozen=True, slots=True)
class Returned:
    """Whose message came back. ``edition`` is how the edition's public id begins, ``subscriber`` a whole public id."""

    edition: bytes
    subscriber: bytes


def return_path(key: SigningKey, edition: bytes, domain: str) -> Callable[[bytes], str]:
    """What makes an edition's return paths at ``domain``, of subscribers' public ids."""
    head = bytes((key.id & 0xFF,)) + edition[:EDITION]
    tag, shown, at_domain = Tagger(key.secret, _CONTEXT), head.hex(), f"@{domain}"
    if len(head) != 1 + EDITION:
        raise ValueError(f"an edition's public id has at least {EDITION} octets")

    def of(subscriber: bytes) -> str:
        if len(subscriber) != SUBSCRIBER:
            raise ValueError(f"a subscriber's public id has {SUBSCRIBER} octets")
        return shown + subscriber.hex() + tag(head + subscriber)[:TAG].hex() + at_domain

    return of


def verify(local_part: str, keys: Iterable[SigningKey]) -> Returned | None:
    """What a genuine return path says; ``None`` for every other local part. ``keys`` are all, retired ones too."""
    if len(local_part) != LENGTH or not local_part.isascii() or not local_part.isalnum():
        return None
    try:
        raw = bytes.fromhex(local_part)
    except ValueError:
        return None
    said, tag = raw[:-TAG], raw[-TAG:]
    for key in keys:
        if key.id & 0xFF == said[0] and hmac.compare_digest(tag, Tagger(key.secret, _CONTEXT)(said)[:TAG]):
            return Returned(said[1 : 1 + EDITION], said[1 + EDITION :])
    return None
