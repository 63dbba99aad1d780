"""Rows that are plainly fine, many at a time: what makes a million of them a matter of a second.

A whole batch is looked at by a few calls into C. Where anything in it is out of the ordinary, there is no answer, and
the careful way reads the batch row by row. Both say the same of every row; a test holds them to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dispatch.audience.addresses import MAX_ADDRESS, MAX_LOCAL

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Possessive: that a batch is not plain is found out in one pass.
_DOMAIN = rf"(?:{_LABEL}\.)++[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
_ADDRESSES = re.compile(rf"(?:(?=[^@\n]{{1,{MAX_LOCAL}}}@){_ATOM}(?:\.{_ATOM})*+@{_DOMAIN}\n)*+")


def plain_keys(addresses: Sequence[str]) -> list[str] | None:
    """The key of each address where all are mailed just as they are written; ``None`` where one is not plain."""
    if not addresses:
        return []
    if max(map(len, addresses)) > MAX_ADDRESS:
        return None
    joined = "\n".join(addresses)
    if not _ADDRESSES.fullmatch(f"{joined}\n"):
        return None
    lowered = joined.lower()
    keys = lowered.split("\n")
    # An A-label is IDNA's to judge; a line end within a cell would have parted one address in two.
    return keys if "xn--" not in lowered and len(keys) == len(addresses) else None


def plain_fields(columns: Sequence[tuple[str, Sequence[str]]], count: int) -> Iterator[dict[str, str]] | None:
    """The fields of ``count`` rows out of the columns; ``None`` where a value holds what is not printed."""
    if not all("".join(values).isprintable() for _, values in columns):
        return None
    if not columns:
        return ({} for _ in range(count))
    names = [name for name, _ in columns]
    trimmed = [[value.strip() for value in values] for _, values in columns]
    return (dict(zip(names, values, strict=True)) for values in zip(*trimmed, strict=True))
