"""What a page's style sheets come to for each element: colours, grounds, sizes, in light and in dark.

A cascade as CSS 2.2 §6.4 orders it (importance, the style attribute, specificity, order), for the few properties that
rules ask for. Not a browser: no layout, and of media queries only what mail is written with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import cssselect2
import tinycss2
from lxml.html import HtmlElement
from tinycss2.color3 import RGBA, parse_color


class Scheme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Media:
    """The screen that a page is shown on; ``width`` in CSS pixels."""

    scheme: Scheme = Scheme.LIGHT
    width: int = 600


@dataclass(frozen=True, slots=True)
class Look:
    """How an element's own text looks. Colours are ``#RRGGBB``, ``size`` is in CSS pixels."""

    ink: str
    ground: str
    size: float
    shown: bool
    underlined: bool

    @property
    def pair(self) -> tuple[str, str]:
        """Its colour and its ground's."""
        return self.ink, self.ground


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration of a style sheet or a style attribute. ``media`` is the condition that it stands under."""

    name: str
    value: str
    important: bool
    media: str | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    selectors: tuple[Any, ...]
    declarations: tuple[Declaration, ...]
    media: str | None


_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "sub": 0.83, "sup": 0.83}
"""Browsers' own sizes, in em."""
_UNDERLINED = frozenset({"a", "u", "ins"})
_HIDDEN = frozenset({"head", "style", "script", "title", "template"})
_LENGTH = re.compile(r"([0-9.]+)(px|em|rem|%|pt)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_QUERY = re.compile(r"\((?P<name>[a-z-]+)\s*:\s*(?P<value>[^)]+)\)")


@dataclass(slots=True)
class _State:
    """What an element hands down to its children."""

    ink: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ground: tuple[float, float, float] = (1.0, 1.0, 1.0)
    size: float = 16.0
    shown: bool = True
    underlined: bool = False


class Styles:
    """The styles of one document."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._rules = tuple(_rules_of(root))
        self._looks: dict[Media, Mapping[HtmlElement, Look]] = {}

    def declarations(self) -> Iterator[tuple[Declaration, HtmlElement | None]]:
        """Every declaration of the document: of its elements' own styles, then of its style sheets."""
        for element in self._root.iter():
            if isinstance(element.tag, str) and (own := element.get("style")):
                yield from ((declaration, element) for declaration in declarations_of(own))
        for rule in self._rules:
            yield from ((declaration, None) for declaration in rule.declarations)

    def looks(self, media: Media) -> Mapping[HtmlElement, Look]:
        """How each element's text looks on such a screen."""
        if media not in self._looks:
            self._looks[media] = dict(self._computed(media))
        return self._looks[media]

    def _computed(self, media: Media) -> Iterator[tuple[HtmlElement, Look]]:
        matcher: Any = cssselect2.Matcher()
        in_force = [rule for rule in self._rules if applies(rule.media, media)]
        for order, rule in enumerate(in_force):
            for selector in rule.selectors:
                if selector.pseudo_element is None:
                    matcher.add_selector(selector, (order, rule.declarations))
        states: dict[HtmlElement, _State] = {}
        wrapper = cssselect2.ElementWrapper.from_html_root(self._root)
        for each in wrapper.iter_subtree():
            element: HtmlElement = each.etree_element
            above = element.getparent()
            parent = states[above] if above is not None else _State()
            matched = [(specificity, payload) for specificity, _, _, payload in matcher.match(each)]
            state = _descended(parent, element, _cascaded(element, matched))
            states[element] = state
            yield element, Look(_hex(state.ink), _hex(state.ground), state.size, state.shown, state.underlined)


def applies(condition: str | None, media: Media) -> bool:
    """Whether a media query holds on a screen; one that asks for what is not known here does not."""
    if condition is None:
        return True
    return any(_all_hold(query.strip().lower(), media) for query in condition.split(","))


def _all_hold(query: str, media: Media) -> bool:
    kind = re.match(r"(?:only\s+)?(all|screen|print|speech)\b", query)
    if query.startswith("not ") or (kind and kind[1] in {"print", "speech"}):
        return False
    return all(_holds(found["name"], found["value"].strip(), media) for found in _QUERY.finditer(query))


def _holds(feature: str, value: str, media: Media) -> bool:
    match feature:
        case "prefers-color-scheme":
            return value == media.scheme.value
        case "max-width" | "max-device-width":
            return media.width <= pixels(value)
        case "min-width" | "min-device-width":
            return media.width >= pixels(value)
        case _:
            return False


