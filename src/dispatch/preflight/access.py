"""Whether everybody can read the page: the eleven checks of the Email Markup Consortium, in light and in dark.

Source: Email Markup Consortium, Accessibility Report 2026; contrast after WCAG 2.2, 1.4.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from lxml.html import HtmlElement

from dispatch.preflight.darkened import Forced, by_outlook
from dispatch.preflight.document import Document, name, path, words
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.styles import Look, Media, Scheme, declarations_of, pixels
from dispatch.render.colour import READABLE, contrast

rules = Rules(Group.ACCESS)

SMALLEST = 13.0
"""CSS pixels: the least size of text on any screen."""
_LARGE, _LARGE_CONTRAST = 24.0, 3.0
_WIDTHS = (320, 600)
WIDEST = 600
"""CSS pixels: what inboxes on a desk have room for."""
_WIDTH_NAMES = frozenset({"width", "min-width"})
_FRAMED = frozenset({"div", "h1", "h2", "h3", "h4", "h5", "h6", "img", "p", "table"})
_MEND_THEME = "Mend the theme, or take Dispatch's own."


@rules.rule(
    "lang",
    Severity.ERROR,
    "The page does not say its language",
    why="A screen reader then reads it with the accent of another one, and mail programs offer to translate it.",
    mend=_MEND_THEME,
)
def lang(proof: Proof) -> Iterator[Found]:
    """`lang` on the html element and, since web mail drops that element, on what stands in the body."""
    root = proof.document.root
    for element in (root, *_content(proof.document.body)):
        if not element.get("lang"):
            yield Found(f"<{element.tag!s}> has no lang.", element=path(element))


@rules.rule(
    "direction",
    Severity.ERROR,
    "The page does not say which way it is written",
    why="In a right-to-left inbox full stops jump to the wrong end of the line.",
    mend=_MEND_THEME,
)
def direction(proof: Proof) -> Iterator[Found]:
    """`dir` on what stands in the body."""
    for element in _content(proof.document.body):
        if element.get("dir") not in {"ltr", "rtl"}:
            yield Found(f"<{element.tag!s}> has no dir.", element=path(element))


@rules.rule(
    "layout-table",
    Severity.ERROR,
    "A table for layout is read out as one",
    why="A screen reader announces rows and columns where there is only a frame.",
    mend='Write role="presentation" on the table itself.',
)
def layout_table(proof: Proof) -> Iterator[Found]:
    """Tables that hold paragraphs, images or other tables, without header cells and without `role="presentation"` (or
    none). A table of plain cells holds figures."""
    for table in proof.document.all("table"):
        frames = any(each.tag in _FRAMED for each in table.iter() if each is not table)
        if frames and table.get("role") not in {"presentation", "none"} and table.find(".//th") is None:
            yield Found("A table for layout has no role=presentation.", element=path(table))


@rules.rule(
    "headings",
    Severity.ERROR,
    "The headings are out of order",
    why="Headings are how screen readers move about; a missing rank sounds like a missing part.",
    mend="Begin with one headline, and let no rank be left out: ## before ###.",
)
def headings(proof: Proof) -> Iterator[Found]:
    """Exactly one h1, and no heading more than one rank below the one before."""
    found = list(proof.document.all("h1", "h2", "h3", "h4", "h5", "h6"))
    tops = [each for each in found if each.tag == "h1"]
    if len(tops) != 1:
        yield Found(f"There are {len(tops)} headings of the first rank; there should be one.", proof.at("title"))
    rank = 0
    for heading in found:
        own = int(str(heading.tag)[1])
        if rank and own > rank + 1:
            yield Found(f"{name(heading)} is of rank {own} and follows one of rank {rank}.", element=path(heading))
        rank = own


@rules.rule(
    "contrast",
    Severity.ERROR,
    "Text is too faint to read",
    why="One reader in twelve sees little contrast, and everybody does in the sun.",
    mend=_MEND_THEME,
)
def contrast_of_text(proof: Proof) -> Iterator[Found]:
    """Every text against its ground, in light and in dark: 4.5 to 1, from 24 pixels on 3 to 1. Each pair once."""
    for scheme in Scheme:
        yield from _faint(((*each, each[1].pair) for each in _shown(proof.document, Media(scheme))), f"in {scheme}")


@rules.rule(
    "contrast-forced",
    Severity.WARNING,
    "Text is too faint where a mail program darkens the page itself",
    why="Gmail's apps and Outlook change a page's colours in their dark modes, and Gmail's ask no style sheet.",
    mend="Take inks that are far from the middle between black and white: Dispatch's own theme shows which.",
)
def contrast_forced(proof: Proof) -> Iterator[Found]:
    """Every text against its ground: reversed in lightness (CIELAB) as Gmail's apps do it, wholly or in part; and as
    Outlook rewrites colours, beside the theme's `[data-ogsc]` and `[data-ogsb]` rules. Each pair once."""
    light = list(_shown(proof.document, Media()))
    for forced in Forced:
        yield from _faint(((element, look, forced.pair(*look.pair)) for element, look in light), f"when {forced}")
    rewritten = Document(by_outlook(proof.html))
    yield from _faint(((*each, each[1].pair) for each in _shown(rewritten, Media())), "in Outlook's dark mode")


