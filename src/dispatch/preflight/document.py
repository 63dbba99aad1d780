"""The HTML of a proof, parsed: its links, its images, its words, and what to call an element."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from lxml import html as parser
from lxml.html import HtmlElement

from dispatch.preflight.styles import Styles

_SHOWN = 40


class Document:
    """An HTML document. Elements are lxml's."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: HtmlElement = parser.document_fromstring(source)

    @cached_property
    def styles(self) -> Styles:
        """What its style sheets and attributes come to."""
        return Styles(self.root)

    @property
    def body(self) -> HtmlElement:
        body = self.root.body
        assert body is not None, "lxml gives every document one"
        return body

    def at(self, way: str) -> HtmlElement | None:
        """The element that :func:`path` calls so; ``None`` where there is none."""
        first, *steps = way.split(" > ")
        element: HtmlElement | None = self.body if first == "body" else self.root
        for step in steps:
            tag, _, number = step.removesuffix(")").partition(":nth-child(")
            children = [] if element is None else [each for each in element if isinstance(each.tag, str)]
            there = children[int(number) - 1] if int(number) <= len(children) else None
            element = there if there is not None and there.tag == tag else None
        return element

    def all(self, *tags: str) -> Iterator[HtmlElement]:
        """The elements of those tags, in the order of the document."""
        return self.root.iter(*tags)


def words(element: HtmlElement) -> str:
    """What an element says to whoever hears it: its text, with its images' alternatives, on one line."""
    parts: list[str] = []
    for each in element.iter():
        if not isinstance(each.tag, str):
            parts.append(each.tail or "" if each is not element else "")
            continue
        if each.tag == "img":
            parts.append(f" {each.get('alt') or ''} ")
        parts.append(each.text or "")
        if each is not element:
            parts.append(each.tail or "")
    return " ".join("".join(parts).split())


def name(element: HtmlElement) -> str:
    """What a person would call an element: its text cut short, else its tag and class."""
    text = words(element)
    if text:
        return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
    label = element.get("class")
    return f"<{element.tag!s}{f' class={label}' if label else ''}>"


def path(element: HtmlElement) -> str:
    """The way to an element from ``body``, as a CSS selector that matches nothing else."""
    steps: list[str] = []
    while (parent := element.getparent()) is not None and element.tag != "body":
        number = 1 + sum(1 for each in element.itersiblings(preceding=True) if isinstance(each.tag, str))
        steps.append(f"{element.tag!s}:nth-child({number})")
        element = parent
    return " > ".join([str(element.tag), *reversed(steps)])
