"""Where quotations stand in a text: so that none is cut, and a whole one can be offered as it was said."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CLOSERS = {
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "‘": "’",
    "”": "”",  # Swedish and Finnish open with the closing mark
    '"': '"',
}
MARKS = frozenset('“”„«»‹›「」『』"`')
"""Characters that mean a quotation wherever they stand (’ alone may be an apostrophe)."""

_ANY = re.compile('[“”„«»‹›「」『』"`‘’]')
_LONGEST = 4000
_OPENING_CONTEXT = frozenset("([{—–-/:,،、，：。¿¡…")


@dataclass(frozen=True, slots=True)
class Quotation:
    """``[start, end)`` with its marks, ``[inner_start, inner_end)`` without; offsets in code points."""

    start: int
    end: int
    inner_start: int
    inner_end: int

    def outer(self, text: str) -> str:
        return text[self.start : self.end]

    def inner(self, text: str) -> str:
        return text[self.inner_start : self.inner_end]


def quotations(text: str) -> tuple[Quotation, ...]:
    """The outermost quotations of ``text``, in order; a mark without its partner is none."""
    if not _ANY.search(text):
        return ()
    closing = _closing_places(text)
    found: list[Quotation] = []
    position = 0
    for match in _ANY.finditer(text):
        if match.start() < position:
            continue
        made = _quotation_at(text, match.start(), closing)
        if made:
            found.append(made)
            position = made.end
    return tuple(found)


def _quotation_at(text: str, position: int, closing: Mapping[str, Sequence[int]]) -> Quotation | None:
    if text.startswith("``", position):
        end = text.find("''", position + 2, position + _LONGEST)  # wires that keep to ASCII write ``these''
        return Quotation(position, end + 2, position + 2, end) if end > 0 else None
    if not _opens(text, position):
        return None
    ends = [
        places[index]
        for mark in _CLOSERS[text[position]]
        if (index := bisect_right(places := closing[mark], position)) < len(places)
    ]
    end = min(ends, default=-1)
    return Quotation(position, end + 1, position + 1, end) if end > 0 else None


def _closing_places(text: str) -> Mapping[str, Sequence[int]]:
    """Where each closing mark stands, in order."""
    places: dict[str, list[int]] = {mark: [] for mark in "".join(_CLOSERS.values())}
    for match in _ANY.finditer(text):
        if match.group() in places and _closes(text, match.start(), match.group()):
            places[match.group()].append(match.start())
    return places


def is_unquoted(text: str) -> bool:
    """Whether nothing in ``text`` is, or is a part of, anyone's words."""
    return not MARKS.intersection(text) and not quotations(text)


def is_balanced(text: str) -> bool:
    """Whether every quotation mark of ``text`` belongs to a whole quotation in it."""
    inside = [range(found.start, found.end) for found in quotations(text)]
    return all(
        any(position in span for span in inside) for position, character in enumerate(text) if character in MARKS
    )


def _opens(text: str, position: int) -> bool:
    mark = text[position]
    if mark not in _CLOSERS:
        return False
    before = text[position - 1] if position else " "
    after = text[position + 1] if position + 1 < len(text) else " "
    if mark in "“„「『«‹":
        return True
    free = before.isspace() or before in _OPENING_CONTEXT
    return free and not after.isspace() and (mark != "‘" or after.isalnum())


def _closes(text: str, index: int, mark: str) -> bool:
    after = text[index + 1] if index + 1 < len(text) else " "
    if mark == "’":
        return not after.isalnum()
    if mark in '"”«':
        return not text[index - 1].isspace() or mark == "«"
    return True
