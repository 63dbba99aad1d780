"""``dispatch unknown``: messages that may have arrived, and what a person decides about them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dispatch.cli.asking import confirm
from dispatch.cli.sent import never_sent, sends_of
from dispatch.cli.wording import at, many
from dispatch.cli.workspace import now, workspace_of

if TYPE_CHECKING:
    from dispatch.ledger.control import Doubt
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.sends import Send


@click.command(
    short_help="List messages that may have arrived; send them again, or let them be.",
    epilog="\b\nExamples:\n  dispatch unknown canada-china\n  dispatch unknown canada-china --resend\n"
    "  dispatch unknown canada-china --assume-accepted",
)
@click.argument("slug")
@click.option("--list", "list_name", metavar="NAME", help="Only the send to this list.")
@click.option("--resend", is_flag=True, help="Queue them again, each with the same Message-ID.")
@click.option("--assume-accepted", is_flag=True, help="Count them as accepted: they are never sent again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def unknown(
    ctx: click.Context,
    slug: str,
    list_name: str | None,
    resend: bool,
    assume_accepted: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """List the messages of edition SLUG of which nobody knows whether they arrived.

    They went out whole, and no answer came. With --resend some readers may get a second copy; with --assume-accepted
    some may get none.
    """
    from dispatch.cli.ledgers import open_existing

    if resend and assume_accepted:
        raise click.UsageError("Send them again or count them as accepted, not both.")
    settings = workspace_of(ctx)
    ledger = open_existing(settings, now())
    if ledger is None:
        raise never_sent(slug)
    with ledger:
        found = [(one, ledger.control.doubts(one.id)) for one in sends_of(ledger, slug, list_name)]
        if as_json:
            click.echo(json.dumps([_document(one, each) for one, doubts in found for each in doubts], indent=2))
        else:
            for one, doubts in found:
                for each in doubts:
                    since = at(each.since, settings.for_list(one.list_name).timezone)
                    click.echo(f"{each.address}  {one.list_name}  since {since}  {each.said}")
        if resend or assume_accepted:
            _decide(ledger, found, resend=resend, yes=yes, quiet=as_json)
        elif not as_json:
            _say_ways(slug, sum(len(doubts) for _, doubts in found))


def _decide(ledger: Ledger, found: list[tuple[Send, list[Doubt]]], *, resend: bool, yes: bool, quiet: bool) -> None:
    from dispatch.cli.pacing import require_going
    from dispatch.ledger.states import DeliveryState, EventKind, Stop

    count = sum(len(doubts) for _, doubts in found)
    if not count:
        if not quiet:
            click.echo("Nothing is in doubt.")
        return
    if resend:
        for one, _ in found:
            if one.stop is Stop.CANCELLED:
                require_going(one)
    risk = "readers who got it would get it twice" if resend else "readers who did not get it never will"
    confirm(f"{many(count, 'message')} may have arrived; {risk}.", "Go on?", yes=yes)
    for one, doubts in found:
        if resend:
            number = ledger.work.requeue(one.id, DeliveryState.UNKNOWN, EventKind.RESEND, now=now().timestamp())
            said = "queued again"
        else:
            number = ledger.control.assume_accepted(one.id, now=now().timestamp())
            said = "counted as accepted"
        if doubts and not quiet:
            click.echo(f"{one.slug} to {one.list_name}: {many(number, 'message')} {said}.")
            if resend:
                click.echo(f"  → They go with cron's run-due, or now: dispatch send {one.slug} --list {one.list_name}")


def _say_ways(slug: str, count: int) -> None:
    if not count:
        click.echo("Nothing is in doubt.")
        return
    click.echo(f"  → Send them again, with the same Message-ID: dispatch unknown {slug} --resend")
    click.echo(f"  → Or count them as accepted: dispatch unknown {slug} --assume-accepted")


def _document(send: Send, doubt: Doubt) -> dict[str, str]:
    since = datetime.fromtimestamp(doubt.since, UTC).isoformat(timespec="seconds")
    return {"address": doubt.address, "list": send.list_name, "since": since, "said": doubt.said}
