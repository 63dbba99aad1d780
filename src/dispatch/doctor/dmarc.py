"""DMARC (RFC 9989): a policy for the sender's domain, and somebody who speaks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.doctor.dkim import tags
from dispatch.doctor.dns import Dns
from dispatch.doctor.domains import Sending
from dispatch.doctor.finding import Finding, Record, Section
from dispatch.preflight.finding import Severity

MOST_QUERIES = 8
"""Questions of a tree walk (RFC 9989 §4.10)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy record, and the domain that publishes it."""

    domain: str
    text: str

    @property
    def psd(self) -> str:
        return tags(self.text).get("psd", "u").lower()


class Several(Exception):
    """A domain publishes more than one policy, and so none (RFC 9989 §4.10)."""

    def __init__(self, domain: str, records: Sequence[str]) -> None:
        super().__init__(domain)
        self.domain = domain
        self.records = records


def walk(dns: Dns, domain: str) -> list[Policy]:
    """The policies on the way from a domain up to the root (RFC 9989 §4.10)."""
    labels = domain.split(".")
    starts = [0, *range(max(1, len(labels) - MOST_QUERIES + 1), len(labels))]
    found = []
    for start in starts:
        name = ".".join(labels[start:])
        records = [text for text in dns.texts(f"_dmarc.{name}") if _is_policy(text)]
        if len(records) == 1:
            found.append(Policy(name, records[0]))
            if found[-1].psd in ("n", "y"):
                break
    return found


def organisation(domain: str, walked: Sequence[Policy]) -> str:
    """A domain's Organizational Domain (RFC 9989 §4.10.2); its own where nobody above it has a policy."""
    if not walked:
        return domain
    last = walked[-1]
    if last.psd == "y" and last.domain != domain:
        labels = domain.split(".")
        return ".".join(labels[len(labels) - last.domain.count(".") - 2 :])
    return last.domain


def policy_for(domain: str, walked: Sequence[Policy]) -> Policy | None:
    """The policy that counts for mail from ``domain``: its own, its organisation's, or a public suffix's
    (RFC 9989 §4.10.1)."""
    wanted = (domain, organisation(domain, walked))
    named = (policy for name in wanted for policy in walked if policy.domain == name)
    return next(named, walked[-1] if walked and walked[-1].psd == "y" else None)


def aligned(dns: Dns, one: str, other: str) -> bool:
    """Whether two domains are of one organisation: relaxed alignment (RFC 9989 §4.4)."""
    return one == other or organisation(one, walk(dns, one)) == organisation(other, walk(dns, other))


def registered(domain: str) -> str:
    """The domain that was registered, by the Public Suffix List that checkdmarc brings: where a first policy goes."""
    from checkdmarc.utils import get_base_domain

    return str(get_base_domain(domain))


def examine(dns: Dns, sending: Sending) -> Iterator[Finding]:
    """A policy that reads, reports that come, and an aligned signature or return path."""
    own = [text for text in dns.texts(f"_dmarc.{sending.domain}") if _is_policy(text)]
    if len(own) > 1:
        yield _several(sending.domain, own)
        return
    policy = policy_for(sending.domain, walk(dns, sending.domain))
    if policy is None:
        yield _missing(sending)
        return
    from checkdmarc.dmarc import DMARCError, parse_dmarc_record

    try:
        parsed = dns.gathering(
            lambda: parse_dmarc_record(policy.text, policy.domain, ignore_unrelated_records=True, resolver=dns.resolver)
        )
    except DMARCError as error:
        yield _broken(sending, policy, str(error))
        return
    values = {name: tag["value"] for name, tag in parsed["tags"].items()}
    yield from _policy(sending, policy, values)
    yield from _alignment(dns, sending, values)
    for remark in _remarks(sending, parsed["warnings"]):
        yield Finding("dmarc-remark", Section.DMARC, Severity.NOTE, f"{policy.domain}: {remark}")


def _is_policy(text: str) -> bool:
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip().lower() == "v" and value.strip() == "DMARC1"


