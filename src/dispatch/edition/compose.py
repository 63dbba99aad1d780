"""Readings to an :class:`Edition`: headline, subject, preheader, In Brief, reading time, all in the source's words.

Whatever is made is made of the text: every name, number and quotation in it stands in the source, and each suggestion
says from which line and by which rule it came. What an author gave always wins.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812 (a field is named date)

from dispatch.edition.composing.extraction import box_from_sections, box_from_stories
from dispatch.edition.composing.headlines import suggest
from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.matter import Matter, matter_of
from dispatch.edition.composing.merging import merged_box, renumbered
from dispatch.edition.composing.passages import texts_of
from dispatch.edition.composing.preheader import preheader_of
from dispatch.edition.composing.reading_time import reading_minutes
from dispatch.edition.composing.suggestion import Suggestion, SuggestionKind
from dispatch.edition.composing.words import tidy
from dispatch.edition.language import direction_of, resolve_language
from dispatch.edition.model import Edition, InBrief, Story
from dispatch.edition.reading import Reading
from dispatch.edition.slug import slugify
from dispatch.errors import Refused

__all__ = ["ComposeOptions", "Composition", "Suggestion", "SuggestionKind", "compose"]


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """What the newsletter's settings and the command line add to the sources; ``None`` means not said.

    ``language`` is the newsletter's (BCP 47); ``in_brief`` is ``"auto"`` or ``"source"``; ``pick`` counts suggestions
    from 1; ``today`` dates an edition that no one dated.
    """

    tagline: str
    language: str | None
    in_brief: str
    today: Date
    subject: str | None = None
    slug: str | None = None
    pick: int | None = None
    number: int | None = None
    date: Date | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """``suggestions`` are for the first story, its headline first; ``chosen`` is the one in force."""

    edition: Edition
    suggestions: tuple[Suggestion, ...]
    chosen: Suggestion
    readings: tuple[Reading, ...]


def compose(readings: Sequence[Reading], options: ComposeOptions) -> Composition:
    """One edition of one or several sources, in their order; the first one's front matter speaks for the edition."""
    if not readings:
        raise ValueError("an edition needs at least one reading")
    readings = renumbered(readings)
    first = readings[0]
    front = first.front_matter
    texts = [text for reading in readings for text in texts_of(reading)]
    language = resolve_language(front.lang, options.language, "\n".join(texts))
    matters = [matter_of(reading, lexicon_for(language)) for reading in readings]
    suggestions = suggest(matters[0])
    chosen = _picked(suggestions, options.pick)
    given = suggestions[0].kind is SuggestionKind.GIVEN
    title = suggestions[0].text if given else chosen.text
    titles = [title, *(suggest(matter)[0].text for matter in matters[1:])]
    subject = _subject(options, front.subject, chosen)
    edition = Edition(
        slug=slugify(options.slug or front.slug or title, first.stem),
        title=title,
        subject=subject,
        preheader=tidy(front.preheader or "") or _preheader(matters, title, subject),
        date=options.date or front.date or options.today,
        language=language,
        direction=direction_of(language),
        reading_minutes=reading_minutes(texts),
        tagline=options.tagline,
        stories=tuple(_titled(reading, text) for reading, text in zip(readings, titles, strict=True)),
        in_brief=_in_brief(matters, titles, front.in_brief or options.in_brief),
        footnotes=tuple(note for reading in readings for note in reading.footnotes),
        subject_alternatives=_alternatives(suggestions, subject),
        number=options.number,
    )
    return Composition(edition, suggestions, chosen, readings)


def _picked(suggestions: Sequence[Suggestion], pick: int | None) -> Suggestion:
    if pick is None:
        return suggestions[0]
    if 1 <= pick <= len(suggestions):
        return suggestions[pick - 1]
    count = len(suggestions)
    raise Refused(
        f"There is no suggestion {pick}: this text offers {count}.",
        hint='Look at them without --pick, or give a subject of your own: --subject "…"',
    )


def _subject(options: ComposeOptions, front_subject: str | None, chosen: Suggestion) -> str:
    """The command line's subject, else a picked one, else the front matter's, else the headline's."""
    if options.subject is not None:
        return _one_line(options.subject)
    if options.pick is None and front_subject:
        return tidy(front_subject)
    return chosen.subject


def _one_line(subject: str) -> str:
    """A subject as given; refused where it could break out of its header (RFC 5322 §2.2) or says nothing."""
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in subject.strip()):
        raise Refused("A subject is one line without control characters.", hint='Give it on one line: --subject "…"')
    if not subject.strip():
        raise Refused("The subject is empty.", hint="Leave --subject out to have one made from the text.")
    return tidy(subject)


def _alternatives(suggestions: Sequence[Suggestion], subject: str) -> tuple[str, ...]:
    subjects = dict.fromkeys(suggestion.subject for suggestion in suggestions)
    return tuple(other for other in subjects if other != subject)


def _titled(reading: Reading, title: str) -> Story:
    story = reading.story
    front = reading.front_matter
    line = front.lines.get("title") if front.title else reading.title_line
    made = story.title_made or not (front.title or story.title)
    return replace(story, title=title, title_made=made, source=reading.name, line=line)


def _preheader(matters: Sequence[Matter], title: str, subject: str) -> str:
    made = (preheader_of(matter, title=title, subject=subject) for matter in matters)
    return next(filter(None, made), "")


def _in_brief(matters: Sequence[Matter], titles: Sequence[str], mode: str) -> InBrief | None:
    """The sources' own boxes, else one by extraction unless only what is there may be used."""
    own = merged_box([matter.reading.in_brief for matter in matters if matter.reading.in_brief])
    if own or mode == "source":
        return own
    return box_from_sections(matters[0]) if len(matters) == 1 else box_from_stories(matters, titles)
