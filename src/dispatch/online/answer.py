"""What the web is asked, and what it said: plain values, for rules to judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PERMANENT = frozenset({301, 308})
"""Redirects that tell a link's author to write the new address (RFC 9110 §15.4)."""


class Failure(StrEnum):
    """Why there is no status."""

    NO_HOST = "no host"  # the DNS has no such name
    NO_LOOKUP = "no lookup"  # the DNS did not say
    REFUSED = "refused"  # nothing listens, or no way leads there
    ENCRYPTION = "encryption"  # the certificate is not to be trusted
    SLOW = "slow"  # no answer in time
    LOOP = "loop"  # redirects in a circle, or too many
    BROKEN = "broken"  # what answered speaks no HTTP, or no TLS, or broke off
    PRIVATE = "private"  # not asked: it lies in a private network
    NOT_ASKED = "not asked"  # the time for all questions was over


@dataclass(frozen=True, slots=True)
class Question:
    """Whether ``url`` is there; of a ``picture`` also its kind, its weight and its first octets."""

    url: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect: the status that said so, and whereto."""

    status: int
    to: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is the last one, after all ``hops``; ``None`` where ``failure`` says why, and ``said`` in whose words.

    ``kind`` is the media type in small letters, without parameters; ``octets`` the whole length, where it was said;
    ``head`` the first octets of a picture.
    """

    url: str
    status: int | None = None
    failure: Failure | None = None
    said: str = ""
    hops: tuple[Hop, ...] = ()
    kind: str = ""
    octets: int | None = None
    head: bytes = b""
    secure: bool = False
    """Of an http address: whether https answers as well."""

    @property
    def final(self) -> str:
        """The address that answered in the end."""
        return self.hops[-1].to if self.hops else self.url

    @property
    def is_there(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def asked_as(url: str) -> str:
    """An address as servers are asked for it: a fragment stays with the browser (RFC 9110 §4.2.5)."""
    return url.strip().partition("#")[0]


def is_askable(url: str) -> bool:
    """Whether an address can be asked at all: ``mailto:``, ``tel:`` and the like are not on the web."""
    return asked_as(url).lower().startswith(("http://", "https://"))
