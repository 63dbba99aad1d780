"""From a newsletter's settings to message headers, links and a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from dispatch.audience.addresses import parse_address
from dispatch.audience.links import Purpose, SigningKey, signer
from dispatch.audience.returnpath import return_path
from dispatch.cli.signing import signing_keys
from dispatch.config.secrets import smtp_password
from dispatch.config.settings import Newsletter, Relay, Relays, Settings
from dispatch.delivery.loop import Message
from dispatch.delivery.smtp import Session, Timeouts, open_session
from dispatch.delivery.switch import Way
from dispatch.edition.model import Edition
from dispatch.errors import ConfigError, Refused
from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Send
from dispatch.message.freeze import load
from dispatch.message.template import HeaderFields, MessageTemplate, Recipient


def require_sendable(newsletter: Newsletter, list_name: str) -> None:
    """Refuse to mail readers who could not leave, or from nobody."""
    if newsletter.sender is None:
        raise Refused("There is no sender.", hint='Set it in dispatch.toml: [sender] name = "…" and address = "…"')
    if newsletter.way_out is None and newsletter.base_url is None:
        raise Refused(
            f"The readers of {list_name!r} would have no way out: neither a mailbox nor a page takes unsubscriptions.",
            hint="Set [sender] unsubscribe (or reply_to), or [newsletter] base_url, in dispatch.toml.",
        )


def require_relays(settings: Settings) -> Relays:
    """The relays that scheduled mail goes through; a Maildir records nothing, so nothing could go just once."""
    if not isinstance(settings.smtp.target, Relays):
        raise Refused(
            f"Scheduled mail needs a mail server; {settings.smtp.target} is for trying.",
            hint='Set it in dispatch.toml: [smtp] url = "smtp+starttls://USER@HOST:587"',
        )
    return settings.smtp.target


def headers_for(newsletter: Newsletter, list_name: str, edition: Edition, *, subject_prefix: str = "") -> HeaderFields:
    """The headers that every message of a send shares."""
    assert newsletter.sender is not None
    domain = parse_address(newsletter.sender.address).key.rpartition("@")[2]
    home = urlsplit(newsletter.base_url).hostname if newsletter.base_url else None
    return HeaderFields(
        sender_name=newsletter.sender.name,
        sender_address=newsletter.sender.address,
        reply_to=newsletter.reply_to,
        list_id=f"{newsletter.name} <{list_name}.{home or domain}>",
        language=edition.language,
        unsubscribe_mailbox=newsletter.way_out,
        base_url=newsletter.base_url,
        # a:b:c:SenderId — edition, list and newsletter, nothing per reader (Gmail's Feedback-ID).
        feedback_id=f"{edition.slug}:{list_name}:newsletter:{domain.replace('.', '-')}",
        subject_prefix=subject_prefix,
        message_id_domain=domain,
    )


def builder(
    settings: Settings, ledger: Ledger, send: Send, clock: Callable[[], datetime]
) -> Callable[[Envelope], Message]:
    """What makes one reader's message of a send: spliced, with their own unsubscribe link and return path, signed.

    Raises :class:`~dispatch.errors.ConfigError` for a DKIM key that cannot be used.
    """
    template = MessageTemplate.compile(*load(send.frozen), signing_keys(settings, send.list_name))
    key = ledger.link_key()
    signing = SigningKey(key.id, key.secret)
    token, list_id = signer(signing, Purpose.UNSUBSCRIBE), send.list_public_id
    bounces = settings.for_list(send.list_name).bounce_domain
    back = return_path(signing, send.edition_public_id, bounces) if bounces else None
    sender = template.headers.sender_address

    def build(envelope: Envelope) -> Message:
        subscriber, address = envelope.subscriber_id, envelope.address
        recipient = Recipient(
            address, {**envelope.fields, "email": address}, envelope.message_id, token(subscriber, list_id)
        )
        return Message(
            sender=back(subscriber) if back is not None else sender,
            recipient=address,
            content=template.build(recipient, clock()),
            smtputf8=template.needs_smtputf8(address),
        )

    return build


class Passwords:
    """The relays' passwords, each fetched once, when its server first asks for it."""

    def __init__(self, settings: Settings, known: Mapping[Relay, str | None] = MappingProxyType({})) -> None:
        self._settings = settings
        self._fetched = dict(known)

    def of(self, relay: Relay) -> str | None:
        """Raises :class:`~dispatch.errors.ConfigError` where it cannot be fetched."""
        if relay not in self._fetched:
            secret = smtp_password(self._settings, relay)
            self._fetched[relay] = secret.reveal() if secret is not None else None
        return self._fetched[relay]

    def of_all(self, relays: Relays) -> Mapping[Relay, str | None]:
        """What other processes are given. That of a relay which may never be needed is left out where it cannot be
        fetched: whoever needs it says so. Raises :class:`~dispatch.errors.ConfigError` for the first relay's."""
        first, *others = relays.each
        known = {first: self.of(first)}
        for relay in others:
            with suppress(ConfigError):
                known[relay] = self.of(relay)
        return known


def ways(settings: Settings, relays: Relays, passwords: Passwords) -> list[Way]:
    """What opens a session with each of the relays."""
    return [Way(relay, partial(open_relay, settings, passwords, relay)) for relay in relays.each]


async def open_relay(settings: Settings, passwords: Passwords, relay: Relay) -> Session:
    """A session with one of the settings' relays; raises :class:`~dispatch.delivery.smtp.SessionFailed`."""
    return await open_session(
        relay,
        password=partial(passwords.of, relay),
        timeouts=Timeouts.capped(settings.smtp.timeout),
        ca_file=settings.smtp.ca_file,
    )
