"""An In Brief box by extraction: what stands in the box stands, word for word, in the story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.matter import Matter
from dispatch.edition.composing.names import Names
from dispatch.edition.composing.passages import Passage, PassageKind, passages_in, slice_text, texts_in
from dispatch.edition.composing.quotations import is_balanced
from dispatch.edition.composing.sentences import ends_sentence, sentences
from dispatch.edition.composing.subjects import LABEL
from dispatch.edition.composing.words import measure, news_words
from dispatch.edition.model import Block, Heading, InBrief, InBriefItem, Text

_SHORTEST, _LONGEST = 40, 200
_COMFORTABLE = range(60, 161)
_MOST_ITEMS = 6
_LARGEST_SHARE = 0.4
"""A box that repeats more of a text than this is no summary of it."""
_BOILERPLATE = re.compile(
    r"about (?!the\b)[^:?]{1,60}$|notes? (?:to|for) (?:the )?editors?|(?:(?:media|press|news) )?contacts?\b"
    r"|über (?:uns|die)|presse?kontakt|à propos|contact presse|acerca de|contacto|contatt|chi siamo|imprint|impressum"
    r"|disclaimer",
    re.IGNORECASE,
)
"""Sections that a release carries along and that tell nothing of its news."""
_FIGURE = re.compile(r"\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class _Section:
    label: str
    line: int | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Telling:
    text: Text
    line: int | None
    score: float


def box_from_sections(matter: Matter) -> InBrief | None:
    """The box of one story: each section's heading and its most telling sentence.

    ``None`` where fewer than two sections have one, or where the box would repeat too much of a short text.
    """
    sections = list(_sections(matter))
    items = [
        (telling.score, InBriefItem(section.label, telling.text, telling.line))
        for section in sections
        if (telling := _most_telling(section.passages, section.label, matter.names, matter.lexicon))
    ]
    return _box(items, matter.reading.story.blocks, matter.lexicon)


def box_from_stories(matters: Sequence[Matter], titles: Sequence[str]) -> InBrief | None:
    """The box of an edition of several stories: each story's title and its most telling sentence."""
    items = [
        (telling.score, InBriefItem(title, telling.text, telling.line))
        for matter, title in zip(matters, titles, strict=True)
        if (telling := _most_telling(matter.passages, title, matter.names, matter.lexicon))
    ]
    blocks = [block for matter in matters for block in matter.reading.story.blocks]
    return _box(items, blocks, matters[0].lexicon)


def _box(scored: Sequence[tuple[float, InBriefItem]], blocks: Iterable[Block], lexicon: Lexicon) -> InBrief | None:
    """The best items in the order of the text, if they make a box."""
    best = sorted(scored, key=lambda pair: -pair[0])[:_MOST_ITEMS]
    items = tuple(pair[1] for pair in scored if pair in best)
    repeated = sum(_size(item.text.text) for item in items)
    whole = sum(map(_size, texts_in(blocks)))
    if len(items) < 2 or repeated > _LARGEST_SHARE * whole:
        return None
    return InBrief(title="", items=items, generated=True, label=lexicon.in_brief)


def _size(text: str) -> int:
    return measure("".join(text.split()))


def _sections(matter: Matter) -> Iterator[_Section]:
    """The story's sections at its outermost level of headings; what stands under deeper ones belongs to them."""
    blocks = matter.reading.story.blocks
    top = min((block.level for block in blocks if isinstance(block, Heading)), default=0)
    heading: Heading | None = None
    body: list[Block] = []
    found: list[tuple[Heading, tuple[Passage, ...]]] = []
    for block in (*blocks, Heading(top, Text(""))):
        if isinstance(block, Heading) and block.level == top:
            if heading is not None:
                found.append((heading, tuple(passages_in(body))))
            heading, body = block, []
        else:
            body.append(block)
    found = [section for section in found if not _BOILERPLATE.match(section[0].text.text)]
    spelled = [matter.spelled(head.text.text).rstrip(" :：") for head, _ in found]
    for (head, passages), label in zip(found, _short_labels(spelled), strict=True):
        yield _Section(label, head.line, passages)


def _short_labels(headings: Sequence[str]) -> list[str]:
    """Each heading up to its colon ("The Outcome"), where that still tells them apart."""
    matches = [LABEL.fullmatch(heading) for heading in headings]
    short = [match["label"] if match else heading for match, heading in zip(matches, headings, strict=True)]
    return short if len({label.casefold() for label in short}) == len(short) else list(headings)


def _most_telling(passages: Sequence[Passage], label: str, names: Names, lexicon: Lexicon) -> _Telling | None:
    """The sentence that says most by itself: figures, names, an early place, a length that reads well."""
    about = news_words(label, lexicon)
    best: _Telling | None = None
    place = 0
    for passage in passages:
        if passage.merged or passage.kind in {PassageKind.HEADING, PassageKind.QUOTE, PassageKind.BOX_ITEM}:
            continue
        for sentence in sentences(passage.text.text):
            place += 1
            if not _stands_alone(sentence.text, lexicon):
                continue
            score = _score(sentence.text, place, about, names, lexicon)
            if best is None or score > best.score:
                best = _Telling(slice_text(passage.text, sentence.start, sentence.end), passage.line, score)
    return best


def _stands_alone(text: str, lexicon: Lexicon) -> bool:
    first = text.split()[0].strip("“„«\"'‘(,").casefold()
    return (
        _SHORTEST <= measure(text) <= _LONGEST
        and "://" not in text
        and ends_sentence(text)
        and not text.rstrip("”’\"'»)").endswith(("?", "？", "؟"))
        and first not in lexicon.leaning
        and is_balanced(text)
    )


def _score(text: str, place: int, about: frozenset[str], names: Names, lexicon: Lexicon) -> float:
    figures = len(set(_FIGURE.findall(text)))
    named = len(set(names.runs(text)))
    return (
        1.5 * min(figures, 2)
        + 0.7 * min(named, 3)
        + 0.5 * min(len(about & news_words(text, lexicon)), 2)
        + 1.5 / place
        + (1.0 if measure(text) in _COMFORTABLE else 0.0)
    )
