"""What an examination found: good or bad, what it means, and the record to publish."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.message.dkim_keys import strings
from dispatch.preflight.finding import Severity


class Section(StrEnum):
    """What was examined, as headings of the report."""

    SETTINGS = "Settings"
    SERVER = "Mail server"
    DNS = "DNS"
    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"
    RETURNS = "Mail that comes back"
    ADDRESS = "Reverse DNS"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record, as it is to be published. ``name`` has no dot at its end; a TXT record's ``values`` are its
    strings."""

    name: str
    type: str
    values: tuple[str, ...]

    @classmethod
    def txt(cls, name: str, text: str) -> Record:
        """A TXT record, its text cut into strings as long as DNS carries."""
        return cls(name, "TXT", tuple(strings(text)))


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is what reports call it. ``message`` is one sentence, ``mend`` what to do about it. ``severity`` is
    ``None`` where all is well."""

    check: str
    section: Section
    severity: Severity | None
    message: str
    mend: str = ""
    record: Record | None = None
