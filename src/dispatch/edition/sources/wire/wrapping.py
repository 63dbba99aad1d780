"""Hard-wrapped lines: whether a text has them, and how they become paragraphs again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dispatch.edition.sources.wire.lines import Line
from dispatch.edition.sources.wire.shapes import Shape, look
from dispatch.edition.sources.wire.words import ends_sentence, has_case, starts_lower, starts_upper, without_spaces

_COLONS = (":", "：")
_WIDEST = 130  # nobody wraps by hand beyond this
_NARROWEST = 38
_NARROWEST_WITHOUT_SPACES = 15
_BROKEN_WORD = re.compile(r"[^\W\d_]-$|[\w]\u00ad$|\w[—/]$")
_SUSPENDED = re.compile(r"(?:and|or|to|und|oder|bis|et|ou|y|e|o|en|of|och|og|i)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a text's lines were broken; ``width`` is ``None`` where each line is a paragraph of its own.

    ``tight``: no blank lines stand between the paragraphs, so that only the room left in a line tells where one ends.
    """

    width: int | None
    tight: bool = False

    def had_room(self, above: Line, below: Line) -> bool:
        """Whether the first word of ``below`` would have fitted into ``above``; where both lines are in capitals,
        which make no title stand out, with plenty to spare."""
        capitals = above.text.isupper() and below.text.isupper()
        return self.width is not None and self._room(above, below) >= (self.width * 0.25 if capitals else 0)

    def joins(self, above: Line, below: Line) -> bool:
        """Whether ``below`` goes on with the paragraph that ``above`` belongs to."""
        if self.width is None:
            return False
        if starts_lower(below.text) and not ends_sentence(above.text):
            return True
        if below.indent > above.indent + 1 and (ends_sentence(above.text) or above.text.endswith(_COLONS)):
            return False
        # A line that had plenty of room for the next word was ended on purpose.
        room = self._room(above, below)
        if ends_sentence(above.text) or above.text.endswith(_COLONS):
            return room < (0 if self.tight else self.width * 0.12)
        return not (room > self.width * 0.4 and starts_upper(below.text))

    def _room(self, above: Line, below: Line) -> int:
        """Columns left over in ``above`` had it taken the first word of ``below``."""
        return (self.width or 0) - above.indent - len(above.text) - 1 - len(_first_word(below.text))


def find_wrapping(lines: Sequence[Line]) -> Wrapping:
    """Read the habit off the text: its width, and whether lines break where a sentence goes on."""
    lengths = sorted(line.indent + len(line.text) for line in lines if not line.blank)
    if not lengths:
        return Wrapping(None)
    width = lengths[min(len(lengths) - 1, int(len(lengths) * 0.98))]
    dense = sum(without_spaces(line.text[-1]) for line in lines if line.text) * 2 > len(lengths)
    if not (_NARROWEST_WITHOUT_SPACES if dense else _NARROWEST) <= width <= _WIDEST:
        return Wrapping(None)
    broken = pairs = small = 0
    for above, below in pairwise(lines):
        if above.blank or below.blank or look(below.text).shape is not Shape.TEXT:
            continue
        pairs += 1
        if _breaks_a_sentence(above.text, below.text, width):
            broken += 1
            small += _reads_on(below.text)
    # Headlines in a column have no full stops either, but none of them reads on in the next.
    if not broken or broken * 4 < pairs or small * 4 < broken:
        return Wrapping(None)
    gaps = sum(above.blank and not below.blank for above, below in pairwise(lines))
    return Wrapping(width, tight=gaps * 25 < len(lengths))


def _breaks_a_sentence(above: str, below: str, width: int) -> bool:
    if ends_sentence(above) or above.endswith(_COLONS):
        return False
    full = len(above) + 1 + len(_first_word(below)) > width * 0.85
    return full or (starts_lower(below) and has_case(below) and len(above) > width * 0.5)


def _reads_on(below: str) -> bool:
    """Whether a line looks like the rest of a sentence (a script or text without small letters cannot tell)."""
    return starts_lower(below) or ends_sentence(below) or not has_case(below) or below.isupper()


def _first_word(text: str) -> str:
    return text[:1] if text and without_spaces(text[0]) else text.split(maxsplit=1)[0]


def unwrap(parts: Iterable[str]) -> str:
    """One paragraph of its lines. A word broken at a hyphen keeps it: "long-" + "term" may be either word."""
    out: list[str] = []
    for part in parts:
        text = " ".join(re.split(r"[ \t]+", part))
        if out and not _is_broken_word(out[-1], text):
            out.append(" ")
        out.append(text)
    return "".join(out)


def _is_broken_word(above: str, below: str) -> bool:
    if without_spaces(above[-1:]) and without_spaces(below[:1]):
        return True
    if not _BROKEN_WORD.search(above, max(0, len(above) - 3)):
        return False
    return not (above.endswith("-") and (_SUSPENDED.match(below) or not below[:1].isalpha()))
