"""SPF (RFC 7208) of the domain that mail returns to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dispatch.doctor.dns import Dns
from dispatch.doctor.domains import Sending
from dispatch.doctor.finding import Finding, Record, Section
from dispatch.preflight.finding import Severity

MOST_LOOKUPS = 10
_VERSION = len("v=spf1")
_ALL = re.compile(r"[+?~-]?all", re.IGNORECASE)

INCLUDES: Mapping[str, str] = {
    "amazonaws.com": "amazonses.com",
    "brevo.com": "spf.brevo.com",
    "fastmail.com": "spf.messagingengine.com",
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "mailgun.org": "mailgun.org",
    "mailjet.com": "spf.mailjet.com",
    "office365.com": "spf.protection.outlook.com",
    "postmarkapp.com": "spf.mtasv.net",
    "sendgrid.net": "sendgrid.net",
}
"""What providers tell their customers to include, by the domain of their relays."""


def examine(dns: Dns, sending: Sending) -> Iterator[Finding]:
    """One record, that reads, costs a receiver few questions, ends in a verdict, and names who sends."""
    domain = sending.path_domain
    records = [text for text in dns.texts(domain) if _is_spf(text)]
    if len(records) != 1:
        yield _missing(sending) if not records else _several(domain, records)
        return
    from checkdmarc.spf import SPFError, parse_spf_record

    try:
        # checkdmarc reads the version in small letters only; receivers take any (RFC 7208 §12).
        text = records[0][:_VERSION].lower() + records[0][_VERSION:]
        parsed = dns.gathering(
            lambda: parse_spf_record(text, domain, ignore_too_many_lookups=True, resolver=dns.resolver)
        )
    except SPFError as error:
        yield _broken(domain, records[0], str(error))
        return
    if said := parsed.get("error"):
        yield _broken(domain, records[0], str(said))
        return
    verdict = _verdict(domain, records[0], parsed["parsed"])
    sources = list(_sources(dns, sending, parsed["parsed"], records[0]))
    yield from filter(None, (verdict, *sources))
    if verdict is None:
        lookups = f"{parsed['dns_lookups']} of {MOST_LOOKUPS} lookups"
        yield Finding("spf", Section.SPF, None, f"{domain} has one record, which takes {lookups}: {records[0]}")
    for remark in dict.fromkeys(parsed["warnings"]):
        yield Finding("spf-remark", Section.SPF, Severity.NOTE, f"{domain}: {str(remark).rstrip('.')}.")


def proposal(sending: Sending) -> Record:
    """A record that names the relays, as far as their names tell which addresses they send from."""
    terms = dict.fromkeys(
        [*(_term(source) for source in sending.sources), *(_relay_term(relay.host) for relay in sending.relays)]
    )
    return Record.txt(sending.path_domain, " ".join(["v=spf1", *terms, "~all"]))


def permits(dns: Dns, parsed: Mapping[str, Any], address: str) -> bool | None:
    """Whether a record, as checkdmarc parsed it, passes mail from ``address`` (RFC 7208 §4.6); ``None`` where it hangs
    on what only a message decides (macros, ``exists``, ``ptr``)."""
    unclear = False
    for term in parsed["mechanisms"]:
        matches = _matches(dns, term, address)
        if matches:
            return None if unclear else bool(term["action"] == "pass")
        unclear = unclear or matches is None
    if parsed["redirect"]:
        beyond = parsed["redirect"]["parsed"]
        return permits(dns, beyond, address) if beyond and not unclear else None
    return None if unclear else parsed["all"] == "pass"


def _matches(dns: Dns, term: Mapping[str, Any], address: str) -> bool | None:
    if "%" in str(term["value"]):
        return None
    match term["mechanism"]:
        case "ip4" | "ip6":
            return _within(address, [term["value"]])
        case "a":
            return _within(address, term["addresses"]) if "addresses" in term else False
        case "mx":
            hosts = [host["hostname"] for host in term.get("hosts", ())]
            return _within(address, [each for host in hosts for each in dns.addresses(host)])
        case "include":
            return permits(dns, term["parsed"], address) if term["parsed"] else None
        case _:
            return None


def _within(address: str, networks: Sequence[str]) -> bool:
    mine = ipaddress.ip_address(address)
    return any(mine in ipaddress.ip_network(each, strict=False) for each in networks)


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _missing(sending: Sending) -> Finding:
    return Finding(
        "spf-missing",
        Section.SPF,
        Severity.ERROR,
        f"{sending.path_domain} has no SPF record, so no receiver can tell your server from a stranger's.",
        "Publish this, with what your mail provider's page on SPF says in place of what it guesses:",
        proposal(sending),
    )


def _several(domain: str, records: Sequence[str]) -> Finding:
    terms = [term for record in sorted(records) for term in record.split()[1:]]  # the DNS has no order of its own
    return Finding(
        "spf-several",
        Section.SPF,
        Severity.ERROR,
        f"{domain} has {len(records)} SPF records, and receivers then honour none (RFC 7208 §4.5).",
        "Publish one in place of them:",
        _ending(domain, dict.fromkeys(["v=spf1", *terms])),
    )


def _broken(domain: str, record: str, said: str) -> Finding:
    if "lookups" in said.lower():
        check = "spf-void-lookups" if "void" in said else "spf-lookups"
        mend = (
            "Take out the terms whose names lead nowhere."
            if check == "spf-void-lookups"
            else "Take out what no longer sends for you, or write addresses (ip4:, ip6:) in place of names."
        )
    else:
        check, mend = "spf-broken", "Mend the record; receivers take none of it as it is."
    return Finding(
        check,
        Section.SPF,
        Severity.ERROR,
        f"The SPF record of {domain} ({record}) fails at every receiver: "
        f"{said.removeprefix(f'{domain}: ').rstrip('.')}.",
        mend,
    )


def _verdict(domain: str, record: str, parsed: Mapping[str, Any]) -> Finding | None:
    """What is wrong with how a record ends."""
    if parsed["all"] in ("softfail", "fail"):
        return None
    if parsed["all"] == "pass":
        said, severity = "lets everybody send in its name (+all)", Severity.ERROR
    else:
        said, severity = "says nothing of mail from anywhere else", Severity.WARNING
    message = f"The SPF record of {domain} {said}."
    if parsed["redirect"]:
        mend = f"Let the record of {parsed['redirect']['domain']}, to which it redirects, end in ~all."
        return Finding("spf-all", Section.SPF, severity, message, mend)
    return Finding(
        "spf-all",
        Section.SPF,
        severity,
        message,
        "Let it end in ~all, or in -all where nobody forwards your mail:",
        _ending(domain, record.split()),
    )


def _ending(domain: str, terms: Iterable[str]) -> Record:
    """A record of these terms that ends in ~all."""
    return Record.txt(domain, " ".join([*(term for term in terms if not _ALL.fullmatch(term)), "~all"]))


def _sources(dns: Dns, sending: Sending, parsed: Mapping[str, Any], record: str) -> Iterator[Finding]:
    """Whether those pass from whom the mail comes, or may come."""
    domain = sending.path_domain
    for address in sending.sources:
        if permits(dns, parsed, address) is False:
            yield Finding(
                "spf-source",
                Section.SPF,
                Severity.ERROR,
                f"The SPF record of {domain} does not name {address}, from where the mail leaves.",
                "Add it:",
                _with(domain, record, _term(address)),
            )
    if sending.sources:
        return
    for relay in sending.relays:
        addresses = [each for each in dns.addresses(relay.host) if ipaddress.ip_address(each).is_global]
        include = _include(relay.host)
        included = include is not None and include in record.lower()
        if addresses and not included and all(permits(dns, parsed, each) is False for each in addresses):
            yield Finding(
                "spf-relay",
                Section.SPF,
                Severity.NOTE,
                f"The SPF record of {domain} does not name {relay.host}, which takes your mail.",
                "If that is where your mail leaves from (else see your provider's page on SPF), publish:",
                _with(domain, record, _relay_term(relay.host)),
            )


def _with(domain: str, record: str, term: str) -> Record:
    version, *terms = record.split()
    return Record.txt(domain, " ".join([version, term, *terms]))


def _term(address: str) -> str:
    return f"ip{ipaddress.ip_address(address).version}:{address}"


def _relay_term(host: str) -> str:
    include = _include(host)
    if include is not None:
        return f"include:{include}"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"a:{host}" if "." in host else "a"
    return _term(host) if address.is_global else "a"


def _include(host: str) -> str | None:
    return next((INCLUDES[known] for known in INCLUDES if f".{host.lower()}".endswith(f".{known}")), None)
