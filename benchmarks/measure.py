"""Whole process trees measured by what the kernel says of them, in interleaved rounds."""

from __future__ import annotations

import ctypes
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


@dataclass(frozen=True, slots=True)
class Sample:
    """One command from start to end, with every process that it started."""

    seconds: float
    cpu: float
    """User and system time in seconds, of the whole tree."""
    peak: int = 0
    """The largest resident set in bytes (of one process, where there were several)."""
    server: float | None = None
    """CPU in seconds that the server took in the same time; ``None`` where there was none."""


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


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def adopt_orphans() -> None:
    """Become the parent of whatever a command leaves behind (prctl(2)), so that :func:`run` can count it."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


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
            process_group=0,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            left_behind = _wait_for_orphans(process.pid)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        if process.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise CommandFailed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
    # Linux counts ru_maxrss in kilobytes.
    return Sample(seconds, usage.ru_utime + usage.ru_stime + left_behind, usage.ru_maxrss * 1024)


def _wait_for_orphans(group: int) -> float:
    """CPU in seconds of the processes of ``group`` that outlived their parent.

    wait4(2) tells of a process and of those that it waited for. A pool's server and what it started are waited for by
    nobody; :func:`adopt_orphans` makes them ours.
    """
    cpu = 0.0
    while True:
        try:
            _, _, usage = os.wait4(-group, 0)
        except ChildProcessError:
            return cpu
        cpu += usage.ru_utime + usage.ru_stime


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
