"""What a list file would bring, without any ledger: who is added, who is rejected and why, who is named twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.audience.files import BadRow, open_list


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
    """Read the whole list at ``path``; raises :class:`~dispatch.errors.ListError` where it is none."""
    listed = open_list(path, name or path.stem)
    first_lines: dict[str, int] = {}
    rejected: list[BadRow] = []
    skipped: list[Duplicate] = []
    for row in listed.rows():
        if isinstance(row, BadRow):
            rejected.append(row)
        elif (first := first_lines.setdefault(row.key, row.line)) != row.line:
            skipped.append(Duplicate(row.line, row.address, first))
    return ListReport(listed.name, path, listed.columns, len(first_lines), tuple(rejected), tuple(skipped))
