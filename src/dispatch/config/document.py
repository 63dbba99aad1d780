"""``dispatch.toml`` found and parsed, with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.config.keys import Map, locate
from dispatch.config.keys import Path as KeyPath
from dispatch.errors import ConfigError, Place

FILE_NAME = "dispatch.toml"
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed ``dispatch.toml``; without a file, an empty one."""

    file: Path | None
    data: Mapping[str, Any]
    map: Map

    def place(self, path: KeyPath) -> Place:
        """Where a key stands, to open it."""
        return Place(_shown(self.file) if self.file else FILE_NAME, self.map.line(path))


def find_file(workspace: Path | None) -> Path | None:
    """``dispatch.toml`` in ``workspace``, else in the current folder or the nearest one above it, if there is one."""
    if workspace is not None:
        file = workspace.resolve() / FILE_NAME
        if not file.is_file():
            raise ConfigError(f"There is no {FILE_NAME} in {workspace}.", hint=f"Start one: dispatch init {workspace}")
        return file
    here = Path.cwd()
    return next((folder / FILE_NAME for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)


def read_document(file: Path | None) -> Document:
    """Parse ``file``; raises :class:`ConfigError` with the line of a syntax error."""
    if file is None:
        return Document(None, {}, Map({}, {}))
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "This line is not UTF-8.", place=Place(_shown(file), line), hint="Save the file as UTF-8."
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text, file) from None
    return Document(file, data, locate(text))


def _syntax_error(message: str, text: str, file: Path) -> ConfigError:
    where = _WHERE.search(message)
    line = int(where[1]) if where and where[1] else max(1, len(text.splitlines()))
    said = _WHERE.sub("", message)
    hint = 'Text stands in quotes: name = "The Dispatch"' if said.startswith("Invalid value") else None
    return ConfigError(f"This is not TOML: {said}.", place=Place(_shown(file), line), hint=hint)


def _shown(file: Path) -> str:
    """The path as a person in the current folder would type it."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
