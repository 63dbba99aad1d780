"""Sends that freeze nothing and write no delivery: ``--test``, ``--dry-run`` and ``maildir:``."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.cli.audience import Reader
from dispatch.cli.delivering import summary
from dispatch.cli.mailing import Passwords, headers_for, ways
from dispatch.cli.planning import Draft
from dispatch.cli.signing import signing_keys
from dispatch.cli.wording import many
from dispatch.cli.workspace import now
from dispatch.config.settings import MaildirTarget, Relay, Relays, Settings
from dispatch.delivery.advice import advise
from dispatch.delivery.loop import Session
from dispatch.delivery.maildir import MaildirWriter
from dispatch.delivery.outcome import Outcome, Verdict
from dispatch.delivery.switch import Switch, SwitchTerms
from dispatch.errors import ExitCode, ListError, RelayError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sync import Person
from dispatch.message.template import MessageTemplate, Recipient, unstuff

INERT_TOKEN = "test"
"""Stands in the unsubscribe link of a trial; no ledger honours it."""

NOBODY = "reader@example.invalid"
"""Stands in for a reader where a message is only looked at; RFC 2606 keeps the domain from ever existing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: an edition for a list, through what."""

    settings: Settings
    list_name: str
    draft: Draft
    now: datetime

    def template(self, *, subject_prefix: str = "") -> MessageTemplate:
        newsletter = self.settings.for_list(self.list_name)
        headers = headers_for(newsletter, self.list_name, self.draft.edition, subject_prefix=subject_prefix)
        return MessageTemplate.compile(self.draft.rendered, headers, signing_keys(self.settings, self.list_name))

    def message(self, fields: Mapping[str, str]) -> bytes:
        """The whole message as a reader of those fields would get it, or nobody in particular."""
        address = fields.get("email", NOBODY)
        return unstuff(_build(self, self.template(), Person(address, address, dict(fields))))


def send_tests(trial: Trial, target: Relays | MaildirTarget, addresses: Sequence[str]) -> ExitCode:
    """Send the edition to ``addresses``, marked as a test; no row is touched and its unsubscribe link is inert."""
    tried(trial, target, addresses, click.echo)
    return ExitCode.OK


def tried(trial: Trial, target: Relays | MaildirTarget, addresses: Sequence[str], say: Callable[[str], object]) -> None:
    """Send the edition to ``addresses`` as a test, and ``say`` of each what the server answered.

    Raises :class:`~dispatch.errors.RelayError` where it did not take one of them. It runs an event loop of its own.
    """
    template = trial.template(subject_prefix="[TEST] ")
    people = [_person(address) for address in addresses]
    if isinstance(target, MaildirTarget):
        count = _into_maildir(trial, template, target, people)
        say(f"{many(count, 'test message')} written to {target.path}")
        return
    relay, outcomes = asyncio.run(_send_all(trial, template, target, people))
    for person, outcome in zip(people, outcomes, strict=True):
        said = " ".join(filter(None, (str(outcome.code or ""), outcome.text)))
        say(f"{outcome.verdict}: {person.address}" + (f" ({said})" if said else ""))
    refused = next((outcome for outcome in outcomes if outcome.verdict is not Verdict.ACCEPTED), None)
    if refused is not None:
        message, hint = advise(relay, refused)
        raise RelayError(message, hint=hint)


def dry_run(trial: Trial, ledger: Ledger | None, reader: Reader, except_slug: str | None) -> None:
    """Say who would get the edition, and who not and why."""
    with audience(trial, ledger, reader, except_slug) as (people, said):
        template = trial.template()
        # Each message is built, so that what cannot be built is found before a reader is mailed.
        largest = max((len(_build(trial, template, person)) for person in people), default=0)
    reader.report_rejected()
    for line in said:
        click.echo(line)
    if largest:
        click.echo(f"Largest message: {largest / 1024:,.0f} KB")
    click.echo("Dry run: nothing was sent and nothing was written.")


def write_maildir(
    trial: Trial, target: MaildirTarget, ledger: Ledger | None, reader: Reader, except_slug: str | None
) -> None:
    """Write what would be sent into a Maildir."""
    with audience(trial, ledger, reader, except_slug) as (people, said):
        count = _into_maildir(trial, trial.template(), target, people)
    reader.report_rejected()
    for line in said:
        click.echo(line)
    click.echo(f"{many(count, 'message')} written to {target.path}; nothing was sent and nothing recorded.")


@contextmanager
def audience(
    trial: Trial, ledger: Ledger | None, reader: Reader, except_slug: str | None
) -> Iterator[tuple[Iterable[Person], list[str]]]:
    """Who would be mailed now, as a stream, and what to say about it."""
    slug = trial.draft.edition.slug
    planned = ledger.sends.find(slug, trial.list_name) if ledger is not None else None
    if ledger is not None and planned is not None:
        with ledger.waiting(planned.id) as people:
            yield (
                people,
                [f"{slug} to {trial.list_name} is planned already: {summary(ledger.sends.counts(planned.id))}"],
            )
        return
    with (
        # Where nothing was ever sent there is no ledger yet, and a trial does not found one.
        ledger or Ledger.open("sqlite://", now=trial.now.timestamp()) as books,
        books.rehearse(trial.list_name, reader.people(), slug=slug, except_slug=except_slug) as rehearsal,
    ):
        said = [f"{many(rehearsal.mailed, 'reader')} on list {trial.list_name} would get {slug}"]
        left_out = (
            (rehearsal.suppressed, "suppressed"),
            (rehearsal.unsubscribed, "unsubscribed"),
            (rehearsal.already, "have it already"),
            (reader.rejected, "rejected rows"),
        )
        said += [f"  left out: {number:,} {why}" for number, why in left_out if number]
        yield rehearsal.people, said


def _person(raw: str) -> Person:
    try:
        address = parse_address(raw)
    except BadAddress as error:
        raise ListError(f"--test {raw!r} is no address: {error.reason}.") from None
    return Person(address.address, address.key, {})


def _build(trial: Trial, template: MessageTemplate, person: Person) -> bytes:
    fields = {**person.fields, "email": person.address}
    return template.build(Recipient(person.address, fields, secrets.token_hex(16), INERT_TOKEN), trial.now)


def _into_maildir(trial: Trial, template: MessageTemplate, target: MaildirTarget, people: Iterable[Person]) -> int:
    writer = MaildirWriter(Path(target.path))
    count = 0
    for person in people:
        writer.write(template.headers.sender_address, person.address, _build(trial, template, person))
        count += 1
    return count


async def _send_all(
    trial: Trial, template: MessageTemplate, relays: Relays, people: Sequence[Person]
) -> tuple[Relay, list[Outcome]]:
    """What became of each message, and through which relay the last one went."""
    switch = _switch(trial.settings, relays)
    session: Session = await switch.connect()
    outcomes: list[Outcome] = []
    for person in people:
        content = _build(trial, template, person)
        outcome = await _send_one(session, template, person.address, content)
        outcomes.append(outcome)
        if outcome.session_lost and len(outcomes) < len(people):
            session.abort()
            session = await switch.connect()
    await session.quit()
    return switch.current, outcomes


def _switch(settings: Settings, relays: Relays) -> Switch:
    """The way out of a trial, which no limit concerns."""

    async def reserve(_relay: Relay, wanted: int) -> int:
        return wanted

    async def moved(_relay: Relay) -> None:
        pass

    return Switch(
        ways(settings, relays, Passwords(settings)),
        SwitchTerms(
            clock=lambda: now().timestamp(),
            say=lambda text: click.echo(text, err=True),
            reserve=reserve,
            moved=moved,
            connections=1,
            messages_per_connection=settings.smtp.messages_per_connection,
        ),
    )


async def _send_one(session: Session, template: MessageTemplate, recipient: str, content: bytes) -> Outcome:
    refused = await session.begin(
        template.headers.sender_address,
        recipient,
        size=len(content),
        smtputf8=template.needs_smtputf8(recipient),
    )
    return refused if refused is not None else await session.finish(content)
