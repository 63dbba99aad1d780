"""How long an edition takes to read."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from dispatch.edition.scripts import UNSPACED, spaced

WORDS_A_MINUTE = 230
CJK_CHARACTERS_A_MINUTE = 500


def reading_minutes(texts: Iterable[str]) -> int:
    """Minutes, rounded up, at least 1: words at 230 a minute, Chinese and Japanese characters at 500."""
    words = characters = 0
    for text in texts:
        rest, unspaced = spaced(text, UNSPACED)
        characters += unspaced
        words += sum(1 for token in rest.split() if any(character.isalnum() for character in token))
    return max(1, ceil(words / WORDS_A_MINUTE + characters / CJK_CHARACTERS_A_MINUTE))
