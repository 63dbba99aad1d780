"""``dispatch send`` and ``dispatch retry``: delivery, with what keeps readers from harm before it."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.cli.options import at_once, settings_by
from dispatch.cli.sent import never_sent, no_such_edition, sends_of
from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import ExitCode, Refused

if TYPE_CHECKING:
    from dispatch.cli.audience import Reader
    from dispatch.cli.planning import Wanted
    from dispatch.config.settings import Relays, Settings
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.sends import Send


@click.command(
    short_help="Deliver an edition to a list: each reader once.",
    epilog="\b\nExamples:\n"
    "  dispatch send seeds/canada-china.txt --list sample --test me@example.org\n"
    "  dispatch send seeds/canada-china.txt --list sample --dry-run\n"
    "  dispatch send seeds/canada-china.txt --list sample\n"
    "  dispatch send canada-china --list sample            go on with a send\n\n"
    "Exit codes: 0 every row is final; 3 some row is not (queued, deferred, unknown); 1 an error; 2 refused.",
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…|SLUG")
@click.option("--list", "list_name", metavar="NAME", help="Whom to mail: subscribers/NAME.csv (or the seed's `list`).")
@click.option("--slug", help="The edition's slug (default: from its title).")
@click.option(
    "--smtp",
    multiple=True,
    metavar="URL",
    help="Send through this relay (or maildir:PATH) instead of the settings'; repeats.",
)
@at_once
@click.option(
    "--dry-run", is_flag=True, help="Say who would be mailed, and whether it would go; send and write nothing."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Send at most N messages in this run.")
@click.option("--test", "tests", multiple=True, metavar="ADDRESS", help="Send only to ADDRESS, marked [TEST]; repeats.")
@click.option("--yes", is_flag=True, help="Do not ask: the audience is right, and a list that shrank is whole.")
@click.option("--resume", is_flag=True, help="Go on with the edition as it was frozen, though its source changed.")
@click.option("--add-new", is_flag=True, help="Also mail who joined the list since the send was planned.")
@click.option("--except", "except_slug", metavar="SLUG", help="Leave out who already got edition SLUG.")
@click.option(
    "--on-unknown",
    type=click.Choice(["hold", "resend"]),
    default="hold",
    show_default=True,
    help="What to do with messages that may have arrived: leave them, or mail them again with the same Message-ID.",
)
@click.option("--force", is_flag=True, help="Send in spite of what `dispatch check` calls errors; the ledger keeps it.")
@click.option("--trust-clock", is_flag=True, help="The clock is right, though the ledger has later entries.")
@click.pass_context
def send(
    ctx: click.Context,
    sources: tuple[str, ...],
    list_name: str | None,
    slug: str | None,
    smtp: tuple[str, ...],
    connections: int | None,
    workers: int | None,
    dry_run: bool,
    limit: int | None,
    tests: tuple[str, ...],
    yes: bool,
    resume: bool,
    add_new: bool,
    except_slug: str | None,
    on_unknown: str,
    force: bool,
    trust_clock: bool,
) -> int:
    """Deliver an edition to a list: each reader once, whatever happens.

    The edition and its audience are frozen when the send is planned. A later `send` of the same edition and list
    goes on where it stopped and mails nobody twice. An edition in which `dispatch check` finds errors does not go.
    Pictures that lie beside the text are published first, as [assets] says.
    """
    from dispatch.cli.planning import Wanted
    from dispatch.config.settings import MaildirTarget

    settings = settings_by(workspace_of(ctx), smtp=smtp, connections=connections, workers=workers)
    paths, slug = sources_or_slug(settings, sources, slug)
    chosen = list_name or list_of(settings, paths, slug)
    wanted = Wanted(chosen, paths, slug, resume, add_new, except_slug)
    target = settings.smtp.target
    if tests or dry_run or isinstance(target, MaildirTarget):
        return _try(settings, wanted, tests=tests, dry=dry_run, force=force)
    resend = on_unknown == "resend"
    return _send_for_real(
        settings, target, wanted, yes=yes, limit=limit, resend=resend, force=force, trust_clock=trust_clock
    )


@click.command(
    short_help="Try an edition's deferred messages again now.",
    epilog="\b\nExamples:\n  dispatch retry canada-china\n  dispatch retry canada-china --bounced",
)
@click.argument("slug")
@click.option("--list", "list_name", metavar="NAME", help="Only the send to this list.")
@click.option("--smtp", multiple=True, metavar="URL", help="Send through this relay instead of the settings'; repeats.")
@at_once
@click.option("--bounced", is_flag=True, help="Also what bounced: a wrong relay, or a refused text, bounces everyone.")
@click.pass_context
def retry(
    ctx: click.Context,
    slug: str,
    list_name: str | None,
    smtp: tuple[str, ...],
    connections: int | None,
    workers: int | None,
    bounced: bool,
) -> int:
    """Try the deferred messages of edition SLUG again now, without waiting for their time.

    Addresses that bounces suppressed stay so until `dispatch suppressions --undo SLUG`.
    """
    from dispatch.cli.delivering import HowToRun, exit_code, run_planned
    from dispatch.cli.ledgers import open_existing
    from dispatch.cli.pacing import let_go, require_clock, require_going
    from dispatch.config.settings import MaildirTarget
    from dispatch.ledger.states import DeliveryState, EventKind

    settings = settings_by(workspace_of(ctx), smtp=smtp, connections=connections, workers=workers)
    target = settings.smtp.target
    if isinstance(target, MaildirTarget):
        raise Refused("A Maildir cannot take up deferred messages.", hint="Name a relay: --smtp smtp://host:25")
    ledger = open_existing(settings, now())
    if ledger is None:
        raise never_sent(slug)
    code = ExitCode.OK
    with ledger:
        require_clock(ledger, now(), trust=False)
        for planned in sends_of(ledger, slug, list_name):
            require_going(planned)
            for state in (DeliveryState.DEFERRED, *((DeliveryState.BOUNCED,) if bounced else ())):
                ledger.work.requeue(planned.id, state, EventKind.RETRY, now=now().timestamp())
            let_go(ledger, planned, now())
            code = max(code, exit_code(run_planned(settings, target, ledger, planned, HowToRun()).counts))
    return code


def sources_or_slug(
    settings: Settings, given: tuple[str, ...], slug: str | None
) -> tuple[tuple[Path, ...], str | None]:
    """What was named: files to compose, or one edition that was sent before."""
    paths = tuple(Path(one) for one in given)
    if len(given) > 1 or paths[0].exists() or paths[0].suffix:
        return paths, slug
    if slug is not None:
        raise Refused(f"{given[0]} is no file, so --slug cannot rename it.")
    return (), given[0]


def list_of(settings: Settings, sources: tuple[Path, ...], slug: str | None) -> str:
    """The list that the seeds' front matter names, or the only one that edition ``slug`` was sent to."""
    from dispatch.audience.files import list_names
    from dispatch.cli.ledgers import open_existing
    from dispatch.cli.pipeline import read_sources

    names: set[str] = set()
    if sources:
        names = {one.front_matter.list for one in read_sources(settings, sources) if one.front_matter.list}
    elif slug is not None:
        with open_existing(settings, now()) or nullcontext() as ledger:
            if ledger is None or ledger.sends.edition(slug) is None:
                raise no_such_edition(settings, ledger, slug)
            names = {one.list_name for one in ledger.sends.of_edition(slug)}
    if len(names) == 1:
        return names.pop()
    known = ", ".join(list_names(settings.subscribers)) or "none yet"
    raise Refused(
        "Which list?", hint=f"Add --list NAME (there are: {known}), or `list: NAME` to the seed's front matter."
    )


