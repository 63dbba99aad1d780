"""What a person finds in an HTML page: its words, its headings, its tags."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"])
INLINE = frozenset(["a", "b", "code", "em", "i", "s", "span", "strong", "sup"])
UNSEEN = frozenset(["style", "script", "title"])

Attributes = dict[str, str]


class Page(HTMLParser):
    """``text`` is what the page says outside the elements that ``skip`` (tag, attributes) names; ``tags`` is every
    opening tag in order; ``headings`` are (level, words); ``title`` is its title."""

    def __init__(self, html: str, skip: Callable[[str, Attributes], bool] = lambda tag, attributes: False) -> None:
        super().__init__()
        self.tags: list[tuple[str, Attributes]] = []
        self.parents: list[str | None] = []
        self.headings: list[tuple[int, str]] = []
        self.title: str | None = None
        self._skip = skip
        self._open: list[tuple[str, bool]] = []
        self._parts: list[str] = []
        self._heading: list[str] | None = None
        self.feed(html)
        self.close()
        self.text = "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        self.parents.append(self._open[-1][0] if self._open else None)
        hidden = (self._open[-1][1] if self._open else False) or tag in UNSEEN or self._skip(tag, attributes)
        if tag == "img" and not hidden:
            self._parts.append(f" {attributes.get('alt', '')} ")
        if tag not in INLINE:
            self._parts.append(" ")
        if tag == "br" and self._heading is not None:
            self._heading.append(" ")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = []
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1][0] == tag, f"</{tag}> in <{self._open[-1][0]}>"
        self._open.pop()
        if tag not in INLINE:
            self._parts.append(" ")
        if self._heading is not None and len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append((int(tag[1]), " ".join("".join(self._heading).split())))
            self._heading = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title":
            self.title = data
        if self._heading is not None:
            self._heading.append(data)
        if not (self._open and self._open[-1][1]):
            self._parts.append(data)
