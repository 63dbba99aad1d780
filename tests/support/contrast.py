"""The contrast of every text that Chromium shows, in every way that mail programs darken a page.

``seen(page)`` has each text node with its colours and size; ``faint(texts)`` those that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from dispatch.preflight.darkened import Forced, by_outlook
from dispatch.render.colour import contrast

_SEEN = """() => {
  const seen = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const hex = (colour) => '#' + colour.match(/[\\d.]+/g).slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0')).join('')
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement
    const range = document.createRange()
    range.selectNodeContents(walk.currentNode)
    if (!walk.currentNode.textContent.trim() || range.getClientRects().length === 0) continue
    const style = getComputedStyle(element)
    let ground = element
    const clear = 'rgba(0, 0, 0, 0)'
    while (ground && getComputedStyle(ground).backgroundColor === clear) ground = ground.parentElement
    seen.push([walk.currentNode.textContent.trim(), parseFloat(style.fontSize), hex(style.color),
      ground ? hex(getComputedStyle(ground).backgroundColor) : '#ffffff'])
  }
  return seen
}"""


@dataclass(frozen=True)
class Seen:
    """A text node; ``size`` in CSS pixels, colours ``#rrggbb``."""

    text: str
    size: float
    ink: str
    ground: str


def seen(page: Page) -> list[Seen]:
    """Every text node that has a place on the page."""
    return [Seen(*each) for each in page.evaluate(_SEEN)]


def faint(texts: Iterable[Seen], forced: Forced | None = None) -> list[Seen]:
    """The texts with a contrast below 4.5, in colours as they are or as ``forced`` leaves them."""
    return [each for each in texts if contrast(*_pair(each, forced)) < 4.5]


def _pair(text: Seen, forced: Forced | None) -> tuple[str, str]:
    return forced.pair(text.ink, text.ground) if forced else (text.ink, text.ground)


REWRITTEN: Mapping[str, Callable[[str], str]] = {
    "Outlook, by the theme's rules": by_outlook,
    "Outlook, by its own": lambda html: by_outlook(html, insistent=True),
}
"""What Outlook makes of a page's source, where it lets the theme decide and where not."""
