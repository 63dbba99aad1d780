"""Secrets, fetched only when a connection needs them, and never part of :class:`Settings`."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from dispatch.config.ledger_url import full_ledger_url
from dispatch.config.settings import Relay, Relays, Settings
from dispatch.config.smtp_url import parse_smtp_url, password_in
from dispatch.errors import ConfigError, Place

COMMAND_SECONDS = 30.0
PASSWORD_VARIABLE = "DISPATCH_SMTP_PASSWORD"
_FILE_HINT = (
    'Write in it: smtp_password = "…". For several servers, a line [smtp_password] and below it, for each: "HOST" = "…"'
)
_FIELDS = ("{host}", "{user}")
"""What a command may say, so that it serves several relays."""
_LONGEST_KEY = 1 << 16


class Secret:
    """A text that shows itself only to who calls :meth:`reveal`: not in prints, logs, pickles or tracebacks."""

    __slots__ = ("_reveal",)

    def __init__(self, value: str) -> None:
        # A closure, not an attribute: tools that print an object's attributes in a traceback find only a function.
        self._reveal: Callable[[], str] = lambda: value

    def reveal(self) -> str:
        return self._reveal()

    def __repr__(self) -> str:
        return "****"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("****", spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def smtp_password(
    settings: Settings,
    relay: Relay,
    environ: Mapping[str, str] = os.environ,
    *,
    command_seconds: float = COMMAND_SECONDS,
) -> Secret | None:
    """The password for one of the settings' relays, from the first place that has one; ``None`` where nobody logs in.

    In order: ``DISPATCH_SMTP_PASSWORD_HOST`` and ``DISPATCH_SMTP_PASSWORD``, the URL in ``DISPATCH_SMTP_URL``,
    ``.dispatch/secrets.toml``, what ``smtp.password_command`` prints. One that does not say whose it is belongs to the
    first relay that logs in, and no other server is shown it. Raises :class:`ConfigError`, which never holds the
    secret.
    """
    source = next(_sources(settings, relay, environ, command_seconds), None)
    return source[1]() if source else None


def smtp_password_origin(settings: Settings, relay: Relay, environ: Mapping[str, str] = os.environ) -> str | None:
    """Where :func:`smtp_password` would come from, without fetching it; ``None`` where it is not set."""
    source = next(_sources(settings, relay, environ, COMMAND_SECONDS), None)
    return source[0] if source else None


def password_variable(relay: Relay) -> str:
    """The environment variable that holds the password of one server and of no other."""
    return f"{PASSWORD_VARIABLE}_{re.sub('[^A-Z0-9]', '_', relay.host.upper())}"


def ledger_url(settings: Settings, environ: Mapping[str, str] = os.environ) -> Secret:
    """The ledger's URL to connect with: as in the settings, with the password that ``DISPATCH_LEDGER_URL`` holds."""
    text = environ.get("DISPATCH_LEDGER_URL")
    return Secret(full_ledger_url(text, settings.root) if text else settings.ledger.url)


def _sources(
    settings: Settings, relay: Relay, environ: Mapping[str, str], command_seconds: float
) -> Iterator[tuple[str, Callable[[], Secret]]]:
    if not relay.user:
        return
    first = _is_first(settings, relay)
    for name in (password_variable(relay), *((PASSWORD_VARIABLE,) if first else ())):
        if password := environ.get(name):
            yield name, partial(Secret, password)
    if from_url := _from_url(settings, relay, environ.get("DISPATCH_SMTP_URL", "")):
        yield "DISPATCH_SMTP_URL", lambda: from_url
    file = settings.state / "secrets.toml"
    if file.exists() and _serves(file, relay, first=first):
        yield str(file.relative_to(settings.root)), lambda: _from_file(file, relay)
    command = settings.smtp.password_command
    if command and (first or any(name in command for name in _FIELDS)):
        yield "smtp.password_command", lambda: _from_command(command, relay, settings.root, command_seconds)


