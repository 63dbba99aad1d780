"""What a reader's eye meets in a page, as the browser computed it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

_TEXTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true})
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1)
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const scheme = getComputedStyle(document.documentElement).colorScheme
  const canvasColour = dark && scheme.includes('dark') ? [18, 18, 18, 1] : [255, 255, 255, 1]
  const ground = (element) => element === null ? canvasColour
    : over(rgba(getComputedStyle(element).backgroundColor), ground(element.parentElement))
  const byte = (part) => Math.round(part).toString(16).padStart(2, '0')
  const hex = (colour) => '#' + colour.slice(0, 3).map(byte).join('')
  const seen = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement
    const range = document.createRange()
    range.selectNodeContents(walk.currentNode)
    const text = walk.currentNode.textContent.trim()
    const style = getComputedStyle(element)
    if (!text || range.getClientRects().length === 0 || style.visibility === 'hidden') continue
    const behind = ground(element)
    seen.push({
      text, size: parseFloat(style.fontSize), family: style.fontFamily,
      ink: hex(over(rgba(style.color), behind)), ground: hex(behind),
    })
  }
  return seen
}"""

_TOO_WIDE = """() => {
  const scrolls = (element) => element !== null
    && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
  const room = document.documentElement.clientWidth
  return [...document.body.querySelectorAll('*')].filter((element) => {
    const box = element.getBoundingClientRect()
    return box.width > 0 && (box.right > room + 0.5 || box.left < -0.5) && !scrolls(element.parentElement)
  }).map((element) => element.outerHTML.slice(0, 160))
}"""


@dataclass(frozen=True)
class SeenText:
    """A text as it is shown: its size in CSS pixels, its colour and the ground that it stands on, ``#rrggbb``."""

    text: str
    size: float
    family: str
    ink: str
    ground: str


def seen_texts(page: Page) -> list[SeenText]:
    """Every text of the page that is shown; half-transparent colours are laid over what is behind them."""
    return [SeenText(**found) for found in page.evaluate(_TEXTS)]


def sideways(page: Page) -> list[str]:
    """What reaches past the window's sides and doesn't lie in a box that scrolls by itself; the page itself, if it
    scrolls."""
    found: list[str] = page.evaluate(_TOO_WIDE)
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [*found, *([f"the page: {width} px in {room}"] if width > room else [])]


def strip_styles(page: Page) -> None:
    """Take every style sheet out, as Gmail does at its worst; what stands on the elements stays."""
    page.evaluate("document.querySelectorAll('style, link[rel=stylesheet]').forEach((sheet) => sheet.remove())")
