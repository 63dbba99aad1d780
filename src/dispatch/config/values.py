"""What a value in ``dispatch.toml`` may be: one reader per kind of value, each refusing with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import idna

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.config.ledger_url import parse_ledger_url
from dispatch.config.settings import MaildirTarget, QuietHours, Relays, Sender
from dispatch.config.smtp_url import parse_smtp_urls

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 §2.1, without the grandfathered tags
_ACCENT = re.compile(r"#[0-9A-Fa-f]{6}")
_FOLDER_NAME = re.compile(r"\w[\w.-]*")
_SELECTOR_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"(?=.{{1,100}}$){_SELECTOR_LABEL}(\.{_SELECTOR_LABEL})*")  # RFC 6376 §3.1
_LEDGER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+")
_URL_PATH = re.compile(r"[\w.~!$&'()*+,;=:@%/-]*", re.ASCII)  # RFC 3986 §3.3
_QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d) ?[-–] ?([01]\d|2[0-3]):([0-5]\d)")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class BadValue(ValueError):
    """Why a value is refused, as the end of a sentence that begins with the key."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: its name in the reference, and its reader ``(value, workspace root) → value in force``."""

    name: str
    read: Callable[[Any, Path], Any]


def _string(value: Any, _root: Path) -> str:
    if not isinstance(value, str):
        raise BadValue(f"must be text in quotes, not {_type_name(value)}")
    return value


def _line(value: Any, root: Path) -> str:
    text = _string(value, root).strip()
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise BadValue(f"must be one line without control characters (it holds U+{ord(character):04X})")
    return text


def _name(value: Any, root: Path) -> str:
    if not (text := _line(value, root)):
        raise BadValue("must not be blank")
    return text


def _lines(value: Any, root: Path) -> str:
    lines = _string(value, root).strip().splitlines()
    return "\n".join(_line(line, root) for line in lines)


def _mailbox(value: Any, root: Path) -> str:
    try:
        return parse_address(_line(value, root)).address
    except BadAddress as error:
        raise BadValue(f"must be an email address: {error.reason}") from None


def _domain(value: Any, root: Path) -> str:
    try:
        return parse_address(f"x@{_line(value, root)}").key.rpartition("@")[2]
    except BadAddress as error:
        raise BadValue(f"must be a domain such as example.org: {error.reason}") from None


def _selector(value: Any, root: Path) -> str:
    text = _line(value, root)
    if not _SELECTOR.fullmatch(text):
        raise BadValue(f"must be a name in the DNS, of letters, digits, hyphens and dots, not {text!r}")
    return text.lower()


def _sender(value: Any, root: Path) -> Sender:
    """``{name, address}`` or ``Name <address>``."""
    if isinstance(value, Mapping):
        if wrong := set(value) - {"name", "address"}:
            raise BadValue(f"takes name and address, not {sorted(wrong)[0]!r}")
        if "address" not in value:
            raise BadValue("needs an address")
        return Sender(_line(value.get("name", ""), root), _mailbox(value["address"], root))
    text = _line(value, root)
    name = text.rpartition("<")[0].strip() if text.endswith(">") else ""
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Sender(name, _mailbox(text, root))


def _language(value: Any, root: Path) -> str | None:
    text = _line(value, root)
    if text in {"auto", ""}:
        return None
    if not _LANGUAGE.fullmatch(text):
        raise BadValue(f'must be "auto" or a BCP 47 tag such as "en" or "pt-BR", not {text!r}')
    return text


def _timezone(value: Any, root: Path) -> ZoneInfo:
    text = _line(value, root)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise BadValue(f'must be an IANA time zone such as "Europe/Paris", not {text!r}{_near_zone(text)}') from None


def _near_zone(text: str) -> str:
    zones = {zone.lower(): zone for zone in available_timezones()}
    wanted = text.lower().replace(" ", "_")
    by_city = [zone for lower, zone in sorted(zones.items()) if lower.rpartition("/")[2] == wanted.rpartition("/")[2]]
    near = by_city or [zones[lower] for lower in get_close_matches(wanted, zones, n=1)]
    return f"; did you mean {near[0]!r}?" if near else ""


def _folder_name(value: Any, root: Path) -> str:
    text = _line(value, root)
    if not _FOLDER_NAME.fullmatch(text):
        raise BadValue(f"must be a name without slashes, not {text!r}")
    return text


def _accent(value: Any, root: Path) -> str:
    text = _line(value, root)
    if not _ACCENT.fullmatch(text):
        raise BadValue(f"must be a colour written #RRGGBB, not {text!r}")
    return text


