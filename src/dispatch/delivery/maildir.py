"""``maildir:PATH``: what would be sent, written where a mail program can read it."""

from __future__ import annotations

import mailbox
from pathlib import Path

from dispatch.errors import DispatchError
from dispatch.message.encoding import one_line
from dispatch.message.template import unstuff


class MaildirWriter:
    """Writes into the Maildir at ``path``, which is made where it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not all((path / folder).is_dir() for folder in ("tmp", "new", "cur")):
            if not path.is_dir() or any(path.iterdir()):
                raise DispatchError(
                    f"{path} is there already and is no Maildir.", hint="Name a folder that does not exist yet."
                )
            path.rmdir()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._box = mailbox.Maildir(path, create=True)

    def write(self, sender: str, recipient: str, wire: bytes) -> Path:
        """Write one message as a server's final delivery would (RFC 5321 §4.4: Return-Path on top), and say where.

        Its lines end in LF, as other programs write them there.
        ``wire`` is what :meth:`~dispatch.message.template.MessageTemplate.build` made.
        """
        trace = f"Return-Path: <{one_line(sender)}>\nDelivered-To: {one_line(recipient)}\n".encode()
        key = self._box.add(trace + unstuff(wire).replace(b"\r\n", b"\n"))
        return self.path / "new" / key
