"""``make looks ARGS=models``: the first seed in our theme beside four newsletters' layouts, in pictures and in figures.

The layouts are rebuilt from a few measured numbers (each template says which, and what is only supposed), with the
seed's text and none of anybody's code or marks. They are plain pages: their sizes leave out what a mail needs besides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import Namespace
from playwright.sync_api import Browser, Page

from benchmarks.measure import table
from dispatch.render.chrome import long_date
from dispatch.render.colour import contrast
from scripts.looks.pictures import ROOT, compose, lay_out, shown, take

SEED = ROOT / "seeds" / "canada-china.txt"
MODELS = ROOT / "build" / "models"
NAMES = ("ghost", "substack", "axios", "morning-brew")
PHONE, DESKTOP = (375, 667), (720, 1100)
NAME = "The Dispatch"
_SENTENCE_END = re.compile(r"(?<=[.!?”]) (?=[A-Z“])")

_FIGURES = """() => {
  const words = (element) => {
    const found = []
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) for (const match of walk.currentNode.textContent.matchAll(/\\S+/g)) {
      const range = document.createRange()
      range.setStart(walk.currentNode, match.index)
      range.setEnd(walk.currentNode, match.index + match[0].length)
      const box = range.getBoundingClientRect()
      if (box.height > 0) found.push({letters: match[0].length, top: Math.round(box.top / 6), bottom: box.bottom})
    }
    return found
  }
  const lines = (element) => {
    const at = new Map()
    for (const word of words(element)) at.set(word.top, (at.get(word.top) ?? -1) + word.letters + 1)
    return [...at.values()].slice(0, -1)
  }
  const style = (selector) => getComputedStyle(document.querySelector(selector))
  const clear = 'rgba(0, 0, 0, 0)'
  const ground = (element) => element === null ? 'rgb(255, 255, 255)'
    : getComputedStyle(element).backgroundColor === clear ? ground(element.parentElement)
    : getComputedStyle(element).backgroundColor
  const colours = (selector) => [style(selector).color, ground(document.querySelector(selector))]
  const long = [...document.querySelectorAll('.para, .lede, .item')].filter((each) => each.innerText.length > 150)
  const all = long.flatMap(lines).sort((one, other) => one - other)
  const sizes = new Set()
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const range = document.createRange()
    range.selectNodeContents(walk.currentNode)
    if (walk.currentNode.textContent.trim() && range.getClientRects().length)
      sizes.add(getComputedStyle(walk.currentNode.parentElement).fontSize)
  }
  return {
    line: all[Math.floor(all.length / 2)],
    leading: parseFloat(style('.para').lineHeight) / parseFloat(style('.para').fontSize),
    size: parseFloat(style('.para').fontSize), head: parseFloat(style('h1').fontSize),
    body: colours('.para'), meta: colours('.meta'), out: colours('.way-out'),
    sizes: sizes.size, screen: words(document.body).filter((word) => word.bottom <= innerHeight).length,
    height: document.documentElement.scrollHeight,
  }
}"""


def report(browser: Browser, work: Path) -> str:
    """Take the pictures, and return the figures as a Markdown table."""
    MODELS.mkdir(parents=True, exist_ok=True)
    ours = compose(ROOT, [SEED], work)
    pages = {"dispatch": ours, **dict(_rebuilt(ours, work))}
    figures = {
        name: _figures(*(_measured(shown(browser, file, *window, "light")) for window in (PHONE, DESKTOP)))
        | {"octets of HTML": f"{file.stat().st_size:,}"}
        for name, file in pages.items()
    }
    for width, height in (PHONE, DESKTOP):
        taken = {
            name: take(shown(browser, file, width, height, "light"), MODELS / f"{name}-{width}.png")
            for name, file in pages.items()
        }
        dark = take(shown(browser, ours, width, height, "dark"), MODELS / f"dispatch-{width}-dark.png")
        lay_out(browser, [*taken.values(), dark], MODELS / f"all-{width}.png", "light")
        for name in NAMES:
            lay_out(browser, [taken["dispatch"], taken[name]], MODELS / f"beside-{name}-{width}.png", "light")
    rows = [[title, *(figures[name][title] for name in pages)] for title in figures["dispatch"]]
    return f"{table(['', *pages], rows)}\n\nwrote {MODELS.relative_to(ROOT)}/*.png"


def _rebuilt(ours: Path, work: Path) -> Iterator[tuple[str, Path]]:
    """Each model's page of the same text."""
    edition = json.loads(ours.with_suffix(".json").read_text(encoding="utf-8"))
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "models"), autoescape=True, undefined=StrictUndefined
    )
    story = edition["stories"][0]
    for each in (*story["blocks"], edition["in_brief"]):
        if "items" in each:
            each["items_"] = each["items"]  # "items" is a method of what Jinja sees
    context = {
        "edition": edition,
        "story": story,
        "name": NAME,
        "date": long_date(date.fromisoformat(edition["date"]), "en"),
        "words": len(ours.with_suffix(".txt").read_text(encoding="utf-8").split()),
        "sentences": _SENTENCE_END.split,
        "head": Namespace(text=""),
    }
    for name in NAMES:
        file = work / f"{name}.html"
        file.write_text(templates.get_template(f"{name}.html").render(context), encoding="utf-8")
        yield name, file


def _measured(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_FIGURES)
    page.close()
    return found


def _figures(phone: dict[str, Any], desktop: dict[str, Any]) -> dict[str, str]:
    """What the table says of a page, by row."""
    return {
        "text, phone / computer, px": f"{phone['size']:.0f} / {desktop['size']:.0f}",
        "line height": f"{desktop['leading']:.2f}",
        "characters a line, phone / computer": f"{phone['line']} / {desktop['line']}",
        "contrast of the text": _contrast(desktop["body"]),
        "contrast of meta": _contrast(desktop["meta"]),
        "contrast of the way out": _contrast(desktop["out"]),
        "headline, phone / computer, px": f"{phone['head']:.0f} / {desktop['head']:.0f}",
        "words on a phone's first screen": f"{phone['screen']}",
        "screens of a phone in all": f"{phone['height'] / PHONE[1]:.1f}",
        "type sizes": f"{desktop['sizes']}",
    }


def _contrast(colours: list[str]) -> str:
    ink, ground = (_hex(colour) for colour in colours)
    return f"{contrast(ink, ground):.1f}"


def _hex(rgb: str) -> str:
    red, green, blue = (int(part) for part in re.findall(r"\d+", rgb)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
