"""The settings in force: frozen, validated, and never holding a secret.

A secret is fetched only when a connection needs it (:mod:`dispatch.config.secrets`), so that no print, log, or
traceback of settings can show one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dispatch.errors import Place

DEFAULT_TAGLINE = "Stay informed. Stay ahead."
LOGO_WIDTH = 180
"""CSS pixels."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The From mailbox (RFC 5322 §3.6.2)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture in place of the newsletter's name; ``dark`` stands in for it in dark mode. ``width`` in CSS pixels."""

    url: str
    dark: str | None = None
    width: int = LOGO_WIDTH


@dataclass(frozen=True, slots=True)
class Feedback:
    """A question below each edition. ``to`` is a mailbox, or a URL with ``{answer}`` and perhaps ``{slug}`` and
    ``{date}`` in it; without ``question`` and ``answers`` the edition's language has its own."""

    to: str
    question: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandingSponsor:
    """Who pays for a place in every edition whose front matter says nothing else."""

    name: str
    text: str = ""
    link: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Newsletter:
    """What one list's readers see: the ``[newsletter]`` and ``[sender]`` tables with a list's overrides applied."""

    name: str
    tagline: str = DEFAULT_TAGLINE
    sender: Sender | None = None
    reply_to: str | None = None
    unsubscribe_mailbox: str | None = None
    """Takes mail that asks to unsubscribe; ``None`` means ``reply_to``."""
    bounce_domain: str | None = None
    """Where undeliverable mail comes back, each to a return path of its own; ``None`` means to the sender."""
    postal_address: str = ""
    language: str | None = None
    """BCP 47; ``None`` means detected from each text."""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    theme: str = "dispatch"
    accent: str | None = None
    """``#RRGGBB``; ``None`` means the theme's own."""
    base_url: str | None = None
    """Where links for readers lead (https, no trailing slash); ``None`` means mail only."""
    in_brief: str = "auto"
    """``"auto"``: made by extraction where a source has none; ``"source"``: only what is there."""
    logo: Logo | None = None
    web_version: str | None = None
    """The address of an edition on the web, with ``{slug}`` or ``{date}`` in it."""
    social: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where else the newsletter is found: name → URL, in their order."""
    forward: bool = False
    """Whether readers are offered to send the edition on by mail."""
    feedback: Feedback | None = None
    sponsor: StandingSponsor | None = None

    @property
    def way_out(self) -> str | None:
        """The mailbox that takes unsubscriptions, if any."""
        return self.unsubscribe_mailbox or self.reply_to


class Security(StrEnum):
    """How a relay's connection is protected."""

    OPPORTUNISTIC = "smtp"  # STARTTLS where offered, certificate not required (RFC 7435)
    STARTTLS = "smtp+starttls"  # STARTTLS required, certificate verified
    TLS = "smtps"  # TLS from the first byte (RFC 8314), certificate verified


@dataclass(frozen=True, slots=True)
class Relay:
    """One SMTP server, from a URL. ``str()`` never shows a password: a relay holds none."""

    security: Security
    host: str
    port: int
    user: str | None = None

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.security}://{user}{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Relays:
    """The SMTP servers that take the mail: the first, and where one is down the next. There is at least one."""

    each: tuple[Relay, ...]

    def __str__(self) -> str:
        return ", else ".join(map(str, self.each))


