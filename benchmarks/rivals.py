"""Messages a second beside what others would reach for: nodemailer, and Python's ``email`` with aiosmtplib.

Both get the edition ready: they replace a reader's link in it, encode it, and send. They plan nothing and remember
nothing. Each process is measured whole; counts are chosen so that each of them runs for several seconds.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import CommandFailed, Sample, interleaved, run
from benchmarks.rates import Subject, rate_table
from benchmarks.sending import WHOLE, Delivery, message, message_size, send
from benchmarks.sink import CONNECTIONS, Sink, smtp_sink
from benchmarks.workspace import ROOT, WORK, npm_package

NODEMAILER_VERSION = "10.6.1"
SLOT = "unsubscribe%20test"
"""What stands in a Maildir's messages where a reader's own link ends."""


def report(rounds: int, recipients: int, fewer: int) -> str:
    """The table of messages a second; the others send to ``fewer`` readers, since they take longer for each."""
    edition = _edition()
    with smtp_sink() as sink:
        subjects: dict[str, Callable[[], Sample]] = {
            "dispatch": lambda: send(sink, Delivery(recipients)),
            "plain": lambda: _run(sink, [sys.executable, "-m", "benchmarks.senders.plain"], fewer, edition),
        }
        nodemailer = npm_package("nodemailer", NODEMAILER_VERSION)
        if nodemailer is not None:
            script = Path(shutil.copy(ROOT / "benchmarks" / "senders" / "pooled.mjs", nodemailer))
            subjects["nodemailer"] = lambda: _run(sink, ["node", script], fewer, edition)
        samples = interleaved(rounds, **subjects)
    others = [
        Subject(f"{name}, {fewer:,} messages", fewer, samples[key])
        for key, name in (
            ("nodemailer", f"nodemailer {NODEMAILER_VERSION}, pooled"),
            ("plain", "Python's `email` and aiosmtplib's `sendmail`"),
        )
        if key in samples
    ]
    title = f"messages of {message_size():,} bytes, made for each reader, {CONNECTIONS} connections"
    return rate_table(title, Subject(f"{WHOLE}, {recipients:,} messages", recipients, samples["dispatch"]), others)


def _run(sink: Sink, program: list[str | Path], readers: int, edition: Path) -> Sample:
    command = [*program, str(sink.port), str(CONNECTIONS), str(readers), edition]
    return sink.beside(lambda: run(command, cwd=ROOT))


def _edition() -> Path:
    """The edition as Dispatch sends it, as JSON: its parts decoded, with :data:`SLOT` where readers differ."""
    sent = message()
    parts = {name: sent.get_body((kind,)) for name, kind in (("text", "plain"), ("html", "html"))}
    edition = {
        "subject": str(sent["Subject"]),
        "unsubscribe": str(sent["List-Unsubscribe"]),
        "slot": SLOT,
        **{name: part.get_content() for name, part in parts.items() if part is not None},
    }
    if any(SLOT not in edition[name] for name in ("unsubscribe", "text", "html")):
        raise CommandFailed(f"{SLOT} does not stand where a reader's link should be")
    file = WORK / "edition.json"
    file.write_text(json.dumps(edition), encoding="utf-8")
    return file
