"""Rendering with a project's own templates: the fixtures' types, and the themes that Dispatch brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dispatch.render import Look, builtin_templates, theme_names
from dispatch.render.slots import RenderedEdition
from support.editions import LOOK

THEMES = theme_names([builtin_templates()])

Write = Callable[[str, str], Path]
Render = Callable[..., RenderedEdition]


def look_in(theme: str) -> Look:
    """The tests' newsletter in a theme, with that theme's own accent."""
    return replace(LOOK, theme=theme, accent=None)