def pixels(value: str) -> float:
    """A length in CSS pixels; 0 for what is none, or depends on the screen."""
    found = _LENGTH.fullmatch(value)
    return float(found[1]) * _PIXELS.get(found[2], 16.0) if found and found[2] != "%" else 0.0


def _rules_of(root: HtmlElement) -> Iterator[_Rule]:
    for style in root.iter("style"):
        sheet = tinycss2.parse_stylesheet(style.text or "", skip_comments=True, skip_whitespace=True)
        yield from _from_sheet(sheet, style.get("media"))


def _from_sheet(nodes: Sequence[Any], media: str | None) -> Iterator[_Rule]:
    for node in nodes:
        if node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            condition = tinycss2.serialize(node.prelude).strip()
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _from_sheet(inner, f"{media} and {condition}" if media else condition)
        elif node.type == "qualified-rule":
            try:
                selectors = tuple(cssselect2.compile_selector_list(node.prelude))
            except cssselect2.SelectorError:
                continue  # a mail program's own trick; what it styles cannot be known
            content = tinycss2.serialize(node.content)
            yield _Rule(selectors, tuple(declarations_of(content, media)), media)


@cache
def declarations_of(text: str, media: str | None = None) -> tuple[Declaration, ...]:
    """The declarations of a style attribute, or of a rule's block that stands under ``media``."""
    nodes = tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True)
    return tuple(
        Declaration(node.lower_name, tinycss2.serialize(node.value).strip(), node.important, media)
        for node in nodes
        if node.type == "declaration"
    )


def _cascaded(element: HtmlElement, matched: Sequence[tuple[Any, Any]]) -> Mapping[str, str]:
    """The winning value of each property that is declared for an element."""
    weighed: list[tuple[tuple[bool, bool, Any, int], str, str]] = []
    for specificity, (order, declarations) in matched:
        weighed += [((each.important, False, specificity, order), each.name, each.value) for each in declarations]
    own = declarations_of(element.get("style") or "")
    weighed += [((each.important, True, (0, 0, 0), 0), each.name, each.value) for each in own]
    weighed.sort(key=lambda each: each[0])
    hints = {"background-color": element.get("bgcolor") or "", "color": element.get("color") or ""}
    values = {name: value for name, value in hints.items() if value}
    for _, name, value in weighed:
        # The shorthand sets the longhand too, and the later one of the two counts.
        values["background-color" if name == "background" else name] = value
    return values


def _descended(parent: _State, element: HtmlElement, values: Mapping[str, str]) -> _State:
    ground = _over(_ground(values.get("background-color")), parent.ground, parent.ground)
    hidden = element.tag in _HIDDEN or values.get("display") == "none" or values.get("visibility") == "hidden"
    line = values.get("text-decoration", values.get("text-decoration-line", ""))
    underlined = "underline" in line if line else parent.underlined or element.tag in _UNDERLINED
    return _State(
        ink=_over(_colour(values.get("color")), ground, parent.ink),
        ground=ground,
        size=_size(values.get("font-size"), parent.size, str(element.tag)),
        shown=parent.shown and not hidden,
        underlined=underlined,
    )


def _size(value: str | None, inherited: float, tag: str) -> float:
    if value is None:
        return inherited * _SIZES.get(tag, 1.0)
    found = _LENGTH.fullmatch(value)
    if found is None:
        return inherited
    number = float(found[1])
    match found[2]:
        case "em":
            return number * inherited
        case "%":
            return number / 100 * inherited
        case unit:
            return number * _PIXELS[unit]


def _ground(value: str | None) -> RGBA | None:
    """The colour in a ``background``, wherever it stands in it."""
    if value is None:
        return None
    for node in tinycss2.parse_component_value_list(value):
        if (colour := _colour(node)) is not None:
            return colour
    return None


def _colour(value: Any) -> RGBA | None:
    """A colour; ``None`` for what is none, or is the text's own."""
    colour = parse_color(value) if value is not None else None
    return colour if isinstance(colour, RGBA) else None


def _over(
    colour: RGBA | None, ground: tuple[float, float, float], otherwise: tuple[float, float, float]
) -> tuple[float, float, float]:
    """``colour`` as it looks on ``ground``."""
    if colour is None:
        return otherwise
    mixed = [top * colour.alpha + below * (1 - colour.alpha) for top, below in zip(colour[:3], ground, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in colour)
