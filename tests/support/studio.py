"""``dispatch preview`` as a process, and a newsroom for it to show."""

from __future__ import annotations

import re
import signal
import subprocess
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from support.newsroom import Newsroom

_DEBATE = "\n\n".join(f"Paragraph {day} says what the council said on day {day} of its debate." for day in range(1, 41))
HARBOUR = f"""---
title: "Harbour: Fewer Cars, More Trams"
subject: Fewer cars, more trams at the harbour
preheader: The council decided on Tuesday; the first tram runs in May.
merge: true
in_brief: source
---

Good morning, {{{{ recipient.first_name | default("dear reader") }}}}.

The council voted on Tuesday to close the quay to cars from May. [The decision](https://www.example.com/decision) takes
effect in spring.

## What Changes: Trams

Trams run every six minutes, and the last one leaves at one in the morning.

![A tram at the quay](tram.png)

> The quay belongs to those who walk.

## Who Decides

{_DEBATE}
"""
TEXT = """LISBON, Nov 23 – The city council voted to close the harbour to cars. The plan passed by nine votes to four.

What Changes: Fewer Cars, More Trams
The harbour road becomes a promenade. Two tram lines will run every six minutes.
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff5fab2d6a0000000049454e44ae426082"
)


def newsroom(folder: Path, smtp: str) -> Newsroom:
    """A newsroom with a long Markdown text, a short wire text, and a list of three."""
    room = Newsroom.make(folder, smtp, ["ann@example.org", "ben@example.net", "cleo@example.com"])
    with (room.folder / "dispatch.toml").open("a") as settings:
        settings.write('\n[assets]\nurl = "https://news.example.org/assets"\nfolder = "assets"\n')
    (room.folder / "seeds" / "harbour.txt").write_text(TEXT)
    (room.folder / "seeds" / "harbour.md").write_text(HARBOUR)
    (room.folder / "seeds" / "tram.png").write_bytes(PNG)
    return room


@dataclass
class Studio:
    """A running studio. ``url`` ends in a slash."""

    room: Newsroom
    url: str
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, room: Newsroom, *args: str) -> Self:
        process = room.start("preview", "--no-open", *args, alone=True)
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        found = re.search(r"http://\S+", said)
        if found is None:
            raise AssertionError(f"dispatch preview said {said + process.stdout.read()!r}")
        return cls(room, found[0], process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """End it as Ctrl-C does; its exit code and what it said since."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: str | None = None,
        root: str | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        """One plain HTTP request below the studio's address, or below another ``root``."""
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request(method, f"{parts.path if root is None else root}{path}", body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"
