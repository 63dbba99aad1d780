"""Scripts that write no spaces between words, found in texts.

Each set is a regular expression's, compiled when a text first has a character that could be in it: that takes
milliseconds, and most texts have none.
"""

from __future__ import annotations

import re
from functools import cache

UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Kana and Han: a word is followed by the next without a space."""
RUN_ON = f"{UNSPACED}\uac00-\ud7a3"
"""Hangul too: a word is followed by its particle without a space."""
UNSPACED_AND_MARKS = f"\u2e80-\u303f{UNSPACED}\uff00-\uffef"
"""Kana and Han with their radicals, punctuation and full-width forms."""

_FIRST = "\u2e80"
"""No set has a character below this one."""


def has_any(text: str, characters: str) -> bool:
    """Whether one of ``characters`` (a set of this module) stands in ``text``."""
    return max(text, default="") >= _FIRST and _compiled(characters).search(text) is not None


def spaced(text: str, characters: str) -> tuple[str, int]:
    """``text`` with a space in the place of each of ``characters``, and how many there were."""
    return _compiled(characters).subn(" ", text) if max(text, default="") >= _FIRST else (text, 0)


@cache
def _compiled(characters: str) -> re.Pattern[str]:
    return re.compile(f"[{characters}]")
