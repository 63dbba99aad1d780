"""``dispatch pause``, ``resume`` and ``cancel``: a send, from another terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dispatch.cli.asking import confirm
from dispatch.cli.options import at_once, settings_by
from dispatch.cli.sent import never_sent, sends_of
from dispatch.cli.wording import many
from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import ExitCode, Refused

if TYPE_CHECKING:
    from dispatch.config.settings import Settings
    from dispatch.ledger.ledger import Ledger


@click.command(
    short_help="Pause a send; whoever works on it stops within a second.",
    epilog="\b\nExamples:\n  dispatch pause canada-china\n  dispatch resume canada-china",
)
@click.argument("slug")
@click.option("--list", "list_name", metavar="NAME", help="Only the send to this list.")
@click.pass_context
def pause(ctx: click.Context, slug: str, list_name: str | None) -> None:
    """Pause the sends of edition SLUG until `dispatch resume`.

    What is on the wire at this moment is finished. Neither cron's `run-due` nor `dispatch send` goes on with it.
    """
    from dispatch.ledger.states import Stop

    with _ledger(workspace_of(ctx), slug) as ledger:
        for one in sends_of(ledger, slug, list_name):
            if one.stop is Stop.CANCELLED:
                raise Refused(f"The send of {slug} to {one.list_name} was cancelled already.")
            left = ledger.sends.counts(one.id).unfinished
            if not left:
                click.echo(f"{slug} to {one.list_name}: nothing is left to pause.")
            elif one.stop is Stop.PAUSED:
                click.echo(f"{slug} to {one.list_name} was paused already.")
            else:
                ledger.control.pause(one.id, now=now().timestamp())
                click.echo(f"Paused: {slug} to {one.list_name}, with {many(left, 'message')} left.")
                click.echo(f"  → Go on: dispatch resume {slug} --list {one.list_name}")


@click.command(
    short_help="Go on with a send that was paused.",
    epilog="\b\nExample:\n  dispatch resume canada-china\n\n"
    "Exit codes are those of `dispatch send`: 0 every row is final; 3 some row is not; 1 an error; 2 refused.",
)
@click.argument("slug")
@click.option("--list", "list_name", metavar="NAME", help="Only the send to this list.")
@click.option("--smtp", multiple=True, metavar="URL", help="Send through this relay instead of the settings'; repeats.")
@at_once
@click.pass_context
def resume(
    ctx: click.Context,
    slug: str,
    list_name: str | None,
    smtp: tuple[str, ...],
    connections: int | None,
    workers: int | None,
) -> int:
    """Go on with the sends of edition SLUG that were paused, or stopped in another way: deliver them here and now."""
    from dispatch.cli.delivering import HowToRun, exit_code, run_planned
    from dispatch.cli.pacing import let_go, require_clock, require_going
    from dispatch.config.settings import Relays
    from dispatch.ledger.states import Stop

    settings = settings_by(workspace_of(ctx), smtp=smtp, connections=connections, workers=workers)
    relays = settings.smtp.target
    if not isinstance(relays, Relays):
        raise Refused("A Maildir cannot take up a send.", hint="Name a relay: --smtp smtp://host:25")
    code = ExitCode.OK
    with _ledger(settings, slug) as ledger:
        require_clock(ledger, now(), trust=False)
        held = [one for one in sends_of(ledger, slug, list_name) if one.held is not None]
        if not held:
            raise Refused(f"No send of {slug} is paused.", hint=f"dispatch status {slug} shows where it stands.")
        for one in held:
            if one.stop is Stop.CANCELLED:
                require_going(one)
            let_go(ledger, one, now())
            code = max(code, exit_code(run_planned(settings, relays, ledger, one, HowToRun()).counts))
    return code


@click.command(
    short_help="Take back, for good, what of a send has not gone.",
    epilog="\b\nExample:\n  dispatch cancel canada-china --list sample",
)
@click.argument("slug")
@click.option("--list", "list_name", metavar="NAME", help="Only the send to this list.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def cancel(ctx: click.Context, slug: str, list_name: str | None, yes: bool) -> None:
    """Take back every message of edition SLUG that has not begun to go. This is final.

    What is on the wire at this moment is finished. A cancelled send cannot be resumed.
    """
    from dispatch.ledger.states import Stop

    with _ledger(workspace_of(ctx), slug) as ledger:
        chosen = sends_of(ledger, slug, list_name)
        left = sum(ledger.sends.counts(one.id).unfinished for one in chosen)
        lists = ", ".join(one.list_name for one in chosen)
        if not left and all(one.stop is Stop.CANCELLED for one in chosen):
            click.echo(f"{slug} to {lists} was cancelled already.")
            return
        confirm(f"{many(left, 'message')} of {slug} to {lists} would never go.", "Cancel them?", yes=yes)
        for one in chosen:
            count = ledger.control.cancel(one.id, now=now().timestamp())
            click.echo(f"Cancelled: {slug} to {one.list_name}, {many(count, 'message')} taken back.")


def _ledger(settings: Settings, slug: str) -> Ledger:
    from dispatch.cli.ledgers import open_existing

    ledger = open_existing(settings, now())
    if ledger is None:
        raise never_sent(slug)
    return ledger
