"""Every key of ``dispatch.toml``, in one place: what it may be, its default, and what it is for.

:mod:`dispatch.config.load` validates by it, ``dispatch config`` prints by it, and the reference page is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from dispatch.config import parts, values
from dispatch.config.settings import DEFAULT_TAGLINE
from dispatch.config.values import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``default`` is written as in the file and read like it; ``None`` means unset."""

    name: str
    kind: Kind
    doc: str
    default: Any = None
    env: str | None = None
    """The environment variable that overrides it."""
    env_kind: Kind | None = None
    """How that variable is read, where that differs from the file."""
    required: bool = False
    inherits: str | None = None
    """Where an unset value comes from, in words, where that is not a default of its own."""


class Shape(Enum):
    """How often a table stands in the file."""

    ONE = "[{name}]"
    NAMED = "[{name}.NAME]"
    EACH = "[[{name}]]"


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    doc: str
    keys: tuple[Key, ...]
    shape: Shape = Shape.ONE

    @property
    def heading(self) -> str:
        """The table as it is written in the file: ``[smtp]``, ``[lists.NAME]``, ``[[schedule]]``."""
        return self.shape.value.format(name=self.name)

    def key(self, name: str) -> Key:
        return next(key for key in self.keys if key.name == name)


# What a list may say in the newsletter's place: (name, kind, doc).
_PARTS = (
    ("logo", parts.LOGO, "A picture in place of the name, which stays its alternative; in dark mode, `dark`'s."),
    ("web_version", parts.WEB_VERSION, "Where an edition stands on the web; readers find a link at the top."),
    ("social", parts.SOCIAL, "Where else the newsletter is found: links below the edition."),
    ("forward", parts.SWITCH, "Whether readers are offered to send the edition on by mail."),
    ("feedback", parts.FEEDBACK, "Where readers' answers go to how they liked the edition; without it nobody asks."),
    ("sponsor", parts.SPONSOR, "A standing advertisement, marked as one; front matter names an edition's own."),
)
_OFF: dict[str, Any] = {"social": {}, "forward": False}
_NEWSLETTER = Table(
    "newsletter",
    "What readers see.",
    (
        Key("name", values.NAME, "The newsletter's name.", "Dispatch"),
        Key("tagline", values.TEXT, "The line that signs every edition off.", DEFAULT_TAGLINE),
        Key(
            "postal_address", values.LINES, "The postal address in the footer, which many countries' laws ask for.", ""
        ),
        Key("language", values.LANGUAGE, "The editions' language; auto detects it from each text.", "auto"),
        Key("timezone", values.TIMEZONE, "The time zone of dates and schedules.", "UTC"),
        Key("theme", values.THEME, "The theme: a folder in templates/, or dispatch, wire or letter.", "dispatch"),
        Key(
            "accent",
            values.ACCENT,
            "The accent colour; it is made lighter or darker until text in it reads well.",
            inherits="the theme",
        ),
        Key("base_url", values.BASE_URL, "Where links for readers lead; without it they unsubscribe by mail."),
        Key("in_brief", values.IN_BRIEF, "auto makes an In Brief where a text has none; source never does.", "auto"),
        *(Key(name, kind, doc, _OFF.get(name)) for name, kind, doc in _PARTS),
    ),
)
_SENDER = Table(
    "sender",
    "Whom the mail is from.",
    (
        Key("name", values.TEXT, "The name before the From address.", inherits="newsletter.name"),
        Key("address", values.MAILBOX, "The From address; nothing is sent without it."),
        Key("reply_to", values.MAILBOX, "Where readers' replies go."),
        Key(
            "unsubscribe", values.MAILBOX, "The mailbox that takes requests to unsubscribe.", inherits="sender.reply_to"
        ),
        Key(
            "bounce_domain",
            values.DOMAIN,
            "Where undeliverable mail comes back: each message gets a return path of its own there; without it, the "
            "From address is the return path.",
        ),
    ),
)
_SMTP = Table(
    "smtp",
    "How mail leaves.",
    (
        Key(
            "url",
            values.TARGET,
            "The server: smtp:// uses TLS where offered, smtp+starttls:// and smtps:// insist on it, "
            "maildir:PATH only writes what would be sent. In an array, the next one takes the mail where one is down.",
            "smtp://localhost:25",
            env="DISPATCH_SMTP_URL",
            env_kind=values.ENVIRONMENT_TARGET,
        ),
        Key("connections", values.CONNECTIONS, "How many connections are open at once.", 10),
        Key(
            "workers",
            values.CONNECTIONS,
            "How many processes share a send and its connections; signing with RSA is what needs them.",
            inherits="1, or with an RSA key one for each core",
        ),
        Key(
            "messages_per_connection",
            values.COUNT,
            "After so many messages a connection is closed and another one opened.",
            1_000,
        ),
        Key("timeout", values.SECONDS, "How long to wait for a connection and for each reply.", 60),
        Key("ca_file", values.PATH, "Trust the certificates in this PEM file instead of the system's."),
        Key(
            "password_command",
            values.COMMAND,
            "A command whose first line of output is the SMTP password; in it, {host} and {user} stand for whose.",
        ),
    ),
)
_DKIM = Table(
    "dkim",
    "A key that signs all mail; two tables, RSA and Ed25519, sign it twice. `dispatch dkim keygen` makes them.",
    (
        Key(
            "selector", values.SELECTOR, "The name of the key's DNS record: SELECTOR._domainkey.DOMAIN.", required=True
        ),
        Key("key", values.PATH, "The private key, in PEM: RSA or Ed25519.", required=True),
        Key("domain", values.DOMAIN, "The domain that vouches for the mail.", inherits="the domain of sender.address"),
    ),
    Shape.EACH,
)
_LEDGER = Table(
    "ledger",
    "Where it is kept who got what.",
    (
        Key(
            "url",
            values.LEDGER_URL,
            "The database. SQLite paths are relative to dispatch.toml; `?timeout=SECONDS` behind one says how long to "
            "wait while another program holds it (default: 40). A server's password never stands here: it comes from "
            "~/.pgpass or `PGPASSWORD`. What libpq takes may follow a `?`, such as `sslmode=verify-full`.",
            "sqlite:///.dispatch/dispatch.db",
            env="DISPATCH_LEDGER_URL",
            env_kind=values.ENVIRONMENT_LEDGER_URL,
        ),
        Key(
            "id", values.LEDGER_ID, "The ledger this newsletter belongs to; Dispatch writes it at the first real send."
        ),
    ),
)
_LISTS = Table(
    "lists",
    "What differs for the readers of subscribers/NAME.csv.",
    (
        Key("name", values.NAME, "The newsletter's name for this list.", inherits="newsletter.name"),
        Key("sender", values.SENDER, "Whom this list's mail is from.", inherits="[sender]"),
        Key("tagline", values.TEXT, "The tagline for this list.", inherits="newsletter.tagline"),
        Key("language", values.LANGUAGE, "The language of this list's editions.", inherits="newsletter.language"),
        Key("timezone", values.TIMEZONE, "The time zone of this list's dates.", inherits="newsletter.timezone"),
        Key("theme", values.THEME, "The theme for this list.", inherits="newsletter.theme"),
        *(Key(name, kind, doc, inherits=f"newsletter.{name}") for name, kind, doc in _PARTS),
    ),
    Shape.NAMED,
)
_SCHEDULE = Table(
    "schedule",
    "When the next unsent seed of a folder goes to a list.",
    (
        Key("cron", values.CRON, "When: minute, hour, day, month, weekday.", required=True),
        Key("timezone", values.TIMEZONE, "The time zone of the cron expression.", inherits="the list's timezone"),
        Key("list", values.LIST, "To whom.", required=True),
        Key("folder", values.PATH, "Whose next unsent seed is taken.", required=True),
        Key("stale_after_hours", values.HOURS, "Later than this it is held and said, not sent.", 6),
    ),
    Shape.EACH,
)

