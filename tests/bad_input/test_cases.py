"""Bad input, a folder a case, through the real command line.

``cases/NAME/workspace/`` lies over a small newsroom, ``command`` is what follows ``dispatch`` (as a shell would split
it), and ``expected`` begins with the exit code; each further line must stand in what is said on stderr.
"""

from __future__ import annotations

import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.mark.parametrize("name", sorted(folder.name for folder in CASES.iterdir()))
def test_it_is_refused_with_a_clear_error_and_nothing_is_lost(name: str, tmp_path: Path, server: SmtpServer) -> None:
    case = CASES / name
    room = Newsroom.make(tmp_path / "room", f"smtp://{server.host}:{server.port}")
    if (case / "workspace").exists():
        _lay_over(case / "workspace", room.folder)
    before = _content(room.folder)
    code, *said = (case / "expected").read_text().splitlines()

    answer = room.run(*shlex.split((case / "command").read_text()))

    assert f"exit {answer.returncode}" == code, answer.stderr
    for line in said:
        assert line in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stdout + answer.stderr
    assert _content(room.folder) == before, "nothing half written, nothing touched"
    assert _recorded(room.folder / ".dispatch" / "dispatch.db") == 0, "nothing planned"
    assert server.connections == 0, "nothing sent"


def _lay_over(workspace: Path, folder: Path) -> None:
    for path in workspace.rglob("*"):
        if not path.is_dir() or path.is_symlink():
            target = folder / path.relative_to(workspace)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)


def _content(folder: Path) -> dict[str, bytes | None]:
    """Every path of the workspace beside its state, with what it holds; folders too."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if ".dispatch" not in path.relative_to(folder).parts
    }


def _recorded(ledger: Path) -> int:
    """How many editions, deliveries and suppressions the ledger knows of."""
    if not ledger.exists():
        return 0
    connection = sqlite3.connect(ledger)
    try:
        tables = ("edition", "send", "delivery", "suppression")
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)  # noqa: S608
    finally:
        connection.close()
