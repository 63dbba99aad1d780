"""A block of raw HTML in a Markdown source: sanitised, then brought into the model's own blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import nh3

from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Heading,
    Image,
    List,
    ListItem,
    Paragraph,
    Preformatted,
    Table,
    Text,
)
from dispatch.edition.sources.html_marks import DROPPED, MARKS, close_tag, open_tag
from dispatch.edition.sources.quotation import flat, make_quote
from dispatch.edition.sources.text_builder import TextBuilder

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    {
        *_HEADINGS,
        *("address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption"),
        *("figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption"),
    }
)
_VOID = frozenset({"br", "hr", "img"})
_TAGS = {*_BLOCKS, *_VOID, *MARKS, "sub", "sup"}
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
    "code": {"class"},
}
_UNENDED_TAG = re.compile(r"<(?=[^<>]*\Z)")
"""A last "<" without its ">": to a browser all that follows it is one tag, to the author it is text."""
_ALIGN = {"left": "start", "center": "center", "right": "end"}


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element | str] = field(default_factory=list)

    def elements(self, *tags: str) -> Iterable[_Element]:
        """The nearest descendants with these tags, not looking into tables or into what was found."""
        for child in self.children:
            if isinstance(child, _Element):
                if child.tag in tags:
                    yield child
                elif child.tag != "table":
                    yield from child.elements(*tags)

    def holds_blocks(self) -> bool:
        return any(
            isinstance(child, _Element) and (child.tag in _BLOCKS or child.holds_blocks()) for child in self.children
        )

    def words(self) -> str:
        return "".join(child if isinstance(child, str) else child.words() for child in self.children)


class _Tree(HTMLParser):
    """Well-formed HTML (nh3's output) as elements."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Element("div")
        self._path = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, {key: value or "" for key, value in attrs})
        self._path[-1].children.append(element)
        if tag not in _VOID:
            self._path.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._path[-1].tag and len(self._path) > 1:
            self._path.pop()

    def handle_data(self, data: str) -> None:
        self._path[-1].children.append(data)


def html_blocks(html: str, line: int | None, finish: Callable[[Text], Text]) -> list[Block]:
    """The blocks that ``html`` shows to a reader; scripts, styles, comments and what may not be sent are gone.

    Every block says ``line``, the source line where the HTML begins; ``finish`` is applied to each of its texts.
    """
    clean = nh3.clean(
        _UNENDED_TAG.sub("&lt;", html),
        tags=_TAGS,
        clean_content_tags=set(DROPPED),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    tree = _Tree()
    tree.feed(clean)
    tree.close()
    return _Blocks(line, finish).of(tree.root.children)


class _Blocks:
    def __init__(self, line: int | None, finish: Callable[[Text], Text]) -> None:
        self._line = line
        self._finish = finish
        self._found: list[Block] = []
        self._builder = TextBuilder()

    def of(self, children: Iterable[_Element | str]) -> list[Block]:
        for child in children:
            self._inline(child)
        self._flush()
        return self._found

    def _flush(self) -> None:
        for piece in self._builder.finish():
            block = piece if isinstance(piece, Image) else Paragraph(self._finish(piece))
            self._found.append(replace(block, line=self._line))
        self._builder = TextBuilder()

    def _inline(self, child: _Element | str) -> None:
        if isinstance(child, str):
            self._builder.add_html(child)
        elif child.tag in _BLOCKS or child.holds_blocks():
            self._flush()
            self._found.extend(self._block(child))
        else:
            open_tag(self._builder, child.tag, child.attributes)
            for inner in child.children:
                self._inline(inner)
            close_tag(self._builder, child.tag)

    def _block(self, element: _Element) -> list[Block]:
        if element.tag in _HEADINGS:
            return self._heading(element)
        if element.tag in ("ul", "ol"):
            return [self._list(element)]
        if element.tag == "hr":
            return [Divider(line=self._line)]
        if element.tag == "pre":
            return self._pre(element)
        if element.tag == "table":
            return self._table(element)
        blocks = self._inside(element)
        if element.tag == "blockquote":
            quote = make_quote(blocks, self._line)
            return [quote] if quote else []
        return _captioned(blocks) if element.tag == "figure" else blocks

    def _inside(self, element: _Element) -> list[Block]:
        return _Blocks(self._line, self._finish).of(element.children)

    def _heading(self, element: _Element) -> list[Block]:
        blocks = self._inside(element)
        text = flat([block for block in blocks if not isinstance(block, Image)])
        images: list[Block] = [block for block in blocks if isinstance(block, Image)]
        level = _HEADINGS.index(element.tag) + 1
        return [*([Heading(level, text, line=self._line)] if text.text else []), *images]

    def _list(self, element: _Element) -> List:
        items = [
            ListItem(tuple(blocks))
            for child in element.children
            if (
                blocks := self._inside(child)
                if isinstance(child, _Element)
                else _Blocks(self._line, self._finish).of([child])
            )
        ]
        start = element.attributes.get("start", "")
        return List(
            element.tag == "ol",
            tuple(items),
            start=int(start) if re.fullmatch(r"\d{1,9}", start) else 1,
            line=self._line,
        )

    def _pre(self, element: _Element) -> list[Block]:
        text = element.words().strip("\n")
        if not text.strip():
            return []
        code = next(iter(element.elements("code")), None)
        if code is None:
            return [Preformatted(text, line=self._line)]
        language = re.search(r"\blanguage-(\S+)", code.attributes.get("class", ""))
        return [Code(text, language=language[1] if language else None, line=self._line)]

    def _table(self, element: _Element) -> list[Block]:
        captions = [block for caption in element.elements("caption") for block in self._inside(caption)]
        rows = [tuple(row.elements("td", "th")) for row in element.elements("tr")]
        rows = [row for row in rows if row]
        if not rows:
            return captions
        cells = [tuple(self._cell(cell) for cell in row) for row in rows]
        header = cells.pop(0) if all(cell.tag == "th" for cell in rows[0]) else ()
        if all(len(row) == 1 for row in rows):
            # One cell a row is a layout, not a table of anything.
            return [*captions, *(block for row in rows for block in self._inside(row[0]))]
        align = tuple(_ALIGN.get(cell.attributes.get("align", ""), "start") for cell in max(rows, key=len))
        return [*captions, Table(header, tuple(cells), align=align, line=self._line)]

    def _cell(self, cell: _Element) -> Text:
        return flat(self._inside(cell))


def _captioned(blocks: list[Block]) -> list[Block]:
    """A figure of one image and one paragraph is an image with its caption."""
    match blocks:
        case [Image(caption=None) as image, Paragraph(text=caption)]:
            return [replace(image, caption=caption)]
    return blocks
