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
    for name, help_text in (
        ("--workers", "Let N processes share the work (default: `[smtp] workers`)."),
        ("--connections", "Open N connections at once (default: `[smtp] connections`)."),
    ):
        command = click.option(name, type=click.IntRange(1, 100), metavar="N", help=help_text)(command)
    return command


def settings_by(settings: Settings, *, smtp: Sequence[str], connections: int | None, workers: int | None) -> Settings:
    """The settings with what a command's options say in their place."""
    in_force = settings.smtp
    settings = replace(
        settings,
        smtp=replace(
            in_force,
            connections=connections if connections is not None else in_force.connections,
            workers=workers if workers is not None else in_force.workers,
        ),
    )
    if not smtp:
        return settings
    from dispatch.config.smtp_url import parse_smtp_urls

    try:
        return settings.with_target(parse_smtp_urls(smtp, Path.cwd()))
    except ConfigError as error:
        error.place = Place("--smtp")
        raise
