"""Mail servers that Debian will not install beside Postfix: unpacked, and run in a chroot of their own.

So each finds its files, users and libraries where it was built to look for them, and the machine's stay untouched.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from abc import abstractmethod
from pathlib import Path

from support.mail_host import MailHost
from support.real_parts import skip_or_fail

PARTS = Path(__file__).resolve().parents[2] / ".mail-servers"

USERS = {"root": 0, "opensmtpd": 61001, "opensmtpq": 61002, "Debian-exim": 61003, "readers": 61004}
"""All users that a chroot knows; ``readers`` owns the Maildir."""

_DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}


class Unpacked(MailHost):
    """A server that ``scripts/unpack-mail-servers`` brought. A subclass says how to set it up and what to run."""

    def __init__(self) -> None:
        if not (PARTS / ".complete").exists():
            skip_or_fail(f"{self.name} is not unpacked here; bring it with: scripts/unpack-mail-servers")
        super().__init__()
        self._root = self.folder / "root"
        self._output = self.folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def configure(self, root: Path) -> list[str]:
        """Write the server's settings below ``root``; the command that runs it in the foreground."""

    @property
    def box(self) -> Path:
        return self._root / "srv" / "all"

    def log(self) -> str:
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def start(self) -> None:
        shutil.copytree(PARTS / "root", self._root, symlinks=True)
        self._furnish()
        command = self.configure(self._root)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["chroot", self._root, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/bin"},
                start_new_session=True,
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)

    def own(self, path: str, user: str, mode: int = 0o755) -> None:
        """A folder of the chroot that belongs to ``user``."""
        folder = self._root / path
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        os.chown(folder, USERS[user], USERS[user])

    def _furnish(self) -> None:
        for path in ("etc", "dev", "run"):
            self.own(path, "root")
        self.own("tmp", "root", 0o1777)
        self.own("srv", "readers")
        (self._root / "var" / "run").symlink_to("/run")
        etc = self._root / "etc"
        passwd = "".join(f"{name}:x:{number}:{number}::/srv:/bin/sh\n" for name, number in USERS.items())
        (etc / "passwd").write_text(passwd)
        (etc / "group").write_text("".join(f"{name}:x:{number}:\n" for name, number in USERS.items()))
        (etc / "mailname").write_text("relay.example.net\n")
        (etc / "hosts").write_text("127.0.0.1 localhost relay.example.net\n")
        for name, numbers in _DEVICES.items():
            device = self._root / "dev" / name
            os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(*numbers))
            device.chmod(0o666)
