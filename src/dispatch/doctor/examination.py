"""What the DNS says of each sender, one question after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dispatch.doctor import dkim, dmarc, returns, reverse, spf
from dispatch.doctor.dns import SECONDS, Dns, Server, Unanswered
from dispatch.doctor.domains import Sending
from dispatch.doctor.finding import Finding, Section
from dispatch.preflight.finding import Severity

EXAMINATIONS: Mapping[Section, Callable[[Dns, Sending], Iterator[Finding]]] = MappingProxyType(
    {
        Section.SPF: spf.examine,
        Section.DKIM: dkim.examine,
        Section.DMARC: dmarc.examine,
        Section.RETURNS: returns.examine,
        Section.ADDRESS: reverse.examine,
    }
)

_ASK = "Try again later; or ask another resolver: dispatch doctor --online --resolver 9.9.9.9"


def examine(server: Server | None, senders: Sequence[Sending], *, seconds: float = SECONDS) -> list[Finding]:
    """What all examinations find of all senders, each thing once. ``server`` is asked instead of this machine's
    resolvers, ``seconds`` for one question."""
    try:
        dns = Dns(server, seconds=seconds)
    except Unanswered as question:
        return [_silence(Section.DNS, f"This machine knows no DNS resolver ({question}).")]
    found: dict[Finding, None] = {}
    for section, look in EXAMINATIONS.items():
        for sending in senders:
            if not dns.silent:
                found.update(dict.fromkeys(_patiently(dns, section, look, sending)))
    if dns.silent:
        where = f"the resolver {server}" if server is not None else "this machine's resolvers"
        return [_silence(Section.DNS, f"The DNS does not answer ({where}), so nothing can be said of your domain.")]
    return list(found)


def _patiently(
    dns: Dns, section: Section, look: Callable[[Dns, Sending], Iterator[Finding]], sending: Sending
) -> Iterator[Finding]:
    try:
        yield from map(_printable, look(dns, sending))
    except Unanswered as question:
        yield _silence(section, f"The DNS did not say whether there is a record {question.kind} for {question.name}.")


def _printable(finding: Finding) -> Finding:
    """A finding that quotes a stranger's record, without what a terminal would obey."""

    def shown(text: str) -> str:
        return "".join(each if each.isprintable() else "�" for each in text)

    record = finding.record
    if record is not None:
        record = replace(record, name=shown(record.name), values=tuple(map(shown, record.values)))
    return replace(finding, message=shown(finding.message), record=record)


def _silence(section: Section, message: str) -> Finding:
    return Finding("dns-silent", section, Severity.ERROR, message, _ASK)
