"""Columns of figures: runs of lines whose cells stand under one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from dispatch.edition.sources.wire.lines import Line, layout
from dispatch.edition.sources.wire.shapes import Shape, look

_GAP = re.compile(r"(?<=\S)(?: {2,})(?=\S)")
_AFTER_SENTENCE = re.compile(r"[.!?:;”\"’)]$")
_LONGEST_ROW = 200
_MOST_WORDS_IN_CELL = 9
_PIPE_RULE = re.compile(r"[|\s:+-]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines ``[start, end)`` are columns; ``cells`` holds them where tabs or bars tell the cells apart for certain."""

    start: int
    end: int
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    starts: frozenset[int]
    ends: frozenset[int]
    wide: bool
    figures: bool

    def under(self, other: _Row) -> bool:
        return bool(self.starts & other.starts or self.ends & other.ends)


def find_columns(lines: Sequence[Line]) -> Iterator[Columns]:
    """The runs of at least two rows, in order; one pass over the lines."""
    at = 0
    while at < len(lines):
        end, cells = _run_of_cells(lines, at)
        if end - at < 2:
            cells = ()
            end, aligned = _run_of_rows(lines, at)
            if not aligned:
                at = max(end, at + 1)
                continue
        yield Columns(at, end, cells)
        at = end


def _run_of_cells(lines: Sequence[Line], start: int) -> tuple[int, tuple[tuple[str, ...], ...]]:
    """Rows with one number of cells told apart by tabs, or by bars at both edges."""
    split = _split_at_bars if lines[start].text.startswith("|") else _split_at_tabs
    rows: list[tuple[str, ...]] = []
    at = start
    while at < len(lines):
        row = split(lines[at])
        if len(row) < 2 or (rows and len(row) != len(rows[0])):
            break
        rows.append(row)
        at += 1
    return at, tuple(row for row in rows if not _PIPE_RULE.fullmatch("|".join(row)))


def _split_at_tabs(line: Line) -> tuple[str, ...]:
    if "\t" not in line.text or len(line.text) > _LONGEST_ROW or look(line.text).shape is not Shape.TEXT:
        return ()
    return tuple(cell.strip() for cell in line.text.split("\t"))


def _split_at_bars(line: Line) -> tuple[str, ...]:
    text = line.text
    if len(text) < 3 or not (text.startswith("|") and text.endswith("|")):
        return ()
    return tuple(cell.strip() for cell in text[1:-1].split("|"))


def _run_of_rows(lines: Sequence[Line], start: int) -> tuple[int, bool]:
    """The end of a run of rows with gaps, and whether they are columns rather than prose with gaps in it."""
    rows: list[_Row] = []
    at = start
    while at < len(lines):
        row = _row(lines[at])
        if row is None or (rows and not row.under(rows[-1]) and not any(row.under(above) for above in rows[-6:])):
            break
        rows.append(row)
        at += 1
    if len(rows) < 2:
        return at, False
    # Justified prose has gaps too, but they are narrow, and nothing but chance puts one under another.
    sure = any(row.wide for row in rows) or sum(row.figures for row in rows) * 2 >= len(rows)
    common_starts = reduce(frozenset.__and__, (row.starts for row in rows))
    common_ends = reduce(frozenset.__and__, (row.ends for row in rows))
    return at, sure or (bool(common_starts or common_ends) and len(rows) > 2)


def _row(line: Line) -> _Row | None:
    """Where the cells after the first begin and end, or ``None`` for a line that has no cells."""
    if "  " not in line.text and "\t" not in line.text:
        return None
    text = layout(line)
    if len(text) > _LONGEST_ROW or look(line.text).shape in (Shape.BULLET, Shape.ESCAPED, Shape.QUOTED, Shape.HASH):
        return None
    gaps = [gap for gap in _GAP.finditer(text) if _is_gap(text, gap)]
    if not gaps:
        return None
    ends = [gap.start() for gap in gaps[1:]] + [len(text)]
    cells = [text[gap.end() : end] for gap, end in zip(gaps, ends, strict=True)]
    # Behind a margin the first cell has a column above or below it too: a header over an empty corner.
    indented = text[0].isspace()
    first = [gaps[0].start()] if indented else []
    if any(len(cell.split()) > _MOST_WORDS_IN_CELL for cell in (text[: gaps[0].start()], *cells)):
        return None
    return _Row(
        starts=frozenset(gap.end() for gap in gaps),
        ends=frozenset([*first, *ends]),
        wide=any(len(gap[0]) > 2 for gap in gaps),
        figures=any(any(char.isdigit() for char in cell) for cell in cells),
    )


def _is_gap(text: str, gap: re.Match[str]) -> bool:
    """Two spaces after a full stop are a typist's habit, not a column."""
    return len(gap[0]) > 2 or not _AFTER_SENTENCE.search(text, 0, gap.start())
