"""The types of the fixtures that render with a project's own templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dispatch.render.slots import RenderedEdition

Write = Callable[[str, str], Path]
Render = Callable[..., RenderedEdition]