def _try(settings: Settings, wanted: Wanted, *, tests: tuple[str, ...], dry: bool, force: bool) -> int:
    from dispatch.cli.audience import open_reader
    from dispatch.cli.ledgers import open_existing
    from dispatch.cli.mailing import require_sendable
    from dispatch.cli.planning import draft
    from dispatch.cli.proofs import Readers, require_presentable
    from dispatch.cli.publishing import publish, require_publishable
    from dispatch.cli.trial import Trial, dry_run, send_tests, write_maildir
    from dispatch.config.settings import MaildirTarget

    require_sendable(settings.for_list(wanted.list_name), wanted.list_name)
    moment = now()
    with ExitStack() as stack:
        reader = open_reader(settings, wanted.list_name)
        ledger = open_existing(settings, moment, needed=not tests)
        if ledger is not None:
            stack.enter_context(ledger)
        drafted = draft(settings, ledger, replace(wanted, resume=wanted.resume or bool(tests)), reader, moment)
        begun = ledger is not None and ledger.sends.find(drafted.edition.slug, wanted.list_name) is not None
        trial = Trial(settings, wanted.list_name, drafted, moment)
        target = settings.smtp.target
        if dry:
            require_publishable(drafted.pictures)
        else:
            publish(settings, drafted.pictures)
        if tests:
            return send_tests(trial, target, tests)
        if dry or not isinstance(target, MaildirTarget):
            announce(settings, wanted.list_name, drafted.edition.subject)
            dry_run(trial, ledger, reader, wanted.except_slug)
        else:
            write_maildir(trial, target, ledger, reader, wanted.except_slug)
        if dry and not begun:
            # Last, so that who would be mailed is said all the same; and as the send would end.
            despite = require_presentable(settings, drafted, Readers(wanted.list_name, reader), moment, force=force)
            if despite:
                click.echo(f"It would go in spite of {', '.join(despite)}.")
    return ExitCode.OK


