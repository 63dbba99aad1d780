"""``dispatch unsubscribe``, ``suppress`` and ``suppressions``: who is not mailed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dispatch.cli.wording import at, many
from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import DispatchError, Refused

if TYPE_CHECKING:
    from dispatch.audience.addresses import Address


def _address(raw: str) -> Address:
    from dispatch.audience.addresses import BadAddress, parse_address

    try:
        return parse_address(raw)
    except BadAddress as error:
        raise DispatchError(f"{raw!r} is no address: {error.reason}.") from None


@click.command(
    epilog="\b\nExamples:\n  dispatch unsubscribe ann@example.org\n  dispatch unsubscribe ann@example.org --list daily"
)
@click.argument("address")
@click.option("--list", "list_name", metavar="NAME", help="Only from this list (default: from everything).")
@click.pass_context
def unsubscribe(ctx: click.Context, address: str, list_name: str | None) -> None:
    """Take a reader off one list, or off everything. No list file brings them back."""
    from dispatch.audience.files import find_list
    from dispatch.cli.ledgers import open_or_found

    settings = workspace_of(ctx)
    person = _address(address)
    with open_or_found(settings, now()) as ledger:
        if list_name is not None and ledger.people.synced_digest(list_name) is None:
            # A list that was mailed counts as one though its file is gone: leaving must always be possible.
            find_list(settings.subscribers, list_name)
        known = ledger.story_of(person.address, person.key) is not None
        fresh = ledger.people.unsubscribe(person.address, person.key, list_name=list_name, now=now().timestamp())
    where = f"list {list_name}" if list_name else "everything"
    click.echo(f"{person.address} {'is' if fresh else 'was already'} unsubscribed from {where}.")
    if not known:
        click.echo("  → No edition ever went to a list with this address on it: is it spelt right?")


@click.command(epilog='\b\nExample:\n  dispatch suppress ann@example.org --reason "asked by phone"')
@click.argument("address")
@click.option("--reason", required=True, metavar="TEXT", help="Why; `dispatch explain ADDRESS` shows it.")
@click.pass_context
def suppress(ctx: click.Context, address: str, reason: str) -> None:
    """Never mail an address again, whatever a file says."""
    from dispatch.cli.ledgers import open_or_found
    from dispatch.ledger.states import SuppressionReason

    person = _address(address)
    if not reason.strip() or not reason.isprintable():
        raise Refused("A reason is one line of text.", hint='Write it like --reason "asked by phone"')
    with open_or_found(workspace_of(ctx), now()) as ledger:
        fresh = ledger.people.suppress(
            person.address, person.key, SuppressionReason.MANUAL, detail=reason, now=now().timestamp()
        )
    click.echo(f"{person.address} {'is' if fresh else 'was already'} suppressed.")


@click.command(epilog="\b\nExamples:\n  dispatch suppressions\n  dispatch suppressions --undo canada-china")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option("--undo", "slug", metavar="SLUG", help="Lift those that the bounces of edition SLUG caused.")
@click.pass_context
def suppressions(ctx: click.Context, as_json: bool, slug: str | None) -> None:
    """List the addresses that are never mailed, and why."""
    from dispatch.cli.ledgers import open_existing

    settings = workspace_of(ctx)
    ledger = open_existing(settings, now())
    if ledger is None:
        if slug is not None:
            raise Refused(f"No edition {slug!r} was ever sent.")
        click.echo("[]" if as_json else "Nobody is suppressed.")
        return
    with ledger:
        if slug is not None:
            sends = ledger.sends.of_edition(slug)
            if not sends:
                raise Refused(f"No edition {slug!r} was ever sent.", hint="dispatch status lists the editions.")
            lifted = sum(ledger.people.undo_bounces(one.id, now=now().timestamp()) for one in sends)
            click.echo(f"{many(lifted, 'suppression')} lifted.")
            if lifted:
                click.echo(f"  → Mail those readers after all: dispatch retry {slug} --bounced")
            return
        found = list(ledger.people.suppressions())
    if as_json:
        rows = [
            {
                "address": one.address,
                "reason": one.reason.value,
                "detail": one.detail,
                "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in found:
        detail = f"  {one.detail}" if one.detail else ""
        since = at(one.at, settings.newsletter.timezone)
        click.echo(f"{since}  {one.reason.value:<12} {one.address or '(forgotten)'}{detail}")
    if not found:
        click.echo("Nobody is suppressed.")
