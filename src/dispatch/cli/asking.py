"""Asking a person before something that cannot be taken back."""

from __future__ import annotations

import sys

import click

from dispatch.errors import Refused

FREE = 25
"""Up to so many readers a send needs no confirmation: a try among colleagues."""


def on_terminal() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm_audience(list_name: str, count: int, *, yes: bool) -> None:
    """Above :data:`FREE` readers a person types the list's name or the count; ``--yes`` says it beforehand."""
    if yes or count <= FREE:
        return
    if not on_terminal():
        raise Refused(
            f"{count:,} readers would be mailed, and there is no terminal to confirm it on.",
            hint="Add --yes once you are sure; --dry-run shows what would happen.",
        )
    answer = click.prompt(f"Type {list_name!r} or {count} to send", default="", show_default=False).strip()
    if answer.replace(",", "") not in {list_name, str(count)}:
        raise Refused("Not confirmed; nothing was sent.")


def confirm_shrunk(list_name: str, before: int, left: int, *, yes: bool) -> None:
    """A list that lost a fifth looks like a half-written export: a person confirms it."""
    if yes:
        return
    said = f"List {list_name!r} lost {left:,} of its {before:,} readers since it was last read."
    if not on_terminal():
        raise Refused(
            said,
            hint="Look whether the file is whole; if it is, add --yes.",
        )
    if not click.confirm(f"{said} Is the file whole?", default=False):
        raise Refused("Not confirmed; nothing was changed and nothing was sent.")


def confirm(said: str, question: str, *, yes: bool) -> None:
    """Say what would happen, and ask; ``--yes`` answers beforehand."""
    if yes:
        return
    if not on_terminal():
        raise Refused(said, hint="There is no terminal to confirm it on: add --yes once you are sure.")
    if not click.confirm(f"{said} {question}", default=False):
        raise Refused("Not confirmed; nothing was changed.")
