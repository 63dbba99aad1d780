"""The golden editions: composed as a user composes them, and written down so that a person can read what changed."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

from dispatch.cli import run

HOME = Path(__file__).resolve().parent.parent / "golden"
SEED = HOME.parent.parent / "seeds" / "canada-china.txt"
EXPECTED = HOME / "expected"
_LAYOUT = frozenset(["tbody", "td", "tr", "table", "div", "span"])
_KEPT = ("role", "lang", "dir", "id", "href", "src", "alt", "scope", "align", "start", "tabindex")
_FILLERS = str.maketrans("", "", "\u034f\u200c\u2007\xad")
"""What keeps the page's first words out of an inbox."""
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Made:
    """What ``dispatch compose`` wrote for one edition."""

    name: str
    html: str
    text: str
    message: bytes


def sources() -> dict[str, list[Path]]:
    """The golden editions by name, each with its seeds."""
    found = {path.stem: sorted(path.iterdir()) if path.is_dir() else [path] for path in (HOME / "seeds").iterdir()}
    return dict(sorted(found.items())) | {SEED.stem: [SEED]}


def compose(name: str, out: Path) -> Made:
    """The edition ``name``, written below ``out``."""
    command = ["-C", HOME, "compose", *sources()[name], "--date", "2026-11-23", "--out", out / name]
    with contextlib.redirect_stdout(io.StringIO()):
        assert run([str(part) for part in command]) == 0
    (folder,) = (out / name).iterdir()
    page, text = ((folder / f"edition.{form}").read_text(encoding="utf-8") for form in ("html", "txt"))
    return Made(name, page, text, (folder / "edition.eml").read_bytes())


def outline(page: str) -> str:
    """What a page says and means, an element or a text a line: tags, classes, languages, links; no looks, no layout."""
    root = html.document_fromstring(page)
    return "\n".join(_lines(root, 0, None)) + "\n"


def _lines(element: etree._Element, depth: int, parent: etree._Element | None) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in ("style", "meta"):
        return
    head = _head(element, parent)
    inside = depth + bool(head)
    inner = [*_texts(element, element.text, inside)]
    for child in element:
        inner += _lines(child, inside, element)
        inner += _texts(element, child.tail, inside)
    if not head:
        yield from inner
    elif len(inner) == 1 and inner[0].lstrip().startswith('"'):
        yield f"{'  ' * depth}{head} {inner[0].lstrip()}"
    else:
        yield f"{'  ' * depth}{head}"
        yield from inner


def _texts(element: etree._Element, text: str | None, depth: int) -> Iterator[str]:
    """A text between two tags: its lines where they count, else one, with the blanks at its ends."""
    plain = (text or "").translate(_FILLERS)
    lines = plain.split("\n") if element.tag == "pre" else [_BLANKS.sub(" ", plain)]
    yield from (f'{"  " * depth}"{line}"' for line in lines if line.strip())


def _head(element: etree._Element, parent: etree._Element | None) -> str:
    """The element's name and what it means; ``""`` where it only holds the layout together."""
    classes = [name for name in element.get("class", "").split() if not name.startswith("mj-")]
    if element.tag in _LAYOUT and not classes and not element.get("id") and not _is_data(element):
        return ""
    meanings = [
        f"{name}={value}"
        for name, value in sorted(element.attrib.items())
        if (name in _KEPT or name.startswith(("aria-", "data-"))) and value != (parent is not None and parent.get(name))
    ]
    hidden = ["hidden"] if "display:none" in element.get("style", "").replace(" ", "") else []
    return " ".join([".".join([str(element.tag), *classes]), *meanings, *hidden])


def _is_data(element: etree._Element) -> bool:
    """Whether ``element`` is a table that is no mere layout, or a row of one; or says its own role."""
    table = element if element.tag == "table" else next(element.iterancestors("table"), None)
    if element.tag in ("table", "tr") and table is not None:
        return table.get("role") != "presentation"
    return element.get("role") not in (None, "presentation")
