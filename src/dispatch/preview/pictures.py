"""Local pictures of an edition: shown from the disk while it is written, whatever becomes of them when it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from dispatch.edition.model import Block, Edition, Image, List, Quote

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"])
_STAND_IN = "https://pictures.invalid/"
"""Where a local picture leads while the page is rendered; RFC 2606 keeps the domain from ever existing."""
_STANDS_IN = re.compile(re.escape(_STAND_IN) + r"([\w.-]+)")

Find = Callable[[str, str], Path | None]


@dataclass(slots=True)
class _Pictures:
    find: Find
    found: dict[str, Path] = field(default_factory=dict)

    def of_story(self, source: str | None, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(self._block(source, block) for block in blocks)

    def _block(self, source: str | None, block: Block) -> Block:
        match block:
            case Image():
                return replace(block, src=self._src(source, block.src))
            case Quote():
                return replace(block, blocks=self.of_story(source, block.blocks))
            case List():
                items = tuple(replace(item, blocks=self.of_story(source, item.blocks)) for item in block.items)
                return replace(block, items=items)
            case _:
                return block

    def _src(self, source: str | None, src: str) -> str:
        if source is None or _ELSEWHERE.match(src):
            return src
        path = self.find(source, src)
        if path is None or path.suffix.lower() not in _SUFFIXES or not path.is_file():
            return src
        # A picture that was changed has another address, so that no browser shows the old one.
        key = f"{len(self.found) + 1}-{path.stat().st_mtime_ns}{path.suffix.lower()}"
        self.found[key] = path.resolve()
        return _STAND_IN + key


def with_pictures(edition: Edition, find: Find) -> tuple[Edition, Mapping[str, Path]]:
    """The edition with its local pictures leading to the studio, and the file of each. ``find`` gives the file that a
    seed's ``src`` means."""
    pictures = _Pictures(find)
    stories = tuple(replace(story, blocks=pictures.of_story(story.source, story.blocks)) for story in edition.stories)
    notes = tuple(
        replace(note, blocks=pictures.of_story(edition.only_source, note.blocks)) for note in edition.footnotes
    )
    return replace(edition, stories=stories, footnotes=notes), pictures.found


def at_studio(html: str, query: str) -> str:
    """A page whose local pictures lead to the studio's ``picture/KEY?query``."""
    return _STANDS_IN.sub(lambda found: f"picture/{found[1]}?{escape(query)}", html)
