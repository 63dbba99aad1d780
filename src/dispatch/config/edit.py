"""Write one key or table into ``dispatch.toml`` and leave every other byte of it alone."""

from __future__ import annotations

import os
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from dispatch.config.keys import Map, locate
from dispatch.errors import ConfigError, Place


def set_key(file: Path, table: str, key: str, value: str) -> None:
    """Set ``key = "value"`` in ``[table]`` of ``file``, replaced atomically with its mode kept.

    Where the file is laid out so that this cannot be done safely, it is left as it is and a :class:`ConfigError` asks
    for the line to be written by hand.
    """
    file = file.resolve()
    text = file.read_bytes().decode()
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    new = _edited(text.removeprefix(bom), table, key, f'"{_escaped(value)}"')
    if not _differs_only_by(text.removeprefix(bom), new, table, key, value):
        hint = f'Write it there by hand: in [{table}], {key} = "{value}"'
        raise ConfigError(f"{table}.{key} could not be written.", place=Place(str(file)), hint=hint)
    _replace(file, (bom + new).encode())


def add_table(file: Path, table: str, values: Mapping[str, str]) -> None:
    """Add one more ``[[table]]`` with ``values`` at the end of ``file``, as carefully as :func:`set_key`."""
    file = file.resolve()
    text = file.read_bytes().decode()
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [f"[[{table}]]", *(f'{key} = "{_escaped(value)}"' for key, value in values.items())]
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    new = f"{text}{gap}{newline.join(lines)}{newline}"
    if not _differs_by_one_more(text.removeprefix("\ufeff"), new.removeprefix("\ufeff"), table, values):
        hint = "\n  ".join(["Write it there by hand:", *lines])
        raise ConfigError(f"[[{table}]] could not be written.", place=Place(str(file)), hint=hint)
    _replace(file, new.encode())


def _edited(text: str, table: str, key: str, literal: str) -> str:
    found = locate(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    if spot := found.spots.get((table, key)):
        return text[: spot.start] + literal + text[spot.end :]
    if inline := found.spots.get((table,)):
        before = text[: inline.end - 1].rstrip()
        comma = " " if before.endswith("{") else ", "
        return f"{before}{comma}{key} = {literal} {text[inline.end - 1 :]}"
    at = _end_of_table(found, table)
    if at is None:
        gap = "" if not text else newline if text.endswith("\n") else newline * 2
        return f"{text}{gap}[{table}]{newline}{key} = {literal}{newline}"
    line_end = text.find("\n", at)
    name = key if (table,) in found.headers else f"{table}.{key}"
    if line_end == -1:
        return f"{text}{newline}{name} = {literal}{newline}"
    return f"{text[: line_end + 1]}{name} = {literal}{newline}{text[line_end + 1 :]}"


def _end_of_table(found: Map, table: str) -> int | None:
    """The end of the table's last key, or of its header where it has none; ``None`` where there is no such table."""
    ends = [spot.end for path, spot in found.spots.items() if path[0] == table and len(path) == 2]
    if header := found.headers.get((table,)):
        ends.append(header.end)
    return max(ends, default=None)


def _escaped(value: str) -> str:
    return "".join(f"\\U{ord(each):08X}" if each in '"\\' or not each.isprintable() else each for each in value)


def _differs_only_by(old: str, new: str, table: str, key: str, value: str) -> bool:
    try:
        expected, found = tomllib.loads(old), tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    within = expected.setdefault(table, {})
    if not isinstance(within, dict):
        return False
    within[key] = value
    return expected == found


def _differs_by_one_more(old: str, new: str, table: str, values: Mapping[str, str]) -> bool:
    try:
        expected, found = tomllib.loads(old), tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    before = expected.get(table, [])
    if not isinstance(before, list):
        return False
    expected[table] = [*before, dict(values)]
    return expected == found


def _replace(file: Path, content: bytes) -> None:
    mode = stat.S_IMODE(file.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as temporary:
            os.fchmod(handle, mode)
            temporary.write(content)
            temporary.flush()
            os.fsync(handle)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
