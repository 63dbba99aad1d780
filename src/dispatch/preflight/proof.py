"""A proof: an edition as it would go out, laid out for the rules to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from dispatch.config.settings import Newsletter
from dispatch.edition.model import Edition
from dispatch.errors import DispatchError, Place
from dispatch.online.answer import Answer
from dispatch.preflight.document import Document
from dispatch.preflight.finding import Found
from dispatch.preflight.manuscript import Link, Stretch, links, stretches
from dispatch.preflight.spamassassin import Score, Unscored
from dispatch.render.compile import preview
from dispatch.render.slots import Rendered, RenderedEdition

T = TypeVar("T")

Reader = Mapping[str, str]
"""One subscriber's fields by name; ``email`` is among them."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The list that the edition would go to. ``readers`` reads it anew, as a stream; ``columns`` are its fields."""

    name: str
    columns: frozenset[str]
    readers: Callable[[], Iterator[Reader]]


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs the mail: the domains of our keys, none where we sign nothing; or why it cannot be signed as the
    settings say."""

    domains: tuple[str, ...] = ()
    trouble: Found | None = None


@dataclass(frozen=True)
class Proof:
    """What is checked. ``lines`` maps a front matter's key to its place; ``clients`` are the mail programs that matter,
    by their names in the caniemail data. What is ``None`` is not known, and no rule looks at it."""

    edition: Edition
    rendered: RenderedEdition
    newsletter: Newsletter
    today: date
    audience: Audience | None = None
    lines: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    clients: tuple[str, ...] = ()
    signing: Signing | None = None
    build: Callable[[], bytes] | None = None
    """Makes the message of one reader, as it goes out (CRLF), but unsigned."""
    related: Callable[[str, str], bool] | None = None
    """Whether two domains are of one organisation, as receivers see it."""
    spam: Score | Unscored | None = None
    """What SpamAssassin makes of the message, where somebody asked it."""
    weights: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Octets of the pictures that lie beside the text, by the address they get."""
    written: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The paths of those pictures as their author wrote them, by the address they get."""
    unusable: tuple[DispatchError, ...] = ()
    """Why pictures beside the text are none."""
    dropped: tuple[tuple[str, Place], ...] = ()
    """Addresses of links that no mail may hold, so that only their words are left, and where they stand."""
    unknown_list: Found | None = None
    """Why the list that the text asks for is none."""
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    """What the web said of links and pictures, by :func:`~dispatch.online.answer.asked_as`; nothing where it was not
    asked."""

    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` makes, made once for all rules that ask for it by ``name``."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: T = self._kept[name]
        return kept

    @cached_property
    def html(self) -> str:
        """The page for nobody in particular."""
        return preview(self._ordinary.html)

    @cached_property
    def text(self) -> str:
        """The plain text for nobody in particular."""
        return preview(self._ordinary.text)

    @cached_property
    def head(self) -> bytes | None:
        """The header of one reader's message, without the empty line below it."""
        return self.build().partition(b"\r\n\r\n")[0] if self.build is not None else None

    @cached_property
    def document(self) -> Document:
        """The page, parsed."""
        return Document(self.html)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        return tuple(stretches(self.edition))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """What the authors linked to; the theme's links stand in :attr:`document` only."""
        return tuple(links(self.edition))

    def at(self, key: str) -> Place | None:
        """Where the front matter says ``key``; of the title, else its line in the text; else the seed as a whole."""
        first = self.edition.stories[0]
        source = self.edition.only_source or first.source
        line = first.line if key == "title" else None
        return self.lines.get(key) or (Place(source, line) if source else None)

    @property
    def _ordinary(self) -> Rendered:
        return self.rendered.variants[self.rendered.key_for({})]
