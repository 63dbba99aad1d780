"""Names that try to break out of a header or look strange: every message keeps its one shape and its one reader."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import Received, SmtpServer

NAMES = {
    "crlf": "Ann\r\nBcc: everyone@example.org",
    "lf": "Ann\nSubject: Won!\n\nBuy now",
    "cr": "Ann\rBcc: everyone@example.org",
    "dot": "Ann\r\n.\r\nMAIL FROM:<x@example.org>",
    "nul": "Ann\0Bcc: everyone@example.org",
    "separator": "Ann\u2028Bcc: everyone@example.org\u0085X: y",
    "emoji": "😀 👩‍👩‍👧",
    "rtl": "\u202eשלום\u202c",
    "long": "x" * 10_240,
    "encoded": "=?utf-8?q?Ann=0D=0ABcc=3A_everyone=40example=2Eorg?=",
    "markup": '</title><script>alert(1)</script>"><img src=x>',
    "template": "{{ recipient.email }}{% for x in y %}${x}",
}
SEED = """---
merge: true
title: Talks about the harbour
slug: talks
---
Dear {{ recipient.first_name | default("reader") }}, the council met again in the old town hall.
"""
HEADERS = [
    "From", "Reply-To", "To", "Date", "Message-ID", "List-Unsubscribe", "Subject", "List-Id", "Feedback-ID",
    "Precedence", "Content-Language", "MIME-Version", "Content-Type",
]  # fmt: skip


def test_no_name_breaks_out_of_its_place(tmp_path: Path) -> None:
    with SmtpServer() as server:
        room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
        with (room.folder / "subscribers" / "odd.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["email", "first_name"])
            writer.writerows((f"{kind}@example.org", name) for kind, name in NAMES.items())
        (room.folder / "seeds" / "talks.txt").write_text(SEED)
        answer = room.run("send", "seeds/talks.txt", "--list", "odd")
    assert answer.returncode == 0, answer.stderr
    assert server.violations == []
    assert sorted(server.recipients) == sorted(f"{kind}@example.org" for kind in NAMES)
    for received in server.messages:
        assert received.message.keys() == HEADERS
        assert received.message["To"] == received.recipient
        assert received.message["Subject"] == "Talks about the harbour"
        html = received.message.get_body(("html",))
        assert html is not None
        assert "<script>" not in html.get_content()
    texts = {received.recipient.partition("@")[0]: _text(received) for received in server.messages}
    assert "Dear Ann Bcc: everyone@example.org, the council" in texts["crlf"]
    assert f"Dear {NAMES['emoji']}, the council" in texts["emoji"]
    assert f"Dear {NAMES['template']}, the council" in texts["template"]


def _text(received: Received) -> str:
    part = received.message.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def test_an_address_that_tries_it_is_no_reader(tmp_path: Path) -> None:
    with SmtpServer() as server:
        room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
        (room.folder / "subscribers" / "odd.csv").write_bytes(
            b'email,first_name\n"ann@example.org\r\nRCPT TO:<bob@example.org>",Ann\n"cat@example.org> SIZE=1",Cat\n'
            b"dan@example.org\0,Dan\neve@example.org,Eve\n"
        )
        answer = room.run("send", "seeds/harbour.txt", "--list", "odd")
    assert answer.returncode == 0, answer.stderr
    assert server.recipients == ["eve@example.org"]
    for line in (2, 4, 5):
        assert f"odd.csv:{line}: " in answer.stderr
    assert server.violations == []


@pytest.mark.parametrize("value", ["Ann\r\nBcc: everyone@example.org", "Ann\0", "Ann\u2028Bcc: x"])
def test_a_subject_given_on_the_command_line_is_one_line(value: str, tmp_path: Path) -> None:
    room = Newsroom.make(tmp_path / "room", "smtp://localhost")
    if "\0" in value:
        with pytest.raises(ValueError, match="null"):  # no program can be given one
            room.run("compose", "seeds/harbour.txt", "--subject", value)
        return
    answer = room.run("compose", "seeds/harbour.txt", "--subject", value)
    assert answer.returncode == 2
    assert "A subject is one line" in answer.stderr
    assert not (room.folder / "out").exists()
