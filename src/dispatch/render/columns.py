"""Tables in plain text: columns side by side, cells wrapped inside them where a line has too little room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dispatch.render.wrapping import wrap

_GAP = "  "

Measure = Callable[[str], int]


def table_lines(
    header: Sequence[str], rows: Sequence[Sequence[str]], align: Sequence[str], width: int, measure: Measure
) -> list[str]:
    """A table in lines of ``width`` columns where its longest words allow it, else each row in running lines.

    No cell is said twice: a column's name stands above it once. ``align`` has ``start``, ``center`` or ``end``.
    """
    count = max([len(header), *map(len, rows)], default=0)
    table = [[*row, *[""] * (count - len(row))] for row in ((header, *rows) if header else rows)]
    widths = _widths(table, count, width, measure)
    if widths is None:
        return [line for row in table for line in _running(row, width, measure)]
    sides = [*align, *["start"] * count]
    lines = [_row(row, widths, sides, measure) for row in table]
    rule = [_GAP.join("-" * size for size in widths)] if header else []
    return [*lines[0], *rule, *[line for row in lines[1:] for line in row]] if lines else []


def longest_words(table: Sequence[Sequence[str]], count: int, measure: Measure) -> list[int]:
    """How wide the longest word of each of ``count`` columns is: the least that the column can have."""
    return [
        max((measure(word) for row in table for word in "".join(row[at : at + 1]).split()), default=0)
        for at in range(count)
    ]


def _widths(table: Sequence[Sequence[str]], count: int, width: int, measure: Measure) -> list[int] | None:
    """Each column's width, the widest narrowed first; ``None`` where the words are too long for any."""
    widths = [max((measure(row[at]) for row in table), default=0) for at in range(count)]
    least = longest_words(table, count, measure)
    room = width - len(_GAP) * (count - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max((at for at in range(count) if widths[at] > least[at]), key=lambda at: widths[at])
        widths[widest] -= 1
    return widths


def _row(row: Sequence[str], widths: Sequence[int], sides: Sequence[str], measure: Measure) -> list[str]:
    cells = [wrap(cell, size, measure) for cell, size in zip(row, widths, strict=True)]
    lines = []
    for at in range(max(map(len, cells), default=0)):
        parts = [cell[at] if at < len(cell) else "" for cell in cells]
        lines.append(_GAP.join(_pad(*part, measure) for part in zip(parts, widths, sides, strict=False)))
    return lines


def _running(row: Sequence[str], width: int, measure: Measure) -> list[str]:
    first, *others = wrap(" | ".join(row), width - len(_GAP), measure)
    return [first, *(_GAP + line for line in others)]


def _pad(cell: str, width: int, side: str, measure: Measure) -> str:
    space = max(width - measure(cell), 0)
    before = space if side == "end" else space // 2 if side == "center" else 0
    return " " * before + cell + " " * (space - before)
