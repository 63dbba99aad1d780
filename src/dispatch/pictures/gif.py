"""A GIF (GIF89a) without what it says beside its pictures; these stay octet for octet."""

from __future__ import annotations

from collections.abc import Iterator

_EXTENSION, _TRAILER = 0x21, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""Applications (§26) whose word changes what is seen: how often it moves. XMP and colour profiles are others."""


def without_words(content: bytes) -> bytes:
    """``content`` without comments, other programs' data and what follows its end.

    Raises :class:`IndexError` or :class:`ValueError` where it ends too early or is no GIF.
    """
    return b"".join([*_kept(content), bytes([_TRAILER])])


def _kept(content: bytes) -> Iterator[bytes]:
    """The header with its colours, then each block that counts; up to the trailer, or the end where none stands."""
    at = _after_colours(content, 13, content[10])
    yield content[:at]
    while at < len(content) and content[at] != _TRAILER:
        end = _end(content, at)
        if not _is_only_said(content, at):
            yield content[at:end]
        at = end


def _end(content: bytes, at: int) -> int:
    """Where the block at ``at`` ends."""
    match content[at]:
        case 0x2C:  # the descriptor (§20), its colours, the width of its codes, its data
            at = _after_colours(content, at + 10, content[at + 9]) + 1
        case 0x21:
            at += 2
        case other:
            raise ValueError(f"no block of a GIF begins with {other:#x}")
    while size := content[at]:
        at += size + 1
    return at + 1


def _after_colours(content: bytes, at: int, flags: int) -> int:
    """What follows a descriptor that ends at ``at``: its table of colours, where bit 7 of its ``flags`` says so."""
    return at + (3 << (flags & 0b111) + 1) if flags & 0b1000_0000 else at


def _is_only_said(content: bytes, at: int) -> bool:
    if content[at] != _EXTENSION:
        return False
    kind = content[at + 1]
    return kind == _COMMENT or (kind == _APPLICATION and content[at + 3 : at + 14] not in _LOOPS)
