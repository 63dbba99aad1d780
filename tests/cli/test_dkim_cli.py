"""``dispatch dkim`` as a user runs it, and the signed mail that comes of it."""

from __future__ import annotations

import mailbox
import re
import sqlite3
import stat

import pytest

from dispatch.audience.links import SigningKey
from dispatch.audience.returnpath import verify
from support.dkim_verifiers import dkimpy
from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
KEYGEN = ("dkim", "keygen", "--selector", "spring")
KEY = ".dispatch/dkim/spring.example.org.pem"


def done(room: Newsroom, *args: str) -> str:
    answer = room.run(*args)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def refused(room: Newsroom, *args: str) -> str:
    answer = room.run(*args)
    assert answer.returncode in (1, 2), answer.stdout
    assert "Traceback" not in answer.stderr
    return answer.stderr


def add_settings(room: Newsroom, text: str) -> None:
    with (room.folder / "dispatch.toml").open("a") as file:
        file.write(f"\n{text}\n")


def zone(room: Newsroom) -> dict[str, str]:
    """The DNS as it is once the lines of ``dispatch dkim record --zone`` are in it."""
    lines = re.findall(r"(?m)^(\S+)\. IN TXT \( (.*) \)$", done(room, "dkim", "record", "--zone"))
    return {name: "".join(re.findall(r'"([^"]{1,255})"', strings)) for name, strings in lines}


@pytest.mark.parametrize(
    ("option", "selectors"),
    [((), ["spring"]), (("--ed25519",), ["spring"]), (("--both",), ["spring-rsa", "spring-ed25519"])],
)
def test_what_keygen_makes_signs_the_mail_that_goes(
    room: Newsroom, server: SmtpServer, option: tuple[str, ...], selectors: list[str]
) -> None:
    said = done(room, *KEYGEN, *option)
    records = zone(room)
    assert list(records) == [f"{selector}._domainkey.example.org" for selector in selectors]
    for name in records:
        assert name in said
    assert "3 accepted" in done(room, *SEND)
    assert [dkimpy(each.content, records) for each in server.messages] == [[True] * len(selectors)] * 3


def test_a_test_message_and_a_maildir_show_the_signature(room: Newsroom) -> None:
    done(room, *KEYGEN)
    through = ("--smtp", f"maildir:{room.folder}/box")
    done(room, *SEND, *through, "--test", "me@example.org")
    done(room, *SEND, *through)
    box = mailbox.Maildir(room.folder / "box", create=False)
    messages = [box.get_bytes(key).replace(b"\n", b"\r\n") for key in box.iterkeys()]
    assert [dkimpy(each, zone(room)) for each in messages] == [[True]] * 4


def test_a_key_is_its_owner_s_alone_and_never_printed_or_overwritten(room: Newsroom) -> None:
    said = done(room, *KEYGEN)
    key = room.folder / KEY
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before, settings = key.read_text(), (room.folder / "dispatch.toml").read_text()
    assert "never overwritten" in refused(room, *KEYGEN)
    assert key.read_text() == before
    assert (room.folder / "dispatch.toml").read_text() == settings
    shown = said + done(room, "dkim", "record") + done(room, "config")
    assert not any(line in shown for line in before.splitlines()[1:-1])


def test_a_send_that_was_frozen_unsigned_goes_on_signed(room: Newsroom, server: SmtpServer) -> None:
    done_partly = room.run(*SEND, "--limit", "1")
    assert done_partly.returncode == 3
    done(room, *KEYGEN)
    done(room, *SEND)
    assert [dkimpy(each.content, zone(room)) for each in server.messages] == [[], [True], [True]]


@pytest.mark.parametrize("fault", ["open", "gone", "not-a-key", "folder"])
def test_a_key_that_cannot_be_used_stops_a_send_before_it_is_planned(
    room: Newsroom, server: SmtpServer, fault: str
) -> None:
    done(room, *KEYGEN)
    key = room.folder / KEY
    match fault:
        case "open":
            key.chmod(0o644)
        case "gone":
            key.unlink()
        case "not-a-key":
            key.write_text("hunter2")
        case "folder":
            key.unlink()
            key.mkdir()
    said = refused(room, *SEND)
    assert "dispatch.toml:" in said
    assert {"open": "chmod 600", "gone": "dispatch dkim keygen", "not-a-key": "no private key", "folder": "read"}[
        fault
    ] in said
    assert "hunter2" not in said
    assert fault == "open" or refused(room, "dkim", "record")
    assert server.connections == 0
    assert not list(room.folder.glob(".dispatch/*.db")), "nothing was planned"


def test_a_key_of_another_domain_does_not_sign_for_the_sender(room: Newsroom, server: SmtpServer) -> None:
    done(room, *KEYGEN, "--domain", "example.net")
    assert "example.net" in refused(room, *SEND)
    done(room, *KEYGEN, "--domain", "mail.example.org")
    done(room, *SEND)
    assert [dkimpy(each.content, zone(room)) for each in server.messages] == [[True]] * 3


def test_two_keys_of_one_name_are_a_mistake_in_the_settings(room: Newsroom) -> None:
    done(room, *KEYGEN)
    add_settings(room, '[[dkim]]\nselector = "Spring"\nkey = "other.pem"')
    assert "two keys for spring._domainkey.example.org" in refused(room, *SEND)


@pytest.mark.parametrize("option", [("--selector", "a b"), ("--selector", "../x"), ("--domain", "no domain")])
def test_a_name_that_the_dns_cannot_hold_is_refused(room: Newsroom, option: tuple[str, str]) -> None:
    assert option[0] in refused(room, "dkim", "keygen", *option)
    assert not (room.folder / ".dispatch" / "dkim").exists()


def test_without_a_key_there_is_no_record(room: Newsroom) -> None:
    assert "dispatch dkim keygen" in refused(room, "dkim", "record")


def test_each_message_comes_back_to_a_path_that_names_its_reader(room: Newsroom, server: SmtpServer) -> None:
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text().replace("[smtp]", 'bounce_domain = "bounces.example.org"\n\n[smtp]'))
    done(room, *SEND)
    with sqlite3.connect(room.folder / ".dispatch" / "dispatch.db") as ledger:
        people = dict(ledger.execute("SELECT public_id, address FROM subscriber"))
        ((edition,),) = ledger.execute("SELECT public_id FROM edition")
        rows = ledger.execute("SELECT id, secret FROM key WHERE purpose = 'link'")
        keys = [SigningKey(number, secret) for number, secret in rows]
    ledger.close()
    for received in server.messages:
        local, _, domain = str(received.sender).partition("@")
        returned = verify(local.upper(), keys)
        assert domain == "bounces.example.org"
        assert returned is not None
        assert edition.startswith(returned.edition)
        assert people[returned.subscriber] == received.recipient
        assert received.message["From"] == "Harbour News <news@example.org>"
