"""Rendering with a project's own templates: the fixtures' types, and the themes that Dispatch brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dispatch.edition.model import Edition
from dispatch.render import Look, builtin_templates, theme_names
from dispatch.render.slots import RenderedEdition
from support.editions import EVERY_PART, LOOK, arabic, canada_china, every_kind, every_part, several_stories

THEMES = theme_names([builtin_templates()])

Write = Callable[[str, str], Path]
Render = Callable[..., RenderedEdition]


EDITIONS: list[Callable[[], Edition]] = [canada_china, several_stories, every_kind, arabic, every_part]
"""Editions that between them have everything a theme must show."""


def look_in(theme: str, make: Callable[[], Edition] | None = None) -> Look:
    """The tests' newsletter in a theme, with that theme's own accent; with every optional part for their edition."""
    return replace(EVERY_PART if make is every_part else LOOK, theme=theme, accent=None)
