"""A title → the name of its folder and of its page: ASCII, lowercase, never empty."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 60

# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "ŋ": "ng",
        "ſ": "s",
        "'": "",
        "’": "",
        "‘": "",
        "ʼ": "",
    }
)
# Windows keeps these names for devices, with any suffix.
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


def slugify(title: str, fallback: str) -> str:
    """A folder-safe name from ``title``: ``[a-z0-9-]``, at most 60 characters, cut at a word.

    Where nothing of ``title`` is left (an Arabic headline, say), ``fallback`` (the file's stem) stands in, and
    ``"edition"`` where nothing of that is left either.
    """
    return _ascii(title) or _ascii(fallback) or "edition"


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
    words = re.findall("[a-z0-9]+", "".join(char for char in folded if not unicodedata.combining(char)))
    if not words:
        return ""
    slug = words[0][:MAX_LENGTH]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > MAX_LENGTH:
            break
        slug = f"{slug}-{word}"
    return f"{slug}-edition" if _RESERVED.fullmatch(slug) else slug
