"""What the tests' real mail servers have in common: folders and ports of their own, and one Maildir for all readers.

Each takes mail for ``example.org`` and refuses at RCPT whose local part begins with :data:`UNKNOWN`.
"""

from __future__ import annotations

import mailbox
import os
import shutil
import socket
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from support.real_parts import skip_or_fail

UNKNOWN = "gone"

_TICK = threading.Event()


class MailHost(ABC):
    """Runs while its ``with`` block does, on 127.0.0.1 at :attr:`port`."""

    name: str

    def __init__(self) -> None:
        if os.geteuid() != 0:
            skip_or_fail(f"{self.name} starts as root only; run the tests as root to include it")
        # Not under pytest's own folder: the servers' unprivileged processes could not enter it.
        self.folder = Path(tempfile.mkdtemp(prefix=f"dispatch-{self.name.lower()}-"))
        self.folder.chmod(0o755)
        self.port = free_ports(1)[0]

    @property
    @abstractmethod
    def box(self) -> Path:
        """The Maildir that gets everybody's mail."""

    @abstractmethod
    def log(self) -> str:
        """What the server wrote into its log."""

    @abstractmethod
    def start(self) -> None:
        """Configure and start the server."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the server; it may not have been started."""

    def __enter__(self) -> Self:
        try:
            self.start()
            wait_until(self._listens, lambda: f"{self.name} does not listen:\n{self.log()}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_mail(self, count: int) -> list[EmailMessage]:
        """The messages in the mailbox, once there are ``count``."""
        wait_until(
            lambda: len(self._files()) >= count,
            lambda: f"{len(self._files())} of {count} messages came to {self.name}; the log says:\n{self.log()}",
        )
        return self.mail()

    def mail(self) -> list[EmailMessage]:
        """The messages in the mailbox now."""
        return read_maildir(self.box) if self.box.exists() else []

    def empty(self) -> None:
        """Throw all mail away."""
        for file in self._files():
            file.unlink()

    def _files(self) -> list[Path]:
        return list((self.box / "new").glob("*"))

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def read_maildir(box: Path) -> list[EmailMessage]:
    """All messages of a Maildir, in no order."""
    files = mailbox.Maildir(box, create=False)
    return [message_from_bytes(files.get_bytes(key), policy=policy.default) for key in files.iterkeys()]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_until(done: Callable[[], bool], problem: Callable[[], str], seconds: float = 60) -> None:
    """Wait for what another program does and does not announce; fails the test with ``problem`` after ``seconds``."""
    for _ in range(int(seconds * 20)):
        if done():
            return
        _TICK.wait(0.05)
    raise AssertionError(problem())
