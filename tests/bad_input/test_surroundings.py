"""Odd surroundings: encodings, closed pipes, strange file names, missing folders. Never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
COMPOSE = ("compose", "seeds/harbour.txt")


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom.make(tmp_path / "room", "smtp://localhost")


def shell(room: Newsroom, command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``command`` in a shell, where ``"$@"`` stands for ``dispatch``."""
    return subprocess.run(
        ["sh", "-c", command, "sh", *room.command()],
        cwd=room.folder,
        env={**room.variables, **environment},
        capture_output=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=lambda environment: "-".join(environment.values()),
)
@pytest.mark.parametrize("arguments", ["compose seeds/harbour.txt --explain", "compose seeds/nowhere.txt", "config"])
def test_no_encoding_of_the_terminal_stops_a_command(
    arguments: str, environment: dict[str, str], room: Newsroom
) -> None:
    answer = shell(room, f'"$@" {arguments}', **environment)
    assert answer.returncode == (1 if "nowhere" in arguments else 0), answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('"$@" compose seeds/harbour.txt --json | head -c 10', 0),
        ('"$@" --help | head -n 1', 0),
        ('"$@" compose seeds/harbour.txt <&-', 0),
        ('"$@" compose seeds/harbour.txt >&-', 0),
        ('"$@" compose seeds/nowhere.txt 2>&-', 1),
        ('"$@" send seeds/harbour.txt --list daily --dry-run <&- >&- 2>&-', 0),
        ('unset HOME; "$@" send seeds/harbour.txt --list daily --dry-run', 0),
    ],
)
def test_a_closed_pipe_or_a_missing_home_is_no_failure(command: str, code: int, room: Newsroom) -> None:
    answer = shell(room, command)
    assert answer.returncode == code, answer.stderr
    assert b"Traceback" not in answer.stderr
    assert b"Exception ignored" not in answer.stderr


def test_output_that_cannot_be_written_is_an_error(room: Newsroom) -> None:
    answer = shell(room, '"$@" compose seeds/harbour.txt >/dev/full')
    assert answer.returncode == 1
    assert b"No space left on device" in answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_send_goes_on_where_its_progress_can_be_shown_to_nobody(
    room: Newsroom, server: SmtpServer, workers: int, stderr: str
) -> None:
    # That the first server is down is said at once.
    relays = f"--smtp smtp://127.0.0.1:9 --smtp smtp://{server.host}:{server.port}"
    answer = shell(room, f'"$@" send seeds/harbour.txt --list daily --yes --workers {workers} {relays} {stderr}')
    assert answer.returncode == 0
    assert b"This run: 3 accepted" in answer.stdout
    assert len(server.messages) == 3


def test_a_file_name_in_another_encoding_is_sent_and_known_again(room: Newsroom, server: SmtpServer) -> None:
    name = os.fsencode(room.folder / "seeds") + b"/caf\xe9\n\x1b[31m.txt"
    path = (room.folder / "seeds" / "harbour.txt").rename(os.fsdecode(name))
    source = str(path.relative_to(room.folder))
    composed = room.run("compose", source, "--explain")
    assert composed.returncode == 0, composed.stderr
    assert r"seeds/caf\xe9\n\x1b[31m.txt" in composed.stdout
    assert json.loads(room.run("compose", source, "--json").stdout)["slug"] == SLUG
    for _ in range(2):
        sent = room.run("send", source, "--list", "daily", "--smtp", f"smtp://{server.host}:{server.port}")
        assert sent.returncode == 0, sent.stderr
    assert len(server.messages) == 3


def test_a_source_outside_the_newsletter_is_a_source_too(room: Newsroom) -> None:
    (room.folder / "seeds" / "harbour.txt").rename(room.folder.parent / "harbour.txt")
    answer = room.run("compose", "../harbour.txt")
    assert answer.returncode == 0, answer.stderr
    assert (room.folder / "out" / SLUG / "edition.html").exists()


def test_no_slug_leads_out_of_the_folder_for_editions(room: Newsroom) -> None:
    assert room.run(*COMPOSE, "--slug", "../../etc").returncode == 0
    assert [path.name for path in (room.folder / "out").iterdir()] == ["etc"]
    assert not (room.folder.parent / "etc").exists()


def test_a_pipe_is_not_waited_for(room: Newsroom) -> None:
    os.mkfifo(room.folder / "seeds" / "pipe.txt")
    os.mkfifo(room.folder / "subscribers" / "pipe.csv")
    source = room.run("compose", "seeds/pipe.txt")
    assert (source.returncode, "seeds/pipe.txt: This is a pipe or a device" in source.stderr) == (1, True)
    listed = room.run("send", "seeds/harbour.txt", "--list", "pipe")
    assert (listed.returncode, "List 'pipe' is a pipe or a device" in listed.stderr) == (1, True)


def test_a_link_stays_a_link_when_a_headline_is_picked(room: Newsroom) -> None:
    seed = room.folder / "seeds" / "harbour.txt"
    kept = room.folder / "kept.txt"
    seed.rename(kept)
    seed.symlink_to(kept)
    assert room.run(*COMPOSE, "--pick", "1").returncode == 0
    assert seed.is_symlink()
    assert "Fewer Cars, More Trams" in kept.read_text().partition("LISBON")[0]


def test_a_place_that_may_not_be_written(room: Newsroom) -> None:
    answer = room.run(*COMPOSE, "--out", "/sys")  # where not even root may make a folder
    assert answer.returncode == 1
    assert f"/sys/{SLUG}: " in answer.stderr
    assert "→ Look who may do that" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_current_folder_that_is_gone(room: Newsroom) -> None:
    answer = shell(room, 'mkdir gone && cd gone && rmdir ../gone && "$@" status')
    assert answer.returncode == 1
    assert b"The current folder does not exist any more." in answer.stderr
    assert b"Traceback" not in answer.stderr
