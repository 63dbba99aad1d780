"""Through a real relay, with TLS, into a real mailbox: what a reader finds there."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.postfix import Postfix

pytestmark = pytest.mark.mta
SLUG = "harbour-fewer-cars-more-trams"


@pytest.fixture(scope="module")
def relay() -> Iterator[Postfix]:
    with Postfix() as running:
        yield running


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_an_edition_goes_over_tls_and_is_read_back_whole(relay: Postfix, tmp_path: Path) -> None:
    names = ["ann@example.org", "zoë@example.org", "bob@example.org"]
    room = Newsroom.make(tmp_path / "room", f"smtp+starttls://localhost:{relay.port}", names)
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text() + f'ca_file = "{relay.ca_file}"\n')
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily")
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


def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_reader_is_named(
    relay: Postfix, tmp_path: Path
) -> None:
    room = Newsroom.make(tmp_path / "room", f"smtp+starttls://localhost:{relay.port}", ["eve@example.org"])
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert answer.returncode == 1
    assert "certificate" in answer.stderr
    assert room.counts(SLUG) == {"queued": 1}
