"""DNS records as a person publishes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def lines(name: str, values: Sequence[str], kind: str = "TXT") -> Iterator[str]:
    """A record's name, type and value, a line each; a TXT record's strings in quotes, as zone files have them."""
    shown = [quoted(each) if kind == "TXT" else each for each in values]
    yield f"Name   {name}"
    yield f"Type   {kind}"
    yield f"Value  {shown[0]}"
    yield from (f"       {each}" for each in shown[1:])


def quoted(text: str) -> str:
    """A string of a TXT record, as zone files have it (RFC 1035 §5.1)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
