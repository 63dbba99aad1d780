"""How a send's progress is shown: a bar on a terminal, plain lines in a log; and that of what is merely counted."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from dispatch.delivery.loop import Tally
from dispatch.ledger.states import DeliveryState

BAR_SECONDS = 0.1
LINE_SECONDS = 10.0
"""In a log a line now and then is enough; the first comes after so many seconds."""


class Progress:
    """Shows how far a run is; call it after every message, it draws when it is time to. ``whole`` makes of this
    process's tally that of all processes."""

    def __init__(
        self, total: int, clock: Callable[[], float], whole: Callable[[Tally], Tally] = lambda tally: tally
    ) -> None:
        self._total = total
        self._whole = whole
        self._clock = clock
        self._began = clock()
        self._drawn = self._began
        self._bar = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, tally: Tally) -> None:
        now = self._clock()
        if now - self._drawn >= (BAR_SECONDS if self._bar else LINE_SECONDS):
            self._drawn = now
            self._draw(self._whole(tally), now)

    def say(self, text: str) -> None:
        """Say something at once; the bar is drawn anew below it."""
        _show(f"\r\x1b[2K{text}\n" if self._bar else f"{text}\n")

    def finish(self, tally: Tally) -> None:
        """Leave the terminal's last line to the caller's summary, which says all that the bar said."""
        if self._bar and tally.attempted:
            _show("\r\x1b[2K")

    def rate(self, tally: Tally) -> float:
        """Messages a second so far."""
        return tally.attempted / max(self._clock() - self._began, 1e-9)

    def _draw(self, tally: Tally, now: float) -> None:
        rate = tally.attempted / max(now - self._began, 1e-9)
        left = _duration((self._total - tally.attempted) / rate) if rate else "…"
        figures = f"{tally.attempted:,}/{self._total:,}  {rate:,.0f}/s  {left} left{_troubles(tally)}"
        if not self._bar:
            _show(f"{figures}\n")
            return
        width = max(10, min(40, shutil.get_terminal_size().columns - len(figures) - 4))
        filled = round(width * tally.attempted / max(self._total, 1))
        bar = "█" * filled + "░" * (width - filled)
        _show(f"\r\x1b[2K{bar}  {figures}")


class Counter:
    """On a terminal, how many of a known number are done; call it with that. Nothing stays of it."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._bar = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Counter:
        self(0)
        return self

    def __call__(self, done: int) -> None:
        if self._bar and self._total:
            _show(f"\r\x1b[2K{self._what}: {done:,} of {self._total:,}")

    def __exit__(self, *_: object) -> None:
        if self._bar and self._total:
            _show("\r\x1b[2K")


def _show(text: str) -> None:
    # That nobody reads it any more, or that a log's disk is full, is no reason to stop sending.
    with suppress(OSError):
        click.echo(text, err=True, nl=False)


def _troubles(tally: Tally) -> str:
    shown = (DeliveryState.DEFERRED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)
    parts = [f"{tally.states[state]:,} {state}" for state in shown if tally.states[state]]
    return "".join(f"  {part}" for part in parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
