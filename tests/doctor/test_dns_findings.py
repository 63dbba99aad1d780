"""What is found of a sender's domain in a real DNS server: nothing in a healthy one, and each fault by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dispatch.config.settings import Relay, Security
from dispatch.doctor.dns import Server
from dispatch.doctor.domains import OwnKey, Sending
from dispatch.doctor.examination import examine
from dispatch.doctor.finding import Finding, Record
from dispatch.message.dkim import Algorithm
from dispatch.message.dkim_keys import new_key, record, strings
from dispatch.preflight.finding import Severity
from support.dns_server import DnsServer


def txt(text: str) -> str:
    """A TXT record's text in the strings that zone files have."""
    return " ".join(f'"{each}"' for each in strings(text))


KEY_NAME = "spring._domainkey.harbour.news"
OURS = record(new_key(Algorithm.RSA))
KEY = OwnKey("harbour.news", KEY_NAME, tuple(strings(OURS)))
SENDING = Sending(
    domain="harbour.news",
    mailbox="desk@harbour.news",
    bounce_domain=None,
    answers=(("harbour.news", "replies"),),
    keys=(KEY,),
    relays=(Relay(Security.STARTTLS, "smtp.harbour.news", 587, "news"),),
)
HEALTHY: Mapping[str, str] = {
    "harbour.news MX": "10 mx.harbour.news.",
    "mx.harbour.news A": "9.9.9.10",
    "smtp.harbour.news A": "9.9.9.9",
    "9.9.9.9.in-addr.arpa PTR": "smtp.harbour.news.",
    "harbour.news TXT": '"v=spf1 a:smtp.harbour.news ~all"',
    "_dmarc.harbour.news TXT": '"v=DMARC1; p=quarantine; rua=mailto:desk@harbour.news"',
    f"{KEY_NAME} TXT": txt(OURS),
}
SPF, DMARC, PTR = "harbour.news TXT", "_dmarc.harbour.news TXT", "9.9.9.9.in-addr.arpa PTR"
OTHERS = {f"s{n}.example.net TXT": f'"v=spf1 ip4:192.0.2.{n} ~all"' for n in range(11)}
ELEVEN = " ".join(f"include:s{n}.example.net" for n in range(11))
BELOW = {"news.harbour.news MX": "10 mx.harbour.news.", "bounces.example.net MX": "10 mx.harbour.news."}


@dataclass(frozen=True)
class Case:
    """A domain, in what it differs from a healthy one; a record of ``""`` is not there. ``found`` is what is found, and
    ``publish`` the value of the record that is printed with it."""

    zone: Mapping[str, str] = field(default_factory=dict)
    sending: Mapping[str, Any] = field(default_factory=dict)
    found: tuple[tuple[str, Severity], ...] = ()
    publish: str | None = None


def error(name: str) -> tuple[tuple[str, Severity], ...]:
    return ((name, Severity.ERROR),)


def warning(name: str) -> tuple[tuple[str, Severity], ...]:
    return ((name, Severity.WARNING),)


def note(name: str) -> tuple[tuple[str, Severity], ...]:
    return ((name, Severity.NOTE),)


