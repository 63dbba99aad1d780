"""What most tests of the command line share: a server that takes all mail, and a newsroom that sends through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    return Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
