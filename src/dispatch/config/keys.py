"""Where each key of a TOML text stands, which :mod:`tomllib` does not tell.

The text has been parsed by :mod:`tomllib` already, so what is scanned here is known to be valid TOML 1.0; the scanner
only has to find its way past strings, comments, arrays and inline tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""The way to a value: table names and keys, with the index (from 0) of each array's element."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*'")
_MULTILINE_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})(?!")', re.DOTALL)
_MULTILINE_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})(?!')", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}# \t\r\n]+(?: [0-9][^,\]}# \t\r\n]*)?")  # a date's time may follow a space


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a key and its value stand: the key's line (from 1), and the value's offsets in the text."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Map:
    """Every key of a text, and the end of each ``[table]``'s header (an offset)."""

    spots: Mapping[Path, Spot]
    headers: Mapping[Path, Spot]

    def line(self, path: Path) -> int | None:
        """The line of a key or table, else of the nearest thing around it, else of the first thing within it."""
        for length in range(len(path), 0, -1):
            spot = self.spots.get(path[:length]) or self.headers.get(path[:length])
            if spot:
                return spot.line
        within = (spot.line for found in (self.spots, self.headers) for at, spot in found.items() if at[:1] == path[:1])
        return min(within, default=None)


def locate(text: str) -> Map:
    """Find every key of ``text``, which must be valid TOML."""
    scanner = _Scanner(text)
    scanner.document()
    return Map(scanner.spots, scanner.headers)


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    spots: dict[Path, Spot] = field(default_factory=dict)
    headers: dict[Path, Spot] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)
    """How many elements each array of tables has so far."""

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.entry(table)
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match, f"not TOML at offset {self.at}"
        self.at = match.end()
        return match[0]

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def header(self) -> Path:
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        path = self.within_arrays(self.dotted_key(), all_of_it=not double)
        self.at += 2 if double else 1
        if double:
            index = self.counts.get(path, 0)
            self.counts[path] = index + 1
            path = (*path, index)
        self.headers[path] = Spot(self.line_of(start), start, self.at)
        return path

    def within_arrays(self, names: tuple[str, ...], *, all_of_it: bool) -> Path:
        """A header's names with the index of the latest element after each array of tables on the way."""
        path: Path = ()
        for position, name in enumerate(names):
            path = (*path, name)
            if path in self.counts and (all_of_it or position < len(names) - 1):
                path = (*path, self.counts[path] - 1)
        return path

    def dotted_key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self.skip(_SPACE)
            names.append(self.simple_key())
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(names)
            self.at += 1

    def simple_key(self) -> str:
        if self.text.startswith('"', self.at):
            (key,) = tomllib.loads(f"{self.skip(_BASIC)} = 0")
            return key
        if self.text.startswith("'", self.at):
            return self.skip(_LITERAL)[1:-1]
        return self.skip(_BARE_KEY)

    def entry(self, table: Path) -> None:
        line = self.line_of(self.at)
        path: Path = (*table, *self.dotted_key())
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        start = self.at
        self.value(path)
        self.spots[path] = Spot(line, start, self.at)

    def value(self, path: Path) -> None:
        rest = self.text[self.at : self.at + 3]
        if rest == '"""':
            self.skip(_MULTILINE_BASIC)
        elif rest == "'''":
            self.skip(_MULTILINE_LITERAL)
        elif rest[:1] == '"':
            self.skip(_BASIC)
        elif rest[:1] == "'":
            self.skip(_LITERAL)
        elif rest[:1] == "[":
            self.array(path)
        elif rest[:1] == "{":
            self.inline_table(path)
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.skip(_BLANK)
        while not self.text.startswith("]", self.at):
            start = self.at
            self.value((*path, index))
            self.spots[(*path, index)] = Spot(self.line_of(start), start, self.at)
            index += 1
            self.comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self.entry(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK)
