"""Which domains are of one organisation: DMARC's walk through the DNS (RFC 9989 §4.10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.doctor.dmarc import aligned, organisation, policy_for, walk
from dispatch.doctor.dns import Dns, Server
from support.dns_server import DnsServer

PLAIN = '_dmarc.{}. 300 IN TXT "v=DMARC1; p=none"'
ZONE = "\n".join(
    [
        PLAIN.format("harbour.news"),
        PLAIN.format("paper.gov.example"),
        '_dmarc.gov.example. 300 IN TXT "v=DMARC1; p=none; psd=y"',
        '_dmarc.desk.paper.gov.example. 300 IN TXT "v=DMARC1; p=none; psd=n"',
        PLAIN.format("deep.example"),
    ]
)


@pytest.fixture
def dns() -> Iterator[Dns]:
    with DnsServer(ZONE) as server:
        yield Dns(Server(server.host, server.port))


@pytest.mark.parametrize(
    ("domain", "home"),
    [
        ("harbour.news", "harbour.news"),
        ("a.b.harbour.news", "harbour.news"),
        ("nobody.example", "nobody.example"),
        ("a.paper.gov.example", "paper.gov.example"),  # one below a public suffix
        ("a.other.gov.example", "other.gov.example"),  # though it has no policy of its own
        ("gov.example", "gov.example"),
        ("a.desk.paper.gov.example", "desk.paper.gov.example"),  # which says that it stands for itself
    ],
)
def test_an_organisation_is_found_by_its_policies(dns: Dns, domain: str, home: str) -> None:
    assert organisation(domain, walk(dns, domain)) == home


def test_no_walk_asks_more_than_eight_questions() -> None:
    with DnsServer(ZONE) as server:
        name = ".".join(["a"] * 20) + ".deep.example"
        assert organisation(name, walk(Dns(Server(server.host, server.port)), name)) == "deep.example"
        assert len(server.questions) == 8


def test_relatives_are_aligned_and_strangers_are_not(dns: Dns) -> None:
    assert aligned(dns, "bounces.harbour.news", "letters.harbour.news")
    assert not aligned(dns, "one.gov.example", "two.gov.example")
    assert not aligned(dns, "one.example", "two.example")


def test_a_public_suffix_speaks_for_who_has_no_policy(dns: Dns) -> None:
    policy = policy_for("a.other.gov.example", walk(dns, "a.other.gov.example"))
    assert policy is not None
    assert policy.domain == "gov.example"
    assert policy_for("nobody.example", walk(dns, "nobody.example")) is None
