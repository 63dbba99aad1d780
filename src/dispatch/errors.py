"""The one error family: what failed, where, and the next command to run.

Whatever a user can cause is raised as a :class:`DispatchError`; ``cli`` prints it and exits with its code.
Anything else that escapes is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command: 0 all final, 1 an error, 2 usage or refused, 3 some row is not final."""

    OK = 0
    ERROR = 1
    REFUSED = 2
    UNFINISHED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file that a person can open. ``line`` counts from 1; ``None`` means the whole file."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class DispatchError(Exception):
    """Something a person can mend.

    ``message`` says what failed in one sentence, ``place`` where, ``hint`` what to do or run next.
    """

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f"\n  → {self.hint}" if self.hint else ""
        return f"{where}{self.message}{then}"


class Refused(DispatchError):
    """The command was understood and not carried out, to protect the readers; the hint names the ways out."""

    exit_code = ExitCode.REFUSED


class SourceError(DispatchError):
    """A seed, its front matter or its encoding cannot be read."""


class ConfigError(DispatchError):
    """``dispatch.toml``, the environment or a secret is wrong."""


class ThemeError(DispatchError):
    """A theme is missing, does not parse, or does what themes may not."""


class ListError(DispatchError):
    """A subscriber list cannot be used."""


class LedgerError(DispatchError):
    """The ledger cannot be opened, is locked, too new, corrupt or full."""


class RelayError(DispatchError):
    """The SMTP server cannot be reached, or refuses us before any recipient."""
