"""``dispatch check``: what would embarrass an author, before readers see it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dispatch.cli.workspace import now, settings_of
from dispatch.errors import ExitCode

if TYPE_CHECKING:
    from dispatch.cli.planning import Draft
    from dispatch.cli.proofs import Readers
    from dispatch.config.settings import Settings


@click.command(
    short_help="Look an edition over before readers do.",
    epilog="\b\nExamples:\n"
    "  dispatch check seeds/canada-china.txt\n"
    "  dispatch check seeds/canada-china.txt --list readers    with every reader's fields filled in\n"
    "  dispatch check seeds/canada-china.txt --spam            and what a spam filter makes of it\n"
    "  dispatch check seeds/canada-china.txt --online          and ask every link and picture on the web\n"
    "  dispatch check seeds/canada-china.txt --facts           names, numbers, dates, quotations to verify\n"
    "  dispatch check --rule link-text                         what a rule means, and how to mend it\n"
    "  dispatch check seeds/canada-china.txt --json | jq '.findings[].rule'",
)
@click.argument("sources", nargs=-1, metavar="SOURCE…|SLUG")
@click.option("--list", "list_name", metavar="NAME", help="As the readers of list NAME would get it, each of them.")
@click.option("--online", is_flag=True, help="Also ask every link and picture on the web whether it is there.")
@click.option("--clients", "by_client", is_flag=True, help="Say what each mail program does not know of the page.")
@click.option("--facts", is_flag=True, help="Print the fact sheet: names, numbers, dates and quotations by line.")
@click.option("--spam", is_flag=True, help="Ask SpamAssassin, too, where it is installed; no mail leaves the machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--rule", "explained", metavar="RULE", help="Say what a rule means, and look at nothing.")
@click.option("--rules", "all_rules", is_flag=True, help="List all rules, and look at nothing.")
@click.pass_context
def check(
    ctx: click.Context,
    sources: tuple[str, ...],
    list_name: str | None,
    online: bool,
    by_client: bool,
    facts: bool,
    spam: bool,
    as_json: bool,
    explained: str | None,
    all_rules: bool,
) -> int:
    """Look an edition over: subject, text, links, images, accessibility, size, headers, and each reader's fields.

    It ends with 1 where something is an error; `dispatch send` refuses such an edition. Whether a rule is an error, a
    warning or a note, or off, is set in dispatch.toml below [check].
    """
    from dispatch.cli.facts import fact_sheet
    from dispatch.cli.findings import as_data, explanation, programs, report, rule_list
    from dispatch.cli.online import ask_for
    from dispatch.cli.proofs import proof_of, severities, with_spam
    from dispatch.preflight.check import check as look_over
    from dispatch.preflight.facts import facts_of
    from dispatch.preflight.finding import Severity

    settings = settings_of(ctx)
    in_force = severities(settings)
    if explained is not None:
        click.echo(explanation(explained, in_force))
        return ExitCode.OK
    if all_rules:
        click.echo("\n".join(rule_list(in_force)))
        return ExitCode.OK
    if not sources:
        raise click.UsageError("Name a text to check, or --rule or --rules.")
    drafted, readers = _drafted(settings, sources, list_name)
    proof = proof_of(settings, drafted, readers, now())
    if facts:
        click.echo("\n".join(fact_sheet(facts_of(proof.edition))))
        return ExitCode.OK
    if online:
        proof = replace(proof, answers=ask_for(settings, proof))
    if spam:
        proof = with_spam(proof)
    findings = look_over(proof, in_force)
    if as_json:
        click.echo(as_data(proof, findings))
    elif by_client:
        click.echo("\n".join(programs(proof)))
    else:
        click.echo("\n".join(report(proof, findings)))
    return ExitCode.ERROR if any(each.severity is Severity.ERROR for each in findings) else ExitCode.OK


def _drafted(settings: Settings, sources: tuple[str, ...], list_name: str | None) -> tuple[Draft, Readers | None]:
    """The edition that files make, or one that was sent before; and the list that it would go to, if any."""
    from dispatch.cli.audience import open_reader
    from dispatch.cli.ledgers import open_existing
    from dispatch.cli.planning import Wanted, draft, fresh
    from dispatch.cli.proofs import Readers
    from dispatch.cli.send import list_of, sources_or_slug

    paths, slug = sources_or_slug(settings, sources, None)
    if not paths:
        list_name = list_name or list_of(settings, (), slug)
    reader = open_reader(settings, list_name) if list_name is not None else None
    readers = Readers(list_name, reader) if list_name is not None and reader is not None else None
    if paths:
        return fresh(settings, paths, list_name, now()), readers
    with open_existing(settings, now()) or nullcontext() as ledger:
        return draft(settings, ledger, Wanted(list_name or "", (), slug), reader, now()), readers
