"""An edition as templates see it: every text already HTML, every decision about what belongs together already made.

Templates read ``edition`` with ``language direction title preheader masthead_tag heading line stories contents
in_brief notes tagline``, and for the optional parts ``web_version sponsor question answers more``; a story has ``title
title_tag title_made number anchor dateline byline blocks has_lede``. Every block has ``kind`` (the name of its partial
in ``blocks/``) and what :class:`_Blocks` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from markupsafe import Markup

from dispatch.edition import model
from dispatch.edition.model import Edition, Mark, Story, Text
from dispatch.errors import Place, SourceError
from dispatch.render import parts
from dispatch.render.chrome import edition_line, words_for
from dispatch.render.look import Look
from dispatch.render.opening import lede_at
from dispatch.render.recipient import unknown_field
from dispatch.render.richtext import RichText, clean, image_source, link_target, plain_html
from dispatch.render.slots import LINE
from dispatch.render.slotting import Slotting
from dispatch.render.table_view import table_view
from dispatch.render.wrapping import display_width

LABEL_WORDS = 4
"""A point's label of more words runs into its text; a shorter one stands on a line of its own."""

HEAD_LABEL_WORDS = 6

LONG_QUOTE = 200
"""Letters (wide ones count twice) from which a quotation is set as text is: larger letters would tire."""
_HEAD = re.compile(r"(?P<label>[^:：]*[^\s:：])(?P<colon>\s*(?::\s+|：\s*))(?P<phrase>\S.*)", re.DOTALL)
_DEEPEST = 6
_LONGEST_SIGN_OFF = 40
"""Characters of "With kind regards," above a name."""
_IN_COLUMNS = re.compile(r"\S(?: {2,}|\t)\S|[{}=<>|\\]")
_NOUN_FIRST = frozenset({"ar", "es", "fa", "fr", "he", "it", "pt", "ur"})
_LEADING_BLANKS = re.compile(r"^[ \t]+", re.MULTILINE)
_ENDS_APART = " ,،、"


class EditionView:
    """Builds what templates see. ``known_fields`` are the list's fields, ``None`` where they aren't known; ``lined``
    marks each text with its line."""

    def __init__(
        self,
        edition: Edition,
        look: Look,
        slotting: Slotting,
        known_fields: frozenset[str] | None,
        lined: bool = False,
    ) -> None:
        self._edition, self._look = edition, look
        self._slotting, self._known = slotting, known_fields
        self._numbers = {note.label: number for number, note in enumerate(edition.footnotes, 1)}
        self._mentioned: set[str] = set()
        self._source: str | None = None
        self._line: int | None = None
        origin = self._origin if lined else None
        self._rich = RichText(self._slot, self._note, self._note_name, look.base_url, origin)

    def build(self) -> SimpleNamespace:
        """The whole edition, for ``edition`` in templates."""
        edition = self._edition
        words = words_for(edition.language)
        several = len(edition.stories) > 1
        heading = headline_of(edition)
        stories = [self._story(story, number, several) for number, story in enumerate(edition.stories, 1)]
        return SimpleNamespace(
            language=edition.language,
            direction=edition.direction,
            title=clean(edition.title),
            preheader=clean(edition.preheader),
            masthead_tag="h1" if several and heading is None else "p",
            heading=plain_html(heading) if heading else None,
            line=edition_line(edition.number, edition.date, edition.reading_minutes, edition.language),
            stories=stories,
            wide_tables=any(getattr(block, "wide", False) for story in stories for block in story.blocks),
            contents=[plain_html(story.title) for story in edition.stories] if several else [],
            in_brief=self._in_brief(),
            notes=self._notes(),
            tagline=plain_html(edition.tagline or self._look.tagline),
            web_version=parts.web_version(edition, self._look),
            sponsor=self._sponsor(),
            question=parts.question(self._look, words),
            answers=parts.answers(edition, self._look, words),
            more=parts.more(edition, self._look, words),
        )

    def _story(self, story: Story, number: int, several: bool) -> SimpleNamespace:
        self._source = story.source
        title = story.title if several else story.title or self._edition.title
        blocks = self._blocks(2 if several else 1)
        return SimpleNamespace(
            title=plain_html(title) if title.strip() else None,
            title_tag="h2" if several else "h1",
            title_made=story.title_made or not story.title,
            number=number,
            anchor=f"story-{number}",
            dateline=plain_html(story.dateline) if story.dateline else None,
            byline=plain_html(story.byline) if story.byline else None,
            blocks=blocks.of_story(story.blocks),
            has_lede=lede_at(story.blocks) is not None,
        )

    def _in_brief(self) -> SimpleNamespace | None:
        box = self._edition.in_brief
        if box is None:
            return None
        self._source = self._edition.only_source
        items: list[SimpleNamespace] = []
        for item in box.items:
            self._at(item.line or box.line)
            items.append(_labelled(item.label, self._rich.html(item.text), first=not items))
        return SimpleNamespace(
            label=plain_html(box.label),
            title=plain_html(box.title) if box.title else None,
            items=items,
            generated=box.generated,
        )

    def _sponsor(self) -> SimpleNamespace | None:
        sponsor = self._edition.sponsor
        if sponsor is None:
            return None
        return SimpleNamespace(
            name=plain_html(sponsor.name),
            text=plain_html(sponsor.text),
            link=link_target(sponsor.link, self._look.base_url),
            image=image_source(sponsor.image or ""),
        )

    def _notes(self) -> list[SimpleNamespace]:
        self._source = self._edition.only_source
        notes = []
        for number, note in enumerate(self._edition.footnotes, 1):
            blocks = self._blocks(2).nested(note.blocks)
            mentioned = note.label in self._mentioned
            notes.append(
                SimpleNamespace(number=number, label=plain_html(note.label), mentioned=mentioned, blocks=blocks)
            )
        return notes

    def _blocks(self, base: int) -> _Blocks:
        noun_first = self._edition.language.lower().split("-")[0] in _NOUN_FIRST
        right_to_left = self._edition.direction == "rtl"
        return _Blocks(
            self._rich, self._at, self._look.base_url, base, noun_first=noun_first, right_to_left=right_to_left
        )

    def _at(self, line: int | None) -> None:
        self._line = line

    def _origin(self) -> str:
        """The mark of the line that is being laid out; ``""`` where nobody knows it."""
        if self._line is None or self._source is None:
            return ""
        return self._slotting.mark(f"{LINE}{self._line}:{self._source}")

    def _slot(self, mark: Mark) -> str:
        name = mark.target or ""
        place = Place(self._source, self._line) if self._source else None
        if self._known is not None and name not in self._known:
            raise unknown_field(name, self._known, place, SourceError)
        return self._slotting.mark(name, clean(mark.default or ""), place)

    def _note(self, label: str) -> tuple[int, bool] | None:
        if label not in self._numbers:
            return None
        first = label not in self._mentioned
        self._mentioned.add(label)
        return self._numbers[label], first

    def _note_name(self, label: str) -> str:
        return words_for(self._edition.language).note.format(name=label)


