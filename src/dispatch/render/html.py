"""MJML to HTML: checked, compiled, and with the styles that mail programs need on each element put there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

from dispatch.errors import Place, ThemeError
from dispatch.render.mjml import check_expanded
from dispatch.render.templates import SourceMap, Templates

_INLINE_STYLE = re.compile(r"<mj-style\s+inline=\"inline\"\s*>(.*?)</mj-style>", re.DOTALL)
# mjml-python refuses blanks between tags unless a line end comes first.
_BLANK_BETWEEN_TAGS = re.compile(r"(?<=>)[ \t\r](?=\s*</?mj)")
# It also writes attributes (and the title, into one) as Rust's debugger would: what isn't plain becomes "\\u{301}".
_PLAIN_ONLY = re.compile(r"(?<=<mj-title>)[^<]*|<[a-zA-Z](?:\"[^\"]*\"|[^<>\"])*>")
_VALUE = re.compile(r"\"[^\"]*\"")
_NOT_PLAIN = re.compile(r"[^ -\[\]-~]")
# Blanks in a style sheet that say nothing: Gmail counts them, and the page's octets do.
_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_BLANKS = re.compile(r"(?P<quoted>\"[^\"]*\"|'[^']*')|\s*(?P<sign>[{};,])\s*|(?P<colon>:)\s+|\s+(?P<bang>!)")
TRACE = "data-dispatch-at"
"""The attribute by which a traced element knows its template."""
_HTML_TAG = re.compile(r"<!--.*?-->|<(?P<name>(?!mj)[a-zA-Z][\w:-]*)", re.DOTALL)
_POSITION = re.compile(r"at position (\d+)")


def compile_html(templates: Templates, context: Mapping[str, Any]) -> str:
    """The HTML document that a theme makes of ``context``."""
    mjml = templates.expand(context)

    def place_of(offset: int) -> Place | None:
        # Which line made what is worked out only when something is wrong: it takes a second expansion.
        return templates.expand_with_places(context).place(offset)

    check_expanded(mjml, place_of)
    return _compiled(mjml, place_of)


def compile_traced(templates: Templates, context: Mapping[str, Any]) -> tuple[str, SourceMap]:
    """The same document, each element that a template wrote with :data:`TRACE`: where its tag stands in the map.

    What MJML makes around them (tables, cells) has none.
    """
    source = templates.expand_with_places(context)
    mjml = _HTML_TAG.sub(
        lambda found: f'{found[0]} {TRACE}="{found.start()}"' if found["name"] else found[0], source.text
    )
    return _compiled(mjml, lambda offset: None), source


def _compiled(mjml: str, place_of: Callable[[int], Place | None]) -> str:
    # mjml-python keeps <mj-style inline="inline"> as an ordinary style, so it is taken out and inlined here.
    inline = "\n".join(found[1] for found in _INLINE_STYLE.finditer(mjml))
    html = _to_html(_INLINE_STYLE.sub(lambda found: " " * len(found[0]), mjml), place_of)
    return _with_inline_styles(html, inline) if inline else html


def _to_html(mjml: str, place_of: Callable[[int], Place | None]) -> str:
    given = _PLAIN_ONLY.sub(_referenced, _BLANK_BETWEEN_TAGS.sub("\n", mjml))
    try:
        return mjml2html(given, fonts={})
    except ValueError as error:
        found = _POSITION.search(str(error))
        place = place_of(_same_tag(mjml, given, int(found[1]))) if found else None
        raise ThemeError(f"The theme is no valid MJML: {error}", place=place) from error


def _referenced(found: re.Match[str]) -> str:
    """A title, or the values in a tag, with a character reference for whatever isn't printable ASCII."""
    if found[0].startswith("<"):
        return _VALUE.sub(_with_references, found[0])
    return _with_references(found)


def _with_references(found: re.Match[str]) -> str:
    return _NOT_PLAIN.sub(lambda character: f"&#{ord(character[0])};", found[0])


def _same_tag(mjml: str, given: str, position: int) -> int:
    """Where in ``mjml`` the tag begins that stands at byte ``position`` of ``given``, which has the same tags."""
    before = given.encode()[:position].count(b"<")
    return next((found.start() for number, found in enumerate(re.finditer("<", mjml), 1) if number > before), len(mjml))


def _with_inline_styles(html: str, css: str) -> str:
    inliner = CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, minify_css=True, extra_css=css
    )
    try:
        inlined = inliner.inline(html)
    except InlineError as error:
        raise ThemeError(f"The theme's inline styles cannot be read: {error}") from error
    return _SHEET.sub(lambda sheet: f"{sheet[1]}{_BLANKS.sub(_without_blanks, sheet[2].strip())}{sheet[3]}", inlined)


def _without_blanks(found: re.Match[str]) -> str:
    return found[found.lastgroup or 0]
