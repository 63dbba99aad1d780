"""A rendered edition with its headers as JSON text, so that a send's messages can be rebuilt from the ledger alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from dispatch.errors import DispatchError
from dispatch.message.headers import HeaderFields
from dispatch.render.slots import Pieces, Rendered, RenderedEdition, Slot, SlotContext

VERSION = 1


def dump(rendered: RenderedEdition, headers: HeaderFields) -> str:
    """ASCII JSON; :func:`load` gives back equal values."""
    values = rendered.values
    return json.dumps(
        {
            "version": VERSION,
            "headers": asdict(headers),
            "fields": list(rendered.fields),
            "values": None if values is None else {name: list(each) for name, each in values.items()},
            "used": sorted(rendered.used),
            "variants": [
                {
                    "key": list(key),
                    "html": _pieces_out(variant.html),
                    "text": _pieces_out(variant.text),
                    "subject": _pieces_out(variant.subject),
                }
                for key, variant in rendered.variants.items()
            ],
        },
        separators=(",", ":"),
    )


def load(frozen: str) -> tuple[RenderedEdition, HeaderFields]:
    """What :func:`dump` wrote. Raises :class:`DispatchError` for a frozen edition of a later version."""
    data = json.loads(frozen)
    if data["version"] > VERSION:
        raise DispatchError(
            "This send was planned by a newer version of Dispatch.",
            hint="Go on with that version, or upgrade this one.",
        )
    values = data["values"]
    rendered = RenderedEdition(
        variants={
            tuple(each["key"]): Rendered(
                _pieces_in(each["html"]), _pieces_in(each["text"]), _pieces_in(each["subject"])
            )
            for each in data["variants"]
        },
        fields=tuple(data["fields"]),
        values=None if values is None else {name: tuple(each) for name, each in values.items()},
        used=frozenset(data["used"]),
    )
    return rendered, HeaderFields(**data["headers"])


def _pieces_out(pieces: Pieces) -> list[Any]:
    return [piece if isinstance(piece, str) else [piece.field, piece.context.value, piece.default] for piece in pieces]


def _pieces_in(pieces: list[Any]) -> Pieces:
    return tuple(
        piece if isinstance(piece, str) else Slot(piece[0], SlotContext(piece[1]), piece[2]) for piece in pieces
    )
