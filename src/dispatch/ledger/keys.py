"""The ledger's identity and secret keys: what must not be guessed, and what must not change."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select

from dispatch.ledger.schema import key, meta
from dispatch.ledger.states import KeyPurpose

HASH_BYTES = 16

MOVED_TO = "moved_to"
"""The row of ``meta`` that says where a ledger is which was moved."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the ledger; ``repr`` does not show its secret."""

    id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"Key(id={self.id})"


def ledger_id(connection: Connection) -> str | None:
    """The ledger's own id: tells a workspace's ledger from a fresh one that knows of no reader; ``None`` before it
    has one."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == "ledger_id"))


def moved_to(connection: Connection) -> str | None:
    """Where the ledger that was here is now, if it was moved."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == MOVED_TO))


def found(connection: Connection, now: float) -> str:
    """Give a new ledger its id and its keys; an old one keeps what it has. Returns the id."""
    known = ledger_id(connection)
    if known is not None:
        return known
    new = secrets.token_hex(8)
    connection.execute(insert(meta).values(key="ledger_id", value=new))
    connection.execute(
        insert(key),
        [{"purpose": purpose, "secret": secrets.token_bytes(32), "created_at": now} for purpose in KeyPurpose],
    )
    return new


def keys(connection: Connection, purpose: KeyPurpose) -> dict[int, Key]:
    """All keys of one purpose by id, retired ones included: they still verify what they once signed."""
    rows = connection.execute(select(key.c.id, key.c.secret).where(key.c.purpose == purpose).order_by(key.c.id))
    return {row.id: Key(row.id, row.secret) for row in rows}


def current_key(connection: Connection, purpose: KeyPurpose) -> Key:
    """The key that signs today."""
    row = connection.execute(_current(purpose).with_only_columns(key.c.id, key.c.secret)).one()
    return Key(row.id, row.secret)


def current_secret(purpose: KeyPurpose) -> Select[tuple[bytes]]:
    """What selects the secret of :func:`current_key`."""
    return _current(purpose).with_only_columns(key.c.secret)


def _current(purpose: KeyPurpose) -> Select[tuple[int]]:
    return (
        select(key.c.id).where(key.c.purpose == purpose, key.c.retired_at.is_(None)).order_by(key.c.id.desc()).limit(1)
    )


def address_hash(secret: bytes, address_key: str) -> bytes:
    """What a suppression is stored under: it outlives the address itself (HMAC-SHA-256, 16 bytes)."""
    return hmac.digest(secret, address_key.encode(), "sha256")[:HASH_BYTES]


def message_id(secret: bytes, edition_id: bytes, subscriber_id: bytes) -> str:
    """The left part of a Message-ID: the same for every attempt at one delivery, told by nobody else.

    Made from random public ids, never from row numbers, which a rebuilt ledger would repeat.
    """
    return hmac.digest(secret, edition_id + subscriber_id, "sha256")[:HASH_BYTES].hex()
