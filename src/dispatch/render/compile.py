"""An edition and a theme, compiled: each variant once, with slots for what differs per recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from dispatch.edition.model import Edition
from dispatch.errors import ThemeError
from dispatch.render.chrome import script_of, words_for
from dispatch.render.html import compile_html, compile_traced
from dispatch.render.look import Look
from dispatch.render.plaintext import plain_text
from dispatch.render.recipient import Fields, Recipient
from dispatch.render.slots import UNSUBSCRIBE, Pieces, Rendered, RenderedEdition, Slot, SlotContext, encode
from dispatch.render.slotting import Slotting, unused_nonce
from dispatch.render.templates import SourceMap, Templates
from dispatch.render.theme import Theme, load_theme, palette
from dispatch.render.view import EditionView

__all__ = ["inert", "preview", "render_edition", "trace_edition"]


def render_edition(
    edition: Edition,
    look: Look,
    *,
    theme_paths: Sequence[Path],
    known_fields: frozenset[str] | None = None,
    lined: bool = False,
    cache: Path | None = None,
) -> RenderedEdition:
    """Compile ``edition`` in the theme that ``look`` names, found in ``theme_paths`` in order.

    ``known_fields`` are the list's fields; a slot for any other is an error that names them. ``None`` checks nothing.
    ``lined`` puts a slot before each text that says from which line of its seed it comes
    (:data:`~dispatch.render.slots.LINE`).
    In the folder ``cache``, which must be this user's own, compiled templates are kept for the next time.
    Raises :class:`~dispatch.errors.ThemeError` or :class:`~dispatch.errors.SourceError` at the author's own line.
    """
    plan = _plan(edition, look, theme_paths, known_fields, cache, lined=lined)
    text = plan.slotting.split_text(plain_text(edition, look, plan.slotting))
    rendered: dict[tuple[str, ...], Rendered] = {}
    for key in _keys([plan.theme.variants[name] for name in plan.tested]):
        html = plan.slotting.split_html(compile_html(plan.templates, plan.context_for(key)))
        _require_way_out(html, plan.theme.name)
        rendered[key] = Rendered(html, text, (edition.subject,))
    values = {name: plan.theme.variants[name] for name in plan.tested}
    return RenderedEdition(rendered, plan.tested, values, plan.slotting.used)


def trace_edition(
    edition: Edition, look: Look, key: tuple[str, ...], *, theme_paths: Sequence[Path]
) -> tuple[str, SourceMap]:
    """The page of variant ``key`` with its elements traced to the theme's files: see :func:`compile_traced`.

    It has the elements of :func:`render_edition`'s page, and is for finding places only: its slots are not filled.
    """
    plan = _plan(edition, look, theme_paths, None)
    return compile_traced(plan.templates, plan.context_for(key))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every variant of an edition is made with; ``tested`` are the fields that decide the variant."""

    theme: Theme
    templates: Templates
    slotting: Slotting
    tested: tuple[str, ...]
    context: Mapping[str, Any]

    def context_for(self, key: tuple[str, ...]) -> Mapping[str, Any]:
        recipient = Recipient(dict(zip(self.tested, key, strict=True)), self.slotting)
        return {**self.context, "recipient": recipient}


def _plan(
    edition: Edition,
    look: Look,
    theme_paths: Sequence[Path],
    known_fields: frozenset[str] | None,
    cache: Path | None = None,
    *,
    lined: bool = False,
) -> _Plan:
    theme = load_theme(look.theme, theme_paths)
    fields = Fields(theme.variants, known_fields)
    templates = Templates(theme, fields, cache)
    slotting = Slotting(unused_nonce(repr((edition, look))), dict(fields.slots))
    context = _context(edition, look, slotting, EditionView(edition, look, slotting, known_fields, lined).build())
    context |= {"colours": palette(theme, look.accent)}
    return _Plan(theme, templates, slotting, tuple(sorted(fields.tested)), context)


def preview(pieces: Pieces, reader: Mapping[str, str] = MappingProxyType({})) -> str:
    """``pieces`` for a reader of those fields, or for nobody in particular: an empty field's slot has its default, and
    every link of the sender's is inert."""
    return "".join(_shown(piece, reader) for piece in pieces)


def _shown(piece: str | Slot, reader: Mapping[str, str]) -> str:
    return piece if isinstance(piece, str) else inert(piece) or encode(piece, reader.get(piece.field, ""))


def inert(slot: Slot) -> str:
    """What stands for a link that the sender computes, where there is no reader; ``""`` for a reader's own field."""
    if slot.field != UNSUBSCRIBE:
        return ""
    return "(each reader’s own link)" if slot.context is SlotContext.TEXT else "#"


def _require_way_out(html: Pieces, theme: str) -> None:
    if not any(isinstance(piece, Slot) and piece.field == UNSUBSCRIBE for piece in html):
        raise ThemeError(
            f"The theme {theme!r} shows readers no way out.",
            hint='Link to it where readers look for it, at the foot: <a href="{{ unsubscribe_url }}">Unsubscribe</a>',
        )


def _keys(values: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Every combination of the tested variants' values, ``""`` standing for any value not declared."""
    return product(*[(*choices, "") for choices in values])


def _context(edition: Edition, look: Look, slotting: Slotting, view: object) -> dict[str, Any]:
    rtl = edition.direction == "rtl"
    return {
        "edition": view,
        "look": look,
        "words": words_for(edition.language),
        "script": script_of(edition.language),
        "start": "right" if rtl else "left",
        "end": "left" if rtl else "right",
        "unsubscribe_url": Markup(slotting.mark(UNSUBSCRIBE)),
    }
