"""Reverse DNS of where the mail leaves: a name that leads back to the address (RFC 1912 §2.1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from dispatch.doctor.dns import Dns, reverse_name
from dispatch.doctor.domains import Sending
from dispatch.doctor.finding import Finding, Record, Section
from dispatch.preflight.finding import Severity

_UNKNOWN = (
    "Look into the Received lines of a message that arrived, and name the address here: dispatch doctor --online --ip …"
)


def examine(dns: Dns, sending: Sending) -> Iterator[Finding]:
    """The addresses that the mail is known to leave from, which must have names; else those of the relays, from which
    it may."""
    if sending.sources:
        for address in sending.sources:
            yield _examine(dns, sending, address, known=True)
        return
    for relay in sending.relays:
        addresses = [each for each in dns.addresses(relay.host) if ipaddress.ip_address(each).is_global]
        if not addresses:
            yield Finding(
                "ptr-unknown",
                Section.ADDRESS,
                Severity.NOTE,
                f"From which address {relay.host} sends to the world cannot be seen from here.",
                _UNKNOWN,
            )
        for address in addresses:
            yield _examine(dns, sending, address, known=False)


def _examine(dns: Dns, sending: Sending, address: str, *, known: bool) -> Finding:
    names = dns.pointers(address)
    back = [name for name in names if _same(dns, name, address)]
    if back:
        return Finding("ptr", Section.ADDRESS, None, f"{address} is {back[0]}, which leads back to it.")
    severity = Severity.ERROR if known else Severity.NOTE
    after = "" if known else " (if the mail leaves from another address, this says nothing)"
    host = f"mail.{sending.domain}"
    if not names:
        return Finding(
            "ptr-missing",
            Section.ADDRESS,
            severity,
            f"{address} has no name in reverse DNS, and many receivers refuse mail from such an address{after}.",
            "Whoever gave you the address publishes it:",
            Record(reverse_name(address), "PTR", (f"{host}.",)),
        )
    kind = "AAAA" if ":" in address else "A"
    return Finding(
        "ptr-unconfirmed",
        Section.ADDRESS,
        severity,
        f"{address} is called {names[0]}, which does not lead back to it{after}.",
        "Publish the way back:",
        Record(names[0], kind, (address,)),
    )


def _same(dns: Dns, name: str, address: str) -> bool:
    return ipaddress.ip_address(address) in {ipaddress.ip_address(each) for each in dns.addresses(name)}
