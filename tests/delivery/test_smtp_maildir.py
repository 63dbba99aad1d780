"""``maildir:PATH``: what a mail program finds there is what would have been sent."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from dispatch.delivery.maildir import MaildirWriter
from dispatch.errors import DispatchError

WIRE = b"From: a@example.org\r\nSubject: x\r\n\r\n..dotted\r\n...\r\nFrom here\r\n"


def test_a_message_is_written_as_it_would_be_delivered(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "box"
    for _ in range(2):  # also into a Maildir that is there already
        written = MaildirWriter(path).write("news@example.org", "ann@example.org", WIRE)
    assert written.read_bytes() == (
        b"Return-Path: <news@example.org>\nDelivered-To: ann@example.org\n"
        b"From: a@example.org\nSubject: x\n\n.dotted\n..\nFrom here\n"
    )
    box = mailbox.Maildir(path, create=False)
    assert [message["Delivered-To"] for message in box] == ["ann@example.org"] * 2


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DispatchError, match="no Maildir"):
        MaildirWriter(tmp_path)
    with pytest.raises(DispatchError, match="no Maildir"):
        MaildirWriter(tmp_path / "notes.txt")
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_becomes_a_maildir(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    assert MaildirWriter(tmp_path / "box").write("", "ann@example.org", WIRE).is_file()
