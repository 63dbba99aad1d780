"""What most tests of the command line share: a newsroom that sends through the tests' mail server."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    return Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
