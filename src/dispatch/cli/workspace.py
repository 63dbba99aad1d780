"""What every command needs from the command line's surroundings: the settings in force and the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dispatch.errors import Refused

if TYPE_CHECKING:
    from dispatch.config.settings import Settings


def settings_of(ctx: click.Context) -> Settings:
    """The settings of the workspace that ``-C`` names or the nearest one upwards; defaults outside any workspace."""
    from dispatch.config.load import load_settings

    return load_settings(ctx.find_root().obj)


def workspace_of(ctx: click.Context) -> Settings:
    """The settings of a workspace; refused outside one."""
    settings = settings_of(ctx)
    if settings.file is None:
        raise Refused(
            f"No dispatch.toml in {settings.root} or above it, so there is no newsletter to work on.",
            hint="Run this inside a newsletter's folder, name it with -C, or start one: dispatch init mynews",
        )
    return settings


def now() -> datetime:
    """The time, in UTC; commands pass it on, so that nothing below reads a clock."""
    return datetime.now(UTC)


def seconds() -> float:
    """:func:`now` as the ledger writes it: seconds since the Unix epoch."""
    return time.time()