def _base_url(value: Any, root: Path) -> str | None:
    text = _line(value, root)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except ValueError:
        raise BadValue(f"must be a URL such as https://news.example.org, not {text!r}") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOCAL_HOSTS):
        raise BadValue("must begin with https:// (http:// only for localhost): mailbox providers demand it")
    if not _HOST.fullmatch(ascii_host) or not _URL_PATH.fullmatch(parts.path):
        raise BadValue(f"must be a URL such as https://news.example.org, not {text!r}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadValue("must be a host and at most a path: no user, ? or #")
    shown_host = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    return f"{parts.scheme}://{shown_host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _whole_number(value: Any, _root: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue(f"must be a whole number, not {_type_name(value)}")
    if not 1 <= value <= 100:
        raise BadValue(f"must be from 1 to 100, not {value}")
    return value


def _positive(value: Any, _root: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadValue(f"must be a number, not {_type_name(value)}")
    if not 0 < value <= 1_000_000:
        raise BadValue(f"must be more than 0, not {value}")
    return float(value)


def _count(value: Any, _root: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue(f"must be a whole number, not {_type_name(value)}")
    if not 1 <= value <= 100_000_000:
        raise BadValue(f"must be from 1 to 100,000,000, not {value}")
    return value


def _factor(value: Any, root: Path) -> float:
    factor = _positive(value, root)
    if not 1 < factor <= 10:
        raise BadValue(f"must be more than 1 and at most 10, not {value}")
    return factor


def _quiet_hours(value: Any, root: Path) -> QuietHours:
    text = _line(value, root)
    found = _QUIET_HOURS.fullmatch(text)
    if found is None:
        raise BadValue(f'must be two times of day such as "22:00-06:00", not {text!r}')
    quiet = QuietHours(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))
    if quiet.begin == quiet.end:
        raise BadValue(f"must leave some hours to send in, not {text!r}")
    return quiet


def _intervals(value: Any, root: Path) -> tuple[float, ...]:
    """Minutes in the file, seconds in force."""
    if not isinstance(value, list | tuple) or not value:
        raise BadValue("must be an array of minutes such as [10, 30, 60]")
    minutes = [_positive(each, root) for each in value]
    if minutes != sorted(minutes):
        raise BadValue("must not become shorter: a server that keeps refusing is asked ever less often")
    return tuple(each * 60 for each in minutes)


def _days(value: Any, root: Path) -> float:
    """Days in the file, seconds in force."""
    return _positive(value, root) * 86_400


def _path(value: Any, root: Path) -> Path:
    if not (text := _line(value, root)):
        raise BadValue("must not be blank")
    return root / Path(text).expanduser()


def _command(value: Any, root: Path) -> str | None:
    return _line(value, root) or None


def _target(value: Any, root: Path) -> Relays | MaildirTarget:
    urls = value if isinstance(value, list) else [value]
    return parse_smtp_urls([_string(url, root) for url in urls], root)


def _environment_target(value: Any, root: Path) -> Relays | MaildirTarget:
    return parse_smtp_urls(_string(value, root).split(), root, password_allowed=True)


def _ledger_url(value: Any, root: Path) -> str:
    return parse_ledger_url(_string(value, root), root)


def _environment_ledger_url(value: Any, root: Path) -> str:
    return parse_ledger_url(_string(value, root), root, password_allowed=True)


def _ledger_id(value: Any, root: Path) -> str | None:
    text = _line(value, root)
    if text and not _LEDGER_ID.fullmatch(text):
        raise BadValue("is written by Dispatch itself and is no ledger's id like this")
    return text or None


def _names(value: Any, root: Path) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadValue(f'must be an array of names such as ["link-http"], not {_type_name(value)}')
    return tuple(_name(each, root) for each in value)


def _cron(value: Any, root: Path) -> str:
    from cronsim import CronSim, CronSimError  # only a workspace with schedules pays for it

    text = _line(value, root)
    if len(text.split()) != 5:
        raise BadValue(f"must be a cron expression of five fields (minute hour day month weekday), not {text!r}")
    try:
        next(CronSim(text, datetime(2024, 1, 1)))  # noqa: DTZ001 -- asks only whether the expression ever fires
    except CronSimError as error:
        raise BadValue(f"is no cron expression: {str(error).lower()} in {text!r}") from None
    except StopIteration:
        raise BadValue(f"never comes: {text!r}") from None
    return text


def _one_of(*choices: str) -> Callable[[Any, Path], str]:
    def read(value: Any, root: Path) -> str:
        text = _line(value, root)
        if text not in choices:
            raise BadValue(f"must be {' or '.join(repr(choice) for choice in choices)}, not {text!r}")
        return text

    return read


def _type_name(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a fraction",
        str: "text",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date")


NAME = Kind("text", _name)
TEXT = Kind("text", _line)
LINES = Kind("text of one or more lines", _lines)
MAILBOX = Kind("email address", _mailbox)
DOMAIN = Kind("domain", _domain)
SELECTOR = Kind("name in the DNS", _selector)
SENDER = Kind('`{name, address}` or `"Name <address>"`', _sender)
LANGUAGE = Kind('`"auto"` or a BCP 47 tag', _language)
TIMEZONE = Kind("IANA time zone", _timezone)
THEME = Kind("name of a folder in templates/", _folder_name)
LIST = Kind("name of a list", _folder_name)
ACCENT = Kind("colour #RRGGBB", _accent)
BASE_URL = Kind("https URL", _base_url)
IN_BRIEF = Kind('`"auto"` or `"source"`', _one_of("auto", "source"))
CONNECTIONS = Kind("whole number, 1 to 100", _whole_number)
SECONDS = Kind("number of seconds", _positive)
HOURS = Kind("number of hours", _positive)
COUNT = Kind("whole number of messages", _count)
FACTOR = Kind("number, more than 1", _factor)
QUIET_HOURS = Kind('`"HH:MM-HH:MM"`', _quiet_hours)
INTERVALS = Kind("array of minutes", _intervals)
DAYS = Kind("number of days", _days)
PATH = Kind("path, relative to dispatch.toml", _path)
COMMAND = Kind("command, run without a shell", _command)
TARGET = Kind("SMTP URL, array of them, or `maildir:PATH`", _target)
ENVIRONMENT_TARGET = Kind("SMTP URLs with spaces between them", _environment_target)
LEDGER_URL = Kind("`sqlite:///PATH` or `postgresql://USER@HOST/DATABASE`", _ledger_url)
ENVIRONMENT_LEDGER_URL = Kind(LEDGER_URL.name, _environment_ledger_url)
NAMES = Kind("array of names", _names)
LEDGER_ID = Kind("text", _ledger_id)
CRON = Kind("cron expression of five fields", _cron)
