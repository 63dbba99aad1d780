"""``dispatch status`` and ``dispatch explain``: what the ledger knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from dispatch.cli.sent import never_sent
from dispatch.cli.wording import at
from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import DispatchError, Refused

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatch.config.settings import Settings
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.story import PersonStory


@click.command(
    short_help="Show where editions stand, and what every message became.",
    epilog="\b\nExamples:\n  dispatch status\n  dispatch status canada-china --json",
)
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_context
def status(ctx: click.Context, slug: str | None, as_json: bool) -> None:
    """Show where editions stand: how many messages are accepted, deferred, in doubt …"""
    from dispatch.cli.ledgers import open_existing

    settings = workspace_of(ctx)
    ledger = open_existing(settings, now())
    if ledger is None:
        if slug is not None:
            raise never_sent(slug)
        click.echo("[]" if as_json else "Nothing was sent yet.")
        return
    with ledger:
        if slug is not None and ledger.sends.edition(slug) is None:
            raise never_sent(slug)
        if as_json:
            documents = [_document(ledger, one) for one in ([slug] if slug else ledger.sends.slugs())]
            click.echo(json.dumps(documents[0] if slug else documents, ensure_ascii=False, indent=2))
        elif slug is not None:
            _one(settings, ledger, slug)
        else:
            slugs = ledger.sends.slugs()
            width = max(map(len, slugs), default=0)
            for one in slugs:
                click.echo(_line(ledger, one, width))


@click.command(
    short_help="Tell what one person was sent, and why not.",
    epilog="\b\nExample:\n  dispatch explain ann@example.org",
)
@click.argument("address")
@click.pass_context
def explain(ctx: click.Context, address: str) -> None:
    """Tell one person's whole story: their lists, what they were sent, and why not."""
    from dispatch.audience.addresses import BadAddress, parse_address
    from dispatch.cli.ledgers import open_existing

    try:
        parsed = parse_address(address)
    except BadAddress as error:
        raise DispatchError(f"{address!r} is no address: {error.reason}.") from None
    settings = workspace_of(ctx)
    ledger = open_existing(settings, now())
    if ledger is None:
        raise Refused("Nothing was sent yet, so the ledger knows nobody.")
    with ledger:
        story = ledger.story_of(parsed.address, parsed.key)
    if story is None:
        raise Refused(
            f"The ledger never heard of {parsed.address}.",
            hint="It learns of readers when their list is first sent to: dispatch lists check NAME looks into a file.",
        )
    _tell(story, settings.newsletter.timezone)


def _document(ledger: Ledger, slug: str) -> dict[str, object]:
    counts = ledger.sends.edition_counts(slug)
    sends = [
        {
            "list": one.list_name,
            "held": one.held,
            "stop": one.stop,
            "resume_at": one.resume_at,
            **_counts(ledger, one.id),
        }
        for one in ledger.sends.of_edition(slug)
    ]
    return {"slug": slug, **_as_json(counts.by_state), "total": counts.total, "sends": sends}


def _counts(ledger: Ledger, send_id: int) -> dict[str, object]:
    counts = ledger.sends.counts(send_id)
    return {**_as_json(counts.by_state), "total": counts.total}


def _as_json(by_state: object) -> dict[str, object]:
    from dispatch.ledger.states import DeliveryState

    assert isinstance(by_state, dict)
    return {"counts": {state.value: by_state.get(state, 0) for state in DeliveryState}}


def _line(ledger: Ledger, slug: str, width: int) -> str:
    from dispatch.cli.delivering import summary

    edition = ledger.sends.edition(slug)
    assert edition is not None
    held = [f"; {one.list_name} is held: {one.held}" for one in ledger.sends.of_edition(slug) if one.held]
    return f"No. {edition.number:<4} {slug:<{width}}  {summary(ledger.sends.edition_counts(slug))}{''.join(held)}"


def _one(settings: Settings, ledger: Ledger, slug: str) -> None:
    from dispatch.cli.delivering import summary
    from dispatch.delivery.worker import living
    from dispatch.ledger.states import DeliveryState, Stop

    zone = settings.newsletter.timezone
    workers = living(ledger.work, settings.state / "workers")
    idle = ledger.schedules.to_continue(living=workers, now=now().timestamp())
    edition = ledger.sends.edition(slug)
    assert edition is not None
    click.echo(f"No. {edition.number}  {edition.subject}")
    for one in ledger.sends.of_edition(slug):
        counts = ledger.sends.counts(one.id)
        click.echo(f"{one.list_name}, planned {at(one.created_at, zone)}: {summary(counts)}")
        if one.held:
            click.echo(f"  held: {one.held}")
            if one.stop is not Stop.CANCELLED:
                verb = "resume" if one.stop is Stop.PAUSED else "send"
                click.echo(f"  → Go on: dispatch {verb} {slug} --list {one.list_name}")
        if one.resume_at is not None and not one.held:
            click.echo(f"  waits until {at(one.resume_at, zone)}, then goes on with dispatch run-due (cron)")
        if one.id in idle or (counts[DeliveryState.SENDING] and not workers and not one.held):
            click.echo(f"  → Nobody works on it. Go on: dispatch send {slug} --list {one.list_name}")
        for state in (DeliveryState.DEFERRED, DeliveryState.BOUNCED):
            for said, number in ledger.sends.reasons(one.id, state):
                click.echo(f"  {state}: {number:,} × {said}")
        for address in ledger.sends.addresses(one.id, DeliveryState.UNKNOWN):
            click.echo(f"  unknown: {address}")
        if counts[DeliveryState.UNKNOWN]:
            click.echo(f"  → What to do about them: dispatch unknown {slug}")
    for scope, pace in ledger.throttles.paces().items():
        click.echo(f"  slowed: {scope} to {pace.per_minute:,.0f} a minute ({pace.why})")


def _tell(story: PersonStory, zone: tzinfo) -> None:
    from dispatch.ledger.states import DeliveryState

    click.echo(story.address)
    if story.suppressed:
        click.echo(f"  suppressed ({story.suppressed}): gets no mail")
    for membership in story.memberships:
        click.echo(f"  list {membership.list_name}: {membership.status} since {at(membership.changed_at, zone)}")
    for delivery in story.deliveries:
        # Where in the dialogue the server said no matters; that it said yes at the end does not.
        stage = None if delivery.state is DeliveryState.ACCEPTED else delivery.stage
        said = " ".join(str(part) for part in (stage, delivery.code, delivery.reply) if part)
        again = f", tried again from {at(delivery.next_at, zone)}" if delivery.next_at else ""
        click.echo(
            f"  edition {delivery.slug} through {delivery.list_name}: {delivery.state} {at(delivery.updated_at, zone)}"
            f"{f' ({said})' if said else ''}{again}"
        )
    if story.events:
        click.echo("  what happened:")
    for event in story.events:
        click.echo(f"    {at(event.at, zone)}  {event.kind}{f' {event.slug}' if event.slug else ''}: {event.detail}")
