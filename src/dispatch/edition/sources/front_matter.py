"""Front matter: what an author says above a text about its edition, read and written in place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dispatch.edition.reading import FrontMatter
from dispatch.edition.sources.front_syntax import FrontBlock, Notation, entries_of, find_front_matter, yaml_nodes
from dispatch.edition.sources.front_values import KEYS, front_matter, known_key, one_line
from dispatch.errors import Place, SourceError

_TOML_VALUE = re.compile(
    r"""[ \t]*["']?(?P<key>[A-Za-z][A-Za-z0-9_-]*)["']?[ \t]*=[ \t]*
    (?P<value>\"\"\".*?\"\"\"+ | '''.*?'''+ | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [^\n#]*?)
    (?=[ \t]*(?:\#[^\n]*)?(?:\r?\n|\Z))""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_KEY_VALUE = re.compile(r"^(?P<key>[A-Za-z][A-Za-z_-]*)[ \t]*:(?P<value>[^\r\n]*)", re.MULTILINE)


def split_front_matter(text: str, name: str) -> tuple[FrontMatter, list[str], int]:
    """``text``'s front matter, the lines of its body, and the body's first line number in the file (from 1).

    Without front matter the body is the whole text. ``name`` is the file's name for people, for errors.
    """
    block = find_front_matter(text, name)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if block is None:
        return FrontMatter(), lines, 1
    return front_matter(entries_of(text, block, name), name), lines[block.body_line - 1 :], block.body_line


def write_front_matter(source_text: str, updates: Mapping[str, str], name: str) -> str:
    """``source_text`` with the keys of ``updates`` set in its front matter; all else stays byte for byte.

    Values are replaced where they stand and new keys go last; a text without front matter gets a YAML block on top.
    Raises :class:`SourceError` where that cannot be done safely, before anything is written.
    """
    for key, value in updates.items():
        if key not in KEYS:
            raise ValueError(f"front matter has no key {key!r}")
        one_line(key, value, Place(name))
    if "\r" in source_text and "\n" not in source_text:
        # An old Macintosh's line ends.
        return write_front_matter(source_text.replace("\r", "\n"), updates, name).replace("\n", "\r")
    mark, text = ("\ufeff", source_text[1:]) if source_text.startswith("\ufeff") else ("", source_text)
    newline = "\r\n" if "\r\n" in text else "\n"
    block = find_front_matter(text, name)
    if block is None:
        lines = ["---", *(f"{key}: {_quoted(value)}" for key, value in updates.items()), "---", ""]
        written = newline.join(lines) + text
    else:
        written = _update(text, block, updates, newline, name)
    _check(text, written, updates, name)
    return mark + written


def _update(text: str, block: FrontBlock, updates: Mapping[str, str], newline: str, name: str) -> str:
    inner = text[block.start : block.end]
    spans = _value_spans(inner, block, name)
    missing = [key for key in updates if key not in spans]
    for key in sorted(updates.keys() & spans.keys(), key=lambda key: spans[key], reverse=True):
        start, end = spans[key]
        inner = inner[:start] + _replacement(inner[start:end], updates[key], block.notation) + inner[end:]
    separator = " = " if block.notation is Notation.TOML else ": "
    for key in missing:
        value = updates[key] if block.notation is Notation.LINES else _quoted(updates[key])
        inner += f"{key}{separator}{value}{newline}"
    return text[: block.start] + inner + text[block.end :]


def _replacement(old: str, new: str, notation: Notation) -> str:
    if notation is Notation.LINES:
        return f" {new}"
    # A block scalar's span takes its last line end with it; a missing value's is empty and directly behind the colon.
    tail = re.search(r"(?:\r?\n)*\Z", old)
    return ("" if old.strip() else " ") + _quoted(new) + (tail[0] if tail else "")


def _value_spans(inner: str, block: FrontBlock, name: str) -> dict[str, tuple[int, int]]:
    """Where each key's value stands in ``inner``."""
    if block.notation is Notation.YAML:
        return {
            known_key(entry.key) or entry.key: (node.start_mark.index, node.end_mark.index)
            for entry, node in yaml_nodes(inner, block.first_line, name)
        }
    pattern = _TOML_VALUE if block.notation is Notation.TOML else _KEY_VALUE
    return {known_key(match["key"]) or match["key"]: match.span("value") for match in pattern.finditer(inner)}


def _quoted(value: str) -> str:
    """``value`` in double quotes, as both YAML 1.1 and TOML 1.0 read them (JSON's escapes are a part of both)."""
    return json.dumps(value, ensure_ascii=False)


def _check(before: str, after: str, updates: Mapping[str, str], name: str) -> None:
    """Refuse a change that did more or less than asked (a YAML alias, a flow mapping, an odd notation)."""
    old, body = _values(before, name)
    asked_for = {**old, **{key: value.strip() for key, value in updates.items()}}
    try:
        safe = _values(after, name) == (asked_for, body)
    except SourceError:
        safe = False
    if not safe:
        asked = ", ".join(f"{key}: {_quoted(value)}" for key, value in updates.items())
        raise SourceError(
            "This front matter is written in a way that cannot be changed safely.",
            place=Place(name),
            hint=f"Set it by hand: {asked}",
        )


def _values(text: str, name: str) -> tuple[dict[str, str], str]:
    block = find_front_matter(text, name)
    if block is None:
        return {}, text
    entries = {
        known_key(entry.key) or entry.key: (entry.value or "").strip() for entry in entries_of(text, block, name)
    }
    return entries, "\n".join(text.split("\n")[block.body_line - 1 :])