FAULTS: dict[str, Case] = {
    "no SPF record": Case({SPF: ""}, found=error("spf-missing"), publish="v=spf1 a:smtp.harbour.news ~all"),
    "a record that only looks like SPF": Case(
        {SPF: '"v=spf10 a ~all"'}, found=error("spf-missing"), publish="v=spf1 a:smtp.harbour.news ~all"
    ),
    "a provider's relay, and no SPF record": Case(
        {SPF: ""},
        {"relays": (Relay(Security.STARTTLS, "email-smtp.eu-west-1.amazonaws.com", 587, "x"),)},
        (*error("spf-missing"), *note("ptr-unknown")),
        "v=spf1 include:amazonses.com ~all",
    ),
    "two SPF records": Case(
        {SPF: '"v=spf1 a:smtp.harbour.news -all" "";"v=spf1 mx ~all"'},
        found=error("spf-several"),
        publish="v=spf1 a:smtp.harbour.news mx ~all",
    ),
    "an SPF record with a misspelt term": Case({SPF: '"v=spf1 a ipv4:9.9.9.9 ~all"'}, found=error("spf-broken")),
    "an SPF record that takes eleven lookups": Case(
        {SPF: txt(f"v=spf1 {ELEVEN} ~all"), **OTHERS}, found=error("spf-lookups")
    ),
    "an SPF record with three names that lead nowhere": Case(
        {SPF: '"v=spf1 a:smtp.harbour.news a:a.example.net a:b.example.net a:c.example.net ~all"'},
        found=error("spf-void-lookups"),
    ),
    "an SPF record that includes what is none": Case(
        {SPF: '"v=spf1 include:gone.example.net a:smtp.harbour.news ~all"'}, found=error("spf-broken")
    ),
    "an SPF record that lets everybody send": Case(
        {SPF: '"v=spf1 +all"'}, found=error("spf-all"), publish="v=spf1 ~all"
    ),
    "an SPF record without a verdict": Case(
        {SPF: '"v=spf1 a:smtp.harbour.news"'}, found=warning("spf-all"), publish="v=spf1 a:smtp.harbour.news ~all"
    ),
    "an SPF record without a verdict, and with a name that ends in all": Case(
        {SPF: '"v=spf1 a:mx.recall a:smtp.harbour.news ?all"', "mx.recall A": "9.9.9.9"},
        found=warning("spf-all"),
        publish="v=spf1 a:mx.recall a:smtp.harbour.news ~all",
    ),
    "an SPF record that redirects to one without a verdict": Case(
        {SPF: '"v=spf1 redirect=_spf.example.net"', "_spf.example.net TXT": '"v=spf1 ip4:9.9.9.0/24"'},
        found=warning("spf-all"),
    ),
    "an SPF record that asks for ptr": Case({SPF: '"v=spf1 a:smtp.harbour.news ptr ~all"'}, found=note("spf-remark")),
    "an SPF record that does not name the relay": Case(
        {SPF: '"v=spf1 ip4:192.0.2.0/24 ~all"'},
        found=note("spf-relay"),
        publish="v=spf1 a:smtp.harbour.news ip4:192.0.2.0/24 ~all",
    ),
    "an SPF record that does not name where the mail leaves": Case(
        {"25.2.0.192.in-addr.arpa PTR": "out.harbour.news.", "out.harbour.news A": "192.0.2.25"},
        {"sources": ("192.0.2.25",)},
        error("spf-source"),
        "v=spf1 ip4:192.0.2.25 a:smtp.harbour.news ~all",
    ),
    "no key": Case(sending={"keys": ()}, found=note("dkim-unsigned")),
    "a key that nobody published": Case({f"{KEY_NAME} TXT": ""}, found=error("dkim-missing"), publish=OURS),
    "another key": Case(
        {f"{KEY_NAME} TXT": f'"{record(new_key(Algorithm.ED25519))}"'}, found=error("dkim-other-key"), publish=OURS
    ),
    "two keys at one name": Case(
        {f"{KEY_NAME} TXT": f'{HEALTHY[f"{KEY_NAME} TXT"]};"v=DKIM1; p="'}, found=error("dkim-several")
    ),
    "a revoked key": Case({f"{KEY_NAME} TXT": '"v=DKIM1; k=rsa; p="'}, found=error("dkim-revoked")),
    "a key without a key": Case({f"{KEY_NAME} TXT": '"v=DKIM1; k=rsa"'}, found=error("dkim-broken")),
    "a key that lost a letter on the way": Case(
        {f"{KEY_NAME} TXT": txt(OURS.replace("MIIB", "MII"))}, found=error("dkim-broken")
    ),
    "a key for another service": Case(
        {f"{KEY_NAME} TXT": txt(OURS.replace("k=rsa", "s=tlsrpt"))}, found=error("dkim-broken")
    ),
    "a key that is being tried": Case(
        {f"{KEY_NAME} TXT": txt(OURS.replace("k=rsa", "k=rsa; t=y:s"))}, found=warning("dkim-testing")
    ),
    "no DMARC policy": Case(
        {DMARC: ""}, found=error("dmarc-missing"), publish="v=DMARC1; p=none; rua=mailto:desk@harbour.news"
    ),
    "two DMARC policies": Case({DMARC: f'{HEALTHY[DMARC]};"v=DMARC1; p=none"'}, found=error("dmarc-several")),
    "a DMARC policy that asks for what does not exist": Case(
        {DMARC: '"v=DMARC1; p=refuse; rua=mailto:desk@harbour.news"'}, found=error("dmarc-broken")
    ),
    "a DMARC policy without reports": Case(
        {DMARC: '"v=DMARC1; p=none;"'},
        found=note("dmarc-reports"),
        publish="v=DMARC1; p=none; rua=mailto:desk@harbour.news",
    ),
    "a DMARC policy that is being tried": Case(
        {DMARC: '"v=DMARC1; p=reject; t=y; rua=mailto:desk@harbour.news"'}, found=note("dmarc-testing")
    ),
    "DMARC reports to who did not ask for them": Case(
        {DMARC: '"v=DMARC1; p=none; rua=mailto:dmarc@example.net"', "example.net MX": "10 mx.harbour.news."},
        found=note("dmarc-remark"),
    ),
    "return paths of another organisation": Case(
        {"bounces.example.net TXT": '"v=spf1 a:smtp.harbour.news ~all"', **BELOW},
        {"bounce_domain": "bounces.example.net"},
        note("dmarc-return-path"),
    ),
    "return paths of another organisation, and no key": Case(
        {"bounces.example.net TXT": '"v=spf1 a:smtp.harbour.news ~all"', **BELOW},
        {"bounce_domain": "bounces.example.net", "keys": ()},
        (*note("dkim-unsigned"), *warning("dmarc-return-path")),
    ),
    "a key of a domain above, where the policy wants the sender's": Case(
        {
            **BELOW,
            "news.harbour.news TXT": '"v=spf1 a:smtp.harbour.news ~all"',
            DMARC: '"v=DMARC1; p=reject; adkim=s; rua=mailto:desk@harbour.news"',
        },
        {"domain": "news.harbour.news"},
        warning("dmarc-signature"),
    ),
    "no mail server": Case({"harbour.news MX": ""}, found=error("mx-missing"), publish="10 YOUR-MAIL-SERVER"),
    "a null MX": Case({"harbour.news MX": "0 ."}, found=error("mx-null")),
    "no MX, and an address": Case({"harbour.news MX": "", "harbour.news A": "192.0.2.80"}, found=note("mx-implicit")),
    "a mail server without an address": Case({"mx.harbour.news A": ""}, found=error("mx-lost")),
    "a second mail server without an address": Case(
        {"harbour.news MX": "10 mx.harbour.news.;20 gone.harbour.news."}, found=warning("mx-lost")
    ),
    "return paths that lead nowhere": Case(
        {"back.harbour.news TXT": '"v=spf1 a:smtp.harbour.news ~all"'},
        {"bounce_domain": "back.harbour.news"},
        error("mx-missing"),
        "10 mx.harbour.news.",
    ),
    "unsubscriptions that lead nowhere": Case(
        sending={"answers": (("leave.example.net", "requests to unsubscribe"),)}, found=error("mx-missing")
    ),
    "a relay whose address has no name": Case({PTR: ""}, found=note("ptr-missing"), publish="mail.harbour.news."),
    "a name that leads elsewhere": Case(
        {PTR: "other.example.net.", "other.example.net A": "192.0.2.99"},
        found=note("ptr-unconfirmed"),
        publish="9.9.9.9",
    ),
    "a sending address without a name": Case(
        {SPF: '"v=spf1 ip4:192.0.2.25 ~all"'}, {"sources": ("192.0.2.25",)}, error("ptr-missing")
    ),
    "a relay on this machine": Case(
        sending={"relays": (Relay(Security.OPPORTUNISTIC, "127.0.0.1", 25),)}, found=note("ptr-unknown")
    ),
}

