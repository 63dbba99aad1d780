"""Through a real relay into a real mailbox: TLS with every kind of certificate, and what comes back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.postfix import UNDELIVERABLE, Postfix

pytestmark = pytest.mark.mta
SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily")


@pytest.fixture(scope="module")
def running() -> Iterator[Postfix]:
    with Postfix() as relay:
        yield relay


@pytest.fixture
def relay(running: Postfix) -> Postfix:
    """The one Postfix, with nothing in its mailbox."""
    running.empty()
    return running


def newsroom(folder: Path, url: str, ca_file: Path | None, readers: list[str]) -> Newsroom:
    room = Newsroom.make(folder / "room", url, readers)
    if ca_file is not None:
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + f'ca_file = "{ca_file}"\n')
    return room


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_an_edition_goes_over_tls_and_is_read_back_whole(relay: Postfix, tmp_path: Path, scheme: str) -> None:
    names = ["ann@example.org", "zoë@example.org", "bob@example.org"]
    room = newsroom(tmp_path, relay.url(scheme), relay.ca_file, names)
    answer = room.run(*SEND)
    assert answer.returncode == 0, answer.stdout + answer.stderr + relay.log()
    messages = relay.wait_for_mail(3)
    assert sorted(str(message["Delivered-To"]) for message in messages) == sorted(names)
    for message in messages:
        assert "SMTPS id" in str(message["Received"])
        assert message["Subject"] == "Harbour: Fewer Cars, More Trams"
        assert "About 12,000 cars use the road on a weekday." in " ".join(part(message, "plain").split())
        assert "Harbour News" in part(message, "html")
    edition = room.run("compose", "seeds/harbour.txt", "--json")
    assert edition.returncode == 0
    assert len({str(message["Message-ID"]) for message in messages}) == 3


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
@pytest.mark.parametrize(
    ("certificate", "cause", "advice"),
    [
        ("expired", "certificate has expired", "has to renew it"),
        ("wrong_name", "certificate is not valid for 'localhost'", "the name that the certificate is for"),
        ("self_signed", "unable to get local issuer certificate", "smtp.ca_file"),
    ],
)
def test_a_bad_certificate_is_refused_before_a_reader_is_named(
    relay: Postfix, tmp_path: Path, scheme: str, certificate: str, cause: str, advice: str
) -> None:
    reader = f"{scheme.replace('+', '-')}-{certificate}@example.org"
    room = newsroom(tmp_path, relay.url(scheme, certificate), relay.ca_file, [reader])
    answer = room.run(*SEND)
    assert answer.returncode == 1
    assert cause in answer.stderr
    assert advice in answer.stderr
    assert room.counts(SLUG) == {"queued": 1}
    assert reader not in relay.log()
    assert relay.mail() == []


def test_an_authority_that_this_machine_does_not_know_is_refused(relay: Postfix, tmp_path: Path) -> None:
    room = newsroom(tmp_path, relay.url("smtp+starttls"), None, ["eve@example.org"])
    answer = room.run(*SEND)
    assert answer.returncode == 1
    assert "unable to get local issuer certificate" in answer.stderr
    assert room.counts(SLUG) == {"queued": 1}


@pytest.mark.parametrize("certificate", ["expired", "wrong_name", "self_signed"])
def test_opportunistic_tls_asks_for_no_good_certificate(relay: Postfix, tmp_path: Path, certificate: str) -> None:
    room = newsroom(tmp_path, relay.url("smtp", certificate), relay.ca_file, ["ann@example.org"])
    answer = room.run(*SEND)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    (message,) = relay.wait_for_mail(1)
    assert "SMTPS id" in str(message["Received"])


def test_what_fails_after_it_was_taken_comes_back_with_the_edition_s_name(relay: Postfix, tmp_path: Path) -> None:
    reader = f"{UNDELIVERABLE}@example.org"
    room = newsroom(tmp_path, relay.url("smtp"), None, [reader, "ann@example.org"])
    assert room.run(*SEND).returncode == 0
    messages = relay.wait_for_mail(2)
    # Nothing came of ann's message but the message: success is not reported (NOTIFY=FAILURE,DELAY).
    (report,) = (message for message in messages if message.get_content_type() == "multipart/report")
    assert report["Delivered-To"] == "news@example.org"
    _, status, original = report.iter_parts()
    about_message, about_reader = status.iter_parts()
    assert about_message["Original-Envelope-Id"] == f"{SLUG}.daily"
    assert about_reader["Original-Recipient"] == f"rfc822;{reader}"
    assert about_reader["Action"] == "failed"
    assert original.get_content_type() == "text/rfc822-headers"  # RET=HDRS
