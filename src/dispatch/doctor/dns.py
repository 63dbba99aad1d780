"""Questions to the DNS, with bounded patience: what it says, that it says nothing of it, or that it did not answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

T = TypeVar("T")

SECONDS = 5.0
"""For one question, its repetitions included."""
SILENCES = 2
"""After so many questions without any answer the DNS is taken to be out of reach, and not asked again."""
PORT = 53


class Unanswered(Exception):
    """The DNS did not answer a question, which says nothing of whether there is a record."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(f"{name} {kind}")
        self.name = name
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Server:
    """A resolver by its address."""

    host: str
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """``ADDRESS``, ``ADDRESS:PORT`` or ``[IPV6]:PORT``; raises ``ValueError``."""
        host, port = text, ""
        if text.startswith("["):
            host, _, port = text[1:].partition("]")
            port = port.removeprefix(":")
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        number = int(port) if port else PORT
        if not 0 < number < 65_536:
            raise ValueError(f"no port: {port}")
        return cls(str(ipaddress.ip_address(host)), number)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.host if self.port == PORT else f"{host}:{self.port}"


class Patience(dns.resolver.Resolver):
    """dnspython's resolver, that gives a silent DNS up and keeps which questions had no answer.

    It is handed to checkdmarc, which takes silence for a missing record: whoever judges by what checkdmarc says asks
    :attr:`unanswered` too.
    """

    def __init__(self, server: Server | None, seconds: float) -> None:
        super().__init__(configure=server is None)
        if server is not None:
            self.nameservers, self.port = [server.host], server.port
        self.timeout, self.lifetime = seconds / 2, seconds
        self.cache = dns.resolver.LRUCache()
        self.unanswered: list[Unanswered] = []
        self._heard = False

    @property
    def silent(self) -> bool:
        """Whether nothing was ever answered, and nothing is asked any more."""
        return not self._heard and len(self.unanswered) >= SILENCES

    def resolve(self, qname: Any, rdtype: Any = dns.rdatatype.A, *args: Any, **more: Any) -> dns.resolver.Answer:
        kind = rdtype if isinstance(rdtype, str) else dns.rdatatype.to_text(rdtype)
        try:
            if self.silent:
                raise dns.resolver.NoNameservers
            answer = super().resolve(qname, rdtype, *args, **more)
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers, OSError):
            self.unanswered.append(Unanswered(str(qname).rstrip("."), kind))
            raise
        except dns.exception.DNSException:
            self._heard = True
            raise
        self._heard = True
        return answer


class Dns:
    """The DNS as one examination sees it. Every question raises :class:`Unanswered` where there is no answer."""

    def __init__(self, server: Server | None = None, *, seconds: float = SECONDS) -> None:
        """``server`` is asked instead of the machine's own resolvers; ``seconds`` is how long for one question."""
        from checkdmarc import utils

        try:
            self.resolver = Patience(server, seconds)
        except dns.resolver.NoResolverConfiguration:
            raise Unanswered("/etc/resolv.conf", "names no resolver") from None
        # checkdmarc keeps answers for half an hour: what is examined again was mended in between.
        utils.DNS_CACHE.clear()

    @property
    def silent(self) -> bool:
        """Whether it is out of reach altogether."""
        return self.resolver.silent

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each with its strings joined."""
        return [_text(each) for each in self._ask(name, "TXT") if isinstance(each, TXT)]

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses; one that is an address already is its own."""
        try:
            return [str(ipaddress.ip_address(name))]
        except ValueError:
            return [each.to_text() for kind in ("A", "AAAA") for each in self._ask(name, kind)]

    def exchanges(self, name: str) -> list[tuple[int, str]]:
        """MX records by preference; a null MX's host (RFC 7505) is ``""``."""
        found = (each for each in self._ask(name, "MX") if isinstance(each, MX))
        return sorted((each.preference, each.exchange.to_text().rstrip(".").lower()) for each in found)

    def pointers(self, address: str) -> list[str]:
        """The names that reverse DNS gives an address."""
        asked = reverse_name(address)
        return [each.to_text().rstrip(".").lower() for each in self._ask(asked, "PTR")]

    def gathering(self, judge: Callable[[], T]) -> T:
        """What ``judge`` makes of questions that others ask through :attr:`resolver`; raises :class:`Unanswered` where
        one had no answer, whatever ``judge`` made of that."""
        before = len(self.resolver.unanswered)
        try:
            return judge()
        finally:
            if len(self.resolver.unanswered) > before:
                raise self.resolver.unanswered[before]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self.resolver.resolve(dns.name.from_text(name), kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            raise Unanswered(name, kind) from None


def reverse_name(address: str) -> str:
    """Where the PTR record of an address stands: ``1.2.0.192.in-addr.arpa``."""
    return str(dns.reversename.from_address(address)).rstrip(".")


def _text(record: TXT) -> str:
    return b"".join(record.strings).decode("utf-8", "replace")