@dataclass(frozen=True, slots=True)
class MaildirTarget:
    """``maildir:PATH``: write what would be sent into a Maildir, and nothing into the ledger."""

    path: Path

    def __str__(self) -> str:
        return f"maildir:{self.path}"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    target: Relays | MaildirTarget
    connections: int = 10
    workers: int | None = None
    """Processes that share a send; ``None``: one, or one a core where signing takes most of a message's time."""
    messages_per_connection: int = 1_000
    """After so many a connection is closed in good order, and another one opened where there is more to send."""
    timeout: float = 60.0
    """Seconds to connect and for each reply, but the final one (RFC 5321 §4.5.3.2.6: ten minutes)."""
    ca_file: Path | None = None
    """Trust these certificates (PEM) instead of the system's."""
    password_command: str | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """In this part of each day, in the newsletter's time zone, no message is begun; it may reach past midnight."""

    begin: time
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many messages in any stretch of that length; ``None``: no limit."""

    per_second: int | None = None
    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None

    def windows(self) -> tuple[tuple[int, int], ...]:
        """The limits there are: (seconds, most)."""
        lengths = ((1, self.per_second), (60, self.per_minute), (3_600, self.per_hour), (86_400, self.per_day))
        return tuple((seconds, most) for seconds, most in lengths if most is not None)


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """What one mail server takes."""

    limits: Limits = field(default_factory=Limits)
    connections: int | None = None
    """Open at once, from all processes of a ledger together."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A sending address that mailbox providers do not know yet: ``start`` messages on the first day that mail goes,
    ``factor`` times as many on each later one, until that is more than ``ceiling``."""

    start: int
    factor: float = 1.5
    ceiling: int = 100_000

    def most(self, day: int) -> int | None:
        """The limit of sending day ``day`` ≥ 1; ``None`` once the warm-up is over."""
        grown = self.start
        for _ in range(day - 1):
            if grown > self.ceiling:
                return None
            grown = int(grown * self.factor) if int(grown * self.factor) > grown else grown + 1
        return grown if grown <= self.ceiling else None


@dataclass(frozen=True, slots=True)
class ThrottleSettings:
    """How fast mail goes, for all processes of a ledger together."""

    limits: Limits = field(default_factory=Limits)
    quiet_hours: QuietHours | None = None
    domains: Mapping[str, Limits] = field(default_factory=lambda: MappingProxyType({}))
    """By the readers' domain, in lower case (A-labels)."""
    relays: Mapping[str, RelayLimits] = field(default_factory=lambda: MappingProxyType({}))
    """By host, or host:port, in lower case."""
    warmup: WarmUp | None = None

    def relay(self, relay: Relay) -> RelayLimits:
        """What applies to a mail server; its port's own settings outweigh its host's."""
        host = relay.host.lower()
        return self.relays.get(f"{host}:{relay.port}") or self.relays.get(host) or RelayLimits()


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """When a deferred message is tried again, in seconds."""

    intervals: tuple[float, ...] = (600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)
    """After attempt 1, 2, …; the last one repeats. The first is short because greylisting opens within minutes;
    after it at least half an hour, as RFC 5321 §4.5.4.1 asks of a host that keeps refusing."""
    give_up_after: float = 4 * 86_400.0
    """After the first refusal a delivery is given up (RFC 5321 §4.5.4.1: four to five days)."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Preflight rules by name, with another severity than their own."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    """Mail programs by their names at caniemail.com."""


@dataclass(frozen=True, slots=True)
class AssetsSettings:
    """Where local pictures are published."""

    folder: Path
    url: str | None = None
    """What ``folder`` is on the web (no trailing slash); ``None``: local pictures cannot be sent."""
    publish_command: str | None = None
    """Brings ``folder`` to the web."""


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """One ``[[dkim]]``: a private key that signs mail, and where its public half is found. The key is not read here."""

    selector: str
    key: Path
    domain: str | None = None
    """In ASCII; ``None`` only where no sender is set."""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    url: str
    """An SQLAlchemy URL; the default is SQLite in ``.dispatch/dispatch.db``."""
    id: str | None = None
    """The ledger that this workspace belongs to, written at the first real send."""


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """One ``[[schedule]]``: a cron expression (five fields) read in ``timezone``."""

    cron: str
    timezone: ZoneInfo
    list: str
    folder: Path
    stale_after_hours: float = 6.0
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: ``"default"``, an environment variable's name, or ``dispatch.toml:LINE``."""

    where: str

    @property
    def place(self) -> Place | None:
        """The line of the file, where it came from one."""
        file, _, line = self.where.rpartition(":")
        return Place(file, int(line)) if file and line.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in force. ``origins`` maps a dotted key (``"newsletter.name"``) to where its value came from."""

    root: Path
    newsletter: Newsletter
    smtp: SmtpSettings
    ledger: LedgerSettings
    assets: AssetsSettings
    lists: Mapping[str, Newsletter] = field(default_factory=lambda: MappingProxyType({}))
    """Lists that ``[lists.NAME]`` names, with their overrides applied."""
    schedules: tuple[ScheduleSettings, ...] = ()
    throttle: ThrottleSettings = field(default_factory=ThrottleSettings)
    retry: RetrySettings = field(default_factory=RetrySettings)
    dkim: tuple[DkimSettings, ...] = ()
    check: CheckSettings = field(default_factory=CheckSettings)
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    file: Path | None = None
    """``dispatch.toml``; ``None`` outside a workspace, where only composing is possible."""

    def for_list(self, name: str | None) -> Newsletter:
        """The newsletter as the readers of list ``name`` see it."""
        return self.lists.get(name, self.newsletter) if name else self.newsletter

    def with_target(self, target: Relays | MaildirTarget) -> Settings:
        """The same settings, sending through ``target``."""
        return replace(self, smtp=replace(self.smtp, target=target))

    @property
    def state(self) -> Path:
        """``.dispatch/``: the ledger, locks, secrets."""
        return self.root / ".dispatch"

    @property
    def subscribers(self) -> Path:
        return self.root / "subscribers"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def seeds(self) -> Path:
        return self.root / "seeds"
