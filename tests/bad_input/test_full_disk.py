"""A disk that is full, at every moment of a send: said, nothing half written, and everyone is mailed once.

As root the disk is a small one of its own (tmpfs). Elsewhere the process may write no larger files: the same writes
fail in the same places.
"""

from __future__ import annotations

import resource
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.newsroom import Newsroom
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

    def run(self, room: Newsroom, free: int, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``dispatch COMMAND`` with so many octets left to write."""
        filler = self.folder / "filler"
        if self.mounted:
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    file.truncate(file.tell() - free)
        try:
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
        finally:
            filler.unlink(missing_ok=True)


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
