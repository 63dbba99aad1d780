"""docs/reference/dispatch-toml.md: every key as the schema knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dispatch.config.schema import TABLES, Key, Table

HEAD = """\
# dispatch.toml

This page is written from the schema that `dispatch.toml` is checked against (`make docs`). `dispatch config`
prints what is in force in a newsletter, and where each value came from.

A key that is not here is an error with its line and the nearest right name. An environment variable outweighs the file.
Passwords never stand in this file: see [the guide](../guide.md#6-connect-your-mail-server).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(part for table in TABLES for part in _section(table))])


def _section(table: Table) -> Iterator[str]:
    yield f"## `{table.heading}`\n"
    yield f"{table.doc}\n"
    rows = [f"| `{key.name}` | {_cell(key.kind.name)} | {_default(key)} | {_doc(key)} |" for key in table.keys]
    yield "\n".join(["| key | what it may be | default | what it is for |", "|---|---|---|---|", *rows, ""])


def _default(key: Key) -> str:
    if key.required:
        return "must be set"
    if key.inherits:
        return _cell(key.inherits)
    if key.default is None or key.default == "":
        return "–"
    return f"`{json.dumps(key.default, ensure_ascii=False)}`"


def _doc(key: Key) -> str:
    return _cell(key.doc + (f" `{key.env}` overrides it." if key.env else ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
