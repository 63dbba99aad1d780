"""``dispatch ledger``: the ledger as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from dispatch.cli.wording import many
from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import ConfigError, Place, Refused

if TYPE_CHECKING:
    from dispatch.ledger.work import Work


@click.group(
    short_help="Move the ledger onto a server.",
    epilog="\b\nExample:\n  dispatch ledger move postgresql://dispatch@db.example.org/dispatch",
)
def ledger() -> None:
    """Move the ledger, which knows who got what, from its file onto a PostgreSQL server."""


@ledger.command(
    short_help="Move the ledger onto a PostgreSQL server.",
    epilog="\b\nExample:\n  dispatch ledger move postgresql://dispatch@db.example.org/dispatch",
)
@click.argument("url")
@click.pass_context
def move(ctx: click.Context, url: str) -> None:
    """Move the ledger from its file into the empty PostgreSQL database at URL, and name that one in dispatch.toml.

    Everything moves: who got what, lists, wishes, schedules, keys. The file is kept, but no command writes into it any
    more. The password comes from ~/.pgpass or PGPASSWORD. Should it break off, run the same command again.
    """
    from dispatch.cli.ledgers import ledger_file, require_this
    from dispatch.config.edit import set_key
    from dispatch.config.ledger_url import parse_ledger_url
    from dispatch.delivery.worker import reap
    from dispatch.ledger.moving import move as move_ledger

    settings = workspace_of(ctx)
    assert settings.file is not None
    try:
        target = parse_ledger_url(url, settings.root)
    except ConfigError as error:
        error.place = Place("URL")
        raise
    if not target.startswith("postgresql:"):
        raise Refused("A ledger moves onto a server only.", hint="Write its URL as postgresql://USER@HOST/DATABASE.")

    def prepare(name: str, work: Work) -> None:
        require_this(settings, name)
        locks = settings.state / "workers"
        locks.mkdir(parents=True, exist_ok=True)
        reap(work, locks, 0, now=now().timestamp())

    moved = move_ledger(ledger_file(settings, target), target, prepare=prepare)
    set_key(settings.file, "ledger", "url", target)
    click.echo(
        f"Moved to {target}: {many(moved['list'], 'list')}, {many(moved['subscriber'], 'reader')}, "
        f"{many(moved['edition'], 'edition')}, {many(moved['delivery'], 'message')}."
    )
    click.echo("dispatch.toml names it now; on every other machine write the same, in [ledger].")
    click.echo("The old file takes nothing more. Keep it as a backup.")
    if "DISPATCH_LEDGER_URL" in os.environ:
        click.echo("  → DISPATCH_LEDGER_URL still names the old one, and outweighs dispatch.toml: unset it.", err=True)
