"""Cron expressions in ``[[schedule]]``: taken as people write them, refused with their line where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.config.load import load_settings
from dispatch.errors import ConfigError


def workspace(folder: Path, cron: str) -> Path:
    schedule = f'[[schedule]]\ncron = "{cron}"\nlist = "daily"\nfolder = "seeds"\n'
    (folder / "dispatch.toml").write_text(f'[newsletter]\nname = "News"\n{schedule}')
    return folder


@pytest.mark.parametrize(
    "cron", ["", "0 7 * *", "0 0 7 * * *", "61 7 * * *", "0 7 * * someday", "0 0 30 2 *", "@daily"]
)
def test_what_is_no_cron_expression_is_refused_with_its_place(tmp_path: Path, cron: str) -> None:
    with pytest.raises(ConfigError, match="cron") as caught:
        load_settings(workspace(tmp_path, cron), {})
    assert "dispatch.toml:4" in str(caught.value)


@pytest.mark.parametrize("cron", ["0 7 * * mon-fri", "*/5 * * * *", "0 7 1 JAN *", "0 0 29 2 *", "0 7 L * *"])
def test_cron_expressions_as_people_write_them_are_taken(tmp_path: Path, cron: str) -> None:
    (schedule,) = load_settings(workspace(tmp_path, cron), {}).schedules
    assert schedule.cron == cron
