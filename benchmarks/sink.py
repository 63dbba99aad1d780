"""Postfix's ``smtp-sink``, which takes everything and keeps nothing, and its counterpart ``smtp-source``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measure import CommandFailed, Sample, run

CONNECTIONS = 10
BACKLOG = "1000"
DEBIAN_SBIN = "/usr/sbin"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sink:
    """A running ``smtp-sink``. It is one process with one thread, so that one core is the most it can take."""

    port: int
    pid: int

    @property
    def cpu(self) -> float:
        """User and system time in seconds so far (proc(5): fields 14 and 15 of ``stat``)."""
        # The name in brackets may hold spaces; the third field comes first behind it.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def beside(self, measured: Callable[[], Sample]) -> Sample:
        """What ``measured`` says, with the CPU that the sink took meanwhile."""
        before = self.cpu
        sample = measured()
        return replace(sample, server=self.cpu - before)


@contextmanager
def smtp_sink(*options: str) -> Iterator[Sink]:
    """``smtp-sink`` with ``options`` on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([_postfix("smtp-sink"), *user, *options, f"127.0.0.1:{port}", BACKLOG])
    try:
        _wait_for(port)
        yield Sink(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def smtp_source(sink: Sink, messages: int, size: int, *, keep_connections: bool) -> Sample:
    """``smtp-source`` sends one constant message with a body of ``size`` bytes, again and again.

    By default it opens a connection for each message; ``keep_connections`` (``-d``) sends the next one over the same.
    """
    keep = ["-d"] if keep_connections else []
    count = ["-s", str(CONNECTIONS), "-m", str(messages), "-l", str(size)]
    command: list[str | Path] = [
        _postfix("smtp-source"),
        *keep,
        *count,
        "-f",
        "news@example.org",
        f"127.0.0.1:{sink.port}",
    ]
    return sink.beside(lambda: run(command))


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _postfix(program: str) -> Path:
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", os.defpath), DEBIAN_SBIN]))
    if found is None:
        raise CommandFailed(f"{program} is not installed here; bring it with: apt-get install postfix")
    return Path(found)
