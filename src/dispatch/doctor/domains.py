"""What the examinations know of a newsletter: its domains, keys and ways out."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.config.settings import Relay


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that signs: where its public half must stand, and what must stand there."""

    domain: str
    name: str
    """``SELECTOR._domainkey.DOMAIN``."""
    strings: tuple[str, ...]
    """The record's text, in the strings that DNS carries."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one sender's mail is made of. Domains are in ASCII (A-labels)."""

    domain: str
    """Of the From address."""
    mailbox: str
    """Where reports about the domain may go."""
    bounce_domain: str | None
    answers: tuple[tuple[str, str], ...]
    """Each other domain that must take mail, with what for: ``("example.org", "replies")``."""
    keys: tuple[OwnKey, ...]
    relays: tuple[Relay, ...]
    sources: tuple[str, ...] = ()
    """IP addresses that the mail is known to leave from."""

    @property
    def path_domain(self) -> str:
        """Of the return path, which SPF is about (RFC 7208 §2.4)."""
        return self.bounce_domain or self.domain
