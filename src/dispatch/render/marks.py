"""Walking a text with its marks, whatever it is rendered to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from dispatch.edition.model import Mark, MarkKind, Text

T = TypeVar("T")


def fold(
    text: Text,
    leaf: Callable[[str], T],
    join: Callable[[Iterable[T]], T],
    wrap: Callable[[Mark, T], T],
    start: int = 0,
    end: int | None = None,
) -> T:
    """Render ``text[start:end]``: ``leaf`` for unmarked stretches, ``wrap`` for what a mark holds, ``join`` for all.

    Marks that reach outside ``[start, end)`` are left out, and so are empty ones but for merges, which stand for
    something at a point.
    """
    stop = len(text.text) if end is None else end
    marks = [mark for mark in text.marks if start <= mark.start <= mark.end <= stop]
    marks = [mark for mark in marks if mark.start < mark.end or mark.kind is MarkKind.MERGE]
    # Outer before inner, earlier before later: since marks never cross, a mark's own ones follow it directly.
    waiting = deque(sorted(marks, key=lambda mark: (mark.start, -mark.end)))

    def span(at: int, until: int) -> T:
        parts: list[T] = []
        while waiting and waiting[0].end <= until:
            mark = waiting.popleft()
            parts.append(leaf(text.text[at : mark.start]))
            parts.append(wrap(mark, span(mark.start, mark.end)))
            at = mark.end
        return join([*parts, leaf(text.text[at:until])])

    return span(start, stop)
