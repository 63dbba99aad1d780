"""A disk that is full, at every moment of a send: said, nothing half written, and everyone is mailed once.

As root the disk is a small one of its own (tmpfs). Elsewhere the process may write no larger files: the same writes
fail in the same places.
"""

from __future__ import annotations

import resource
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.door import Door
from support.newsroom import Newsroom
from support.smtp_rules import At, Rule, Then
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")
READERS = 300
SIZE = "16m"  # a ledger, its write-ahead log before the first checkpoint (4 MB), and what fills the rest


@dataclass(frozen=True)
class Disk:
    """A disk of its own at ``folder``; where ``mounted`` is false, a limit on each file stands in for it."""

    folder: Path
    mounted: bool

    @contextmanager
    def filled(self, free: int) -> Iterator[None]:
        """The disk, where it is one, has so many octets left."""
        filler = self.folder / "filler"
        if self.mounted:
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    file.truncate(file.tell() - free)
        try:
            yield
        finally:
            filler.unlink(missing_ok=True)

    def run(self, room: Newsroom, free: int, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``dispatch COMMAND`` with so many octets left to write."""
        with self.filled(free):
            return subprocess.run(
                room.command(*command),
                cwd=room.folder,
                env=room.variables,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=100,
                check=False,
                preexec_fn=None if self.mounted else _limit(free),
            )

    def limit(self, running: subprocess.Popen[str], file: Path) -> None:
        """Where it is none, let a process that runs write ``file`` no larger than it is."""
        if not self.mounted:
            resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (file.stat().st_size, resource.RLIM_INFINITY))


def _limit(octets: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield Disk(folder, mounted)
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_an_edition_is_written_whole_or_not_at_all(disk: Disk) -> None:
    room = Newsroom.make(disk.folder / "room", "smtp://localhost")
    refused = disk.run(room, 12 * 1024, "compose", "seeds/harbour.txt")
    assert refused.returncode == 1
    assert "error: " in refused.stderr
    assert "nothing was lost" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(room.folder.glob("out/*")), "no edition that lacks a file"
    assert room.run("compose", "seeds/harbour.txt").returncode == 0
    assert len(list((room.folder / "out" / SLUG).iterdir())) == 4


def test_an_edition_that_was_written_before_stays_whole(disk: Disk) -> None:
    room = Newsroom.make(disk.folder / "room", "smtp://localhost")
    assert room.run("compose", "seeds/harbour.txt").returncode == 0
    before = {path: path.read_bytes() for path in (room.folder / "out" / SLUG).iterdir()}
    seed = room.folder / "seeds" / "harbour.txt"
    seed.write_text(seed.read_text() + "The council will meet again.\n")
    # Room for the page and the text, but not for the message, which comes after them.
    page = (room.folder / "out" / SLUG / "edition.html").stat().st_size
    refused = disk.run(room, page + 4096, "compose", "seeds/harbour.txt")
    assert refused.returncode == 1
    assert {path: path.read_bytes() for path in (room.folder / "out" / SLUG).iterdir()} == before


def test_a_headline_is_picked_whole_or_not_at_all(disk: Disk) -> None:
    room = Newsroom.make(disk.folder / "room", "smtp://localhost")
    seed = room.folder / "seeds" / "harbour.txt"
    # A line longer than any block that may be left makes the seed the file that does not fit.
    seed.write_text(seed.read_text() + "The council will meet again. " * 8000)
    before = seed.read_bytes()
    refused = disk.run(room, 64 * 1024, "compose", "seeds/harbour.txt", "--pick", "1")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert seed.read_bytes() == before
    assert [path.name for path in seed.parent.iterdir()] == ["harbour.txt"], "no half file beside it"


@pytest.mark.parametrize("kilobytes", [0, 200, 360, 480, 600])
def test_a_send_that_runs_out_of_room_is_continued_and_nobody_gets_it_twice(kilobytes: int, disk: Disk) -> None:
    with SmtpServer(keep_content=False) as server:
        room = Newsroom.make(disk.folder / "room", f"smtp://{server.host}:{server.port}", READERS)
        stopped = disk.run(room, kilobytes * 1024, *SEND)
        assert "Traceback" not in stopped.stderr
        if stopped.returncode != 0:
            assert stopped.returncode == 1, stopped.stderr
            assert "disk" in stopped.stderr or "nothing was lost" in stopped.stderr
        done = room.run(*SEND)
        counts = room.counts(SLUG)
    unknown = counts.get("unknown", 0)
    assert done.returncode == (3 if unknown else 0), done.stderr
    assert counts["accepted"] + unknown == READERS
    received = Counter(server.recipients)
    assert max(received.values()) == 1, "nobody twice"
    assert len(received) >= READERS - unknown, "nobody left out but those told as in doubt"
    assert unknown <= 10, "one for each connection"


@pytest.mark.parametrize("at", [At.DATA, At.DOT])
def test_a_disk_that_fills_while_a_message_is_on_the_wire_leaves_that_one_in_doubt(at: At, disk: Disk) -> None:
    with Door([], Rule(at, then=Then.HANG, to="r7@example.org", times=1)) as door:
        room = Newsroom.make(disk.folder / "room", f"smtp://{door.host}:{door.port}", 20)
        settings = room.folder / "dispatch.toml"
        settings.write_text(settings.read_text() + "connections = 1\n")
        with room.start(*SEND) as sender:
            door.wait_until(lambda: door.holding)
            with disk.filled(0):
                disk.limit(sender, room.folder / ".dispatch" / "dispatch.db-wal")
                door.let_go()
                said = sender.communicate()[0]
        assert sender.returncode == 1
        assert "disk" in said
        assert "→ " in said
        assert "Traceback" not in said
        assert room.run(*SEND).returncode == 3
        # Before its content only the answer to the one before is still to be written down.
        in_doubt = "r7" if at is At.DOT else "r6"
        assert room.counts(SLUG) == {"accepted": 19, "unknown": 1}
        assert room.run("unknown", SLUG).stdout.startswith(f"{in_doubt}@example.org ")
        assert sorted(door.recipients) == sorted(f"r{number}@example.org" for number in range(20)), "nobody twice"
