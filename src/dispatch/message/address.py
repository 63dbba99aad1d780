"""Mail addresses as headers and envelopes carry them (RFC 5321 §4.1.2, RFC 5890, RFC 6531)."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

_ATOM = re.compile(r'[^\x00-\x20\x7f-\xa0<>()\[\]\\,;:@"\u2028\u2029]+')
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029]|\\[\x20-\x7e])*"')


class UnsendableAddress(ValueError):
    """An address that cannot stand in an envelope; the message says why."""


def split_address(address: str) -> tuple[str, str]:
    """The local part and the domain (as an A-label, lower case) of ``address``.

    Raises :class:`UnsendableAddress` for anything that could not be written into an SMTP command as one address.
    """
    local, at, domain = address.rpartition("@")
    if not at or not (_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise UnsendableAddress("not an address: something before and after one @, without spaces or brackets")
    return local, a_label(domain)


@lru_cache(maxsize=4096)
def a_label(domain: str) -> str:
    """``domain`` in ASCII: ``"bücher.example"`` → ``"xn--bcher-kva.example"``; raises :class:`UnsendableAddress`."""
    if domain.isascii():
        if not re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[A-Za-z0-9:.]+\]", domain):
            raise UnsendableAddress(f"not a domain: {domain!r}")
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise UnsendableAddress(f"not a domain: {domain!r} ({error})") from None


def wire_address(address: str) -> str:
    """``address`` with its domain as an A-label; the local part as it is written."""
    local, domain = split_address(address)
    return f"{local}@{domain}"


def needs_smtputf8(address: str) -> bool:
    """Whether ``address`` can only be mailed with SMTPUTF8: its local part is not ASCII (RFC 6531)."""
    return not address.rpartition("@")[0].isascii()
