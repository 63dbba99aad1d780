"""The types of the fixtures that render: a test cannot import them from a ``conftest``, of which there are several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dispatch.render.slots import RenderedEdition

Write = Callable[[str, str], Path]
Render = Callable[..., RenderedEdition]
