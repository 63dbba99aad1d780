"""Numbers and times as all commands say them."""

from __future__ import annotations

from datetime import datetime, tzinfo


def many(count: int, thing: str) -> str:
    """ "1 reader", "5,000 readers"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def at(stamp: float, zone: tzinfo) -> str:
    """ "2026-11-24 07:00:05 EST": a POSIX timestamp in the newsletter's timezone, which it names."""
    return f"{datetime.fromtimestamp(stamp, zone):%Y-%m-%d %H:%M:%S %Z}"
