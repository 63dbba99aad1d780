"""An edition and a theme to HTML and plain text, once per edition, with slots for what differs per recipient.

Imported lazily: Jinja, MJML and Babel are loaded by the first edition that is rendered, not by ``dispatch --help``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dispatch.render.compile import preview, render_edition
    from dispatch.render.look import Look
    from dispatch.render.theme import builtin_templates, theme_names

__all__ = ["Look", "builtin_templates", "preview", "render_edition", "theme_names"]

_HOMES = {
    "Look": "look",
    "builtin_templates": "theme",
    "preview": "compile",
    "render_edition": "compile",
    "theme_names": "theme",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
