"""From slots that say where a text comes from to ``data-line`` on the elements that show it.

The page is not parsed and written anew: attributes are put into the tags that stand there, so that it stays, but for
them, what readers get.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dispatch.render.compile import preview
from dispatch.render.slots import LINE, Pieces, Slot, is_line

ATTRIBUTE = "data-line"
_BLOCKS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "div", "pre", "blockquote", "dt", "dd", "figcaption"]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_TOKEN = re.compile(
    r"<!--.*?-->"
    r"|<(?P<raw>style|script|title)\b.*?</(?P=raw)\s*>"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>",
    re.DOTALL | re.IGNORECASE,
)
_ID = re.compile(r"\sid=\"([^\"]*)\"")


def with_lines(pieces: Pieces, reader: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """The page for a reader; elements have ``data-line="12:seeds/a.md"``. ``titles`` are the origins of headlines, by
    the ids of their elements."""
    parts: list[str] = []
    marks: list[_Mark] = []
    length = 0
    for piece in pieces:
        if isinstance(piece, Slot) and is_line(piece):
            marks.append(_Mark(length, piece.field.removeprefix(LINE)))
        else:
            parts.append(preview((piece,), reader))
            length += len(parts[-1])
    html = "".join(parts)
    return _inserted(html, _Walk(html, marks, titles).placed())


def _inserted(html: str, placed: Mapping[int, str]) -> str:
    end, parts = 0, []
    for place, origin in sorted(placed.items()):
        parts += [html[end:place], f' {ATTRIBUTE}="{escape(origin)}"']
        end = place
    return "".join([*parts, html[end:]])


@dataclass(frozen=True, slots=True)
class _Mark:
    """The text at offset ``at`` of a page comes from ``origin``."""

    at: int
    origin: str


class _Walk:
    """Walks a page's tags and finds for each mark the innermost block around it, or the tag that it stands in."""

    def __init__(self, html: str, marks: Sequence[_Mark], titles: Mapping[str, str]) -> None:
        self._html = html
        self._marks = deque(marks)
        self._titles = titles
        self._open: list[tuple[str, int]] = []
        self._placed: dict[int, str] = {}

    def placed(self) -> Mapping[int, str]:
        """The origins by the offset, behind a tag's name, where their attribute belongs."""
        for token in _TOKEN.finditer(self._html):
            self._give(token.start(), self._block())
            if token["close"]:
                self._close(token["name"].lower())
            elif token["name"]:
                self._begin(token)
            self._give(token.end() - 1, None)
        return self._placed

    def _give(self, until: int, place: int | None) -> None:
        """Let the marks up to an offset have that place; without one they are lost."""
        while self._marks and self._marks[0].at <= until:
            mark = self._marks.popleft()
            if place is not None:
                self._placed.setdefault(place, mark.origin)

    def _block(self) -> int | None:
        return next((place for name, place in reversed(self._open) if name in _BLOCKS), None)

    def _begin(self, token: re.Match[str]) -> None:
        name, place = token["name"].lower(), token.start("rest")
        self._give(token.end() - 1, place)
        named = _ID.search(token["rest"])
        if named and named[1] in self._titles:
            self._placed.setdefault(place, self._titles[named[1]])
        if name not in _VOID and not token["rest"].endswith("/"):
            self._open.append((name, place))

    def _close(self, name: str) -> None:
        if any(each == name for each, _ in self._open):
            while self._open.pop()[0] != name:
                pass
