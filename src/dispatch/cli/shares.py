"""How many processes work on a send, and how its connections and its limit are split between them."""

from __future__ import annotations

import os

from dispatch.cli.part import Share
from dispatch.cli.signing import signing_is_costly
from dispatch.config.settings import Relays, Settings

WORTH_A_PROCESS = 500
"""Messages. To start a process takes a third of a second of a core: unasked, none is started for fewer."""


def shares(settings: Settings, relays: Relays, list_name: str, due: int, limit: int | None) -> list[Share]:
    """A share for each process; the first is this one's.

    There are as many as the settings say or, where they say nothing and signing takes most of a message's time, one a
    core; and never more than there are connections, messages due, or messages that may go.
    """
    smtp = settings.smtp
    allowed = settings.throttle.relay(relays.each[0]).connections
    connections = smtp.connections if allowed is None else min(smtp.connections, allowed)
    messages = min(due, limit) if limit is not None else due
    wanted = smtp.workers or 1
    if smtp.workers is None and messages > WORTH_A_PROCESS and signing_is_costly(settings, list_name):
        wanted = min(cores(), -(-messages // WORTH_A_PROCESS))
    number = max(1, min(wanted, connections, messages))
    limits = _split(limit, number) if limit is not None else [None] * number
    return [Share(some, most) for some, most in zip(_split(connections, number), limits, strict=True)]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _split(whole: int, parts: int) -> list[int]:
    each, rest = divmod(whole, parts)
    return [each + (index < rest) for index in range(parts)]