def _missing(sending: Sending) -> Finding:
    return Finding(
        "dmarc-missing",
        Section.DMARC,
        Severity.ERROR,
        f"Neither {sending.domain} nor a domain above it has a DMARC policy, which Gmail, Yahoo and Microsoft ask of "
        "everyone who mails many readers.",
        "Publish this; it changes nothing for your mail, and brings reports to that mailbox:",
        _first_policy(sending, registered(sending.domain)),
    )


def _first_policy(sending: Sending, domain: str) -> Record:
    return Record.txt(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:{sending.mailbox}")


def _several(domain: str, records: Sequence[str]) -> Finding:
    return Finding(
        "dmarc-several",
        Section.DMARC,
        Severity.ERROR,
        f"_dmarc.{domain} has {len(records)} policies, and receivers then honour none.",
        "Leave one of them, such as:",
        Record.txt(f"_dmarc.{domain}", records[0]),
    )


def _broken(sending: Sending, policy: Policy, said: str) -> Finding:
    return Finding(
        "dmarc-broken",
        Section.DMARC,
        Severity.ERROR,
        f"The DMARC policy of {policy.domain} ({policy.text}) cannot be read: {said.rstrip('.')}.",
        "Mend it, or publish this in its place:",
        _first_policy(sending, policy.domain),
    )


def _policy(sending: Sending, policy: Policy, values: Mapping[str, Any]) -> Iterator[Finding]:
    asked = values["p"] if policy.domain == sending.domain else values["sp"]
    means = {"none": "report only", "quarantine": "into the spam folder", "reject": "refuse it"}[asked]
    yield Finding(
        "dmarc",
        Section.DMARC,
        None,
        f"The policy of {policy.domain} asks receivers what to do with forged mail from {sending.domain}: {means}.",
    )
    if values.get("t") == "y":
        yield Finding(
            "dmarc-testing",
            Section.DMARC,
            Severity.NOTE,
            f"The policy of {policy.domain} is being tried (t=y): receivers apply the next milder one.",
            "Take t=y out once the reports show only your own mail.",
        )
    if "rua" not in values:
        yield Finding(
            "dmarc-reports",
            Section.DMARC,
            Severity.NOTE,
            f"The policy of {policy.domain} names no mailbox for reports, so nobody learns of forged or failing mail.",
            "Publish it with one:",
            Record.txt(f"_dmarc.{policy.domain}", f"{policy.text.rstrip('; ')}; rua=mailto:{sending.mailbox}"),
        )


def _alignment(dns: Dns, sending: Sending, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether a signature of ours, or the return path, speaks for the From address (RFC 9989 §4.4)."""

    def speaks(domain: str, mode: str) -> bool:
        return domain == sending.domain if values[mode] == "s" else aligned(dns, domain, sending.domain)

    signed = [key.domain for key in sending.keys if speaks(key.domain, "adkim")]
    returns = speaks(sending.path_domain, "aspf")
    if signed:
        yield Finding("dmarc-aligned", Section.DMARC, None, f"A signature of {signed[0]} speaks for {sending.domain}.")
    if not returns:
        yield Finding(
            "dmarc-return-path",
            Section.DMARC,
            Severity.NOTE if signed else Severity.WARNING,
            f"Return paths at {sending.path_domain} do not count for {sending.domain}"
            + (" (aspf=s)." if values["aspf"] == "s" else "."),
            "Set `[sender] bounce_domain` to the sender's domain, or to one below it, or take it out.",
        )
    if sending.keys and not signed:
        mend = f"Sign with a key of the sender's domain: dispatch dkim keygen --domain {sending.domain}"
        domains = ", ".join(dict.fromkeys(key.domain for key in sending.keys))
        message = f"Signatures of {domains} do not count for {sending.domain}."
        severity = Severity.WARNING if returns else Severity.ERROR
        yield Finding("dmarc-signature", Section.DMARC, severity, message, mend)


def _remarks(sending: Sending, warnings: Sequence[str]) -> Iterator[str]:
    """What checkdmarc has to say beyond what is said here, and beyond where the sender's domain takes mail."""
    ours = ("rua tag", "a p tag value of none", "an sp tag value of none")
    for each in dict.fromkeys(map(str, warnings)):
        if not each.lower().startswith(ours) and f"@{sending.domain} " not in each:
            yield f"{each.rstrip('.')}."
