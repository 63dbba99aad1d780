"""Mail addresses as headers and envelopes carry them (RFC 5321 §4.1.2, RFC 5890, RFC 6531)."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

_NEVER = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_ATOM = re.compile(rf'[^{_NEVER}\s<>()\[\]\\,;:@"]+')
_QUOTED = re.compile(rf'"(?:[^{_NEVER}"\\]|\\[^{_NEVER}])*"')
# Nearly every address matches this at once.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_ASCII_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[A-Za-z0-9:.]+\]")


class UnsendableAddress(ValueError):
    """An address that cannot stand in a header or an envelope; the message says why."""


def wire_address(address: str) -> str:
    """``address`` with its domain as an A-label; the local part as it is written.

    Raises :class:`UnsendableAddress` for anything that could be read as more than one address. Whether an address is
    a good one is not asked here.
    """
    if _PLAIN.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not at or not (_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise UnsendableAddress(f"not an address: {address[:80]!r}")
    return f"{local}@{a_label(domain)}"


@lru_cache(maxsize=4096)
def a_label(domain: str) -> str:
    """``domain`` in ASCII: ``"bücher.example"`` → ``"xn--bcher-kva.example"``; raises :class:`UnsendableAddress`."""
    if _ASCII_DOMAIN.fullmatch(domain):
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise UnsendableAddress(f"not a domain: {domain[:80]!r}") from None


def needs_smtputf8(address: str) -> bool:
    """Whether ``address`` can only be mailed with SMTPUTF8: its local part is not ASCII (RFC 6531)."""
    return not address.isascii() and not address.rpartition("@")[0].isascii()
