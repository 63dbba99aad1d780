"""One edition through mail servers that speak SMTP each in its own way: everyone gets it once and whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from support.exim import Exim
from support.mail_host import UNKNOWN, MailHost, read_maildir
from support.newsroom import SEED, Newsroom
from support.opensmtpd import OpenSmtpd
from support.postfix import Postfix

pytestmark = pytest.mark.mta
SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")

HOSTS: dict[str, Callable[[], MailHost]] = {
    "postfix": Postfix,
    "exim": Exim,
    "exim-without-pipelining": lambda: Exim(pipelining=False),
    "opensmtpd": OpenSmtpd,
}

DOTS = """
.org Domains: .org addresses cost more from May.
...and so do .net addresses, says the registry.
.
"""


_TOKEN = re.compile(rb"(?<=\?subject=3Dunsubscribe%20)(?:=\n)?(?:[\w-]+=\n)+")
"""A reader's own word in the unsubscribe link, quoted-printable; a message that goes to a folder has another one."""


def bodies(messages: list[EmailMessage]) -> dict[str, bytes]:
    """Each reader's content as it lies in the mailbox, without the header and the token."""
    contents = {str(message["To"]): message.as_bytes().partition(b"\n\n")[2] for message in messages}
    return {reader: _TOKEN.sub(b"TOKEN=\n", content) for reader, content in contents.items()}


def dotted(room: Newsroom) -> None:
    """Give the edition's text lines that begin with dots, which SMTP doubles on the way (RFC 5321 §4.5.2)."""
    (room.folder / "seeds" / "harbour.txt").write_text(SEED.replace("\nIN BRIEF", f"{DOTS}\nIN BRIEF"))


def composed(room: Newsroom) -> dict[str, bytes]:
    """What each reader is to get, written by Dispatch without a server."""
    answer = room.run(*SEND, "--smtp", "maildir:box")
    assert answer.returncode == 0, answer.stderr
    expected = bodies(read_maildir(room.folder / "box"))
    assert all(b"\n.org" in body and b"\n..." in body for body in expected.values())
    return expected


@pytest.mark.parametrize("name", HOSTS)
def test_everyone_gets_it_once_and_whole_though_some_are_refused_between_them(name: str, tmp_path: Path) -> None:
    readers = [f"{UNKNOWN if number % 9 == 4 else 'r'}{number}@example.org" for number in range(200)]
    known = [reader for reader in readers if not reader.startswith(UNKNOWN)]
    with HOSTS[name]() as host:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{host.port}", readers)
        dotted(room)
        expected = composed(room)
        answer = room.run(*SEND)
        assert answer.returncode == 0, answer.stdout + answer.stderr + host.log()
        messages = host.wait_for_mail(len(known))
        log = host.log()
        if isinstance(host, Exim):
            assert set(host.grouped()) == {host.pipelining}
    assert Counter(str(message["To"]) for message in messages) == Counter(known)
    assert room.counts(SLUG) == {"accepted": len(known), "bounced": len(readers) - len(known)}
    assert bodies(messages) == {reader: expected[reader] for reader in known}
    assert "synchronization error" not in log
    assert "improper command pipelining" not in log


def test_a_server_that_ends_the_session_after_some_messages_gets_the_rest_in_another(tmp_path: Path) -> None:
    with Exim(messages=20) as host:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{host.port}", 50)
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + "connections = 1\n")
        answer = room.run(*SEND)
        assert answer.returncode == 0, answer.stdout + answer.stderr + host.log()
        messages = host.wait_for_mail(50)
        assert "too many messages in one connection" in host.log()
    assert Counter(str(message["To"]) for message in messages) == Counter(f"r{n}@example.org" for n in range(50))
    assert room.counts(SLUG) == {"accepted": 50}
