"""List files, ``subscribers/NAME.csv``: read as a stream in constant memory, however large and messy they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count, repeat
from pathlib import Path
from typing import NamedTuple

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.audience.columns import email_column, field_columns, is_export_of_the_departed
from dispatch.audience.encoding import open_text, what_binary
from dispatch.audience.plain import plain_fields, plain_keys
from dispatch.audience.records import Batch, Layout, possible_layouts, read_batches
from dispatch.errors import ExitCode, ListError, Place

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SHOWN = 120


class DepartedList(ListError):
    """The file names people who left or bounced: mailing them is what it must not be used for."""

    exit_code = ExitCode.REFUSED


class Row(NamedTuple):
    """One person on a list, as :class:`~dispatch.audience.addresses.Address` with the other columns by field name."""

    line: int
    address: str
    key: str
    smtputf8: bool
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that names nobody who can be mailed; ``line`` counts from 1 in the file, ``raw`` is cut short to show."""

    line: int
    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list that can be read: its layout is known, its rows are not read yet."""

    name: str
    path: Path
    layout: Layout
    email_index: int
    fields: tuple[tuple[int, str], ...]
    """``(index, field name)`` of every column but the address."""
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The field names, in the file's order; ``email`` is not among them."""
        return tuple(name for _, name in self.fields)

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row that is not blank, in order."""
        with open_text(self.path) as text:
            for batch in read_batches(text, self.layout.delimiter):
                if isinstance(batch, Batch):
                    yield from self._plain_rows(batch) or self._careful_rows(batch)
                elif batch.line > self.layout.header_line:
                    yield BadRow(batch.line, _shown(batch.raw), batch.reason)

    def _plain_rows(self, batch: Batch) -> Iterable[Row] | None:
        """The rows of a batch in which nothing is out of the ordinary; else ``None``."""
        records, width = batch.records, len(self.layout.header)
        if batch.line <= self.layout.header_line or {*map(len, records)} != {width}:
            return None
        columns = list(zip(*records, strict=True))
        addresses = columns[self.email_index]
        keys = plain_keys(addresses)
        fields = plain_fields([(name, columns[index]) for index, name in self.fields], len(records))
        if keys is None or fields is None:
            return None
        return map(Row, count(batch.line), addresses, keys, repeat(False), fields)

    def _careful_rows(self, batch: Batch) -> Iterator[Row | BadRow]:
        for line, cells in enumerate(batch.records, batch.line):
            if line > self.layout.header_line and any(map(str.strip, cells)):
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> Row | BadRow:
        expected = len(self.layout.header)
        if len(cells) < expected or any(map(str.strip, cells[expected:])):
            reason = f"it has {_count(len(cells), 'cell')} where the header has {expected}"
            return BadRow(line, _shown(self.layout.delimiter.join(cells)), reason)
        raw = cells[self.email_index]
        try:
            address = parse_address(raw)
        except BadAddress as error:
            return BadRow(line, _shown(raw), error.reason)
        fields = {name: _clean(cells[index]) for index, name in self.fields}
        return Row(line, address.address, address.key, address.smtputf8, fields)


def list_names(folder: Path) -> tuple[str, ...]:
    """The lists that lie in ``folder``, by name."""
    return tuple(sorted(path.stem for path in folder.glob("*.csv") if path.is_file() and not path.name.startswith(".")))


def list_file_path(folder: Path, name: str) -> Path:
    """``folder/NAME.csv``; a name that would lead out of the folder is refused."""
    stem = name.removesuffix(".csv")
    if not stem or stem != Path(stem).name or stem.startswith(".") or not stem.isprintable():
        raise ListError(f"{name!r} is no list's name.", hint="A list NAME is the file subscribers/NAME.csv.")
    return folder / f"{stem}.csv"


def find_list(folder: Path, name: str) -> Path:
    """The file of list ``name``; raises :class:`ListError` where there is none. Nothing of it is read."""
    path = list_file_path(folder, name)
    _require_file(path, name)
    return path


def open_list(path: Path, name: str) -> ListFile:
    """Find out how the list at ``path`` is laid out, and its digest; raises :class:`ListError` where it is no list."""
    _require_file(path, name)
    with open_text(path) as text:
        layouts = possible_layouts(text)
    if not layouts:
        raise ListError(f"List {name!r} is empty.", place=Place(str(path)), hint=_HEADER_HINT)
    layout = max(layouts, key=lambda layout: (email_column(layout.header) is not None, len(layout.header)))
    if is_export_of_the_departed(path.name, layout.header):
        raise _departed(path)
    email = email_column(layout.header)
    if email is None and any(_BINARY.search(cell) for cell in layout.header):
        raise _not_csv(path, name, "binary")
    if email is None:
        raise _no_email_column(path, layout)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ListFile(name, path, layout, email, field_columns(layout.header, email), digest)


_HEADER_HINT = "Its first line names the columns, for example: email,first_name"


def _require_file(path: Path, name: str) -> None:
    if path.is_dir():
        raise ListError(f"List {name!r} is a folder, not a file.", place=Place(str(path)))
    if not path.exists():
        raise _missing(path, name)
    if not path.is_file():
        raise ListError(f"List {name!r} is a pipe or a device, not a file.", place=Place(str(path)))
    if what := what_binary(path):
        raise _not_csv(path, name, what)


def _not_csv(path: Path, name: str, what: str) -> ListError:
    hint = "Export it as CSV (UTF-8) and put that in its place."
    return ListError(f"List {name!r} is {what}, not a CSV file.", place=Place(str(path)), hint=hint)


def _missing(path: Path, name: str) -> ListError:
    names = list_names(path.parent)
    near = get_close_matches(name, names, n=1)
    if near:
        hint = f"Did you mean {near[0]!r}?"
    elif names:
        hint = f"The lists there are: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."
    else:
        hint = f"There are no lists yet; make this file. {_HEADER_HINT}"
    return ListError(f"There is no list {name!r}.", place=Place(str(path)), hint=hint)


def _departed(path: Path) -> DepartedList:
    return DepartedList(
        "This is an export of people who unsubscribed or bounced, not of readers; it is not used as a list.",
        place=Place(str(path)),
        hint="Use the file of subscribed members from the same export. To keep one of these people from being mailed: "
        "dispatch suppress ADDRESS --reason …",
    )


def _no_email_column(path: Path, layout: Layout) -> ListError:
    place = Place(str(path), layout.header_line)
    if any("@" in cell for cell in layout.header):
        return ListError(
            "The first line is a reader already; the columns' names are missing.",
            place=place,
            hint=f"Add a line above it. {_HEADER_HINT}",
        )
    columns = ", ".join(_shown(cell) or "(blank)" for cell in layout.header[:20])
    return ListError(
        f"No column is named for the address; the columns are: {columns}.",
        place=place,
        hint="Name the column that holds the addresses: email",
    )


def _clean(value: str) -> str:
    """A cell's value on one line: control characters become a space, so that none reaches a header."""
    value = value.strip()
    return value if value.isprintable() else _CONTROLS.sub(" ", value).strip()


def _shown(raw: str) -> str:
    text = _clean(raw)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
