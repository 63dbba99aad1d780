"""Plain text in lines of a given width, measured as a terminal or a mail program shows it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

WIDTH = 72
"""Columns of a line: what RFC 3676 and five decades of mail advise."""

# Spaces that allow a line to end: U+00A0, U+202F and U+2007 are left out, they hold words together.
_BREAKS = re.compile(r"[ \t\f\v\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]+")
_URL = re.compile(r"(?:https?://|mailto:|www\.)", re.IGNORECASE)
_CLOSING = frozenset("、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】’”…‥～％°")
_OPENING = frozenset("（［｛〔〈《「『【‘“")


def display_width(text: str) -> int:
    """Columns that ``text`` takes: two for East Asian wide characters, none for combining ones."""
    return sum(map(_columns, text)) if not text.isascii() else len(text)


def wrap(text: str, width: int = WIDTH, measure: Callable[[str], int] = display_width) -> list[str]:
    """``text`` in lines of at most ``width`` columns; its own line ends stay.

    Lines end at spaces, and between East Asian characters; a word or a URL is never broken, however long.
    """
    return [line for paragraph in text.split("\n") for line in _fill(paragraph, width, measure)]


def _fill(paragraph: str, width: int, measure: Callable[[str], int]) -> Iterator[str]:
    line, taken = "", 0
    for word in filter(None, _BREAKS.split(paragraph)):
        glue = " " if line else ""
        for atom in _atoms(word):
            columns = measure(atom)
            if line and taken + len(glue) + columns > width:
                yield line
                line, taken, glue = "", 0, ""
            line += glue + atom
            taken += len(glue) + columns
            glue = ""
    yield line


def _atoms(word: str) -> list[str]:
    """The parts of ``word`` that a line may end between."""
    if word.isascii() or _URL.search(word) or not any(_columns(character) == 2 for character in word):
        return [word]
    atoms: list[str] = []
    for character in word:
        wide = _columns(character) == 2
        last = atoms[-1] if atoms else ""
        joins = (
            not last
            or character in _CLOSING
            or _columns(character) == 0
            or last[-1] in _OPENING
            or (not wide and _columns(last[-1]) != 2)
        )
        if joins and atoms:
            atoms[-1] += character
        else:
            atoms.append(character)
    return atoms


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
