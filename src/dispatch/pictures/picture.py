"""What a picture is once it is fit for mail, and how large and heavy it may be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

COLUMN = 536
"""Pixels: the width of the column that pictures stand in."""

WIDEST = 2 * COLUMN
"""Pixels: a sharp screen shows two for each pixel of the column, and more are never seen."""

HEAVY = 200_000
"""Octets that a picture should have at most: some two seconds on a slow phone."""

UNPUBLISHED = "https://assets.invalid"
"""Stands in for the web address of pictures where none is set; RFC 2606 keeps the domain from ever existing."""

_HASH_DIGITS = 12


class Unfit(Exception):
    """A file that cannot go into a mail: ``reason`` ends a sentence that begins with its name."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Picture:
    """``content`` is the file as it is published; ``width`` and ``height`` are those it is shown at, in CSS pixels."""

    content: bytes
    suffix: str
    """``.jpg``, ``.png`` or ``.gif``."""
    width: int
    height: int

    def name(self, stem: str) -> str:
        """The published file's name. It changes with the content, so that what was once published stays as it was, in
        readers' mailboxes and in every cache."""
        return f"{stem}-{hashlib.sha256(self.content).hexdigest()[:_HASH_DIGITS]}{self.suffix}"
