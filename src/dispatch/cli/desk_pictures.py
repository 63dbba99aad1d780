"""The local pictures of an edition that is only looked at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dispatch.edition.model import Block, Edition, Image, List, Quote
from dispatch.preview.desk import Picture

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/", re.IGNORECASE)
_SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"])
_NOWHERE = "https://pictures.invalid"
"""Where local pictures lead while a page is rendered; RFC 2606 keeps the domain from ever existing."""


@dataclass(slots=True)
class _Pictures:
    root: Path
    found: dict[str, Picture] = field(default_factory=dict)

    def within(self, source: str | None, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(self._block(source, block) for block in blocks)

    def _block(self, source: str | None, block: Block) -> Block:
        match block:
            case Image():
                return replace(block, src=self._src(source, block.src))
            case Quote():
                return replace(block, blocks=self.within(source, block.blocks))
            case List():
                items = tuple(replace(item, blocks=self.within(source, item.blocks)) for item in block.items)
                return replace(block, items=items)
            case _:
                return block

    def _src(self, source: str | None, src: str) -> str:
        if source is None or _ELSEWHERE.match(src):
            return src
        beside = Path(source).parent
        path = (beside / src).resolve()
        inside = any(path.is_relative_to(folder.resolve()) for folder in (self.root, beside))
        if not inside or path.suffix.lower() not in _SUFFIXES or not path.is_file():
            return src
        content = path.read_bytes()
        # A picture that was changed has another name, so that no browser shows the old one.
        name = f"{hashlib.sha256(content).hexdigest()[:12]}{path.suffix.lower()}"
        self.found[name] = Picture(f"{_NOWHERE}/{name}", content)
        return f"{_NOWHERE}/{name}"


def with_pictures(edition: Edition, root: Path) -> tuple[Edition, Mapping[str, Picture]]:
    """The edition with addresses for the pictures that lie beside its texts, and the pictures by their names. They lie
    below the workspace ``root`` or beside the text: a text shows nothing else of its author's machine."""
    pictures = _Pictures(root)
    stories = tuple(replace(story, blocks=pictures.within(story.source, story.blocks)) for story in edition.stories)
    notes = tuple(replace(note, blocks=pictures.within(edition.only_source, note.blocks)) for note in edition.footnotes)
    return replace(edition, stories=stories, footnotes=notes), pictures.found
