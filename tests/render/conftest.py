"""A project's own templates, written file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.edition.model import Edition
from dispatch.render import Look, builtin_templates, render_edition
from dispatch.render.slots import RenderedEdition
from support.editions import LOOK, canada_china
from support.rendering import Render, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the project's ``templates/``."""

    def write_file(name: str, content: str) -> Path:
        file = tmp_path / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Render the sample edition (or another) with the project's templates before the built-in ones."""

    def render_it(
        edition: Edition | None = None, *, look: Look = LOOK, known_fields: frozenset[str] | None = None
    ) -> RenderedEdition:
        paths = [tmp_path / "templates", builtin_templates()]
        return render_edition(edition or canada_china(), look, theme_paths=paths, known_fields=known_fields)

    return render_it
