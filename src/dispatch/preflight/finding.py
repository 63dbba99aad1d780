"""A rule of preflight, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from dispatch.errors import Place

if TYPE_CHECKING:
    from dispatch.preflight.proof import Proof


class Severity(StrEnum):
    """How bad a finding is: an error stops a send."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Group(StrEnum):
    """What a rule looks at, as headings of the report and of the reference."""

    INBOX = "Inbox"
    CONTENT = "Content"
    MERGE = "Merge fields"
    LINKS = "Links"
    IMAGES = "Images"
    ACCESS = "Accessibility"
    CLIENTS = "Mail programs"
    SIZE = "Size"
    TEXT = "Plain text"
    SENDING = "Sending"
    SPAM = "Spam"


@dataclass(frozen=True, slots=True)
class Found:
    """``message`` is one sentence. ``place`` is where the author wrote it; ``element`` where it stands in the HTML, as
    a path that CSS reads (``body > div:nth-child(2) > a``). ``hint`` says what to do here, where the rule's ``mend`` is
    too general."""

    message: str
    place: Place | None = None
    element: str | None = None
    hint: str | None = None


Look: TypeAlias = "Callable[[Proof], Iterable[Found]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """``id`` is what settings and reports call it. ``title`` is a short statement of the fault, ``why`` one sentence
    about what it costs, ``mend`` what to do, and ``look`` finds it. ``online``: only where the web was asked."""

    id: str
    group: Group
    severity: Severity
    title: str
    why: str
    mend: str
    look: Look
    online: bool = False

    @property
    def about(self) -> str:
        """What exactly it looks at: the words of its function."""
        return " ".join((self.look.__doc__ or "").split())


@dataclass(frozen=True, slots=True)
class Finding:
    """``severity`` is the one in force, which settings may have changed."""

    rule: Rule
    severity: Severity
    message: str
    place: Place | None = None
    element: str | None = None
    hint: str | None = None

    @property
    def mend(self) -> str:
        """What to do about it."""
        return self.hint or self.rule.mend


class Rules:
    """The rules of one group, gathered by the decorator :meth:`rule`; ``online``: they go by what the web said."""

    def __init__(self, group: Group, *, online: bool = False) -> None:
        self._group, self._online = group, online
        self._rules: list[Rule] = []

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def rule(self, name: str, severity: Severity, title: str, *, why: str, mend: str) -> Callable[[Look], Look]:
        """Make the decorated function the rule ``name``."""

        def add(look: Look) -> Look:
            self._rules.append(Rule(name, self._group, severity, title, why, mend, look, self._online))
            return look

        return add
