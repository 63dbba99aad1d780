"""Which features of HTML and CSS a page uses, by their names at caniemail.com, and where each stands first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import tinycss2
from lxml.html import HtmlElement

from dispatch.preflight.document import Document, path

_SEMANTIC = frozenset(
    {"article", "aside", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section"}
)
_TAGS = {**{f"h{rank}": "html-h1-h6" for rank in range(1, 7)}, "ul": "html-lists", "ol": "html-lists", "a": ""}
_SPLIT = (
    "border",
    "margin",
    "padding",
    "list-style",
    "background",
    "font",
    "text-decoration",
    "outline",
    "flex",
    "grid",
)
"""Properties whose parts count as the whole where they have no entry of their own."""
_SIDES = frozenset({"left", "right", "top", "bottom"})
_UNIT = re.compile(r"(?<![\w#.-])[\d.]+(ch|cm|em|ex|in|mm|pc|pt|px|rem|vh|vmax|vmin|vw|%)(?![\w-])")
_FUNCTION = re.compile(
    r"(?<![\w-])(calc|clamp|conic-gradient|light-dark|linear-gradient|max|min|radial-gradient|rgba?|var)\("
)
_FUNCTIONS = {
    "calc": "css-unit-calc",
    "clamp": "css-function-clamp",
    "light-dark": "css-function-light-dark",
    "max": "css-function-max",
    "min": "css-function-min",
    "var": "css-variables",
}
_PSEUDO = re.compile(r"(::?)([a-z-]+)")
_IMAGES = {"jpeg": "jpg", "tif": "tiff"}


@dataclass(frozen=True, slots=True)
class Use:
    """Where a page uses a feature first: the ``element``'s path, ``None`` for a style sheet. ``under_media``: nowhere
    but under media queries, which a program has to know before it meets the feature."""

    element: str | None
    under_media: bool


def features_of(document: Document, known: Mapping[str, Any]) -> Mapping[str, Use]:
    """The features of ``known`` that a page uses."""
    found: dict[str, Use] = {}
    for name, element, under_media in chain(_of_elements(document), _of_styles(document)):
        if name in known and (name not in found or found[name].under_media > under_media):
            found[name] = Use(path(element) if element is not None else None, under_media)
    return found


_Named = tuple[str, HtmlElement | None, bool]


def _of_elements(document: Document) -> Iterator[_Named]:
    for element in document.root.iter():
        if isinstance(element.tag, str):
            yield from ((name, element, False) for name in _of_element(element))


def _of_element(element: HtmlElement) -> Iterator[str]:
    tag = str(element.tag)
    yield "html-semantics" if tag in _SEMANTIC else _TAGS.get(tag, f"html-{tag}")
    for attribute, value in element.attrib.items():
        yield f"html-{attribute}"
        yield f"html-{attribute}-attribute"
        if attribute == "href" and str(value).startswith("#") and len(value) > 1:
            yield "html-anchor-links"
        if attribute == "href" and str(value).startswith("mailto:"):
            yield "html-mailto-links"
    if tag == "meta" and element.get("name") == "color-scheme":
        yield "html-meta-color-scheme"
    if tag == "img":
        source = (element.get("src") or "").partition("?")[0].lower()
        ending = source.rpartition(".")[2]
        yield "image-base64" if source.startswith("data:") else f"image-{_IMAGES.get(ending, ending)}"


def _of_styles(document: Document) -> Iterator[_Named]:
    for declaration, element in document.styles.declarations():
        if declaration.name == "white-space" and element is not None and element.tag == "pre":
            continue  # the element says it by itself
        under_media = declaration.media is not None
        yield from ((name, element, under_media) for name in _of_declaration(declaration.name, declaration.value))
        if declaration.important:
            yield "css-important", element, under_media
    for style in document.all("style"):
        sheet = tinycss2.parse_stylesheet(style.text or "", skip_comments=True, skip_whitespace=True)
        yield from ((name, None, under_media) for name, under_media in _of_sheet(sheet))


def _of_declaration(name: str, value: str) -> Iterator[str]:
    if name.startswith("--"):
        yield "css-variables"
        return
    if name == "white-space" and not value.startswith("pre"):
        return  # lines that break at their blanks are what every program makes
    yield f"css-{name}"
    yield from (f"css-{whole}" for whole in _SPLIT if name.startswith(f"{whole}-"))
    if name in _SIDES:
        yield "css-left-right-top-bottom"
    if name in {"row-gap", "column-gap"}:
        yield "css-gap"
    if name == "border-radius" or name.endswith("-radius"):
        yield "css-border-radius"
    if name == "display":
        yield f"css-display-{value.removeprefix('inline-')}"
    yield from (f"css-unit-{'percent' if unit == '%' else unit}" for unit in _UNIT.findall(value))
    yield from (_FUNCTIONS.get(function, f"css-{function}") for function in _FUNCTION.findall(value))


def _of_sheet(nodes: Iterable[Any], under_media: bool = False) -> Iterator[tuple[str, bool]]:
    for node in nodes:
        if node.type == "at-rule":
            yield f"css-at-{node.lower_at_keyword}", under_media
            if node.lower_at_keyword == "media" and node.content is not None:
                condition = tinycss2.serialize(node.prelude)
                names = re.findall(r"\(\s*([a-z-]+)", condition)
                yield from ((f"css-at-media-{name}", under_media) for name in names)
                inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from _of_sheet(inner, True)
        elif node.type == "qualified-rule":
            yield from ((name, under_media) for name in _of_selector(tinycss2.serialize(node.prelude).strip()))


def _of_selector(selector: str) -> Iterator[str]:
    signs = {"[": "attribute", ".": "class", "#": "id", ">": "child", "+": "adjacent-sibling", "~": "general-sibling"}
    yield from (f"css-selector-{kind}" for sign, kind in signs.items() if sign in selector)
    if "," in selector:
        yield "css-selector-grouping"
    if re.search(r"[\w\])*]\s+[\w.#*\[]", selector):
        yield "css-selector-descendant"
    for colons, name in _PSEUDO.findall(selector):
        element = colons == "::" or name in {"after", "before", "first-letter", "first-line"}
        yield f"css-pseudo-{'element' if element else 'class'}-{name}"
