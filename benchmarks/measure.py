"""Whole processes measured by what the kernel says of them, in interleaved rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One process from start to end, with every child that it waited for."""

    seconds: float
    cpu: float
    """User and system time in seconds."""
    peak: int
    """The largest resident set in bytes (of one process, where there were several)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What several rounds say of one thing."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        return cls(statistics.median(values), min(values), max(values))

    def show(self, unit: str, scale: float = 1.0, digits: int = 0) -> str:
        """``"81 ms (79–85)"``: the median and the spread."""
        low, middle, high = (f"{value * scale:,.{digits}f}" for value in (self.low, self.median, self.high))
        return f"{middle} {unit} ({low}–{high})"


class CommandFailed(RuntimeError):
    """A measured command did not end well, so that its figure would mean nothing."""


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Sample:
    """Run ``command`` to its end; its output is shown only where it fails."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise CommandFailed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
    # Linux counts ru_maxrss in kilobytes.
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def interleaved(rounds: int, **subjects: Callable[[], Sample]) -> dict[str, list[Sample]]:
    """Run every subject once per round, so that what disturbs the machine disturbs all of them alike."""
    samples: dict[str, list[Sample]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            samples[name].append(subject())
    return samples


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Ours over theirs, round by round: each pair was measured side by side."""
    return Figure.of([mine / other for mine, other in zip(ours, theirs, strict=True)])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
