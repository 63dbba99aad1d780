"""A page as mail programs show it whose dark mode asks nobody.

Gmail's apps reverse the lightness of every colour (on iOS) or only of light grounds and dark text (on Android), and
leave the page no way to notice. Outlook.com and Outlook's apps rewrite colours in place and mark what they changed with
``data-ogsc`` (text) and ``data-ogsb`` (ground), by which a style sheet can have its own way.
"""

from __future__ import annotations

import re
from enum import StrEnum

from dispatch.render.colour import inverted, is_light

OUTLOOK_WHITE = 21.25
"""The CIELAB lightness of #333333, which Outlook makes of white."""

_STYLE = re.compile(r"(?<=\sstyle=\")[^\"]*")
_COLOUR = re.compile(
    r"(?P<before>(?<![-\w])(?:color|background|background-color)\s*:\s*)(?P<colour>#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3}))\b"
)


class Forced(StrEnum):
    """How much a mail program reverses."""

    FULLY = "inverted, as in Gmail on an iPhone"
    PARTLY = "darkened, as in Gmail on Android"

    def pair(self, ink: str, ground: str) -> tuple[str, str]:
        """The colours of a text and its ground, reversed."""
        if self is Forced.FULLY:
            return inverted(ink), inverted(ground)
        return ink if is_light(ink) else inverted(ink), inverted(ground) if is_light(ground) else ground


def by_outlook(html: str, *, insistent: bool = False) -> str:
    """``html`` as Outlook rewrites it; ``insistent``: with ``!important``, so that no style sheet can have its way."""
    important = "!important" if insistent else ""

    def reversed_in(style: re.Match[str]) -> str:
        return _COLOUR.sub(
            lambda found: f"{found['before']}{inverted(found['colour'], OUTLOOK_WHITE)}{important}", style[0]
        )

    return re.sub(r"<html\b", '<html data-ogsc="" data-ogsb=""', _STYLE.sub(reversed_in, html), count=1)
