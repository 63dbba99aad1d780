"""Inline HTML, brought into the model: a few tags are marks, an image is an image, of all others only words stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from dispatch.edition.model import Image, MarkKind
from dispatch.edition.sources.inline import whole_address
from dispatch.edition.sources.text_builder import SUBSCRIPT, SUPERSCRIPT, TextBuilder

MARKS: Mapping[str, MarkKind] = {
    "a": MarkKind.LINK,
    "b": MarkKind.STRONG,
    "code": MarkKind.CODE,
    "del": MarkKind.STRIKE,
    "em": MarkKind.EMPHASIS,
    "i": MarkKind.EMPHASIS,
    "kbd": MarkKind.CODE,
    "s": MarkKind.STRIKE,
    "samp": MarkKind.CODE,
    "strike": MarkKind.STRIKE,
    "strong": MarkKind.STRONG,
    "tt": MarkKind.CODE,
}
DROPPED = frozenset({"script", "style", "template", "iframe", "svg", "noembed", "noframes", "title"})
"""What stands in these is no text for readers."""

_RAISED = {"sup": SUPERSCRIPT, "sub": SUBSCRIPT}
_LINK = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s@]+@|tel:[^\s\d]*\d)\S*", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def safe_link(url: str | None) -> str | None:
    """``url`` if it is one that a mail may link to (http, https, mailto, tel), else ``None``.

    Without a scheme it is what it would be in running text: "www.example.org/a" is on the web, "desk@example.org" a
    mailbox, "page.html" nothing that a reader could open.
    """
    url = (url or "").strip()
    return url if _LINK.fullmatch(url) else whole_address(url)


def safe_image(url: str | None) -> str | None:
    """``url`` if it is the address (http, https) of an image or a path beside the seed, else ``None``."""
    url = (url or "").strip()
    web = url.lower().startswith(("http://", "https://"))
    return url if url and (web or not _OTHER_SCHEME.match(url)) else None


def open_tag(builder: TextBuilder, tag: str, attributes: Mapping[str, str]) -> None:
    """What a start tag means for the words that follow it."""
    if tag in MARKS:
        builder.open(MARKS[tag], safe_link(attributes.get("href")) if tag == "a" else None)
    elif tag in _RAISED:
        builder.raised = _RAISED[tag]
    elif tag == "br":
        builder.line_break()
    elif tag == "img":
        add_image(builder, attributes.get("src"), attributes.get("alt", ""), attributes.get("title", ""))


def close_tag(builder: TextBuilder, tag: str) -> None:
    if tag in MARKS:
        builder.close(MARKS[tag])
    elif tag in _RAISED:
        builder.raised = None


def add_image(builder: TextBuilder, src: str | None, alt: str, title: str, line: int | None = None) -> None:
    """An image with its title as caption; where its address may not be sent, its words alone."""
    alt, title = (" ".join(words.split()) for words in (alt, title))
    source = safe_image(src)
    if source is None:
        builder.space()
        builder.add(" ".join(filter(None, (alt, title))))
        builder.space()
        return
    captions = TextBuilder()
    captions.add(title)
    caption = next((text for text in captions.finish() if not isinstance(text, Image)), None)
    builder.image(Image(source, alt, caption=caption, line=line))


class InlineTags:
    """Feeds single tags, as Markdown's inline HTML hands them over, to a builder."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._dropping: str | None = None

    @property
    def dropping(self) -> bool:
        """Whether the words that follow stand in something that is not for readers."""
        return self._dropping is not None

    def feed(self, tag_text: str) -> None:
        if tag_text.startswith(("<!", "<?")):
            return  # a comment, a declaration, an instruction: none is text
        tag = _Tag()
        tag.feed(tag_text)
        if tag.name is None:
            return
        if self._dropping:
            self._dropping = None if tag.ends and tag.name == self._dropping else self._dropping
        elif tag.starts and tag.name in DROPPED:
            self._dropping = tag.name
        elif tag.starts:
            open_tag(self._builder, tag.name, tag.attributes)
        else:
            close_tag(self._builder, tag.name)


class _Tag(HTMLParser):
    """The one tag of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.name: str | None = None
        self.starts = self.ends = False
        self.attributes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name, self.starts = tag, True
        self.attributes = {key: value or "" for key, value in attrs}

    def handle_endtag(self, tag: str) -> None:
        self.name, self.ends = tag, True
