"""Signed messages: Ed25519 beside ``smtp-source``, which signs nothing, and RSA-2048 beside what the cores can sign."""

from __future__ import annotations

import re
import shutil
import subprocess

from benchmarks.measure import CommandFailed, Sample, cores, interleaved
from benchmarks.rates import Subject, rate_table
from benchmarks.sending import Delivery, message_size, offers, send
from benchmarks.sink import CONNECTIONS, smtp_sink, smtp_source
from benchmarks.throughput import source_subjects

SPEED_SECONDS = "3"


def report(rounds: int, recipients: int) -> str:
    """Two tables: one for each kind of key."""
    if not offers("dkim", "keygen"):
        return "Signed messages are left out: this version has no `dispatch dkim keygen`."
    return f"{_ed25519(rounds, recipients)}\n\n{_rsa(rounds, recipients)}"


def _ed25519(rounds: int, recipients: int) -> str:
    size = message_size()
    with smtp_sink() as sink:
        samples = interleaved(
            rounds,
            dispatch=lambda: send(sink, Delivery(recipients, signed="--ed25519")),
            source=lambda: smtp_source(sink, recipients, size, keep_connections=False),
            keeping=lambda: smtp_source(sink, recipients, size, keep_connections=True),
        )
    return rate_table(
        f"{recipients:,} messages of {size:,} bytes (unsigned), {CONNECTIONS} connections",
        Subject("`dispatch send`, whole command, each message signed with Ed25519", recipients, samples["dispatch"]),
        source_subjects(recipients, samples["source"], samples["keeping"]),
    )


def _rsa(rounds: int, recipients: int) -> str:
    workers = ["--workers", str(cores())] if offers("send", "--workers") else []
    with smtp_sink() as sink:
        samples = interleaved(
            rounds,
            dispatch=lambda: send(sink, Delivery(recipients, signed="--rsa", options=workers)),
            bound=lambda: _signatures(recipients),
        )
    how = f"`{' '.join(workers)}`" if workers else "one process: this version has no `--workers`"
    return rate_table(
        f"{recipients:,} messages or signatures, {CONNECTIONS} connections",
        Subject(
            f"`dispatch send`, whole command, each message signed with RSA-2048 ({how})",
            recipients,
            samples["dispatch"],
        ),
        [Subject(f"`openssl speed -multi {cores()} rsa2048`: signing and nothing else", recipients, samples["bound"])],
    )


def _signatures(count: int) -> Sample:
    """What ``count`` RSA-2048 signatures take where every core does nothing else, by ``openssl speed``."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise CommandFailed("openssl is not installed here; bring it with: apt-get install openssl")
    command = [openssl, "speed", "-seconds", SPEED_SECONDS, "-multi", str(cores()), "rsa2048"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds = count / signatures_a_second(said)
    return Sample(seconds=seconds, cpu=seconds * cores())


def signatures_a_second(said: str) -> float:
    """The sign/s column of ``openssl speed``'s last table, found by its heading: later versions have more columns."""
    heading = re.search(r"^\s+sign\s.*$", said, re.MULTILINE)
    line = re.search(r"^rsa\s+2048 bits\s+(.+)$", said, re.MULTILINE)
    if heading is None or line is None or "sign/s" not in heading[0].split():
        raise CommandFailed(f"openssl speed said nothing of RSA-2048:\n{said}")
    return float(line[1].split()[heading[0].split().index("sign/s")])
