"""Where what can be made again is kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.cli.files import cache_folder


@pytest.mark.parametrize(
    ("given", "folder"),
    [("/var/tmp/ann", "/var/tmp/ann/dispatch"), ("", "HOME/.cache/dispatch"), ("cache", "HOME/.cache/dispatch")],
    ids=["set", "not set", "relative, which the specification has ignored"],
)
def test_the_users_cache_is_where_the_desktop_keeps_it(
    given: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert str(cache_folder()) == folder.replace("HOME", str(tmp_path))
