"""Finding front matter at the top of a text, and reading its three notations: YAML, TOML and ``Key: value``.

Values are kept as the author wrote them, not as YAML 1.1 reads them: ``lang: no`` is Norwegian, ``title: 007`` a
title. Their types come from the key (:mod:`.front_values`), never from their look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dispatch.edition.sources.front_values import Entry, known_key
from dispatch.errors import Place, SourceError

if TYPE_CHECKING:
    import yaml


class Notation(StrEnum):
    YAML = "YAML"
    TOML = "TOML"
    LINES = "Key: value"


@dataclass(frozen=True, slots=True)
class FrontBlock:
    """Where front matter stands in a text: offsets of what it holds (without fences), and lines counted from 1."""

    notation: Notation
    start: int
    end: int
    first_line: int
    """The line of ``start``."""
    body_line: int
    """The first line below the front matter and its closing fence."""


_OPENING = {"---": Notation.YAML, "+++": Notation.TOML}
_CLOSING = {Notation.YAML: {"---", "..."}, Notation.TOML: {"+++"}}
_KEY_LINE = re.compile(r"(?P<key>[A-Za-z][A-Za-z_-]*)[ \t]*:(?:[ \t]+(?P<value>.*?))?[ \t\r]*$")
_YAML_KEY = re.compile(r"[\"']?(?P<key>[A-Za-z][A-Za-z_-]*)[\"']?[ \t]*[:=]")
_TOML_KEY = re.compile(r"[ \t]*[\"']?(?P<key>[A-Za-z][A-Za-z0-9_-]*)[\"']?[ \t]*=")
_TOML_LINE = re.compile(r"\(at line (\d+)")


def find_front_matter(text: str, name: str) -> FrontBlock | None:
    """The front matter that ``text`` begins with, if any; line ends may be ``"\\n"`` or ``"\\r\\n"``."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None
    notation = _OPENING.get(lines[first].rstrip())
    if notation is None:
        return _key_lines(lines, first, name)
    return _fenced(lines, first, notation, name)


def _fenced(lines: list[str], opening: int, notation: Notation, name: str) -> FrontBlock | None:
    closing = next(
        (index for index in range(opening + 1, len(lines)) if lines[index].rstrip() in _CLOSING[notation]), None
    )
    inner = lines[opening + 1 : closing]
    key_first = next((bool(match and known_key(match["key"])) for match in _first_keys(inner)), False)
    if closing is None:
        if not key_first:
            return None  # a line of dashes above a text
        raise SourceError(
            "The front matter that begins here is never closed.",
            place=Place(name, opening + 1),
            hint=f"Put a line {lines[opening].strip()} below its last key.",
        )
    if inner and not inner[0].strip() and not key_first:
        return None  # a divider has a blank line below it; so has no front matter (Pandoc's rule)
    start = _offset(lines, opening + 1)
    return FrontBlock(notation, start, _offset(lines, closing), opening + 2, closing + 2)


