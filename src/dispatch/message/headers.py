"""The header fields of a newsletter's message: those of a whole send, and those of one recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from dispatch.message.address import UnsendableAddress, a_label, wire_address
from dispatch.message.encoding import LINE, mailbox, one_line

_DOT_ATOM_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9_.\[\]:-]+")
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

    def url(self, token: str) -> str:
        """Where the link in the message leads; ``""`` where there is no way out."""
        way = self.page or self.mailbox
        return f"{way}{_safe(token)}" if way else ""

    def header(self, token: str) -> str:
        """The value of List-Unsubscribe (RFC 2369), folded; ``""`` where there is no way out."""
        ways = (way for way in (self.page, self.mailbox) if way)
        return ",\r\n ".join(f"<{way}{_safe(token)}>" for way in ways)

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


def own_headers(*, to: str, date: str, message_id: str, list_unsubscribe: str) -> bytes:
    """One recipient's fields; raises ``ValueError`` for a Message-ID that is none."""
    if not _DOT_ATOM_ID.fullmatch(message_id):
        raise ValueError(f"not a Message-ID: {message_id!r}")
    fold = "\r\n" if len(to.encode()) > LINE - 4 else ""
    unsubscribe = f"List-Unsubscribe: {list_unsubscribe}\r\n" if list_unsubscribe else ""
    return f"To:{fold} {to}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\n{unsubscribe}".encode()


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


def _safe(token: str) -> str:
    return token if _URL_SAFE.fullmatch(token) else quote(token, safe="")


def _ascii_url(url: str) -> str:
    parts = urlsplit(url.rstrip("/"))
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else a_label(name)
    place = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, place, quote(parts.path, safe="/%-._~!$&'()*+,;=:@"), "", ""))
