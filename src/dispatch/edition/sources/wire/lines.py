"""The lines of a wire text, cleaned of what cannot be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TAB = 4
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x80-\x9f\u2028\u2029]")
# Zero-width and direction marks at a line's edges would hide a bullet or a colon; inside a line they stay (Persian,
# Indic and Thai spelling needs them).
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
_EDGE = (
    _INVISIBLE
    + "".join(map(chr, range(33)))
    + "\u00a0\u1680\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` as in the file; ``raw`` as given; ``text`` without its edges; ``indent`` in columns."""

    number: int
    raw: str
    text: str
    indent: int

    @property
    def blank(self) -> bool:
        return not self.text


def clean_lines(lines: Sequence[str], first_line: int) -> list[Line]:
    return [_clean(raw, number) for number, raw in enumerate(lines, start=first_line)]


def _clean(raw: str, number: int) -> Line:
    visible = _CONTROLS.sub(" ", raw)
    text = visible.strip(_EDGE)
    margin = visible[: len(visible) - len(visible.lstrip(_EDGE))]
    indent = len("".join(char for char in margin if char not in _INVISIBLE).expandtabs(_TAB))
    return Line(number, raw, text, indent)


def layout(line: Line) -> str:
    """The line with its columns: tabs as spaces, the right edge trimmed."""
    return _CONTROLS.sub(" ", line.raw).rstrip(_EDGE).expandtabs(8)
