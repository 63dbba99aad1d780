"""How a story opens: short standing lines, and below them the paragraph that tells it."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.edition.composing.sentences import ends_sentence
from dispatch.edition.model import Block, Paragraph

_LONGEST_STANDING = 110
_MOST_STANDING = 8
_LEADS_ON = (",", ":", ";", "،", "、", "，", "：", "-", "–", "—")


def lede_at(blocks: Sequence[Block]) -> int | None:
    """The place of the lede, the first paragraph of prose; ``None`` where the story doesn't open with a paragraph.

    Paragraphs above it are standing lines ("FOR IMMEDIATE RELEASE", a deck, a result), which say something of the
    story; where nothing else follows them, the first of them is the lede.
    """
    if not blocks or not isinstance(blocks[0], Paragraph):
        return None
    for at, block in enumerate(blocks[:_MOST_STANDING]):
        if not isinstance(block, Paragraph):
            return 0
        if not _is_standing(block.text.text):
            return at
    return 0


def _is_standing(text: str) -> bool:
    """Short, begun like a title, and no sentence."""
    return (
        len(text) <= _LONGEST_STANDING
        and not text[:1].islower()
        and not ends_sentence(text)
        and not text.rstrip().endswith(_LEADS_ON)
    )