PASSING: dict[str, Case] = {
    "a policy of the domain above": Case(
        {**BELOW, "news.harbour.news TXT": '"v=spf1 a:smtp.harbour.news -all"'}, {"domain": "news.harbour.news"}
    ),
    "return paths below the sender's domain": Case(
        {"back.harbour.news MX": "5 mx.harbour.news.", "back.harbour.news TXT": '"v=spf1 a:smtp.harbour.news ~all"'},
        {"bounce_domain": "back.harbour.news"},
    ),
    "an SPF record of another record": Case(
        {SPF: '"v=spf1 redirect=_spf.example.net"', "_spf.example.net TXT": '"v=spf1 ip4:9.9.9.0/24 -all"'}
    ),
    "an SPF record that includes the relay": Case(
        {SPF: '"v=spf1 include:_spf.example.net ~all"', "_spf.example.net TXT": '"v=spf1 ip4:9.9.9.0/24 -all"'}
    ),
    "a provider that is included, and whose relay sends from elsewhere": Case(
        {
            SPF: '"v=spf1 include:amazonses.com ~all"',
            "amazonses.com TXT": '"v=spf1 ip4:199.255.192.0/22 -all"',
            "email-smtp.eu-west-1.amazonaws.com A": "9.9.9.9",
        },
        {"relays": (Relay(Security.STARTTLS, "email-smtp.eu-west-1.amazonaws.com", 587, "x"),)},
    ),
    "an SPF record that names the mail servers": Case({SPF: '"v=spf1 mx ~all"', "mx.harbour.news A": "9.9.9.9"}),
    "an SPF record in capitals, among other texts": Case(
        {SPF: '"google-site-verification=x";"V=SPF1 A:smtp.harbour.news ~ALL"'}
    ),
    "a key with spaces in it, and without a version": Case(
        {f"{KEY_NAME} TXT": txt(OURS.replace("v=DKIM1; ", "").replace("p=", "p= "))}
    ),
    "an address known to be ours": Case(
        {
            SPF: '"v=spf1 ip6:2001:db8::/32 ~all"',
            "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR": "out.harbour.news.",
            "out.harbour.news AAAA": "2001:db8::9",
        },
        {"sources": ("2001:db8::9",)},
    ),
}