def _faint(seen: Iterable[tuple[HtmlElement, Look, tuple[str, str]]], where: str) -> Iterator[Found]:
    """Texts whose pair of colours has too little contrast, each pair once."""
    told: set[tuple[str, str]] = set()
    for element, look, pair in seen:
        ratio = contrast(*pair)
        if ratio < (_LARGE_CONTRAST if look.size >= _LARGE else READABLE) and pair not in told:
            told.add(pair)
            yield Found(f"{name(element)} is {' on '.join(pair)}: {ratio:.1f} to 1 {where}.", element=path(element))


@rules.rule(
    "text-small",
    Severity.WARNING,
    "Text is too small",
    why="Below 13 pixels many readers have to zoom, and phones do it for them, which breaks the page.",
    mend=_MEND_THEME,
)
def text_small(proof: Proof) -> Iterator[Found]:
    """Text of less than 13 pixels, on phones and on wide screens. Each size is told once."""
    for width in _WIDTHS:
        told: set[float] = set()
        for element, look in _shown(proof.document, Media(width=width)):
            if look.size < SMALLEST and look.size not in told:
                told.add(look.size)
                yield Found(f"{name(element)} is {look.size:g} pixels at a width of {width}.", element=path(element))


@rules.rule(
    "reflow",
    Severity.ERROR,
    "Something keeps a width that screens do not have",
    why="On a phone the whole page then scrolls sideways, or shrinks until nobody can read it (WCAG 2.2, 1.4.10).",
    mend='Write max-width beside it, or a width in per cent: style="width: 100%; max-width: 600px".',
)
def reflow(proof: Proof) -> Iterator[Found]:
    """Widths and least widths of more than 600 pixels, in attributes and styles, where no `max-width` stands beside
    them. Rules for wide screens only do not count."""
    for element in proof.document.root.iter():
        if isinstance(element.tag, str) and (width := _fixed_width(element)) is not None:
            yield Found(f"{name(element)} is {width:g} pixels wide on every screen.", element=path(element))
    for declaration, owner in proof.document.styles.declarations():
        everywhere = owner is None and "min-width" not in (declaration.media or "")
        if everywhere and declaration.name in _WIDTH_NAMES and pixels(declaration.value) > WIDEST:
            yield Found(f"A style rule says {declaration.name}: {declaration.value}.")


def _fixed_width(element: HtmlElement) -> float | None:
    """The pixels that an element takes whatever the screen, where they are too many."""
    own = {each.name: each.value for each in declarations_of(element.get("style") or "")}
    said = [own["min-width"]] if "min-width" in own else []
    if "max-width" not in own:
        attribute = element.get("width") or ""
        said.append(own.get("width") or (f"{attribute}px" if attribute.isdigit() else attribute))
    return next((pixels(value) for value in said if pixels(value) > WIDEST), None)


@rules.rule(
    "alt",
    Severity.ERROR,
    "An image has no alt attribute",
    why="A screen reader reads its address out instead, letter by letter.",
    mend='Write alt="…" on the image; alt="" where it is only decoration.',
)
def alt(proof: Proof) -> Iterator[Found]:
    """`<img>` elements without an `alt` attribute, which may be blank."""
    for image in proof.document.all("img"):
        if image.get("alt") is None:
            yield Found(f"The image {image.get('src')} has no alt attribute.", element=path(image))


@rules.rule(
    "title",
    Severity.ERROR,
    "The page has no title",
    why="It is what a browser's tab and a screen reader say first, for those who read the edition on the web.",
    mend=_MEND_THEME,
)
def title(proof: Proof) -> Iterator[Found]:
    """The `<title>` element."""
    found = next(proof.document.all("title"), None)
    if found is None or not words(found):
        yield Found("The page has no title.")


@rules.rule(
    "link-underlined",
    Severity.ERROR,
    "Links are told from text by colour alone",
    why="Whoever sees no difference between the two colours does not know that there is a link.",
    mend="Underline links within text.",
)
def link_underlined(proof: Proof) -> Iterator[Found]:
    """Links within running text that are not underlined."""
    looks = proof.document.styles.looks(Media())
    for link in proof.document.all("a"):
        above = link.getparent()
        among_text = above is not None and bool(words(above)) and words(above) != words(link)
        if link.get("href") and words(link) and among_text and not _is_underlined(link, looks):
            yield Found(f"{name(link)} is a link without a line below it.", element=path(link))


def _is_underlined(link: HtmlElement, looks: Mapping[HtmlElement, Look]) -> bool:
    return any(look.underlined for each in link.iter() if (look := looks.get(each)) is not None)


def _shown(document: Document, media: Media) -> Iterator[tuple[HtmlElement, Look]]:
    """The elements that show text of their own, with how it looks."""
    looks = document.styles.looks(media)
    for element, look in looks.items():
        own = [element.text, *(child.tail for child in element)]
        if look.shown and any(text and _is_visible(text) for text in own):
            yield element, look


def _is_visible(text: str) -> bool:
    """Whether a text has a sign in it that is seen; blanks of all widths hold layouts and preheaders open."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _content(body: HtmlElement) -> Iterator[HtmlElement]:
    """The children of the body that hold anything."""
    return (each for each in body if isinstance(each.tag, str) and each.tag not in {"style", "script"} and words(each))