def _send_for_real(
    settings: Settings,
    relays: Relays,
    wanted: Wanted,
    *,
    yes: bool,
    limit: int | None,
    resend: bool,
    force: bool,
    trust_clock: bool,
) -> int:
    from dispatch.cli.audience import open_reader
    from dispatch.cli.delivering import HowToRun, exit_code, run_planned
    from dispatch.cli.ledgers import open_or_found
    from dispatch.cli.mailing import require_sendable
    from dispatch.cli.pacing import let_go, require_clock
    from dispatch.cli.signing import signing_keys

    require_sendable(settings.for_list(wanted.list_name), wanted.list_name)
    signing_keys(settings, wanted.list_name)  # a key that is missing must not be found after the plan
    reader = open_reader(settings, wanted.list_name)
    with open_or_found(settings, now()) as ledger:
        require_clock(ledger, now(), trust=trust_clock)
        planned = release(
            settings, ledger, wanted, reader, now(), yes=yes, may_shrink=yes, limit=limit, resend=resend, force=force
        )
        let_go(ledger, planned, now())
        return exit_code(run_planned(settings, relays, ledger, planned, HowToRun(limit, resend)).counts)


def release(
    settings: Settings,
    ledger: Ledger,
    wanted: Wanted,
    reader: Reader,
    moment: datetime,
    *,
    yes: bool,
    may_shrink: bool,
    limit: int | None = None,
    resend: bool = False,
    force: bool = False,
) -> Send:
    """Plan what is wanted, or find it planned: looked over, the list brought in, all said, confirmed unless ``yes``."""
    from dispatch.cli.asking import confirm_audience
    from dispatch.cli.audience import bring_in
    from dispatch.cli.ledgers import adopt
    from dispatch.cli.pacing import require_going
    from dispatch.cli.planning import admit_new, draft, plan
    from dispatch.cli.proofs import Readers, require_presentable
    from dispatch.cli.publishing import publish, require_on_the_web, require_publishable

    # Composed before anything is written: what cannot be composed must leave no trace.
    drafted = draft(settings, ledger, wanted, reader, moment)
    edition = drafted.edition
    if drafted.unfinished is not None:
        raise Refused(
            "This is a draft, and drafts never go.",
            place=drafted.unfinished,
            hint="Take `draft: true` out of its front matter; --test ADDRESS and --dry-run try a draft.",
        )
    require_publishable(drafted.pictures)
    planned = ledger.sends.find(edition.slug, wanted.list_name)
    if planned is not None:
        require_going(planned)
    if planned is not None and not drafted.known:
        # Another process planned it since we looked: where its text is not ours, ours is refused now.
        draft(settings, ledger, wanted, reader, moment)
    despite: list[str] = []
    if planned is None:
        despite = require_presentable(settings, drafted, Readers(wanted.list_name, reader), moment, force=force)
    if planned is None or wanted.add_new:
        bring_in(ledger, reader, yes=may_shrink, now=moment)
    count = _will_mail(ledger, wanted, edition.slug, resend=resend)
    if planned is None and count == 0 and ledger.sends.find(edition.slug, wanted.list_name) is None:
        # Planned now, the edition would count as sent, and whoever joins later would never get it. (Where another
        # process has planned it this moment, everybody has a delivery.)
        raise Refused(
            f"List {wanted.list_name!r} has nobody who can be mailed.",
            hint=f"Look at its rows: dispatch lists check {wanted.list_name}",
        )
    announce(settings, wanted.list_name, edition.subject, count, edition.slug, limit=limit)
    confirm_audience(wanted.list_name, count, yes=yes)
    if planned is None:
        # What cannot be brought to the web must not be frozen: readers would ask for it in vain.
        publish(settings, drafted.pictures)
        despite += require_on_the_web(settings, drafted, force=force)
    # Before the plan: were we killed in between, another ledger could mail everyone again.
    adopt(settings, ledger)
    if planned is None:
        planned = plan(settings, ledger, wanted, reader, drafted, moment, despite)
    else:
        admit_new(ledger, planned, wanted, moment)
    return planned


def _will_mail(ledger: Ledger, wanted: Wanted, slug: str, *, resend: bool) -> int:
    from dispatch.ledger.states import DeliveryState

    planned = ledger.sends.find(slug, wanted.list_name)
    count = 0
    if planned is not None:
        counts = ledger.sends.counts(planned.id)
        count = counts[DeliveryState.QUEUED] + counts[DeliveryState.DEFERRED]
        count += counts[DeliveryState.UNKNOWN] if resend else 0
    if planned is None or wanted.add_new:
        count += ledger.sends.admissible(slug, wanted.list_name, except_slug=wanted.except_slug)
    return count


def announce(
    settings: Settings,
    list_name: str,
    subject: str,
    count: int | None = None,
    slug: str | None = None,
    *,
    limit: int | None = None,
) -> None:
    """To whom, from whom, through what, how many."""
    from dispatch.cli.wording import many

    sender = settings.for_list(list_name).sender
    assert sender is not None
    click.echo(f"Subject  {subject}")
    click.echo(f"From     {sender.name} <{sender.address}>")
    audience = f": {many(count, 'reader')}" if count is not None else ""
    part = f", {limit:,} of them now" if count is not None and limit is not None and limit < count else ""
    click.echo(f"To       {list_name}{audience}{part}")
    click.echo(f"Through  {settings.smtp.target}")
    if slug is not None:
        click.echo(f"Edition  {slug}")
