"""Whatever strangers write into the DNS, it is judged and stops nobody."""

from __future__ import annotations

from collections.abc import Iterator

import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.config.settings import Relay, Security
from dispatch.doctor.dns import Server
from dispatch.doctor.domains import OwnKey, Sending
from dispatch.doctor.examination import examine
from support.dns_server import DnsServer

KEY = OwnKey("harbour.news", "spring._domainkey.harbour.news", ("v=DKIM1; k=ed25519; p=AAAA",))
SENDING = Sending(
    domain="harbour.news",
    mailbox="desk@harbour.news",
    bounce_domain=None,
    answers=(),
    keys=(KEY,),
    relays=(Relay(Security.STARTTLS, "smtp.harbour.news", 587),),
)
ZONE = """
harbour.news. 300 IN MX 10 mx.harbour.news.
mx.harbour.news. 300 IN A 9.9.9.10
smtp.harbour.news. 300 IN A 9.9.9.9
"""
NAMES = ("harbour.news", "_dmarc.harbour.news", "other.harbour.news", KEY.name)

TERMS = """
    v=spf1 v=DMARC1; v=DKIM1; a mx ptr all ~all -all +all ip4: ip4:9.9.9.9/24 ip4:1.2.3.4/33 ip6:::1 a/24//64 mx/33
    include: include:a..b include:%{i}.x include:other.harbour.news include:harbour.news redirect=other.harbour.news
    redirect= exists:%{i}.x exp=x ra=x ; p=none; p=reject; p= rua= rua=mailto: rua=mailto:x@y.example!10m; rua=https://x;
    sp=none; np=x; adkim=s; aspf=q; t=y; psd=y; psd=n; pct=0; fo=0:1; k=rsa; p=AAAA; p===; h=sha1; s=x; = %
""".split()  # noqa: SIM905
CONTROLS = st.sampled_from(["\x1b[2J", "\u202e", "\n", "\0"])
REST = st.lists(st.sampled_from(TERMS) | CONTROLS | st.text(max_size=20), max_size=9).map(" ".join)
TEXTS = {
    name: st.lists(st.builds("{} {}".format, st.just(version) | st.just(""), REST), max_size=2)
    for name, version in zip(NAMES, ("v=spf1", "v=DMARC1;", "v=spf1", "v=DKIM1;"), strict=True)
}


@pytest.fixture(scope="module")
def dns_server() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as server:
        yield server


def _rrset(name: str, texts: list[str]) -> dns.rrset.RRset:
    made = dns.rrset.RRset(dns.name.from_text(name), dns.rdataclass.IN, dns.rdatatype.TXT)
    made.ttl = 300
    for text in texts:
        octets = text.encode("utf-8", "replace")
        strings = [octets[at : at + 255] for at in range(0, len(octets), 255)] or [b""]
        made.add(TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings))
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.fixed_dictionaries(TEXTS))
def test_any_record_is_judged(dns_server: DnsServer, records: dict[str, list[str]]) -> None:
    kept = {key: rrset for key, rrset in dns_server.records.items() if key[1] is not dns.rdatatype.TXT}
    made = (_rrset(name, texts) for name, texts in records.items() if texts)
    dns_server.records = kept | {(each.name, each.rdtype): each for each in made}
    for finding in examine(Server(dns_server.host, dns_server.port), [SENDING]):
        assert finding.check != "dns-silent"
        assert finding.message.strip()
        quoted = [finding.message, *(finding.record.values if finding.record is not None else ())]
        assert all(each.isprintable() for each in quoted), "a stranger's text must not reach the terminal as it is"
