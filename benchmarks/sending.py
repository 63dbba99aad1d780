"""A whole ``dispatch send`` from an empty ledger, and the message that it sends."""

from __future__ import annotations

import email
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path

from benchmarks.measure import CommandFailed, Sample, run
from benchmarks.sink import CONNECTIONS, Sink
from benchmarks.workspace import DISPATCH, ROOT, fresh_newsletter

SLUG = "harbour"
BULLETIN = "seeds/bulletin.txt"
WHOLE = "`dispatch send`, whole command: compose, read the list, plan, deliver, account"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent, to how many, and how. ``options`` go to ``dispatch send``.

    ``signed`` is an option of ``dispatch dkim keygen``; ``port`` is where to connect, if not to the sink itself.
    """

    recipients: int
    connections: int = CONNECTIONS
    options: Sequence[str] = ()
    signed: str | None = None
    port: int | None = None


def send(sink: Sink, delivery: Delivery) -> Sample:
    """One whole ``dispatch send``; every row must end as accepted."""
    folder = newsletter(delivery)
    url = {"DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{delivery.port or sink.port}"}
    command = [*DISPATCH, *arguments(delivery)]
    sample = sink.beside(lambda: run(command, cwd=folder, env=url))
    status = subprocess.run([*DISPATCH, "status", SLUG, "--json"], cwd=folder, check=True, capture_output=True)
    counts = json.loads(status.stdout)["counts"]
    if counts.get("accepted") != delivery.recipients:
        raise CommandFailed(f"not everything was accepted: {counts}")
    return sample


def newsletter(delivery: Delivery) -> Path:
    """A newsletter with an empty ledger, ready for ``delivery``."""
    folder = fresh_newsletter("delivery", delivery.recipients, connections=delivery.connections)
    shutil.copy(ROOT / "benchmarks" / "bulletin.txt", folder / BULLETIN)
    if delivery.signed is not None:
        run([*DISPATCH, "dkim", "keygen", delivery.signed], cwd=folder)
    return folder


def arguments(delivery: Delivery) -> list[str]:
    """``dispatch``'s arguments for ``delivery``."""
    return ["send", BULLETIN, "--slug", SLUG, "--list", "readers", "--yes", *delivery.options]


def offers(*words: str) -> bool:
    """Whether this ``dispatch`` has the command or option that ``words`` end with: ``offers("send", "--workers")``."""
    *command, last = words
    said = subprocess.run([*DISPATCH, *command, "--help"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and last in said.stdout.split()


@cache
def message() -> EmailMessage:
    """One reader's message as it goes out, from a Maildir."""
    return email.message_from_bytes(_written(), _class=EmailMessage, policy=SMTP)


@cache
def message_size() -> int:
    """The octets of one reader's message."""
    return len(_written())


def _written() -> bytes:
    folder = newsletter(Delivery(1))
    run([*DISPATCH, *arguments(Delivery(1, options=["--smtp", "maildir:mail"]))], cwd=folder)
    (file,) = (folder / "mail" / "new").iterdir()
    return b"\r\n".join(file.read_bytes().splitlines()) + b"\r\n"
