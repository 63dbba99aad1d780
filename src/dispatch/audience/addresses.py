"""Email addresses as people really write them, brought to what is mailed and to one identity each.

Grammar: RFC 5321 §4.1.2 with RFC 6531 §3.3 (UTF-8 local parts); lengths: RFC 5321 §4.5.3.1 and RFC 3696 erratum 1690;
domains: UTS #46, then IDNA 2008 (RFC 5891).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import idna

from dispatch.errors import DispatchError

MAX_LOCAL = 64
MAX_ADDRESS = 254

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_ATOM = rf"{_ATEXT}+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
# Nearly every address of a list matches this at once, which is what makes a million of them a matter of seconds.
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_DOMAIN})")
_ASCII_DOMAIN = re.compile(_DOMAIN)
_ATOM_CHARACTER = re.compile(_ATEXT)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
# What spreadsheets and web pages leave around an address, beside ordinary spaces: zero-width and direction marks.
_AROUND = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. ``address`` is what is mailed: the local part as written, the domain in ASCII (A-labels)."""

    address: str
    key: str
    """The identity: A-label domain in lower case, local part in NFC and casefolded."""
    smtputf8: bool
    """Whether the local part needs RFC 6531 of every server on the way."""


class BadAddress(DispatchError):
    """What was written is no address that can be mailed; ``reason`` says why in a few words."""

    def __init__(self, raw: str, reason: str) -> None:
        shown = raw if len(raw) <= 80 else f"{raw[:79]}…"
        super().__init__(f"{shown!r} is not an email address: {reason}.")
        self.reason = reason


class _Unfit(ValueError):
    """A reason; :func:`parse_address` adds the raw text."""


def parse_address(raw: str) -> Address:
    """Parse one address, also as ``Name <a@b>`` or ``mailto:a@b``; raises :class:`BadAddress`.

    >>> parse_address(" Zoë <Zoe@Bücher.example> ").key
    'zoe@xn--bcher-kva.example'
    """
    match = _PLAIN.fullmatch(raw)
    if match and match.end(1) <= MAX_LOCAL and len(raw) <= MAX_ADDRESS:
        key = raw.lower()
        if "xn--" not in key:
            return Address(raw, key, False)
    try:
        return _parse(_unwrap(raw))
    except _Unfit as reason:
        raise BadAddress(raw, str(reason)) from None


def _unwrap(raw: str) -> str:
    """The bare address within spaces, invisible marks, ``Name <…>`` and ``mailto:…?…``."""
    text = _trim(raw)
    if not text:
        raise _Unfit("it is blank")
    _refuse_controls(text)
    if text.endswith(">"):
        text = _within_brackets(text)
    if _MAILTO.match(text):
        text = _trim(unquote(text[len("mailto:") :].partition("?")[0]))
        _refuse_controls(text)
    return text


def _within_brackets(text: str) -> str:
    name, opened, address = text[:-1].rpartition("<")
    name = _QUOTED.sub("", name)
    if not opened or set("<>") & set(name) or ("@" in name and set(",;") & set(name)):
        raise _Unfit("it holds more than one address, or brackets that do not match")
    return _trim(address)


def _trim(text: str) -> str:
    return text.strip().strip(_AROUND).strip()


def _refuse_controls(text: str) -> None:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}:
            raise _Unfit(f"it holds a control character (U+{ord(character):04X})")


def _parse(text: str) -> Address:
    local, at, domain = text.rpartition("@")
    if not at:
        raise _Unfit("it has no @")
    if not local:
        raise _Unfit("nothing stands before the @")
    if not domain:
        raise _Unfit("nothing stands after the @")
    if len(text) > 4 * MAX_ADDRESS:
        raise _Unfit(f"it is longer than {MAX_ADDRESS} octets")
    identity = _local_identity(local)
    mailed_domain = _ascii_domain(domain)
    address = f"{local}@{mailed_domain}"
    if len(local.encode()) > MAX_LOCAL:
        raise _Unfit(f"more than {MAX_LOCAL} octets stand before the @")
    if len(address.encode()) > MAX_ADDRESS:
        raise _Unfit(f"it is longer than {MAX_ADDRESS} octets")
    return Address(address, f"{identity}@{mailed_domain.lower()}", not local.isascii())


def _local_identity(local: str) -> str:
    if local.startswith('"'):
        return _quoted_identity(local)
    if "@" in local:
        raise _Unfit("it holds more than one address, or more than one @")
    for atom in local.split("."):
        if not atom:
            raise _Unfit("a dot begins or ends what stands before the @, or two dots follow each other")
        _check_atom(atom)
    return _fold(local)


def _quoted_identity(local: str) -> str:
    """A quoted local part means the same as its unquoted form, where it has one (RFC 5321 §4.1.2)."""
    quoted = _QUOTED.fullmatch(local)
    if not quoted:
        raise _Unfit("the quotes before the @ do not close")
    content = re.sub(r"\\(.)", r"\1", quoted[1])
    if not content:
        raise _Unfit("nothing stands between the quotes before the @")
    for character in content:
        _refuse_invisible(character)
    atoms = content.split(".")
    plain = all(atom and all(_is_atom_character(character) for character in atom) for atom in atoms)
    return _fold(content) if plain else _requote(content)


def _requote(content: str) -> str:
    return '"' + _fold(re.sub(r'(["\\])', r"\\\1", content)) + '"'


def _fold(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _check_atom(atom: str) -> None:
    for character in atom:
        _refuse_invisible(character)
        if not _is_atom_character(character):
            what = "a space" if character == " " else f"'{character}'"
            raise _Unfit(f"{what} may not stand before the @")


def _is_atom_character(character: str) -> bool:
    return not character.isascii() or _ATOM_CHARACTER.fullmatch(character) is not None


def _refuse_invisible(character: str) -> None:
    if not character.isascii() and unicodedata.category(character)[0] in "CZ":
        raise _Unfit(f"an invisible character (U+{ord(character):04X}) stands before the @")


def _ascii_domain(domain: str) -> str:
    if domain.startswith("["):
        raise _Unfit("an IP address is no domain")
    if domain.lower() == "localhost":
        return domain
    if _ASCII_DOMAIN.fullmatch(domain) and "xn--" not in domain.lower():
        return domain
    return _idna(domain)


@lru_cache(maxsize=8192)
def _idna(domain: str) -> str:
    """The A-label form of a domain that is not plain ASCII, or the reason why there is none."""
    if " " in domain:
        raise _Unfit("a space may not stand in the domain")
    if domain.isascii():
        _refuse_ascii_domain(domain)
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _Unfit(f"'{domain}' is no valid domain") from None
    if not _ASCII_DOMAIN.fullmatch(encoded):
        _refuse_ascii_domain(encoded)
        raise _Unfit(f"'{domain}' is no valid domain")
    return encoded


def _refuse_ascii_domain(domain: str) -> None:
    """Say what is wrong with an ASCII domain; silent where only its A-labels are left to judge."""
    labels = domain.split(".")
    if not all(labels):
        raise _Unfit("a dot begins or ends the domain, or two dots follow each other")
    if len(labels) == 1:
        raise _Unfit(f"the domain '{domain}' has no ending such as .org")
    for label in labels:
        if len(label) > 63:
            raise _Unfit("a part of the domain is longer than 63 characters")
        if not re.fullmatch(_LABEL, label):
            raise _Unfit(f"'{label}' is no valid part of a domain")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", labels[-1]):
        raise _Unfit(f"no domain ends in .{labels[-1]}")
