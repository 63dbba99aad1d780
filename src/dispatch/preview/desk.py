"""What the studio is handed: an editor's desk that can compose, look over and try out. ``cli`` puts it together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from dispatch.config.settings import Newsletter
from dispatch.edition.model import Edition
from dispatch.render.slots import RenderedEdition

Fields = Mapping[str, str]
"""A reader's fields by name; ``email`` is among them."""

NOBODY: Fields = MappingProxyType({})

MOST_LOOKED_OVER = 10_000
"""Readers whose fields are looked over while an author writes; ``dispatch check --list`` takes all of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which seeds, by their names, make the edition, and the list whose readers would get it."""

    sources: tuple[str, ...]
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a seed and the role it was given."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Source:
    """A seed as it lies on the disk, with what each line was taken for."""

    name: str
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """A person on a list: the row's line in the file, and the fields."""

    line: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies beside a text; ``address`` is what the page says in its place."""

    address: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition made of what lies on the disk at the moment.

    ``lined`` is the page as the studio shows it: its texts say from which line they come. ``sent`` is the page as
    readers would get it. ``titles`` maps a story's anchor to the origin (``12:seeds/a.md``) of its headline;
    ``pictures`` are those that lie beside the texts, by name. The functions do what takes longer, when somebody asks.
    """

    edition: Edition
    lined: RenderedEdition
    sent: RenderedEdition
    newsletter: Newsletter
    sources: tuple[Source, ...]
    findings: Callable[[], str]
    """What ``dispatch check --json`` prints."""
    message: Callable[[Fields], bytes]
    """The whole message to a reader of those fields, or to nobody."""
    send_test: Callable[[str], str]
    """Mails the edition to an address, marked as a test, and gives the server's reply; nothing is recorded."""
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    pictures: Mapping[str, Picture] = field(default_factory=lambda: MappingProxyType({}))
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """Folders that exist and whose files an edition is made of: ``deep`` with all that lies below them, ``flat``
    without; of those there is at least one."""

    deep: frozenset[Path]
    flat: frozenset[Path]


class Desk(Protocol):
    """All of it reads the disk anew. Raises :class:`~dispatch.errors.DispatchError` for what a person can mend."""

    @property
    def opened(self) -> Wanted:
        """What the studio shows first."""

    def seeds(self) -> Sequence[str]:
        """Every seed that can be shown, by name; the newest first."""

    def lists(self) -> Sequence[str]:
        """The lists there are."""

    def compose(self, wanted: Wanted) -> Composed:
        """The edition as it stands now."""

    def readers(self, list_name: str, search: str, most: int, stop: Callable[[], bool]) -> Sequence[Reader]:
        """The first ``most`` people of a list whose address contains ``search``; fewer once ``stop()`` is true."""

    def reader(self, list_name: str, address: str) -> Fields:
        """The person with that address; :data:`NOBODY` where the list has none."""

    def watched(self) -> Watched:
        """Where a change may change an edition."""