def _is_first(settings: Settings, relay: Relay) -> bool:
    """Whether a relay is the first one that logs in, or the same account at another port of it."""
    target = settings.smtp.target
    named = target.each if isinstance(target, Relays) else ()
    first = next((each for each in named if each.user), relay)
    return (first.host, first.user) == (relay.host, relay.user)


def _from_url(settings: Settings, relay: Relay, urls: str) -> Secret | None:
    """The password in the URL that is the relay's: another server must not be shown it."""
    for url in urls.split():
        if parse_smtp_url(url, settings.root, password_allowed=True) == relay and (password := password_in(url)):
            return Secret(password)
    return None


def private_key(file: Path, place: Place | None) -> Secret:
    """A private key's PEM; ``place`` is where the settings name it. Refused where every user may read it."""
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            content = opened.read(_LONGEST_KEY)
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"There is no key {file}.",
            place=place,
            hint="Make one: dispatch dkim keygen (or name the file that is there)",
        ) from None
    except (IsADirectoryError, PermissionError) as error:
        raise ConfigError(f"The key {file} cannot be read: {error.strerror}.", place=place) from None
    # A group may: a mail server's keys often belong to one.
    if mode & 0o027:
        raise ConfigError(f"Others may read or change the private key {file}.", place=place, hint=f"chmod 600 {file}")
    return Secret(content.decode("latin-1"))


def _serves(file: Path, relay: Relay, *, first: bool) -> bool:
    """Whether a file of secrets has a password for the relay. One that cannot be read is said to, so that whoever asks
    for the password learns why."""
    try:
        found = _read_file(file)
    except ConfigError:
        return True
    return relay.host in found if isinstance(found, Mapping) else first


def _from_file(file: Path, relay: Relay) -> Secret:
    found = _read_file(file)
    return found[relay.host] if isinstance(found, Mapping) else found


def _read_file(file: Path) -> Secret | Mapping[str, Secret]:
    """The one password in a file of secrets, or those by their server's name."""
    place = Place(str(file))
    with file.open("rb") as opened:
        status = os.fstat(opened.fileno())
        if status.st_uid != os.geteuid():
            raise ConfigError("This file of secrets belongs to another user.", place=place, hint=f"chown $USER {file}")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise ConfigError("Others may read this file of secrets.", place=place, hint=f"chmod 600 {file}")
        content = opened.read()
    try:
        data = tomllib.loads(content.decode())
    except ValueError:
        raise ConfigError("This is not TOML.", place=place, hint=_FILE_HINT) from None
    match data:
        case {"smtp_password": str(text), **more} if text and not more:
            return Secret(text)
        case {"smtp_password": dict(named), **more} if named and not more:
            if all(isinstance(text, str) and text for text in named.values()):
                return {host.lower(): Secret(text) for host, text in named.items()}
    raise ConfigError("This must hold one key and its text, or a text for each server.", place=place, hint=_FILE_HINT)


def _from_command(command: str, relay: Relay, root: Path, seconds: float) -> Secret:
    output = _run(command, relay, root, seconds)
    lines = output.splitlines()
    if not lines or not lines[0]:
        raise ConfigError("smtp.password_command printed no password.", hint=f"Try it: {command}")
    return Secret(lines[0])


def _run(command: str, relay: Relay, root: Path, seconds: float) -> str:
    """What ``command`` prints. Errors are raised ``from None``: the exceptions of ``subprocess`` hold the output."""
    try:
        # Replaced after it is split: whatever a name holds stays one argument.
        arguments = [
            word.replace("{host}", relay.host).replace("{user}", relay.user or "") for word in shlex.split(command)
        ]
        done = subprocess.run(
            arguments, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[:300] or "it said nothing"
            raise ConfigError(
                f"smtp.password_command ended with exit code {done.returncode}: {said}", hint=f"Try it: {command}"
            ) from None
        return done.stdout.decode()
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"smtp.password_command did not end within {seconds:g} seconds.", hint=f"Try it: {command}"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"smtp.password_command cannot be run: {error.strerror}.", hint=f"Try it: {command}"
        ) from None
    except ValueError:
        raise ConfigError(
            "smtp.password_command or what it prints cannot be read.", hint=f"Try it: {command}"
        ) from None
