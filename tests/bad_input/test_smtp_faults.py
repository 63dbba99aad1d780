"""Servers that are not there, want a login, have a bad certificate or hang: said clearly, and nobody is lost.

Each time the edition goes out afterwards through a good server, and reaches every reader exactly once.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.certificates import certificates
from support.newsroom import Newsroom
from support.smtp_server import Features, SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily")
READERS = ["r0@example.org", "r1@example.org", "r2@example.org"]


@dataclass(frozen=True)
class Fault:
    """A server's fault, how it is addressed, and what stderr must say."""

    said: Sequence[str]
    features: Features = field(default_factory=Features)
    rules: Sequence[str] = ()
    scheme: str = "smtp://"
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30
    """Seconds; short only where the server never answers."""


PASSWORD = {"DISPATCH_SMTP_PASSWORD": "hunter2"}
LOGIN = Features(tls="good", auth=("ann", "another"))

FAULTS = {
    "certificate expired": Fault(
        ["certificate has expired", "Whoever runs the server has to renew it"], Features(tls="expired"), (), "smtps://"
    ),
    "certificate expired, STARTTLS": Fault(
        ["certificate has expired"], Features(starttls="expired"), (), "smtp+starttls://"
    ),
    "certificate for another name": Fault(
        ["not valid for 'localhost'", "Put the name that the certificate is for into smtp.url."],
        Features(tls="wrong_name"),
        (),
        "smtps://",
    ),
    "certificate of a stranger": Fault(
        ["unable to get local issuer certificate", "smtp.ca_file"], Features(tls="self_signed"), (), "smtps://"
    ),
    "certificate of a stranger, STARTTLS": Fault(
        ["unable to get local issuer certificate"], Features(starttls="self_signed"), (), "smtp+starttls://"
    ),
    "no STARTTLS": Fault(["does not offer STARTTLS", "smtps://"], scheme="smtp+starttls://"),
    "no TLS on that port": Fault(["Is this a TLS port?"], scheme="smtps://"),
    "wants a login": Fault(
        ["wants a login", "530 Authentication required", "smtp+starttls://USER@HOST:587"],
        rules=["mail=530 5.7.0 Authentication required"],
    ),
    "wants a login, said late": Fault(
        ["wants a login", "smtp+starttls://USER@HOST:587"],
        Features(pipelining=False),
        ["rcpt=530 5.7.1 Client was not authenticated"],
    ),
    "no password set": Fault(["there is no password for ann", "dispatch config"], LOGIN, (), "smtps://ann@"),
    "wrong password": Fault(["535", "dispatch config shows"], LOGIN, (), "smtps://ann@", PASSWORD),
    "hangs before its greeting": Fault(["no greeting in time"], rules=["banner=!hang"], timeout=0.5),
    "hangs at EHLO": Fault(["does not talk to us"], rules=["ehlo=!hang"], timeout=0.5),
    "is full today": Fault(["421", "It may take mail later"], rules=["banner=421 4.3.2 Too busy !close"]),
}


def room_for(folder: Path, url: str, environment: Mapping[str, str] | None = None, *, timeout: float = 30) -> Newsroom:
    room = Newsroom.make(folder / "room", url)
    settings = room.folder / "dispatch.toml"
    settings.write_text(f'{settings.read_text()}timeout = {timeout}\nca_file = "{certificates().ca_file}"\n')
    return Newsroom(room.folder, environment or {})


def everyone_gets_it_once(room: Newsroom, *command: str) -> None:
    with SmtpServer() as good:
        done = room.run(*command, "--smtp", f"smtp://{good.host}:{good.port}")
    assert done.returncode == 0, done.stderr
    assert sorted(good.recipients) == READERS
    assert room.counts(SLUG) == {"accepted": 3}


@pytest.mark.parametrize("name", FAULTS)
def test_a_server_that_cannot_be_used_is_explained_and_the_send_goes_on_later(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    with SmtpServer(fault.features, rules=fault.rules) as server:
        room = room_for(tmp_path, f"{fault.scheme}localhost:{server.port}", fault.environment, timeout=fault.timeout)
        answer = room.run(*SEND)
        assert server.messages == []
    assert answer.returncode == 1, answer.stdout + answer.stderr
    for said in (*fault.said, "Nothing is lost (3 queued of 3)"):
        assert said in answer.stderr
    assert f"go on: dispatch send {SLUG} --list daily" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stdout + answer.stderr
    everyone_gets_it_once(room, *SEND)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with ExitStack() as stack:
        # Bound and not listening: nobody else gets the port, and it refuses connections.
        port = stack.enter_context(socket.socket())
        port.bind(("127.0.0.1", 0))
        room = room_for(tmp_path, f"smtp://127.0.0.1:{port.getsockname()[1]}")
        answer = room.run(*SEND)
    assert answer.returncode == 1
    assert "cannot be reached: Connection refused" in answer.stderr
    assert "are host and port right? Look at smtp.url: dispatch config" in answer.stderr
    everyone_gets_it_once(room, *SEND)


def test_a_name_that_is_no_host(tmp_path: Path) -> None:
    room = room_for(tmp_path, "smtp://mail.invalid")
    answer = room.run(*SEND)
    assert answer.returncode == 1
    assert "smtp://mail.invalid:25 cannot be reached" in answer.stderr
    assert "Traceback" not in answer.stderr
    everyone_gets_it_once(room, *SEND)


@pytest.mark.parametrize("rule", ["mail=!hang", "rcpt=!hang", "data=!hang"])
def test_a_server_that_falls_silent_before_the_message_leaves_readers_deferred(rule: str, tmp_path: Path) -> None:
    with SmtpServer(rules=[rule]) as server:
        room = room_for(tmp_path, f"smtp://localhost:{server.port}", timeout=0.5)
        answer = room.run(*SEND)
        assert server.messages == []
    assert answer.returncode == 3
    assert "no answer for 0.5 s" in answer.stdout
    assert f"dispatch retry {SLUG}" in answer.stdout
    assert room.counts(SLUG) == {"deferred": 3}
    everyone_gets_it_once(room, "retry", SLUG)


def test_a_test_message_that_is_refused_says_what_to_do(tmp_path: Path) -> None:
    with SmtpServer(rules=["rcpt@nobody@example.org=550 5.1.1 No such user"]) as server:
        room = room_for(tmp_path, f"smtp://localhost:{server.port}")
        answer = room.run(*SEND, "--test", "ann@example.org", "--test", "nobody@example.org")
        assert server.recipients == ["ann@example.org"]
    assert answer.returncode == 1
    assert "accepted: ann@example.org" in answer.stdout
    assert "550 5.1.1 No such user" in answer.stderr
    assert "is it spelt right?" in answer.stderr


def test_a_test_message_through_a_server_that_wants_a_login(tmp_path: Path) -> None:
    with SmtpServer(rules=["mail=530 5.7.0 Authentication required"]) as server:
        room = room_for(tmp_path, f"smtp://localhost:{server.port}")
        answer = room.run(*SEND, "--test", "ann@example.org")
    assert answer.returncode == 1
    assert "put a user into smtp.url" in answer.stderr
    everyone_gets_it_once(room, *SEND)