class _Blocks:
    """Blocks of one story. ``base`` is the level of the heading above them; ``at`` is told each block's line;
    ``noun_first``: the language says what a thing is before it says which."""

    def __init__(
        self,
        rich: RichText,
        at: Callable[[int | None], None],
        base_url: str | None,
        base: int,
        *,
        noun_first: bool,
        right_to_left: bool,
    ) -> None:
        self._rich, self._at, self._base_url = rich, at, base_url
        self._noun_first, self._right_to_left = noun_first, right_to_left
        self._base = self._last = base

    def of_story(self, blocks: Sequence[model.Block]) -> list[SimpleNamespace]:
        """A story's blocks, its lede and the standing lines above it marked."""
        views = self.nested(blocks)
        lede = lede_at(blocks)
        if lede is not None:
            views[lede].lede = True
            for view in views[:lede]:
                view.standing = True
            if lede:
                views[lede - 1].last_standing = True
        return views

    def nested(self, blocks: Sequence[model.Block]) -> list[SimpleNamespace]:
        return [self._block(block) for block in blocks]

    def _block(self, block: model.Block) -> SimpleNamespace:
        self._at(block.line)
        match block:
            case model.Paragraph():
                text = block.text.text.rstrip()
                leads = text.endswith((":", "："))
                signs = len(text) <= _LONGEST_SIGN_OFF and text.endswith((",", "，", "،"))
                return SimpleNamespace(
                    kind="paragraph",
                    html=self._rich.html(block.text),
                    lede=False,
                    standing=False,
                    last_standing=False,
                    binds=leads or signs,
                    lead_in=leads and len(text.split()) <= LABEL_WORDS,
                )
            case model.Heading():
                return self._heading(block)
            case model.Points():
                return self._points(block)
            case model.List():
                items = [SimpleNamespace(blocks=self.nested(item.blocks)) for item in block.items]
                return SimpleNamespace(kind="list", ordered=block.ordered, start=block.start, items=items)
            case model.Quote():
                return self._quote(block)
            case model.Image():
                caption = self._rich.html(block.caption) if block.caption else None
                return SimpleNamespace(
                    kind="image",
                    src=image_source(block.src),
                    link=link_target(block.link, self._base_url),
                    alt=self._rich.verbatim(block.alt),
                    caption=caption,
                    width=block.width,
                    height=block.height,
                )
            case model.Code():
                return SimpleNamespace(kind="code", text=self._rich.verbatim(block.text))
            case model.Table():
                return table_view(block, self._rich.html, right_to_left=self._right_to_left)
            case model.Preformatted():
                return SimpleNamespace(
                    kind="preformatted",
                    text=self._rich.verbatim(block.text),
                    html=plain_html(self._rich.verbatim(_LEADING_BLANKS.sub(_no_break, block.text))),
                    verse=is_verse(block.text),
                )
            case model.Divider():
                return SimpleNamespace(kind="divider")

    def _heading(self, heading: model.Heading) -> SimpleNamespace:
        wanted = heading.level + self._base - 1
        self._last = min(max(wanted, self._base + 1), self._last + 1, _DEEPEST)
        text = heading.text
        found = split_head(text)
        if found is None:
            label, colon, phrase = None, None, self._rich.html(text)
        else:
            label = self._rich.html(text, 0, found.end("label"))
            colon = plain_html(found["colon"].strip())
            phrase = self._rich.html(text, found.start("phrase"))
        return SimpleNamespace(
            kind="heading", tag=f"h{self._last}", minor=heading.level > 2, label=label, colon=colon, phrase=phrase
        )

    def _points(self, points: model.Points) -> SimpleNamespace:
        items: list[SimpleNamespace] = []
        for point in points.items:
            self._at(point.line or points.line)
            items.append(_labelled(point.label, self._rich.html(point.text), first=not items))
        return SimpleNamespace(kind="points", items=items, pair=are_two_sides(points, noun_first=self._noun_first))

    def _quote(self, quote: model.Quote) -> SimpleNamespace:
        verb, speaker = quote.verb or "", clean(quote.attribution or "")
        role = clean(quote.role or "")
        before, found, after = speaker.partition(role) if role else (speaker, "", "")
        if found and not before:  # "said the minister, Jane Doe"
            name = after.lstrip(_ENDS_APART)
            verb, before, found, after = f"{verb} {found}{after[: len(after) - len(name)]}".strip(), name, "", ""
        name = before.rstrip(_ENDS_APART)
        return SimpleNamespace(
            kind="quote",
            html=None if quote.blocks else self._rich.html(quote.text),
            blocks=self.nested(quote.blocks),
            long=display_width(quote.text.text) > LONG_QUOTE,
            verb=plain_html(verb) if verb else None,
            speaker=plain_html(name),
            role=plain_html(before[len(name) :] + found),
            rest=plain_html(after),
        )


