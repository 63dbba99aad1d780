"""What a list file would bring, without any ledger: who is added, who is rejected and why, who is named twice."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from dispatch.audience.files import BadRow, ListFile, Row, open_list

_HEAPS = 256
"""Hashes are compared a heap at a time: a set of them all would take ten times their own memory."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose person a row above it names already."""

    line: int
    address: str
    first_line: int


@dataclass(frozen=True, slots=True)
class ListReport:
    """The rows of a list, each in exactly one of three heaps. Blank lines are no rows."""

    name: str
    path: Path
    columns: tuple[str, ...]
    added: int
    rejected: tuple[BadRow, ...]
    skipped: tuple[Duplicate, ...]

    @property
    def rows(self) -> int:
        return self.added + len(self.rejected) + len(self.skipped)


def check_list(path: Path, name: str | None = None) -> ListReport:
    """Read the whole list at ``path``; raises :class:`~dispatch.errors.ListError` where it is none.

    Takes eight octets of memory a reader: a list that names someone twice is read a second time, to say whom and where.
    """
    listed = open_list(path, name or path.stem)
    heaps = [array("q") for _ in range(_HEAPS)]
    rejected: list[BadRow] = []
    for row in listed.rows():
        if isinstance(row, Row):
            key = hash(row.key)
            heaps[key % _HEAPS].append(key)
        else:
            rejected.append(row)
    again = {key for heap in heaps if len(set(heap)) < len(heap) for key, count in Counter(heap).items() if count > 1}
    skipped = tuple(_duplicates(listed, again)) if again else ()
    added = sum(map(len, heaps)) - len(skipped)
    return ListReport(listed.name, path, listed.columns, added, tuple(rejected), skipped)


def _duplicates(listed: ListFile, hashes: Set[int]) -> Iterator[Duplicate]:
    """The rows whose person a row above names, for ``hashes`` of keys that hold all such people's."""
    first_lines: dict[str, int] = {}
    for row in listed.rows():
        if isinstance(row, Row) and hash(row.key) in hashes:
            first = first_lines.setdefault(row.key, row.line)
            if first != row.line:
                yield Duplicate(row.line, row.address, first)
