"""The contrast of texts that Chromium shows, in every way that mail programs darken a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dispatch.preflight.darkened import Forced, by_outlook
from dispatch.render.colour import contrast
from support.seen import SeenText


def faint(texts: Iterable[SeenText], forced: Forced | None = None) -> list[SeenText]:
    """The texts with a contrast below 4.5, in colours as they are or as ``forced`` leaves them."""
    return [each for each in texts if contrast(*_pair(each, forced)) < 4.5]


def _pair(text: SeenText, forced: Forced | None) -> tuple[str, str]:
    return forced.pair(text.ink, text.ground) if forced else (text.ink, text.ground)


REWRITTEN: Mapping[str, Callable[[str], str]] = {
    "Outlook, by the theme's rules": by_outlook,
    "Outlook, by its own": lambda html: by_outlook(html, insistent=True),
}
"""What Outlook makes of a page's source, where it lets the theme decide and where not."""