def headline_of(edition: Edition) -> str | None:
    """The headline above several stories, where the edition has one of its own and doesn't borrow a story's."""
    own = len(edition.stories) != 1 and edition.title not in {story.title for story in edition.stories}
    return edition.title if own and edition.title.strip() else None


def split_head(text: Text) -> re.Match[str] | None:
    """A heading "Label: Phrase" in its ``label``, ``colon`` and ``phrase``; ``None`` for any other heading."""
    found = _HEAD.fullmatch(text.text)
    if found is None or len(found["label"].split()) > HEAD_LABEL_WORDS:
        return None
    start, end = found.span("colon")
    return None if any(mark.start < end and mark.end > start for mark in text.marks) else found


def is_verse(text: str) -> bool:
    """Whether only its line ends carry meaning: no columns, no figures, no signs of code."""
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return not _IN_COLUMNS.search(text) and letters >= len(text) * 0.85


def are_two_sides(points: model.Points, *, noun_first: bool = False) -> bool:
    """Whether these are exactly two points whose labels share the word that says what they are: "Canadian Statement",
    "Chinese Statement"; "Déclaration canadienne", "Déclaration chinoise". They stand side by side then."""
    if len(points.items) != 2:
        return False
    first, second = (item.label.casefold().split() for item in points.items)
    noun = 0 if noun_first else -1
    return len(first) > 1 and len(second) > 1 and first[noun] == second[noun] and first != second


def _no_break(blanks: re.Match[str]) -> str:
    return "\N{NO-BREAK SPACE}" * len(blanks[0].expandtabs(4))


def _labelled(label: str | None, html: Markup, *, first: bool) -> SimpleNamespace:
    shown = plain_html(label) if label else None
    return SimpleNamespace(label=shown, run_in=len((label or "").split()) > LABEL_WORDS, html=html, first=first)
