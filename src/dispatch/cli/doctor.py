"""``dispatch doctor``: whether receivers will take the mail, before readers miss it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli.workspace import now, seconds, workspace_of
from dispatch.errors import ExitCode

if TYPE_CHECKING:
    from dispatch.config.settings import Settings
    from dispatch.doctor.dns import Server
    from dispatch.doctor.domains import Sending
    from dispatch.doctor.finding import Finding

PATIENCE = 20.0
"""Seconds that a mail server has for an answer, at most: here a person waits."""


class Address(click.ParamType[str]):
    """An IP address."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            self.fail(f"{value!r} is no IP address.", param, ctx)


class Resolver(click.ParamType["Server"]):
    """A DNS server by its address."""

    name = "resolver"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Server:
        from dispatch.doctor.dns import Server

        try:
            return Server.parse(value)
        except ValueError:
            self.fail(f"{value!r} is no DNS server; write its address: 9.9.9.9, or 127.0.0.1:5353.", param, ctx)


@click.command(
    short_help="Say whether receivers will take the mail.",
    epilog="\b\nExamples:\n"
    "  dispatch doctor                             settings, keys, lists, ledger, mail servers\n"
    "  dispatch doctor --online                    and the DNS: SPF, DKIM, DMARC, MX, reverse names\n"
    "  dispatch doctor --online --list readers     only what concerns one list\n"
    "  dispatch doctor --online --ip 192.0.2.25    the mail leaves from there\n"
    "  dispatch doctor --online --json | jq '.findings[] | select(.severity == \"error\")'",
)
@click.option("--online", is_flag=True, help="Ask the DNS about your domains, too.")
@click.option("--list", "list_name", metavar="NAME", help="Examine what list NAME is sent with (default: all lists).")
@click.option(
    "--ip", "sources", multiple=True, type=Address(), metavar="ADDRESS", help="Where your mail leaves for the world."
)
@click.option(
    "--resolver",
    type=Resolver(),
    metavar="ADDRESS[:PORT]",
    envvar="DISPATCH_RESOLVER",
    show_envvar=True,
    help="Ask this DNS server (default: the machine's).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(
    ctx: click.Context,
    online: bool,
    list_name: str | None,
    sources: tuple[str, ...],
    resolver: Server | None,
    as_json: bool,
) -> int:
    """Say whether receivers will take the mail: what is in order, what is not, and what to publish or run next.

    It looks at settings, keys, lists, ledger and cron, and visits each mail server as a send does: connection, TLS,
    what it offers, login. No mail is sent. With --online it also asks the DNS what receivers ask it, and prints each
    record that is missing as it is to be published. It ends with 1 where something is an error.
    """
    from dispatch.preflight.finding import Severity

    if sources and not online:
        raise click.UsageError("--ip is looked up in the DNS: add --online.")
    settings = workspace_of(ctx)
    findings = list(dict.fromkeys(_examine(settings, list_name, sources, resolver, online=online)))
    click.echo(_as_data(findings) if as_json else "\n".join(_report(findings, online=online)))
    return ExitCode.ERROR if any(each.severity is Severity.ERROR for each in findings) else ExitCode.OK


def _examine(
    settings: Settings, list_name: str | None, sources: tuple[str, ...], resolver: Server | None, *, online: bool
) -> Iterator[Finding]:
    from dispatch.cli.premises import look_around

    lists = [list_name] if list_name is not None else [None, *settings.lists]
    yield from look_around(settings, lists, now())
    yield from _servers(settings)
    if online:
        from dispatch.doctor.examination import examine

        yield from examine(resolver, list(_senders(settings, lists, sources)))


def _servers(settings: Settings) -> list[Finding]:
    """What visits to the mail servers found."""
    from dataclasses import replace
    from functools import partial

    from dispatch.cli.mailing import Passwords, open_relay
    from dispatch.config.settings import MaildirTarget
    from dispatch.doctor.finding import Finding, Section
    from dispatch.doctor.relay import Doorway, visit
    from dispatch.preflight.finding import Severity

    target = settings.smtp.target
    if isinstance(target, MaildirTarget):
        said = f"Mail goes into a folder ({target}), so no server was visited."
        mend = 'Name one to send: [smtp] url = "smtp+starttls://USER@HOST:587"'
        return [Finding("smtp-none", Section.SERVER, Severity.NOTE, said, mend)]
    patient = replace(settings, smtp=replace(settings.smtp, timeout=min(settings.smtp.timeout, PATIENCE)))
    passwords = Passwords(patient)
    return visit([Doorway(each, partial(open_relay, patient, passwords, each)) for each in target.each], seconds())


def _senders(settings: Settings, lists: Sequence[str | None], sources: Sequence[str]) -> Iterator[Sending]:
    """What there is to ask about each list's sender; none where there is no sender."""
    from dispatch.audience.addresses import parse_address
    from dispatch.cli.signing import records_for
    from dispatch.config.settings import Relays
    from dispatch.doctor.domains import OwnKey, Sending

    def domain(address: str) -> str:
        return parse_address(address).key.rpartition("@")[2]

    target = settings.smtp.target
    for name in lists:
        newsletter = settings.for_list(name)
        if newsletter.sender is None:
            continue
        home = domain(newsletter.sender.address)
        roles = ((newsletter.reply_to, "replies"), (newsletter.way_out, "requests to unsubscribe"))
        keys = [
            OwnKey(one.domain or home, where, tuple(strings)) for one, where, strings in records_for(settings, home)
        ]
        yield Sending(
            domain=home,
            mailbox=newsletter.sender.address,
            bounce_domain=newsletter.bounce_domain,
            answers=tuple((domain(address), what) for address, what in roles if address is not None),
            keys=tuple(keys),
            relays=target.each if isinstance(target, Relays) else (),
            sources=tuple(sources),
        )


def _report(findings: Sequence[Finding], *, online: bool) -> Iterator[str]:
    from dispatch.cli.findings import ALL_WELL, MARKS, tally
    from dispatch.cli.records import lines
    from dispatch.doctor.finding import Section

    for section in Section:
        found = [each for each in findings if each.section is section]
        if found:
            yield click.style(section.value, bold=True)
        for each in found:
            mark, colour = MARKS[each.severity] if each.severity is not None else ("✓", "green")
            yield f"  {click.style(mark, fg=colour, bold=True)} {each.message}"
            if each.mend:
                yield click.style(f"    → {each.mend}  [{each.check}]", dim=True)
            if each.record is not None:
                yield from (f"      {line}" for line in lines(each.record.name, each.record.values, each.record.type))
        if found:
            yield ""
    bad = [each.severity for each in findings if each.severity is not None]
    after = "" if online else " What the DNS says of your domain: dispatch doctor --online"
    yield f"{tally(bad) if bad else ALL_WELL}{after}"


def _as_data(findings: Sequence[Finding]) -> str:
    return json.dumps(
        {
            "findings": [
                {
                    "check": each.check,
                    "section": each.section.value,
                    "severity": each.severity.value if each.severity is not None else None,
                    "message": each.message,
                    "mend": each.mend or None,
                    "record": {"name": each.record.name, "type": each.record.type, "values": list(each.record.values)}
                    if each.record is not None
                    else None,
                }
                for each in findings
            ]
        },
        indent=2,
        ensure_ascii=False,
    )
