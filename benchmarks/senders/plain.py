"""Mail one edition to many readers with Python's ``email`` and aiosmtplib.

``python -m benchmarks.senders.plain PORT CONNECTIONS READERS EDITION.json``
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from pathlib import Path

import aiosmtplib

SENDER = "news@example.org"


def build(edition: dict[str, str], number: int) -> bytes:
    """The message of reader ``number``."""
    slot, token = edition["slot"], f"{edition['slot']}{number}"
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("The Dispatch", addr_spec=SENDER)
    message["To"] = _address(number)
    message["Reply-To"] = "editors@example.org"
    message["Subject"] = edition["subject"]
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain="example.org")
    message["List-Unsubscribe"] = edition["unsubscribe"].replace(slot, token)
    message["Precedence"] = "bulk"
    message.set_content(edition["text"].replace(slot, token))
    message.add_alternative(edition["html"].replace(slot, token), subtype="html")
    return message.as_bytes()


async def deliver(port: int, connections: int, readers: int, edition: dict[str, str]) -> None:
    """Each connection takes the next reader until none is left."""
    numbers = iter(range(readers))
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_send_all(port, numbers, edition))


async def _send_all(port: int, numbers: Iterator[int], edition: dict[str, str]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for number in numbers:
            await client.sendmail(SENDER, [_address(number)], build(edition, number))


def _address(number: int) -> str:
    return f"reader{number}@example.org"


if __name__ == "__main__":
    port, connections, readers = (int(argument) for argument in sys.argv[1:4])
    asyncio.run(deliver(port, connections, readers, json.loads(Path(sys.argv[4]).read_text(encoding="utf-8"))))
