"""A visit to a mail server by delivery's own way in: connect, TLS, EHLO, login, QUIT. No mail is sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from dispatch.config.settings import Relay, Security
from dispatch.delivery.session import Session
from dispatch.doctor.finding import Finding, Section
from dispatch.errors import DispatchError
from dispatch.preflight.finding import Severity

LAST_DAYS = 14
"""Of a certificate. Most are renewed a month before they end, so that this means nobody does."""
SMALL = 150_000
"""Octets: a mail server that takes no larger messages refuses ordinary editions."""
_DAY = 86_400
_LACKING = {
    "PIPELINING": "each message takes four round trips in place of one",
    "SMTPUTF8": "readers whose addresses have letters beyond ASCII before the @ get nothing",
    "DSN": "reports of undeliverable mail come in the server's own form, or not at all",
}


@dataclass(frozen=True, slots=True)
class Doorway:
    """A relay, and what opens a session with it; that raises :class:`~dispatch.errors.DispatchError`."""

    relay: Relay
    open: Callable[[], Awaitable[Session]]


def visit(doorways: Sequence[Doorway], now: float) -> list[Finding]:
    """What all relays say, asked at once, in their order. ``now`` is in seconds since the Unix epoch."""

    async def all_of_them() -> list[list[Finding]]:
        return await asyncio.gather(*(_visit(each, number, now) for number, each in enumerate(doorways)))

    return [finding for found in asyncio.run(all_of_them()) for finding in found]


async def _visit(doorway: Doorway, number: int, now: float) -> list[Finding]:
    began = time.monotonic()
    try:
        session = await doorway.open()
    except DispatchError as error:
        # Where the first one is down, the next takes the mail; nobody stands in for the first.
        severity = Severity.WARNING if number else Severity.ERROR
        return [Finding("smtp-failed", Section.SERVER, severity, error.message, error.hint or "")]
    took = time.monotonic() - began
    await session.quit()
    return list(_findings(doorway.relay, session, took, now))


def _findings(relay: Relay, session: Session, took: float, now: float) -> Iterator[Finding]:
    tls = session.secured
    days = int((tls.expires - now) // _DAY) if tls is not None and tls.expires is not None else None
    parts = [tls.version if tls is not None else "no TLS"]
    parts += [f"its certificate is good for {days} days"] if days is not None else []
    parts += [f"logged in as {relay.user}"] if relay.user else ["no login"]
    yield Finding("smtp", Section.SERVER, None, f"{relay} let us in within {took:.2f} s: {', '.join(parts)}.")
    if tls is None and not session.on_this_machine:
        yield _warning(
            "smtp-open",
            f"{relay.host} talks without TLS: whoever is on the way can read the mail.",
            f"Ask whoever runs it for TLS, or use a server that has it: smtp+starttls://{relay.host}:587",
        )
    if tls is not None and relay.security is Security.OPPORTUNISTIC and not session.on_this_machine:
        yield Finding(
            "smtp-unverified",
            Section.SERVER,
            Severity.NOTE,
            f"Nobody checks the certificate of {relay.host}, as smtp:// asks for none.",
            "If it has a good one, smtp+starttls:// makes sure that it is this server.",
        )
    if days is not None and days < LAST_DAYS:
        yield _warning(
            "smtp-certificate",
            f"The certificate of {relay.host} ends in {days} days, and mail stops then.",
            "Tell whoever runs the server.",
        )
    yield from _offers(relay, session)


def _offers(relay: Relay, session: Session) -> Iterator[Finding]:
    size = session.offers.size_limit
    if size is not None and size < SMALL:
        yield _warning(
            "smtp-size",
            f"{relay.host} takes messages of up to {size:,} octets (SIZE), and editions are often larger.",
            "Ask whoever runs it for more (Postfix: message_size_limit).",
        )
    has = [name for name, offered in session.offers.named if offered]
    if has:
        room = f", messages of up to {size / 1_000_000:,.0f} MB" if size is not None and size >= SMALL else ""
        yield Finding("smtp-offers", Section.SERVER, None, f"{relay.host} offers {', '.join(has)}{room}.")
    for name, offered in session.offers.named:
        if not offered and name in _LACKING:
            said = f"{relay.host} does not offer {name}: {_LACKING[name]}."
            yield Finding(f"smtp-{name.lower()}", Section.SERVER, Severity.NOTE, said)


def _warning(check: str, message: str, mend: str) -> Finding:
    return Finding(check, Section.SERVER, Severity.WARNING, message, mend)