def _first_keys(lines: list[str]) -> Iterator[re.Match[str] | None]:
    return (_YAML_KEY.match(line) for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _key_lines(lines: list[str], first: int, name: str) -> FrontBlock | None:
    end = first
    known = 0
    while end < len(lines) and (match := _KEY_LINE.match(lines[end])):
        known += known_key(match["key"]) is not None
        if end == first and not known:
            return None
        end += 1
    if end == first or end == len(lines):
        return None
    if lines[end].strip():
        if known < 2:
            return None
        raise SourceError(
            "The front matter above this line must end with a blank line.",
            place=Place(name, end + 1),
            hint="Put a blank line here; or a \\ before the first line, if it belongs to the text.",
        )
    return FrontBlock(Notation.LINES, _offset(lines, first), _offset(lines, end), first + 1, end + 1)


def _offset(lines: list[str], index: int) -> int:
    return sum(len(line) + 1 for line in lines[:index])


def entries_of(text: str, block: FrontBlock, name: str) -> list[Entry]:
    """The block's keys in order; :class:`SourceError` with the line where it cannot be read."""
    inner = text[block.start : block.end]
    if block.notation is Notation.YAML:
        return [entry for entry, _ in yaml_nodes(inner, block.first_line, name)]
    if block.notation is Notation.TOML:
        return _toml_entries(inner, block.first_line, name)
    matches = [_KEY_LINE.match(line) for line in inner.split("\n") if line]
    return [Entry(m["key"], m["value"], block.first_line + index) for index, m in enumerate(matches) if m]


def yaml_nodes(inner: str, first_line: int, name: str) -> list[tuple[Entry, yaml.ScalarNode]]:
    """Each key of YAML front matter with the node of its value (whose marks count from ``inner``'s start)."""
    import yaml  # when needed: most seeds have no front matter, and composing one should be quick

    try:
        root = yaml.compose(inner, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _yaml_fault(error, first_line, name) from None
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(
            "This front matter holds no keys and values.",
            place=Place(name, first_line + root.start_mark.line),
            hint="Write it as title: My headline; if the line above is a divider, write it as * * *.",
        )
    return [_yaml_entry(key, value, inner, first_line, name) for key, value in root.value]


def _yaml_entry(
    key: yaml.Node, value: yaml.Node, inner: str, first_line: int, name: str
) -> tuple[Entry, yaml.ScalarNode]:
    import yaml

    place = Place(name, first_line + key.start_mark.line)
    if not isinstance(key, yaml.ScalarNode):
        raise SourceError("A key of the front matter must be a word.", place=place)
    if not isinstance(value, yaml.ScalarNode):
        raise _not_scalar(key.value, place)
    plain = value.style is None
    rest = inner[value.end_mark.index :].split("\n", 1)[0].lstrip()
    if plain and re.match(r"#\w", rest):
        # YAML would cut "We're #1" to "We're", and nobody would notice before the readers do.
        raise SourceError(
            f'YAML takes "{rest.rstrip()}" for a comment here, and would drop it.',
            place=place,
            hint=f'Put the value in quotes: {key.value}: "{value.value} {rest.rstrip()}"',
        )
    nothing = plain and value.value in {"", "~", "null"}
    return Entry(key.value, None if nothing else value.value, place.line or first_line), value


def _yaml_fault(error: yaml.YAMLError | RecursionError, first_line: int, name: str) -> SourceError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", "it is nested too deeply")
    return SourceError(
        f"This front matter is not YAML: {problem}.",
        place=Place(name, first_line + (mark.line if mark else 0)),
        hint='A value that holds ": " or begins with a symbol needs quotes: title: "Talks: a first step".',
    )


def _toml_entries(inner: str, first_line: int, name: str) -> list[Entry]:
    import tomllib

    lines: dict[str, int] = {}
    for index, line in enumerate(inner.split("\n")):
        if match := _TOML_KEY.match(line):
            lines.setdefault(match["key"], first_line + index)
    try:
        values = tomllib.loads(inner, parse_float=str)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        at = int(found[1]) - 1 if found else inner.rstrip("\n").count("\n")
        raise SourceError(
            f"This front matter is not TOML: {_toml_reason(error)}.",
            place=Place(name, first_line + at),
            hint='Text stands in quotes: title = "My headline".',
        ) from None
    return [
        Entry(key, _toml_text(key, value, Place(name, lines.get(key, first_line))), lines.get(key, first_line))
        for key, value in values.items()
    ]


def _toml_reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(" (at ")[0]


def _toml_text(key: str, value: Any, place: Place) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str | int):
        return str(value)
    raise _not_scalar(key, place)


def _not_scalar(key: str, place: Place) -> SourceError:
    return SourceError(f'"{key}" must be one value, not several.', place=place, hint=f"Write {key}: and one value.")
