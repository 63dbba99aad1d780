"""The plain-text edition, written from the edition's data and never scraped from its HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dispatch.edition import model
from dispatch.edition.model import Edition, Mark, MarkKind, Story, Text
from dispatch.render.chrome import Words, edition_line, words_for
from dispatch.render.columns import table_lines
from dispatch.render.look import Look
from dispatch.render.marks import fold
from dispatch.render.opening import lede_at
from dispatch.render.parts import answers, more, question, web_version
from dispatch.render.richtext import clean, image_source, link_target
from dispatch.render.slots import UNSUBSCRIBE
from dispatch.render.slotting import Slotting
from dispatch.render.view import headline_of, is_verse
from dispatch.render.wrapping import WIDTH, display_width, wrap

END_MARK = "– 30 –"
_RULE = "-" * WIDTH
_INDENT = "    "
_DIGITS = re.compile(r"\d")


def plain_text(edition: Edition, look: Look, slotting: Slotting) -> str:
    """The whole edition as text in lines of 72 columns, slots as ``slotting``'s marks; ends with a line end."""
    return _PlainText(edition, look, slotting).write()


class _PlainText:
    """Each method returns lines; whoever calls indents them and puts blank lines between."""

    def __init__(self, edition: Edition, look: Look, slotting: Slotting) -> None:
        self._edition, self._look, self._slotting = edition, look, slotting
        self._words: Words = words_for(edition.language)
        self._notes = {note.label for note in edition.footnotes}
        self._links: dict[str, int] = {}

    def write(self) -> str:
        first, *others = [self._story(story) for story in self._edition.stories]
        parts = [
            self._masthead(),
            self._contents(),
            *first,
            self._sponsor(),
            *[part for story in others for part in story],
            self._in_brief(),
            self._footnotes(),
            self._link_list(),
            self._feedback(),
            self._sign_off(),
            self._footer(),
        ]
        lines = _apart(part for part in parts if part)
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _masthead(self) -> list[str]:
        edition = self._edition
        line = " · ".join(edition_line(edition.number, edition.date, edition.reading_minutes, edition.language))
        heading = headline_of(edition)
        title = ["", *self._underlined(heading, "=")] if heading else []
        page = web_version(edition, self._look)
        online = [f"{self._words.online}: {page}"] if page else []
        return [*self._wrap(self._look.newsletter_name), *self._wrap(line), *online, _RULE, *title]

    def _contents(self) -> list[str]:
        if len(self._edition.stories) < 2:
            return []
        titles = [
            line
            for number, story in enumerate(self._edition.stories, 1)
            for line in _hang(f"{number}. ", self._wrap(story.title, WIDTH - 2 - len(f"{number}. ")))
        ]
        return [self._words.contents, *_indent(titles, "  ")]

    def _story(self, story: Story) -> list[list[str]]:
        title = story.title or (self._edition.title if len(self._edition.stories) == 1 else "")
        above = [""] if len(self._edition.stories) > 1 else []
        parts = [[*above, *self._underlined(title, "=")]] if title.strip() else []
        if story.byline:
            parts.append(self._wrap(story.byline))
        lede = lede_at(story.blocks)
        if story.dateline and lede is None:
            parts.append(self._wrap(story.dateline))
        for at, block in enumerate(story.blocks):
            if story.dateline and at == lede and isinstance(block, model.Paragraph):
                parts.append(self._wrap(f"{clean(story.dateline)} – {self._inline(block.text)}"))
            else:
                parts.append(self._block(block, WIDTH))
        return parts

    def _block(self, block: model.Block, width: int) -> list[str]:
        match block:
            case model.Paragraph():
                return self._wrap(self._inline(block.text), width)
            case model.Heading():
                return self._heading(block, width)
            case model.Points():
                return _apart(self._labelled(item.label, item.text, width) for item in block.items)
            case model.List():
                return self._list(block, width)
            case model.Quote():
                return self._quote(block, width)
            case model.Image():
                return self._image(block, width)
            case model.Code():
                return _indent(clean(block.text).rstrip("\n").split("\n"), _INDENT)
            case model.Table():
                return self._table(block, width)
            case model.Preformatted():
                lines = clean(block.text).rstrip("\n").split("\n")
                return _indent(lines, _INDENT) if is_verse(block.text) else lines
            case model.Divider():
                return ["* * *".center(width)]

    def _blocks(self, blocks: Sequence[model.Block], width: int) -> list[str]:
        return _apart(self._block(block, width) for block in blocks)

    def _heading(self, heading: model.Heading, width: int) -> list[str]:
        text = self._inline(heading.text)
        if heading.level > 2:
            return self._underlined(text, "~", width)
        return ["", *self._underlined(text, "-", width)]

    def _labelled(self, label: str | None, text: Text, width: int) -> list[str]:
        colon = " – " if label and not any(map(str.isalpha, label)) else ": "  # "12:40 – Trains run again"
        before = f"{clean(label)}{colon}" if label else ""
        return _hang("* ", self._wrap(before + self._inline(text), width - 2))

    def _list(self, listing: model.List, width: int) -> list[str]:
        tight = all(
            isinstance(block, model.Paragraph if at == 0 else model.List)
            for item in listing.items
            for at, block in enumerate(item.blocks)
        )
        bullets = [f"{listing.start + at}. " if listing.ordered else "- " for at in range(len(listing.items))]
        space = max(map(len, bullets), default=0)
        items = []
        for bullet, item in zip(bullets, listing.items, strict=True):
            parts = [self._block(block, width - space) for block in item.blocks]
            lines = [line for part in parts for line in part] if tight else _apart(parts)
            items.append(_hang(bullet.rjust(space), lines or [""]))
        return [line for item in items for line in item] if tight else _apart(items)

    def _quote(self, quote: model.Quote, width: int) -> list[str]:
        inner = width - len(_INDENT)
        opening, closing = self._words.quotes[0], self._words.quotes[-1]
        if quote.blocks:
            lines = self._blocks(quote.blocks, inner)
        else:
            lines = self._wrap(f"{opening}{self._inline(quote.text)}{closing}", inner)
        said = " ".join(clean(part) for part in (quote.verb, quote.attribution) if part)
        speaker = ["", *_hang("— ", self._wrap(said, inner - 2))] if said else []
        return _indent([*lines, *speaker], _INDENT)

    def _image(self, image: model.Image, width: int) -> list[str]:
        src = image_source(image.src)
        shown = link_target(image.link, self._look.base_url) or src
        number = f" [{self._number(shown)}]" if shown and not shown.startswith(("data:", "cid:")) else ""
        alt = f": {clean(image.alt)}" if image.alt.strip() else ""
        caption = self._wrap(self._inline(image.caption), width) if image.caption else []
        return [*self._wrap(f"[{self._words.image}{alt}]{number}", width), *caption]

    def _table(self, table: model.Table, width: int) -> list[str]:
        header, *rows = [
            [" ".join(self._inline(cell).split("\n")) for cell in row] for row in (table.header, *table.rows)
        ]
        return table_lines(header, rows, table.align, max(width, 20), self._measure)

    def _sponsor(self) -> list[str]:
        sponsor = self._edition.sponsor
        if sponsor is None:
            return []
        link = link_target(sponsor.link, self._look.base_url)
        said = [part for part in (sponsor.name, sponsor.text) if part]
        lines = [line for part in said for line in self._wrap(part, WIDTH - len(_INDENT))]
        return [f"[{self._words.advertisement}]", *_indent([*lines, *([link] if link else [])], _INDENT)]

    def _feedback(self) -> list[str]:
        offered = answers(self._edition, self._look, self._words)
        if not offered:
            return []
        asked = self._wrap(question(self._look, self._words))
        if offered[0].url.startswith("mailto:"):
            return [*asked, *self._wrap(f"{', '.join(each.words for each in offered)}: {self._look.feedback_to}")]
        return [*asked, *(f"- {each.words}: {each.url}" for each in offered)]

    def _in_brief(self) -> list[str]:
        box = self._edition.in_brief
        if box is None:
            return []
        title = f"{clean(box.label)}: {clean(box.title)}" if box.title else box.label
        items = [self._labelled(item.label, item.text, WIDTH) for item in box.items]
        made = [self._wrap(f"({self._words.made}.)")] if box.generated else []
        return _apart([[_RULE, *self._wrap(title), _RULE], *items, *made])

    def _footnotes(self) -> list[str]:
        notes = []
        for note in self._edition.footnotes:
            bullet = f"^{clean(note.label)} "
            notes.append(_hang(bullet, self._blocks(note.blocks, WIDTH - display_width(bullet))))
        return _apart([self._underlined(self._words.notes, "-"), *notes]) if notes else []

    def _link_list(self) -> list[str]:
        if not self._links:
            return []
        links = [f"[{number}] {url}" for url, number in self._links.items()]
        return [*self._underlined(self._words.links, "-"), "", *links]

    def _sign_off(self) -> list[str]:
        tagline = self._edition.tagline or self._look.tagline
        lines = [END_MARK.center(WIDTH)]
        return [*lines, "", *(line.center(WIDTH) for line in self._wrap(tagline))] if tagline.strip() else lines

    def _footer(self) -> list[str]:
        look = self._look
        who = " · ".join(filter(None, (look.sender_name or look.newsletter_name, *look.postal_address.splitlines())))
        others = more(self._edition, look, self._words)
        why = self._words.why.format(name=look.newsletter_name)
        return [
            _RULE,
            *(f"{each.words}: {each.url}" for each in others),
            *([""] if others else []),
            *self._wrap(who),
            *self._wrap(why),
            f"{self._words.unsubscribe}:",
            self._slotting.mark(UNSUBSCRIBE),
        ]

    def _inline(self, text: Text) -> str:
        return fold(text, clean, "".join, self._mark)

    def _mark(self, mark: Mark, content: str) -> str:
        match mark.kind:
            case MarkKind.MERGE:
                return self._slotting.mark(mark.target or "", clean(mark.default or ""))
            case MarkKind.STRIKE:
                return f"~~{content}~~"
            case MarkKind.FOOTNOTE:
                return f"^{content.strip('[]')}" if mark.target in self._notes else content
            case MarkKind.LINK:
                url = link_target(mark.target, self._look.base_url)
                return content if url is None or _says(content, url) else f"{content} [{self._number(url)}]"
        return content

    def _number(self, url: str) -> int:
        return self._links.setdefault(url, len(self._links) + 1)

    def _wrap(self, text: str, width: int = WIDTH) -> list[str]:
        return wrap(clean(text), max(width, 20), self._measure)

    def _measure(self, text: str) -> int:
        return display_width(self._slotting.default_of(text) if self._slotting.nonce in text else text)

    def _underlined(self, text: str, with_: str, width: int = WIDTH) -> list[str]:
        lines = self._wrap(text, width)
        return [*lines, with_ * max(3, *map(self._measure, lines))]


def _says(content: str, url: str) -> bool:
    """Whether a link's own words are its URL, which then needs no number."""
    if url.casefold().startswith("tel:"):
        return _DIGITS.findall(content) == _DIGITS.findall(url)
    return url.casefold() in (f"{scheme}{content.casefold()}" for scheme in ("", "mailto:", "https://", "http://"))


def _apart(parts: Iterable[list[str]]) -> list[str]:
    """The lines of all parts with a blank line between each two."""
    lines: list[str] = []
    for part in parts:
        lines += ["", *part] if lines else part
    return lines


def _indent(lines: Iterable[str], by: str) -> list[str]:
    return [by + line if line else line for line in lines]


def _hang(bullet: str, lines: Sequence[str]) -> list[str]:
    """``lines`` with ``bullet`` before the first and as much room before the others."""
    room = " " * display_width(bullet)
    return [bullet + lines[0], *_indent(lines[1:], room)] if lines else [bullet.rstrip()]
