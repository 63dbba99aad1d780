"""A page as mail programs make it over: in light or dark, with its images off, with its styles stripped.

Each is a rewriting of the page's source, as mail programs do it, so that any browser shows it whatever its own
settings are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """The colours that a page is seen in."""

    LIGHT = "light"
    DARK = "dark"  # prefers-color-scheme: dark
    INVERTED = "inverted"  # by a mail program that asks no page: Gmail's apps


class Styles(StrEnum):
    """What a mail program leaves of a page's styles."""

    ALL = "all"
    INLINE = "inline"  # no <style>: Gmail, where it dislikes something in it
    NONE = "none"  # nothing at all


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at."""

    scheme: Scheme = Scheme.LIGHT
    styles: Styles = Styles.ALL
    images: bool = True


_STYLE = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")
_IMAGE = re.compile(r"<(?:img|source)\b(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", re.IGNORECASE)
_SOURCE = re.compile(r"\ssrc(?:set)?\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"\sbackground\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_ADDRESS = re.compile(r"\burl\((?:\"[^\"]*\"|'[^']*'|[^)]*)\)", re.IGNORECASE)
_LOOKS = re.compile(
    r"\s(?:style|class|bgcolor|align|valign|width|height|border|cellpadding|cellspacing|background)"
    r"\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.IGNORECASE,
)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_REFERRER = re.compile(r"(?<=[\s\"'/])referrerpolicy\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_META = re.compile(r"<meta\b(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)

_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_INVERSION = (
    "html{filter:invert(.93) hue-rotate(180deg);background:#fff}"
    "img,svg,video{filter:invert(1) hue-rotate(180deg) contrast(1.08)}"
)
"""Light grounds become dark, dark letters light, hues stay, pictures are left alone: nearly what Gmail's apps do."""
_NO_IMAGE = "img:not([src]){display:inline-block;min-width:1em;min-height:1em;outline:1px solid #9993}"


def seen(html: str, view: View) -> str:
    """The page in a view."""
    added: list[str] = []
    # A theme's word on referrers overrules the studio's, whose address is a secret that no picture's server is told.
    html = _in_tags(html, lambda tag: "" if _META.fullmatch(tag) else _REFERRER.sub("", tag))
    if view.styles is not Styles.ALL:
        html = _STYLE.sub("", _COMMENT.sub("", html))
    if view.styles is Styles.NONE:
        html = _in_tags(html, lambda tag: _LOOKS.sub("", tag))
    if not view.images:
        html = _IMAGE.sub(lambda found: _SOURCE.sub("", found[0]), html)
        html = _in_styles(_in_tags(html, lambda tag: _BACKGROUND.sub("", tag)), lambda css: _ADDRESS.sub("none", css))
        added.append(_NO_IMAGE)
    dark = view.scheme is Scheme.DARK
    html = _in_styles(html, lambda css: _PREFERS.sub(lambda found: _answer(found[1].lower(), dark), css))
    added.append(f":root{{color-scheme:only {'dark' if dark else 'light'}}}")
    if view.scheme is Scheme.INVERTED:
        added.append(_INVERSION)
    return _with_style(html, "".join(added))


def _answer(asked: str, dark: bool) -> str:
    """What ``prefers-color-scheme`` comes to, as a condition that no setting of the browser changes."""
    return _ALWAYS if (asked == "dark") is dark else _NEVER


def _in_tags(html: str, change: Callable[[str], str]) -> str:
    return _TAG.sub(lambda found: change(found[0]), html)


def _in_styles(html: str, change: Callable[[str], str]) -> str:
    """A page with its style sheets and its tags changed, and no word of its text."""
    return _STYLE.sub(lambda found: change(found[0]), _in_tags(html, change))


def _with_style(html: str, css: str) -> str:
    """A page with styles of the studio's own, last in its head."""
    style = f"<style>{css}</style>"
    return _HEAD_END.sub(lambda found: style + found[0], html, count=1) if _HEAD_END.search(html) else style + html
