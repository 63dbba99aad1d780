"""Where mail goes, as a URL: ``smtp://``, ``smtp+starttls://``, ``smtps://`` or ``maildir:PATH``.

No error here repeats the URL: it may hold a password, also where it is malformed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from dispatch.config.settings import MaildirTarget, Relay, Relays, Security
from dispatch.errors import ConfigError

DEFAULT_PORTS = MappingProxyType({Security.OPPORTUNISTIC: 25, Security.STARTTLS: 587, Security.TLS: 465})

_FORMS = "smtp://HOST:25, smtp+starttls://USER@HOST:587, smtps://USER@HOST:465 or maildir:PATH"
_PASSWORD_HINT = (
    "Take the password out of the URL. It may come from DISPATCH_SMTP_PASSWORD, from smtp_password in "
    ".dispatch/secrets.toml (chmod 600), or from what smtp.password_command prints."
)


def parse_smtp_urls(texts: Sequence[str], root: Path, *, password_allowed: bool = False) -> Relays | MaildirTarget:
    """What one or more URLs name: relays, the preferred one first, or one Maildir. Raises :class:`ConfigError`."""
    targets = [parse_smtp_url(text, root, password_allowed=password_allowed) for text in texts]
    relays = tuple(target for target in targets if isinstance(target, Relay))
    if len(targets) == 1 and isinstance(targets[0], MaildirTarget):
        return targets[0]
    if not targets:
        raise ConfigError("There is no SMTP URL.", hint=f"Write one as {_FORMS}.")
    if len(relays) < len(targets):
        raise ConfigError("A Maildir stands among several SMTP URLs.", hint="Name servers only, or the Maildir alone.")
    if twice := next((relay for relay in relays if relays.count(relay) > 1), None):
        raise ConfigError(f"{twice} is named twice.", hint="Name each server once, the preferred one first.")
    return Relays(relays)


def parse_smtp_url(text: str, root: Path, *, password_allowed: bool = False) -> Relay | MaildirTarget:
    """The target that ``text`` names; a relative Maildir lies under ``root``.

    The target never holds a password. One in the URL is an error unless ``password_allowed`` (the environment's URL);
    :func:`password_in` reads it. Raises :class:`ConfigError`.
    """
    if not text.isprintable() or any(character.isspace() for character in text):
        raise ConfigError("The SMTP URL holds a space or a control character.", hint=f"Write it as {_FORMS}.")
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() == "maildir":
        return _maildir(rest, root)
    if not rest.startswith("//") or scheme.lower() not in set(Security):
        raise ConfigError("This is no SMTP URL.", hint=f"Write it as {_FORMS}.")
    parts = _split(text)
    if parts.password is not None and not password_allowed:
        raise ConfigError("The SMTP URL holds a password.", hint=_PASSWORD_HINT)
    return _relay(Security(scheme.lower()), parts)


def password_in(text: str) -> str | None:
    """The password of an SMTP URL, percent-decoded."""
    if text.lower().startswith("maildir:"):
        return None
    password = _split(text).password
    return unquote(password) if password else None


def _maildir(path: str, root: Path) -> MaildirTarget:
    if path.startswith("///"):
        path = path[2:]
    if not path or path.startswith("//"):
        raise ConfigError("maildir: needs a path.", hint="Write it as maildir:PATH, for example maildir:out/mail.")
    return MaildirTarget(root / Path(path).expanduser())


def _split(text: str) -> SplitResult:
    """The URL's parts, with a port that is a number; reserved characters in a password are what usually breaks it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        hint = (
            "A user's name and password are percent-encoded in a URL (/ is %2F, # is %23, @ is %40); "
            "a port is a number up to 65535."
        )
        raise ConfigError("The SMTP URL cannot be parsed.", hint=hint) from None
    return parts


def _relay(security: Security, parts: SplitResult) -> Relay:
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ConfigError("Something follows the host in the SMTP URL.", hint=f"Write it as {_FORMS}.")
    if not parts.hostname:
        raise ConfigError("The SMTP URL names no host.", hint=f"Write it as {_FORMS}.")
    port = DEFAULT_PORTS[security] if parts.port is None else parts.port
    if port == 0:
        raise ConfigError("Port 0 is no SMTP server's.", hint=f"Write it as {_FORMS}.")
    user = unquote(parts.username) if parts.username else None
    if user and not user.isprintable():
        raise ConfigError("The user in the SMTP URL holds a control character.")
    return Relay(security, _ascii_host(parts.hostname), port, user)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ConfigError("The host in the SMTP URL is no valid name.") from None
