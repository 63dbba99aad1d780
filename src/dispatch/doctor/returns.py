"""Whether mail can come back: to the sender, to who answers, to the return path (RFC 5321 §5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.doctor.dns import Dns
from dispatch.doctor.domains import Sending
from dispatch.doctor.finding import Finding, Record, Section
from dispatch.preflight.finding import Severity


def examine(dns: Dns, sending: Sending) -> Iterator[Finding]:
    """The mail exchanges of each domain that must take mail."""
    wanted: dict[str, list[str]] = {sending.domain: ["replies"]}
    if sending.bounce_domain is not None:
        wanted.setdefault(sending.bounce_domain, []).append("undeliverable mail")
    for domain, what in sending.answers:
        wanted.setdefault(domain, []).append(what)
    for domain, purposes in wanted.items():
        yield _examine(dns, sending, domain, " and ".join(dict.fromkeys(purposes)))


def _examine(dns: Dns, sending: Sending, domain: str, purposes: str) -> Finding:
    exchanges = dns.exchanges(domain)
    if exchanges == [(0, "")]:
        said = f"{domain} says that it takes no mail (null MX), and is to take {purposes}."
        return _bad("mx-null", said, _proposal(dns, sending, domain))
    hosts = [host for _, host in exchanges if host]
    if not hosts:
        if dns.addresses(domain):
            return Finding(
                "mx-implicit",
                Section.RETURNS,
                Severity.NOTE,
                f"{domain} has no MX record; {purposes} go to its own address, where a mail server must listen.",
                "Say where mail goes:",
                _proposal(dns, sending, domain),
            )
        said = f"{domain} has no mail server for {purposes}; many receivers refuse mail from such a domain."
        return _bad("mx-missing", said, _proposal(dns, sending, domain))
    lost = [host for host in hosts if not dns.addresses(host)]
    if lost:
        said = f"The mail server {lost[0]} of {domain} has no address."
        severity = Severity.ERROR if len(lost) == len(hosts) else Severity.WARNING
        return Finding(
            "mx-lost", Section.RETURNS, severity, said, "Give it one, or take it out of the MX records of the domain."
        )
    return Finding("mx", Section.RETURNS, None, f"{domain} takes {purposes} at {', '.join(hosts)}.")


def _bad(check: str, message: str, record: Record) -> Finding:
    return Finding(check, Section.RETURNS, Severity.ERROR, message, "Publish where its mail goes:", record)


def _proposal(dns: Dns, sending: Sending, domain: str) -> Record:
    """The sender's own mail servers, where they are known; else a name to fill in."""
    known = [(rank, host) for rank, host in dns.exchanges(sending.domain) if host] if domain != sending.domain else []
    rank, host = known[0] if known else (10, "YOUR-MAIL-SERVER")
    return Record(domain, "MX", (f"{rank} {host}.",) if known else (f"{rank} {host}",))
