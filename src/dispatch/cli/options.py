"""The options of every command that delivers, and the settings as they say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dispatch.errors import ConfigError, Place

if TYPE_CHECKING:
    from dispatch.config.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def at_once(command: Command) -> Command:
    """Give a command the options that say how much it does at once; :func:`settings_by` reads them."""
    return click.option(
        "--connections",
        type=click.IntRange(1, 100),
        metavar="N",
        help="Open N connections at once (default: `[smtp] connections`).",
    )(command)


def settings_by(settings: Settings, *, smtp: Sequence[str], connections: int | None) -> Settings:
    """The settings with what a command's options say in their place."""
    if connections is not None:
        settings = replace(settings, smtp=replace(settings.smtp, connections=connections))
    if not smtp:
        return settings
    from dispatch.config.smtp_url import parse_smtp_urls

    try:
        return settings.with_target(parse_smtp_urls(smtp, Path.cwd()))
    except ConfigError as error:
        error.place = Place("--smtp")
        raise
