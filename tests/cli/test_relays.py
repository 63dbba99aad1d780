"""Several mail servers in the settings: who takes the mail, what is said of it, and who is shown which password."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.certificates import certificates
from support.newsroom import Newsroom
from support.smtp_server import Features, SmtpServer

SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
SLUG = "harbour-fewer-cars-more-trams"


@pytest.fixture
def closed() -> Iterator[str]:
    """A server's URL where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        yield f"smtp://127.0.0.1:{taken.getsockname()[1]}"


def newsroom(folder: Path, urls: Sequence[str], settings: str = "", readers: int = 3) -> Newsroom:
    room = Newsroom.make(folder / "room", "URL", readers)
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace('"URL"', json.dumps(list(urls))) + settings)
    return room


def open_url(server: SmtpServer) -> str:
    return f"smtp://127.0.0.1:{server.port}"


def test_a_send_goes_through_the_second_where_the_first_is_down_and_says_so_in_one_line(
    tmp_path: Path, server: SmtpServer, closed: str
) -> None:
    room = newsroom(tmp_path, [closed, open_url(server)])
    sent = room.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert len(server.messages) == 3
    assert f"Through  {closed}, else {open_url(server)}" in sent.stdout
    (said,) = sent.stderr.splitlines()
    assert (
        said
        == f"The SMTP server {closed} cannot be reached: Connection refused. Mail goes through {open_url(server)} now."
    )


def test_a_test_message_goes_the_same_way(tmp_path: Path, server: SmtpServer, closed: str) -> None:
    room = newsroom(tmp_path, [closed, open_url(server)])
    sent = room.run(*SEND, "--test", "me@example.org", "--test", "you@example.org")
    assert sent.returncode == 0, sent.stderr
    assert server.recipients == ["me@example.org", "you@example.org"]
    assert f"Mail goes through {open_url(server)} now." in sent.stderr


def test_options_name_several_servers_too(tmp_path: Path, server: SmtpServer, closed: str) -> None:
    room = newsroom(tmp_path, ["smtp://nowhere.invalid"])
    assert room.run(*SEND, "--smtp", closed, "--smtp", open_url(server)).returncode == 0
    assert len(server.messages) == 3


def test_where_all_are_down_each_is_named_with_its_reason(tmp_path: Path, closed: str) -> None:
    with SmtpServer(rules=["banner=554 5.3.2 Closed for good !close"]) as other:
        sent = newsroom(tmp_path, [closed, open_url(other)]).run(*SEND)
    assert sent.returncode == 1
    assert f"{closed} cannot be reached: Connection refused" in sent.stderr
    assert f"{open_url(other)} does not greet us: 554 5.3.2 Closed for good" in sent.stderr
    assert "3 queued" in sent.stderr
    assert "Traceback" not in sent.stderr


def test_what_is_due_goes_through_the_second_too(tmp_path: Path, server: SmtpServer, closed: str) -> None:
    room = newsroom(tmp_path, [closed, open_url(server)])
    assert room.run(*SEND, "--smtp", closed).returncode == 1
    due = room.run("run-due")
    assert due.returncode == 0, due.stderr
    assert len(server.messages) == 3


@pytest.fixture
def guarded() -> Iterator[tuple[SmtpServer, SmtpServer]]:
    """Two servers that want a login of the same user, each with a password of its own."""
    one = SmtpServer(Features(auth=("me", "first"), tls="good"))
    two = SmtpServer(Features(auth=("me", "second"), tls="good"))
    with one, two:
        yield one, two


def guarded_room(folder: Path, servers: tuple[SmtpServer, SmtpServer], settings: str = "", **environ: str) -> Newsroom:
    # The certificate is for both names, which lead to the same place.
    hosts = [f"smtps://me@{name}:{each.port}" for name, each in zip(("localhost", "127.0.0.1"), servers, strict=True)]
    room = newsroom(folder, hosts, f'ca_file = "{certificates().ca_file}"\n{settings}')
    return replace(room, environment=environ)


def test_a_wrong_password_at_the_first_leaves_the_mail_to_the_second(
    tmp_path: Path, guarded: tuple[SmtpServer, SmtpServer]
) -> None:
    room = guarded_room(
        tmp_path, guarded, DISPATCH_SMTP_PASSWORD_LOCALHOST="mistaken", DISPATCH_SMTP_PASSWORD_127_0_0_1="second"
    )
    sent = room.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert [len(server.messages) for server in guarded] == [0, 3]
    assert guarded[0].commands.count("AUTH PLAIN") == 1
    assert "did not let us log in: 535" in sent.stderr
    assert "mistaken" not in sent.stdout + sent.stderr


def test_a_command_gives_each_server_its_own_password(tmp_path: Path, guarded: tuple[SmtpServer, SmtpServer]) -> None:
    room = guarded_room(tmp_path, guarded, 'password_command = "cat {host}.pass"\n')
    (room.folder / "localhost.pass").write_text("first\n")
    (room.folder / "127.0.0.1.pass").write_text("second\n")
    proven = room.run("run-due", "--check")
    assert proven.returncode == 0, proven.stderr
    assert [server.commands.count("AUTH PLAIN") for server in guarded] == [1, 1]


def test_the_proof_fails_where_one_that_is_to_stand_in_would_not_let_us_in(
    tmp_path: Path, guarded: tuple[SmtpServer, SmtpServer]
) -> None:
    room = guarded_room(tmp_path, guarded, DISPATCH_SMTP_PASSWORD="first")
    proven = room.run("run-due", "--check")
    assert proven.returncode == 1
    assert f"127.0.0.1:{guarded[1].port} did not let us log in: there is no password for me" in proven.stderr
    assert guarded[1].commands.count("AUTH PLAIN") == 0, "it is not shown the first one's"


def test_the_settings_in_force_show_the_servers_and_whose_password_comes_from_where(
    tmp_path: Path, guarded: tuple[SmtpServer, SmtpServer]
) -> None:
    room = guarded_room(tmp_path, guarded, DISPATCH_SMTP_PASSWORD_127_0_0_1="second")
    shown = json.loads(room.run("config", "--json").stdout)["settings"]
    assert shown["smtp.url"]["value"] == [
        f"smtps://me@{h}:{s.port}" for h, s in zip(("localhost", "127.0.0.1"), guarded, strict=True)
    ]
    assert shown["smtp.password for me@localhost"] == {"value": None, "origin": "not set"}
    assert shown["smtp.password for me@127.0.0.1"] == {
        "value": "****",
        "origin": "set by DISPATCH_SMTP_PASSWORD_127_0_0_1",
    }
    assert f"{guarded[0].port}, else smtps://me@127.0.0.1:{guarded[1].port}" in room.run("config").stdout
