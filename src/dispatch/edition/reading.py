"""What a reader of sources hands to the composer: a story, its front matter, and the role of each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from dispatch.edition.model import Footnote, InBrief, Story


class Role(StrEnum):
    """The role that a source line was given; what ``dispatch compose --explain`` prints."""

    BLANK = "blank"
    FRONT_MATTER = "front matter"
    HEADLINE = "headline"
    BYLINE = "byline"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    UNDERLINE = "underline"
    POINT = "point"
    LIST_ITEM = "list item"
    QUOTE = "quote"
    IN_BRIEF_TITLE = "in brief title"
    IN_BRIEF_ITEM = "in brief item"
    TAGLINE = "tagline"
    DIVIDER = "divider"
    TABLE = "table"
    CODE = "code"
    IMAGE = "image"
    PREFORMATTED = "preformatted"
    FOOTNOTE = "footnote"
    DROPPED = "dropped"  # HTML comments and markup that may not be sent


@dataclass(frozen=True, slots=True)
class LineRole:
    """``line`` counts from 1 in the file; ``note`` says more ("dateline PARIS, Jan 5")."""

    line: int
    role: Role
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An address that no mail may hold ("htps://…", "page.html", "data:…"): of its link, or of its ``picture``, only
    the words stay. ``line`` counts from 1 in the file."""

    address: str
    line: int | None
    picture: bool = False


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What an author may say above a text; ``None`` means not said. ``lines`` maps a key to its line in the file."""

    title: str | None = None
    subject: str | None = None
    preheader: str | None = None
    date: date | None = None
    author: str | None = None
    slug: str | None = None
    lang: str | None = None
    list: str | None = None
    send_at: datetime | None = None
    """Naive where the author gave no offset: it is then read in the newsletter's timezone."""
    theme: str | None = None
    draft: bool = False
    merge: bool = False
    in_brief: str | None = None
    """``"auto"`` or ``"source"``; overrides the setting."""
    sponsor: str | None = None
    """The sponsor's name; ``"none"`` for no sponsor where the newsletter has a standing one."""
    sponsor_text: str | None = None
    sponsor_link: str | None = None
    sponsor_image: str | None = None
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Reading:
    """One source, read. ``story.title`` is ``""`` where the source has no headline; the composer then makes one."""

    name: str
    """The file's name for people, relative to where they are."""
    stem: str
    """The file's name without suffix; the slug's last resort."""
    story: Story
    front_matter: FrontMatter
    roles: tuple[LineRole, ...]
    title_line: int | None = None
    in_brief: InBrief | None = None
    footnotes: tuple[Footnote, ...] = ()
    tagline: str | None = None
    """The sign-off line where the source itself ends with the newsletter's tagline."""
    dropped: tuple[Dropped, ...] = ()
    """The addresses that were taken out of the text."""
    digest: str = ""
    """SHA-256 of the file's bytes in hex: tells whether a source changed since it was sent."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a format's reader makes of the lines below the front matter; :class:`Reading` adds the file around it."""

    story: Story
    roles: tuple[LineRole, ...]
    title_line: int | None = None
    in_brief: InBrief | None = None
    footnotes: tuple[Footnote, ...] = ()
    tagline: str | None = None
    dropped: tuple[Dropped, ...] = ()
