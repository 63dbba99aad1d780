"""How long an edition takes to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil

WORDS_A_MINUTE = 230
CJK_CHARACTERS_A_MINUTE = 500

_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f]")


def reading_minutes(texts: Iterable[str]) -> int:
    """Minutes, rounded up, at least 1: words at 230 a minute, Chinese and Japanese characters at 500."""
    words = characters = 0
    for text in texts:
        characters += len(_CJK.findall(text))
        spaced = _CJK.sub(" ", text)
        words += sum(1 for token in spaced.split() if any(character.isalnum() for character in token))
    return max(1, ceil(words / WORDS_A_MINUTE + characters / CJK_CHARACTERS_A_MINUTE))
