"""MJML to HTML: checked, compiled, and with the styles that mail programs need on each element put there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

from dispatch.errors import Place, ThemeError
from dispatch.render.mjml import check_expanded
from dispatch.render.templates import Templates

_INLINE_STYLE = re.compile(r"<mj-style\s+inline=\"inline\"\s*>(.*?)</mj-style>", re.DOTALL)
# mjml-python refuses blanks between tags unless a line end comes first.
_BLANK_BETWEEN_TAGS = re.compile(r"(?<=>)[ \t\r](?=\s*</?mj)")
_POSITION = re.compile(r"at position (\d+)")


def compile_html(templates: Templates, context: Mapping[str, Any]) -> str:
    """The HTML document that a theme makes of ``context``."""
    mjml = templates.expand(context)

    def place_of(offset: int) -> Place | None:
        # Which line made what is worked out only when something is wrong: it takes a second expansion.
        return templates.expand_with_places(context).place(offset)

    check_expanded(mjml, place_of)
    # mjml-python keeps <mj-style inline="inline"> as an ordinary style, so it is taken out and inlined here.
    inline = "\n".join(found[1] for found in _INLINE_STYLE.finditer(mjml))
    html = _to_html(_INLINE_STYLE.sub(lambda found: " " * len(found[0]), mjml), place_of)
    return _with_inline_styles(html, inline) if inline else html


def _to_html(mjml: str, place_of: Callable[[int], Place | None]) -> str:
    try:
        return mjml2html(_BLANK_BETWEEN_TAGS.sub("\n", mjml), fonts={})
    except ValueError as error:
        found = _POSITION.search(str(error))
        place = None
        if found:  # the position counts bytes
            place = place_of(len(mjml.encode()[: int(found[1])].decode(errors="ignore")))
        raise ThemeError(f"The theme is no valid MJML: {error}", place=place) from error


def _with_inline_styles(html: str, css: str) -> str:
    inliner = CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)
    try:
        return inliner.inline(html)
    except InlineError as error:
        raise ThemeError(f"The theme's inline styles cannot be read: {error}") from error
