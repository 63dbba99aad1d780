"""Slots: what of a rendered edition differs per recipient, each with the context that decides its encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import TypeAlias
from urllib.parse import quote

UNSUBSCRIBE = "@unsubscribe_url"
"""The slot that every edition has: the recipient's own way out, a whole URL."""

LINE = "@line:"
"""Begins a slot that says from where the text behind it comes, ``@line:12:seeds/a.md``; only a preview asks for it, and
:func:`without_lines` takes it out again."""


class SlotContext(StrEnum):
    """Where a slot stands, and so how its value must be encoded."""

    HTML = "html"  # element content: & < > escaped
    ATTRIBUTE = "attribute"  # inside a double-quoted attribute: & < > " escaped
    URL = "url"  # part of a URL inside an attribute: percent-encoded (RFC 3986 unreserved stay)
    TEXT = "text"  # plain text: as it is, on one line
    HEADER = "header"  # a header's text: RFC 2047


@dataclass(frozen=True, slots=True)
class Slot:
    """``field`` names a recipient's field or, with a leading ``@``, something the sender computes per recipient:
    ``@unsubscribe_url`` (a whole URL, never percent-encoded again). ``default`` stands in for an empty value."""

    field: str
    context: SlotContext
    default: str = ""


Pieces: TypeAlias = tuple[str | Slot, ...]
"""A text split at its slots; joining it with the slots' values gives a recipient's text."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One variant of a rendered edition."""

    html: Pieces
    text: Pieces
    subject: Pieces


@dataclass(frozen=True, slots=True)
class RenderedEdition:
    """Every variant that the theme declares, each compiled once.

    ``fields`` are the recipient fields that decide the variant, in order; a recipient's key is the tuple of their
    values where the theme declares the value, ``""`` elsewhere. Without variants, ``fields`` is empty and the only
    key is ``()``. ``used`` names every recipient field that any slot reads (no ``@`` fields).
    """

    variants: Mapping[tuple[str, ...], Rendered]
    fields: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] | None = None
    used: frozenset[str] = frozenset()

    def key_for(self, recipient: Mapping[str, str]) -> tuple[str, ...]:
        """The variant that ``recipient`` (field → value) gets."""
        declared = self.values or {}
        return tuple(
            value if (value := recipient.get(name, "")) in declared.get(name, ()) else "" for name in self.fields
        )


def is_line(piece: str | Slot) -> bool:
    """Whether a piece only says from which line what follows it comes."""
    return isinstance(piece, Slot) and piece.field.startswith(LINE)


def without_lines(rendered: RenderedEdition) -> RenderedEdition:
    """The edition as it is sent, from one that was rendered with its lines."""
    variants = {key: Rendered(_joined(each.html), each.text, each.subject) for key, each in rendered.variants.items()}
    return RenderedEdition(variants, rendered.fields, rendered.values, rendered.used)


def _joined(pieces: Pieces) -> Pieces:
    """``pieces`` without lines; texts that then are neighbours become one."""
    joined: list[str | Slot] = []
    for piece in pieces:
        if is_line(piece):
            continue
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def encode(slot: Slot, value: str) -> str:
    """``value``, or the slot's default where it is empty, as it may stand where the slot stands.

    :attr:`SlotContext.HEADER` is put on one line only: its encoding (RFC 2047) depends on the header around it.
    """
    text = value or slot.default
    if slot.context is SlotContext.URL and not slot.field.startswith("@"):
        return quote(text, safe="-._~")
    if slot.context in (SlotContext.TEXT, SlotContext.HEADER):
        return " ".join(text.split())
    return escape(text, quote=slot.context is not SlotContext.HTML)
