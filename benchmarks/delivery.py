"""Messages a second and CPU a message through Postfix's ``smtp-sink``, beside its ``smtp-source``; and memory."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import CommandFailed, Figure, Sample, interleaved, ratio, run, table
from benchmarks.workspace import DISPATCH, SEED, fresh_newsletter

CONNECTIONS = 4
SLUG = "canada-china"
DEBIAN_SBIN = "/usr/sbin"
MEBIBYTE = 1 << 20


def throughput(rounds: int, recipients: int) -> str:
    """The table of messages a second."""
    with _sink() as port:
        size = _message_size()
        samples = interleaved(
            rounds,
            dispatch=lambda: _send(port, recipients),
            source=lambda: _source(port, recipients, size),
        )
    ours, theirs = samples["dispatch"], samples["source"]
    rows = [
        _row("`dispatch send`, whole command: compose, read the list, plan, deliver, account", ours, ours, recipients),
        _row(f"`smtp-source`, one constant message of {size:,} bytes, no ledger", theirs, ours, recipients),
    ]
    head = [
        f"{recipients:,} messages, {CONNECTIONS} connections",
        "messages a second",
        "client CPU a message",
        "beside",
    ]
    return table(head, rows)


def memory(counts: list[int]) -> str:
    """The table of peak memory."""
    with _sink() as port:
        peaks = [(count, _send(port, count).peak) for count in counts]
    least = peaks[0][1]
    return table(
        ["`dispatch send` to", "peak memory", "beside the first"],
        [[f"{count:,} recipients", f"{peak / MEBIBYTE:,.0f} MiB", f"{peak / least:.2f} ×"] for count, peak in peaks],
    )


def _row(name: str, taken: list[Sample], ours: list[Sample], recipients: int) -> list[str]:
    rates = [recipients / sample.seconds for sample in taken]
    cpu = Figure.of([sample.cpu / recipients for sample in taken])
    beside = "" if taken is ours else ratio([recipients / sample.seconds for sample in ours], rates).show("×", 1, 2)
    return [name, Figure.of(rates).show("/s"), cpu.show("µs", 1e6), beside]


def _send(port: int, recipients: int) -> Sample:
    """One whole ``dispatch send`` from an empty ledger; every row must end as accepted."""
    folder = fresh_newsletter("delivery", recipients)
    url = {"DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{port}"}
    sample = run([*DISPATCH, "send", SEED, "--slug", SLUG, "--list", "readers", "--yes"], cwd=folder, env=url)
    status = subprocess.run([*DISPATCH, "status", SLUG, "--json"], cwd=folder, check=True, capture_output=True)
    counts = json.loads(status.stdout)["counts"]
    if counts.get("accepted") != recipients:
        raise CommandFailed(f"not everything was accepted: {counts}")
    return sample


def _source(port: int, messages: int, size: int) -> Sample:
    # -d keeps a connection for the next message, as Dispatch does; -l is the length of the body.
    count = ("-s", str(CONNECTIONS), "-m", str(messages), "-l", str(size))
    return run([_postfix("smtp-source"), "-d", *count, "-f", "news@example.org", f"127.0.0.1:{port}"])


def _message_size() -> int:
    """The bytes of one message of the seed's edition."""
    folder = fresh_newsletter("size")
    run([*DISPATCH, "compose", SEED, "--slug", SLUG], cwd=folder)
    return (folder / "out" / SLUG / "edition.eml").stat().st_size


@contextmanager
def _sink() -> Iterator[int]:
    """``smtp-sink`` on a free port: takes everything and keeps nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([_postfix("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    try:
        _wait_for(port)
        yield port
    finally:
        sink.terminate()
        sink.wait()


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
