"""The header fields of a newsletter's message: those of a whole send, and those of one recipient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from dispatch.message.address import UnsendableAddress, a_label, wire_address
from dispatch.message.encoding import LINE, mailbox, one_line

_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")
_NOT_VISIBLE = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """What every recipient of a send sees alike: plain strings, so that it can be frozen with the edition.

    ``list_id`` is RFC 2919's ``"Name <name.domain>"``. ``base_url`` is where web links lead (no trailing slash);
    ``unsubscribe_mailbox`` takes mail that asks to unsubscribe; with neither of them there is no List-Unsubscribe.
    """

    sender_name: str
    sender_address: str
    reply_to: str | None
    list_id: str
    language: str | None
    unsubscribe_mailbox: str | None
    base_url: str | None
    feedback_id: str | None
    subject_prefix: str = ""
    message_id_domain: str = ""
    """The right side of Message-IDs; ``""`` means the sender's domain."""


@dataclass(frozen=True, slots=True)
class WaysOut:
    """How a reader leaves: a page, a mailbox, or both. ``page`` is a URL prefix that a token completes, in ASCII."""

    page: str | None
    mailbox: str | None
    """A ``mailto:`` URL prefix that a token completes (RFC 6068)."""

    @classmethod
    def of(cls, headers: HeaderFields) -> WaysOut:
        page = f"{_ascii_url(headers.base_url)}/u/" if headers.base_url else None
        if headers.unsubscribe_mailbox is None:
            return cls(page, None)
        address = quote(wire_address(headers.unsubscribe_mailbox), safe="@!$'*+-._~")
        return cls(page, f"mailto:{address}?subject=unsubscribe%20")

    def header_around_token(self) -> list[str]:
        """List-Unsubscribe (RFC 2369), folded, as the pieces that the token stands between; none without a way out."""
        ways = [f"<{way}" for way in (self.page, self.mailbox) if way]
        return [f"List-Unsubscribe: {ways[0]}", *(f">,\r\n {way}" for way in ways[1:]), ">\r\n"] if ways else []

    @property
    def one_click(self) -> bool:
        """Whether RFC 8058's POST may be offered: only where it goes to an https URL."""
        return self.page is not None and self.page.startswith("https://")


def sender_headers(headers: HeaderFields) -> bytes:
    """From and Reply-To."""
    fields = mailbox("From", headers.sender_name, wire_address(headers.sender_address))
    if headers.reply_to:
        fields += mailbox("Reply-To", "", wire_address(headers.reply_to))
    return fields


@dataclass(slots=True)
class OwnFields:
    """What one recipient's fields are made of. ``around_token`` is what the token stands between, in either form."""

    to: str
    date: str
    message_id: str
    token: str

    def wire(self, around_token: Sequence[str]) -> bytes:
        to = self.to
        fold = "\r\n" if len(to.encode()) > LINE - 4 else ""
        leave = self.token.join(around_token)
        return f"To:{fold} {to}\r\nDate: {self.date}\r\nMessage-ID: <{self.message_id}>\r\n{leave}".encode()

    def relaxed(self, around_token: Sequence[str]) -> bytes:
        """The same as DKIM hashes it (RFC 6376 §3.4.2)."""
        # Only a quoted local part can hold white space.
        to = self.to if not self.to.startswith('"') else re.sub(r"[ \t]+", " ", self.to)
        leave = self.token.join(around_token)
        return f"to:{to}\r\ndate:{self.date}\r\nmessage-id:<{self.message_id}>\r\n{leave}".encode()


def require_message_id(left: str) -> str:
    """The left part of a Message-ID (RFC 5322 §3.6.4); raises ``ValueError`` for what is none."""
    if not (left.isalnum() and left.isascii()) and not _DOT_ATOM.fullmatch(left):
        raise ValueError(f"not a Message-ID: {left!r}")
    return left


def url_safe(token: str) -> str:
    """``token``, percent-encoded where it holds what a URL would not keep."""
    return token if _URL_SAFE.fullmatch(token) else quote(token, safe="")


def fixed_headers(headers: HeaderFields, ways_out: WaysOut) -> bytes:
    """The rest of what all recipients share."""
    fields = _list_id(headers.list_id)
    if ways_out.one_click:
        fields += b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    if headers.feedback_id:
        # Four words of our own making, joined by colons; nothing folds inside them.
        fields += f"Feedback-ID: {_NOT_VISIBLE.sub('-', headers.feedback_id)[:500]}\r\n".encode()
    fields += b"Precedence: bulk\r\n"
    if headers.language and re.fullmatch(r"[A-Za-z0-9-]{1,60}", headers.language):
        fields += f"Content-Language: {headers.language}\r\n".encode()
    return fields


def _list_id(value: str) -> bytes:
    name, _, rest = one_line(value).rpartition("<")
    return mailbox("List-Id", name, _list_label(rest.rstrip().removesuffix(">")))


def _list_label(identifier: str) -> str:
    """A list's identifier in RFC 2919's letters: what a file's name may hold and a domain may not becomes a dash."""
    labels = (_label(part) for part in identifier.split("."))
    return ".".join(label for label in labels if label)[:255]


def _label(part: str) -> str:
    try:
        return a_label(part)
    except UnsendableAddress:
        return re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-")


def _ascii_url(url: str) -> str:
    parts = urlsplit(url.rstrip("/"))
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else a_label(name)
    place = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, place, quote(parts.path, safe="/%-._~!$&'()*+,;=:@"), "", ""))