def zone(case: Case) -> str:
    """The case's zone as text; several records of one name and type stand between semicolons."""
    lines = []
    for name, text in {**HEALTHY, **case.zone}.items():
        owner, kind = name.split()
        each = text.split('";"') if kind == "TXT" else text.split(";")
        for number, value in enumerate(each):
            whole = value
            if kind == "TXT" and len(each) > 1:
                whole = ('"' if number else "") + value + ('"' if number < len(each) - 1 else "")
            if whole:
                lines.append(f"{owner}. 300 IN {kind} {whole}")
    return "\n".join(lines)


def examined(case: Case) -> list[Finding]:
    with DnsServer(zone(case)) as dns:
        return examine(Server(dns.host, dns.port), [replace(SENDING, **case.sending)])


def bad(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is not None]


def test_a_healthy_domain_has_nothing_to_mend() -> None:
    findings = examined(Case())
    assert bad(findings) == []
    assert [each.check for each in findings] == ["spf", "dkim", "dmarc", "dmarc-aligned", "mx", "ptr"]


@pytest.mark.parametrize("name", PASSING)
def test_what_is_uncommon_and_right_is_let_pass(name: str) -> None:
    assert bad(examined(PASSING[name])) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_nothing_else(name: str) -> None:
    case = FAULTS[name]
    found = bad(examined(case))
    assert tuple((each.check, each.severity) for each in found) == case.found
    for each in found:
        assert each.message.endswith(".")
        assert each.mend or each.check.endswith("remark")


@pytest.mark.parametrize("name", [name for name, case in FAULTS.items() if case.publish])
def test_the_record_to_publish_is_printed(name: str) -> None:
    case = FAULTS[name]
    records = [each.record for each in bad(examined(case)) if each.record is not None]
    assert "".join(records[0].values) == case.publish


def test_a_published_proposal_heals_the_domain() -> None:
    """What is printed is what helps: each record that is proposed is published, and then nothing is left to mend."""
    gone = dict.fromkeys((SPF, DMARC, f"{KEY_NAME} TXT", PTR), "")
    proposed = [each.record for each in bad(examined(Case(gone))) if each.record is not None]
    healed = {f"{each.name} {each.type}": _published(each) for each in proposed}
    healed["mail.harbour.news A"] = "9.9.9.9"
    assert bad(examined(Case({**gone, **healed}))) == []


def _published(record: Record) -> str:
    return " ".join(f'"{each}"' for each in record.values) if record.type == "TXT" else record.values[0]


def test_an_answer_too_large_for_udp_is_asked_for_again() -> None:
    others = ";".join(f'"verification-{number}={"x" * 200}"' for number in range(9))
    with DnsServer(zone(Case({SPF: f"{others};{HEALTHY[SPF]}"}))) as dns:
        assert bad(examine(Server(dns.host, dns.port), [SENDING])) == []
        assert dns.over_tcp > 0


def test_a_resolver_that_answers_only_in_part_makes_no_record_missing() -> None:
    with DnsServer(zone(Case()), refusing=["harbour.news"]) as dns:
        found = bad(examine(Server(dns.host, dns.port), [SENDING]))
    assert {each.check for each in found} == {"dns-silent"}
    assert "harbour.news" in found[0].message


def test_an_include_without_an_answer_is_not_called_a_missing_record() -> None:
    case = Case({SPF: '"v=spf1 include:_spf.example.net ~all"'})
    with DnsServer(zone(case), refusing=["_spf.example.net"]) as dns:
        found = bad(examine(Server(dns.host, dns.port), [SENDING]))
    assert [each.check for each in found] == ["dns-silent"]
    assert "_spf.example.net" in found[0].message


def test_a_dns_that_never_answers_is_one_finding_and_not_asked_for_ever() -> None:
    with DnsServer(zone(Case()), silent=True) as dns:
        found = examine(Server(dns.host, dns.port), [SENDING] * 9, seconds=0.2)
        assert [(each.check, each.severity) for each in found] == [("dns-silent", Severity.ERROR)]
        assert dns.address in found[0].message
        assert {question.rpartition(" ")[2] for question in dns.questions} == {"TXT"}


def test_two_senders_of_one_domain_are_told_once() -> None:
    with DnsServer(zone(Case({SPF: ""}))) as dns:
        found = bad(examine(Server(dns.host, dns.port), [SENDING, SENDING]))
    assert [each.check for each in found] == ["spf-missing"]
