"""When a deferred delivery is tried again."""

from __future__ import annotations

from dispatch.config.settings import RetrySettings

JITTER = 0.2
"""Each interval grows by up to this share, so that a refused crowd does not come back at one instant."""


def next_attempt(attempts: int, now: float, chance: float, retry: RetrySettings) -> float:
    """The time of the next attempt after ``attempts`` ≥ 1 of them; ``chance`` is uniform in [0, 1)."""
    interval = retry.intervals[min(attempts, len(retry.intervals)) - 1]
    return now + interval * (1 + JITTER * chance)
