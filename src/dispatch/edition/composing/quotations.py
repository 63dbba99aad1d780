"""Where quotations stand in a text: so that none is cut, and a whole one can be offered as it was said."""

from __future__ import annotations

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
    found: list[Quotation] = []
    position = 0
    while position < len(text):
        if text.startswith("``", position):
            found += _ascii_quotation(text, position)
            position = found[-1].end if found and found[-1].start == position else position + 2
            continue
        end = _closing(text, position) if _opens(text, position) else None
        if end is None:
            position += 1
            continue
        found.append(Quotation(position, end + 1, position + 1, end))
        position = end + 1
    return tuple(found)


def _ascii_quotation(text: str, position: int) -> list[Quotation]:
    """Wires that keep to ASCII write ``these''."""
    end = text.find("''", position + 2)
    return [Quotation(position, end + 2, position + 2, end)] if end > 0 else []


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


def _closing(text: str, position: int) -> int | None:
    opener, depth = text[position], 0
    closers = _CLOSERS[opener]
    for index in range(position + 1, len(text)):
        mark = text[index]
        if mark in closers and _closes(text, index, mark):
            if depth == 0:
                return index
            depth -= 1
        elif mark == opener:
            depth += 1
    return None


def _closes(text: str, index: int, mark: str) -> bool:
    after = text[index + 1] if index + 1 < len(text) else " "
    if mark == "’":
        return not after.isalnum()
    if mark in '"”«':
        return not text[index - 1].isspace() or mark == "«"
    return True
