"""Where the ledger lies, as a URL. No error here repeats it: it may hold a password."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote_plus, urlsplit

from dispatch.errors import ConfigError

_TIMEOUT = re.compile(r"timeout=\d{1,5}(\.\d{1,3})?")  # seconds; the SQLite driver's own name for it
_FORMS = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
_SECRETS = frozenset({"password", "sslpassword"})  # libpq takes them behind the "?" too

_PASSWORD_HINT = (
    "Take the password out of the URL. It may come from PGPASSWORD, from ~/.pgpass, or from a whole URL in "
    "DISPATCH_LEDGER_URL."
)


def parse_ledger_url(text: str, root: Path, *, password_allowed: bool = False) -> str:
    """The URL as it may be shown, without its password; a relative SQLite path lies under ``root``.

    A password is an error unless ``password_allowed`` (the environment's URL). Raises :class:`ConfigError`.
    """
    parts = _split(text)
    if _holds_password(parts) and not password_allowed:
        raise ConfigError("The ledger's URL holds a password.", hint=_PASSWORD_HINT)
    return _normalise(text, parts, root, keep_password=False)


def full_ledger_url(text: str, root: Path) -> str:
    """The same with the password that ``text`` holds, for the connection alone."""
    return _normalise(text, _split(text), root, keep_password=True)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ConfigError("The ledger's URL cannot be parsed.", hint=f"Write it as {_FORMS}.") from None
    if not text.isprintable() or "://" not in text:
        raise ConfigError("This is no ledger's URL.", hint=f"Write it as {_FORMS}.")
    return parts


def _normalise(text: str, parts: SplitResult, root: Path, *, keep_password: bool) -> str:
    scheme = parts.scheme.lower()
    if scheme == "sqlite":
        return _sqlite(text, parts, root)
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ConfigError("The ledger is neither SQLite nor PostgreSQL.", hint=f"Write its URL as {_FORMS}.")
    user, at, host = parts.netloc.rpartition("@")
    options = parts.query.split("&") if parts.query else []
    if not keep_password:
        user = user.partition(":")[0]
        options = [option for option in options if not _is_secret(option)]
    # Not urlunsplit: of a URL that names no host (a Unix socket's) it drops two slashes.
    return f"postgresql://{user}{at}{host}{parts.path}{'?' if options else ''}{'&'.join(options)}"


def _holds_password(parts: SplitResult) -> bool:
    return parts.password is not None or any(_is_secret(option) for option in parts.query.split("&"))


def _is_secret(option: str) -> bool:
    return unquote_plus(option.partition("=")[0]) in _SECRETS


def _sqlite(text: str, parts: SplitResult, root: Path) -> str:
    # Three slashes begin a relative path, four an absolute one; "#" and "?" belong to no path we would write.
    path, asked, query = text.partition("://")[2].removeprefix("/").partition("?")
    if parts.netloc or not path or "#" in path:
        raise ConfigError("This names no SQLite file.", hint="Write it as sqlite:///PATH or sqlite:////ABSOLUTE/PATH.")
    if asked and not _TIMEOUT.fullmatch(query):
        raise ConfigError("After an SQLite file only ?timeout=SECONDS may follow.")
    return f"sqlite:///{root / Path(path).expanduser()}{asked}{query}"
