"""What an edition is: frozen values, free of any format it came from or goes to.

Offsets in :class:`Mark` count Unicode code points in :attr:`Text.text`. ``line`` counts from 1 in the seed as
its author sees it in an editor (front matter included); it places errors, ``--explain`` and clicks in a preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

EDITION_VERSION = 1
"""Version of ``edition.json``; a reader refuses a newer one."""

Direction: TypeAlias = Literal["ltr", "rtl"]


class MarkKind(StrEnum):
    """What a stretch of text is, beside being text."""

    EMPHASIS = "emphasis"
    STRONG = "strong"
    CODE = "code"
    STRIKE = "strike"
    LINK = "link"  # target: an http(s), mailto or tel URL
    FOOTNOTE = "footnote"  # target: the footnote's label
    MERGE = "merge"  # target: the recipient's field; default: what stands in for an empty one


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch ``[start, end)`` of a text. Marks nest or are disjoint; they never cross."""

    kind: MarkKind
    start: int
    end: int
    target: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text with its marks beside it; ``text`` alone is always the readable whole."""

    text: str
    marks: tuple[Mark, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Text
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's head. ``level`` is 2–6: 1 is the story's title."""

    level: int
    text: Text
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled point, "Trade & Economic Coercion: Canada pressed…"; ``label`` has no colon."""

    label: str
    text: Text
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """A run of labelled points."""

    items: tuple[Point, ...]
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A bulleted or numbered list; ``start`` is the first number of a numbered one."""

    ordered: bool
    items: tuple[ListItem, ...]
    start: int = 1
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Someone's words.

    ``text`` holds the words without their outer quotation marks; ``blocks`` holds a quotation of several blocks
    (then ``text`` is their text joined). ``attribution`` is the speaker as the source names them ("Professor Wendy
    Dobson of the University of Toronto"); ``role`` the part of ``attribution`` that says who they are ("of the
    University of Toronto"), standing inside it, never beside it; ``verb`` the source's word of saying ("said"), which
    is rendered before the attribution so that no word of the source is lost.
    """

    text: Text
    blocks: tuple[Block, ...] = ()
    attribution: str | None = None
    role: str | None = None
    verb: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """``link`` is where a click on it leads (http(s), mailto or tel), if anywhere. ``src`` is its web address; a path
    is a file beside the seed that nothing could be made of. ``width`` and ``height`` are those it is shown at at most,
    in CSS pixels, where they are known."""

    src: str
    alt: str
    caption: Text | None = None
    line: int | None = None
    link: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """``align`` has one of ``"start" | "center" | "end"`` a column; ``header`` may be empty."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    align: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Text whose columns and line ends carry meaning (figures, verse)."""

    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Divider:
    line: int | None = None


Block: TypeAlias = Paragraph | Heading | Points | List | Quote | Image | Code | Table | Preformatted | Divider


@dataclass(frozen=True, slots=True)
class Footnote:
    """``label`` as readers see it ("1"); marks of kind ``footnote`` point at it."""

    label: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class InBriefItem:
    label: str | None
    text: Text
    line: int | None = None


@dataclass(frozen=True, slots=True)
class InBrief:
    """The tinted box of short items.

    ``label`` is the box's own name in the source's words, recased ("In Brief", "En bref"); ``title`` what follows it
    ("Canada-China Context"), ``""`` where nothing does. ``generated`` says that the items were extracted by Dispatch
    from sentences that also stand in the story.
    """

    title: str
    items: tuple[InBriefItem, ...]
    generated: bool = False
    label: str = "In Brief"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One article. ``title_made`` says that the source had no headline and the title was made from its words."""

    title: str
    blocks: tuple[Block, ...]
    dateline: str | None = None
    byline: str | None = None
    title_made: bool = False
    source: str | None = None
    """The seed's name, as shown to people; no path of a machine."""
    line: int | None = None
    """Where the headline stands, if the seed has one."""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Who paid for a place in the edition, which is marked as advertising. ``link`` is where it leads; ``image`` a
    picture's address."""

    name: str
    text: str = ""
    link: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What readers get. ``number`` is ``None`` until the ledger numbers it; ``reading_minutes`` ≥ 1."""

    slug: str
    title: str
    subject: str
    preheader: str
    date: date
    language: str
    direction: Direction
    reading_minutes: int
    tagline: str
    stories: tuple[Story, ...]
    in_brief: InBrief | None = None
    footnotes: tuple[Footnote, ...] = ()
    subject_alternatives: tuple[str, ...] = ()
    number: int | None = None
    sponsor: Sponsor | None = None
    version: int = EDITION_VERSION

    @property
    def only_source(self) -> str | None:
        """The seed that stands behind what belongs to no story; unknown where there are several."""
        sources = {story.source for story in self.stories}
        return sources.pop() if len(sources) == 1 else None
