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
from itertools import count, islice
from typing import NamedTuple

DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
_MAX_HEADER_LINES = 50
_BATCH = 256
"""Lines at a time: enough that what each call costs is little, few enough that an odd line holds up few others."""


class Record(NamedTuple):
    """The cells of one record; ``line`` is where it begins, from 1. A blank line is a record without cells."""

    line: int
    cells: list[str]


class Batch(NamedTuple):
    """Records that take one line each and follow each other; ``line`` is where the first one stands, from 1."""

    line: int
    records: list[list[str]]


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

    def peek(self, number: int) -> list[str]:
        """The next ``number`` lines, or as many as there are; they stay."""
        self._returned.extend(islice(self._lines, max(0, number - len(self._returned))))
        return list(islice(self._returned, number))

    def skip_peeked(self, number: int) -> None:
        """Pass over ``number`` lines of those that were looked at."""
        if number == len(self._returned):
            self._returned.clear()
        else:
            for _ in range(number):
                self._returned.popleft()

    def give_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def read_batches(lines: Iterable[str], delimiter: str) -> Iterator[Batch | BrokenRecord]:
    """The records in ``lines`` (with their line ends), many at a time; never raises for what the lines hold."""
    source = _Lines(lines)
    line = 1
    while ahead := source.peek(_BATCH):
        if records := _one_a_line(ahead, delimiter):
            source.skip_peeked(len(ahead))
            yield Batch(line, records)
            line += len(ahead)
            continue
        reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
        end = line + len(ahead)
        while line < end:
            source.taken.clear()
            try:
                yield Batch(line, [next(reader)])
            except StopIteration:
                return
            except csv.Error:
                source.give_back_all_but_first()
                alone = _read_alone(source.taken[0], line, delimiter)
                yield Batch(alone.line, [alone.cells]) if isinstance(alone, Record) else alone
            line += len(source.taken)


def read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record | BrokenRecord]:
    """What :func:`read_batches` reads, one by one."""
    for batch in read_batches(lines, delimiter):
        if isinstance(batch, BrokenRecord):
            yield batch
        else:
            yield from map(Record, count(batch.line), batch.records)


def _one_a_line(lines: list[str], delimiter: str) -> list[list[str]] | None:
    """The records of ``lines`` where each line is a whole one; else ``None``."""
    try:
        records = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    return records if len(records) == len(lines) else None


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
