"""Findings on the terminal, and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import click

from dispatch.cli.proofs import near
from dispatch.cli.wording import many
from dispatch.errors import Refused
from dispatch.preflight.check import RULES, by_group
from dispatch.preflight.clients import scores, used
from dispatch.preflight.finding import Finding, Group, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.size import CLIP
from dispatch.preflight.spamassassin import Score
from dispatch.preflight.support import support, what_remains

MARKS = {Severity.ERROR: ("✗", "red"), Severity.WARNING: ("!", "yellow"), Severity.NOTE: ("·", "cyan")}
_METER = 24
_MOST_ALIKE = 10
"""Findings of one cause that are printed."""
ALL_WELL = click.style("Nothing to mend.", fg="green", bold=True)


def report(proof: Proof, findings: Sequence[Finding]) -> Iterator[str]:
    """The lines that ``dispatch check`` prints."""
    edition = proof.edition
    yield click.style(edition.title, bold=True)
    yield from _inbox(proof)
    for group, found in by_group(findings).items():
        if found:
            yield ""
            yield click.style(group.value, bold=True)
            yield from grouped(found)
    yield ""
    yield meter(len(proof.html.encode()))
    if proof.answers:
        yield f"Asked     {len(proof.answers):,} address{'es' * (len(proof.answers) != 1)} on the web"
    if shares := scores(proof):
        yield shown_by(shares)
    if isinstance(proof.spam, Score):
        yield f"Spam      {proof.spam.points:.1f} points; from {proof.spam.limit:g} on SpamAssassin calls it spam"
    yield verdict(findings)


def _inbox(proof: Proof) -> Iterator[str]:
    """The edition as a row of an inbox."""
    sender = proof.newsletter.sender
    name = sender.name or sender.address if sender else proof.newsletter.name
    yield f"  {click.style(name, fg='cyan')}  {proof.edition.subject}"
    if proof.edition.preheader:
        yield click.style(f"  {proof.edition.preheader}", dim=True)


def grouped(findings: Sequence[Finding]) -> Iterator[str]:
    """One heading's findings, those of a rule together; what to do is said once for each rule."""
    causes = dict.fromkeys((finding.rule.id, finding.mend) for finding in findings)
    for name, mend in causes:
        alike = [each for each in findings if (each.rule.id, each.mend) == (name, mend)]
        for finding in alike[:_MOST_ALIKE]:
            mark, colour = MARKS[finding.severity]
            where = f"{finding.place}: " if finding.place else ""
            yield f"  {click.style(mark, fg=colour, bold=True)} {where}{finding.message}"
        if len(alike) > _MOST_ALIKE:
            yield f"    and {len(alike) - _MOST_ALIKE:,} more (--json has them all)"
        yield click.style(f"    → {mend}  [{name}]", dim=True)


def meter(octets: int) -> str:
    """How much of what Gmail shows the page takes."""
    full = min(_METER, round(_METER * octets / CLIP))
    colour = "red" if octets > CLIP else "green"
    bar = click.style("█" * full, fg=colour) + click.style("░" * (_METER - full), dim=True)
    return f"Size      {bar}  {octets / 1024:.0f} of the {CLIP // 1024} KB that Gmail shows"


def shown_by(shares: Mapping[str, int]) -> str:
    """How many of the features that a page is built with each family of mail programs knows."""
    return f"Features  known to {' · '.join(f'{support().families[name]} {share} %' for name, share in shares.items())}"


def programs(proof: Proof) -> Iterator[str]:
    """What each mail program does not know of what the page is built with, and what its readers see then."""
    figures = support()
    yield f"By the figures of {figures.date} (caniemail.com)."
    for family in proof.clients:
        for program in figures.of(family):
            lacking = [name for name in used(proof) if figures.letter(name, program) == "n"]
            yield ""
            yield click.style(figures.name(program), bold=True)
            yield from (f"  {figures.features[name][0]}: {what_remains(name) or 'not shown'}" for name in lacking)
            if not lacking:
                yield "  It knows all that the page is built with."


def verdict(findings: Sequence[Finding], mistakes: int = 0) -> str:
    """One line: how many of what. ``mistakes`` are errors that no rule had to find."""
    severities = [*(each.severity for each in findings), *[Severity.ERROR] * mistakes]
    if not severities:
        return ALL_WELL
    after = " `dispatch send` refuses it." if Severity.ERROR in severities else ""
    return f"{tally(severities)}{after} What a rule means: dispatch check --rule NAME"


def tally(severities: Sequence[Severity]) -> str:
    """ "1 error, 2 notes." """
    counts = {severity: severities.count(severity) for severity in Severity}
    return f"{', '.join(many(number, severity.value) for severity, number in counts.items() if number)}."


def as_data(proof: Proof, findings: Sequence[Finding]) -> str:
    """The findings as JSON."""
    return json.dumps(
        {
            "slug": proof.edition.slug,
            "octets": len(proof.html.encode()),
            "asked": len(proof.answers),
            "clients": scores(proof),
            "spam": proof.spam.points if isinstance(proof.spam, Score) else None,
            "findings": [finding_data(each) for each in findings],
        },
        indent=2,
        ensure_ascii=False,
    )


def finding_data(finding: Finding) -> dict[str, str | int | None]:
    """A finding as JSON has it."""
    return {
        "rule": finding.rule.id,
        "group": finding.rule.group.value,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": finding.place.file if finding.place else None,
        "line": finding.place.line if finding.place else None,
        "element": finding.element,
        "why": finding.rule.why,
        "mend": finding.mend,
    }


def explanation(name: str, in_force: Mapping[str, Severity | None]) -> str:
    """What a rule means; raises :class:`~dispatch.errors.Refused` where there is none."""
    rule = RULES.get(name)
    if rule is None:
        raise Refused(f"There is no rule {name!r}.", hint=near(name))
    severity = in_force.get(name, rule.severity)
    said = f"{rule.group.value}, {severity.value if severity else 'off'}{', with --online' if rule.online else ''}"
    lines = [click.style(f"{rule.title}", bold=True), f"{rule.id} · {said}", ""]
    lines += [f"Looks at   {rule.about}", f"Why        {rule.why}", f"Mend       {rule.mend}", ""]
    return "\n".join(
        [*lines, f'Set it in dispatch.toml: [check] {"errors" if severity is None else "off"} = ["{name}"]']
    )


def rule_list(in_force: Mapping[str, Severity | None]) -> Iterator[str]:
    """All rules under their headings, each with the severity in force."""
    longest = max(map(len, RULES))
    for group in Group:
        rules = [rule for rule in RULES.values() if rule.group is group]
        if rules:
            yield click.style(group.value, bold=True)
        for rule in rules:
            severity = in_force.get(rule.id, rule.severity)
            online = click.style("  --online", dim=True) if rule.online else ""
            yield f"  {rule.id:<{longest}}  {severity.value if severity else 'off':<7}  {rule.title}{online}"
