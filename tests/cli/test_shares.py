"""How many processes work on a send, and what each of them is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dispatch.cli.part import Share
from dispatch.cli.shares import WORTH_A_PROCESS, shares
from dispatch.config.load import load_settings
from dispatch.config.settings import Relays
from support.newsroom import Newsroom

MANY = 100 * WORTH_A_PROCESS


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    return Newsroom.make(tmp_path / "room", "smtp://127.0.0.1:25")


def split(room: Newsroom, due: int = MANY, limit: int | None = None, smtp: str = "", more: str = "") -> list[Share]:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace('url = "smtp://127.0.0.1:25"\n', f'url = "smtp://127.0.0.1:25"\n{smtp}'))
    toml.write_text(toml.read_text() + more)
    settings = load_settings(room.folder, {})
    assert isinstance(settings.smtp.target, Relays)
    return shares(settings, settings.smtp.target, "daily", due, limit)


@pytest.mark.parametrize(
    ("keys", "processes"), [((), 1), (("--ed25519",), 1), (("--rsa",), 4), (("--ed25519", "--rsa"), 4)]
)
def test_without_a_word_about_it_there_is_one_a_core_where_signing_is_what_takes_time(
    room: Newsroom, keys: tuple[str, ...], processes: int
) -> None:
    for key in keys:
        assert room.run("dkim", "keygen", key, "--selector", key.strip("-")).returncode == 0
    assert len(split(room)) == processes


@pytest.mark.parametrize(("due", "processes"), [(0, 1), (WORTH_A_PROCESS, 1), (2 * WORTH_A_PROCESS + 1, 3)])
def test_for_a_few_messages_none_is_started_unasked(room: Newsroom, due: int, processes: int) -> None:
    assert room.run("dkim", "keygen", "--rsa").returncode == 0
    assert len(split(room, due)) == processes


def test_connections_and_limit_are_split_without_a_rest(room: Newsroom) -> None:
    assert split(room, limit=10, smtp="workers = 4\nconnections = 6\n") == [
        Share(2, 3),
        Share(2, 3),
        Share(1, 2),
        Share(1, 2),
    ]


@pytest.mark.parametrize(
    ("due", "limit", "smtp", "more", "processes"),
    [
        (MANY, None, "workers = 9\nconnections = 3\n", "", 3),
        (MANY, None, "workers = 9\n", '[relays."127.0.0.1"]\nconnections = 2\n', 2),
        (MANY, 5, "workers = 9\n", "", 5),
        (4, None, "workers = 9\n", "", 4),
        (0, None, "workers = 9\n", "", 1),
    ],
)
def test_nobody_is_given_nothing_to_do(
    room: Newsroom, due: int, limit: int | None, smtp: str, more: str, processes: int
) -> None:
    given = split(room, due, limit, smtp, more)
    assert len(given) == processes
    assert all(share.connections >= 1 for share in given)
    assert all(share.limit is None or share.limit >= 1 for share in given)
