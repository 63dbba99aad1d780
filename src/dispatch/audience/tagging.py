"""HMAC-SHA-256 (RFC 2104) for thousands of short texts under one key: the key's two hash states are made once."""

from __future__ import annotations

from hashlib import sha256

_BLOCK = 64
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


class Tagger:
    """Called with a text, gives its whole tag (32 octets).

    ``context`` stands before every text, so that a tag made for one use never verifies for another with the same key.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes, context: bytes) -> None:
        block = (secret if len(secret) <= _BLOCK else sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = sha256(block.translate(_INNER) + context)
        self._outer = sha256(block.translate(_OUTER))

    def __call__(self, said: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(said)
        outer.update(inner.digest())
        return outer.digest()