_LIMITS = (
    Key("per_second", values.COUNT, "At most so many messages in any second."),
    Key("per_minute", values.COUNT, "At most so many in any minute."),
    Key("per_hour", values.COUNT, "At most so many in any hour."),
    Key("per_day", values.COUNT, "At most so many in any 24 hours."),
)
_THROTTLE = Table(
    "throttle",
    "How fast mail goes, for all processes and machines of a ledger together. Without limits, as fast as the server "
    "takes it.",
    (
        *_LIMITS,
        Key("quiet_hours", values.QUIET_HOURS, "In these hours, in the newsletter's time zone, no message is begun."),
    ),
)
_DOMAINS = Table(
    "domains", 'What one domain of readers is to get, such as `[domains."gmail.com"]`.', _LIMITS, Shape.NAMED
)
_RELAYS = Table(
    "relays",
    'What one mail server takes, by its host or host:port in `smtp.url`, such as `[relays."smtp.example.org"]`.',
    (
        *_LIMITS,
        Key(
            "connections",
            values.CONNECTIONS,
            "How many connections all processes together keep open to it.",
        ),
    ),
    Shape.NAMED,
)
_WARMUP = Table(
    "warmup",
    "A new sending address begins slowly. Days without mail do not count.",
    (
        Key("start", values.COUNT, "So many messages on the first day; without it there is no warm-up."),
        Key("factor", values.FACTOR, "Each later day so many times as many.", 1.5),
        Key("ceiling", values.COUNT, "Once a day's share would be more than this, the warm-up is over.", 100_000),
    ),
)
_RETRY = Table(
    "retry",
    "When a deferred message is tried again.",
    (
        Key(
            "intervals",
            values.INTERVALS,
            "How long after attempt 1, 2, …; the last one repeats. Each is stretched by up to a fifth.",
            (10, 30, 60, 120, 240, 480),
        ),
        Key("give_up_after_days", values.DAYS, "So long after its first refusal a message is given up.", 4),
    ),
)
_ASSETS = Table(
    "assets",
    "Where pictures go that lie beside a text. Readers' mail programs fetch them from the web.",
    (
        Key("url", values.BASE_URL, "The web address under which the files in `folder` can be had."),
        Key("folder", values.PATH, "Where a send puts the pictures' files, made fit for mail.", "assets"),
        Key(
            "publish_command",
            values.COMMAND,
            "A command that brings `folder` to the web, run before a send with such pictures; in it, {folder} stands "
            "for the folder. Without it, `folder` is expected to be there by itself.",
        ),
    ),
)
_CHECK = Table(
    "check",
    "What `dispatch check` and `dispatch send` make of each rule; docs/reference/checks/ lists them.",
    (
        Key("errors", values.NAMES, "Rules that stop a send.", ()),
        Key("warnings", values.NAMES, "Rules that warn.", ()),
        Key("notes", values.NAMES, "Rules whose findings are good to know.", ()),
        Key("off", values.NAMES, "Rules that are not looked at.", ()),
        Key(
            "clients",
            values.NAMES,
            "The mail programs that count, by their names at caniemail.com.",
            ("gmail", "apple-mail", "outlook", "yahoo", "samsung-email"),
        ),
    ),
)

TABLES: tuple[Table, ...] = (
    _NEWSLETTER,
    _SENDER,
    _SMTP,
    _DKIM,
    _LEDGER,
    _THROTTLE,
    _DOMAINS,
    _RELAYS,
    _WARMUP,
    _RETRY,
    _ASSETS,
    _CHECK,
    _LISTS,
    _SCHEDULE,
)


def table(name: str) -> Table:
    return next(table for table in TABLES if table.name == name)
