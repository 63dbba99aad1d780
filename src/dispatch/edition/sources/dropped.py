"""Addresses that a Markdown text names and no mail may hold: of such a link or image only the words stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser

from markdown_it.token import Token

from dispatch.edition.reading import Dropped
from dispatch.edition.sources.html_marks import safe_image, safe_link


def dropped_addresses(
    tokens: Iterable[Token], notes: Iterable[Sequence[Token]], *, first_line: int
) -> tuple[Dropped, ...]:
    """What ``tokens``, a parsed text, lose, in order and with their lines in the file; last what is lost in ``notes``,
    the inline tokens of footnotes that stand inside the text, whose lines nobody knows."""
    found: list[Dropped] = []
    line = first_line
    for token in tokens:
        line = token.map[0] + first_line if token.map else line  # a table's cells are known by their row
        if token.type == "html_block":
            found.extend(_of_html(token.content, line))
        else:
            found.extend(_of_inline(token.children or (), line))
    found.extend(drop for note in notes for drop in _of_inline(note, None))
    return tuple(found)


def _of_inline(tokens: Iterable[Token], line: int | None) -> Iterator[Dropped]:
    for token in tokens:
        match token.type:
            case "link_open":
                yield from _link(str(token.attrs.get("href", "")), line)
            case "image":
                yield from _image(str(token.attrs.get("src", "")), line)
            case "html_inline":
                yield from _of_html(token.content, line)
        if line is not None:
            line += token.content.count("\n") + (token.type in ("softbreak", "hardbreak"))


def _of_html(html: str, line: int | None) -> Iterator[Dropped]:
    tags = _Addresses(line)
    tags.feed(html)
    yield from tags.found


def _link(address: str, line: int | None) -> Iterator[Dropped]:
    if safe_link(address) is None:
        yield Dropped(address, line)


def _image(address: str, line: int | None) -> Iterator[Dropped]:
    if safe_image(address) is None:
        yield Dropped(address, line, picture=True)


class _Addresses(HTMLParser):
    """The addresses of links and images in HTML that begins in ``line``."""

    def __init__(self, line: int | None) -> None:
        super().__init__()
        self._line = line
        self.found: list[Dropped] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Mapping[str, str] = {key: value or "" for key, value in attrs}
        line = self._line + self.getpos()[0] - 1 if self._line is not None else None
        if tag == "a" and "href" in given:
            self.found.extend(_link(given["href"], line))
        elif tag == "img":
            self.found.extend(_image(given.get("src", ""), line))
