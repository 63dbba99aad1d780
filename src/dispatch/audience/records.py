"""CSV records (RFC 4180 and what people make of it) as a stream, where a broken record costs only its own line.

Python's reader does the work, strictly; a quote that never closes would make it swallow all the lines that follow, so a
record that fails gives back every line but its first, and that one line is read again leniently.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
_MAX_HEADER_LINES = 50


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record; ``line`` is where it begins, from 1. A blank line is a record without cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A line that is no record."""

    line: int
    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is laid out: its delimiter, its header's cells, and the line where the header's record begins."""

    delimiter: str
    header: tuple[str, ...]
    header_line: int


class _Lines(Iterator[str]):
    """Lines that remember what was taken for the record being read, and can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.taken: list[str] = []

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record | BrokenRecord]:
    """The records in ``lines`` (with their line ends); never raises for what the lines hold."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    while True:
        source.taken.clear()
        try:
            yield Record(line, next(reader))
        except StopIteration:
            return
        except csv.Error:
            source.give_back_all_but_first()
            yield _read_alone(source.taken[0], line, delimiter)
        line += len(source.taken)


def _read_alone(text: str, line: int, delimiter: str) -> Record | BrokenRecord:
    """One line by itself, leniently: ``"Ann "Annie" Lee"`` is read, a quote that stays open is not."""
    source = _Lines([text, ""])
    try:
        cells = next(csv.reader(source, delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        return BrokenRecord(line, text, f"it cannot be read as CSV ({error})")
    if len(source.taken) > 1:
        return BrokenRecord(line, text, "a quote opens here and never closes")
    return Record(line, cells)


def possible_layouts(lines: Iterable[str]) -> list[Layout]:
    """A list's header as each delimiter would part it; none where the first lines are all blank.

    A spreadsheet's ``sep=;`` line is obeyed.
    """
    head = list(islice(lines, _MAX_HEADER_LINES))
    delimiters, skipped = DELIMITERS, 0
    if head and (separator := _SEPARATOR_LINE.fullmatch(head[0])):
        delimiters, skipped = separator[1], 1
    layouts = (_layout(head[skipped:], delimiter, skipped) for delimiter in delimiters)
    return [layout for layout in layouts if layout]


def _layout(head: list[str], delimiter: str, skipped: int) -> Layout | None:
    for record in read_records(head, delimiter):
        cells = [record.raw] if isinstance(record, BrokenRecord) else record.cells
        if any(cell.strip() for cell in cells):
            return Layout(delimiter, tuple(cell.strip() for cell in cells), skipped + record.line)
    return None
