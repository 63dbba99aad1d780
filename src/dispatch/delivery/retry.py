"""When a deferred delivery is tried again."""

from __future__ import annotations

MINUTE = 60.0
HOUR = 3_600.0
DAY = 86_400.0

INTERVALS = (10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
"""Seconds after attempt 1, 2, …; the last one repeats. The first is short because greylisting opens within minutes;
after it at least half an hour, as RFC 5321 §4.5.4.1 asks of a host that keeps refusing."""

LAST_AGE = 4 * DAY
"""Seconds after the first refusal when a delivery is given up (RFC 5321 §4.5.4.1: four to five days)."""

JITTER = 0.2
"""Each interval grows by up to this share, so that a refused crowd does not come back at one instant."""


def next_attempt(attempts: int, now: float, chance: float) -> float:
    """The time of the next attempt after ``attempts`` ≥ 1 of them; ``chance`` is uniform in [0, 1)."""
    interval = INTERVALS[min(attempts, len(INTERVALS)) - 1]
    return now + interval * (1 + JITTER * chance)
