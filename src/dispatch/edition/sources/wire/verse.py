"""Verse: short lines set in from the margin, whose ends carry meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from dispatch.edition.sources.wire.columns import Columns
from dispatch.edition.sources.wire.lines import Line
from dispatch.edition.sources.wire.shapes import Shape, look

_SET_IN = 3
_FEWEST_LINES = 3
_LONGEST_LINE = 55
_PAUSES = (",", ".", ";", ":", "!", "?", "—", "–", "…", "،", "؛", "؟")
_ITEMS = (Shape.BULLET, Shape.NUMBERED, Shape.QUOTED)


def find_verse(lines: Sequence[Line], taken: Set[int]) -> Iterator[Columns]:
    """The runs of verse, stanzas together; ``taken`` lines (by place) are columns already.

    A run stands between blank lines, is set in by three columns or more, and is ragged: prose wrapped to a narrow
    measure never ends a line that has room for the next word.
    """
    margin = _margin(lines)
    at = 0
    while at < len(lines):
        if not _is_set_in(lines, at, margin, taken):
            at += 1
            continue
        end = _end(lines, at, margin, taken)
        if _stands_apart(lines, at, end) and _is_ragged(lines[at:end]):
            yield Columns(at, end)
        at = end


def _margin(lines: Sequence[Line]) -> int:
    indents = Counter(line.indent for line in lines if not line.blank)
    return min(indents, key=lambda indent: (-indents[indent], indent), default=0)


def _is_set_in(lines: Sequence[Line], at: int, margin: int, taken: Set[int]) -> bool:
    line = lines[at]
    return (
        not line.blank
        and at not in taken
        and line.indent >= margin + _SET_IN
        and len(line.text) <= _LONGEST_LINE
        and look(line.text).shape is Shape.TEXT
    )


def _end(lines: Sequence[Line], start: int, margin: int, taken: Set[int]) -> int:
    """The place below the last line of the run; a blank line inside it parts two stanzas."""
    end = start + 1
    for at in range(start + 1, len(lines)):
        if _is_set_in(lines, at, margin, taken):
            end = at + 1
        elif not lines[at].blank:
            break
    return end


def _stands_apart(lines: Sequence[Line], start: int, end: int) -> bool:
    above = next((lines[at] for at in range(start - 1, -1, -1) if not lines[at].blank), None)
    return (
        above is not None
        and look(above.text).shape not in _ITEMS
        and (lines[start - 1].blank or above.text.endswith((":", "：")))
        and (end == len(lines) or lines[end].blank)
    )


def _is_ragged(run: Sequence[Line]) -> bool:
    width = max(line.indent + len(line.text) for line in run)
    breaks = [(above, below) for above, below in pairwise(run) if not above.blank and not below.blank]
    roomy = sum(
        above.indent + len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) <= width for above, below in breaks
    )
    paused = sum(above.text.endswith(_PAUSES) for above, _below in breaks)
    return len(run) >= _FEWEST_LINES and (roomy * 4 >= len(breaks) or paused * 2 >= len(breaks))
