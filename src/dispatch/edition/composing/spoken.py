"""A headline in someone's words: whole, short, verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from dispatch.edition.composing.clauses import finish
from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.matter import Matter
from dispatch.edition.composing.passages import Passage, PassageKind
from dispatch.edition.composing.quotations import Quotation, is_balanced, is_unquoted, quotations
from dispatch.edition.composing.sentences import sentences
from dispatch.edition.composing.suggestion import Suggestion, SuggestionKind
from dispatch.edition.composing.words import SUBJECT_LIMIT, count_words, has_phrase, measure

_LETTER = re.compile(r"[^\W\d_]")
_STOP = re.compile(r"[.!?]\s")
_OPENING_MARKS = "“„«‹「『‘\"'"


def quotation_of(matter: Matter) -> Suggestion | None:
    """The most finished whole quotation of 5–10 words that a subject can hold."""
    best: tuple[tuple[int, int], Suggestion] | None = None
    for passage in matter.passages:
        for words, marks in _spoken(passage, matter.lexicon):
            said = _as_headline(words)
            text = f"{marks[0]}{said}{marks[1]}"
            if not _is_telling_quotation(said, text, matter):
                continue
            rule = "A whole quotation of five to ten words, as it was said"
            made = Suggestion(SuggestionKind.QUOTATION, text, text, passage.line, rule, matter.reading.name)
            rank = (int(words.rstrip()[-1:] in ".!?。！？؟"), count_words(said))
            if best is None or rank > best[0]:
                best = rank, made
    return best[1] if best else None


def _spoken(passage: Passage, lexicon: Lexicon) -> Iterator[tuple[str, tuple[str, str]]]:
    """Whole quotations with the marks they stand in; a quote block has lost its own."""
    text = passage.text.text
    if passage.merged or passage.kind is PassageKind.HEADING:
        return
    if passage.kind is PassageKind.QUOTE and is_unquoted(text):
        if len(sentences(text)) == 1:
            yield text, lexicon.quotes
        return
    for found in _whole(text, list(quotations(text))):
        inner = found.inner(text)
        left, right = len(inner) - len(inner.lstrip()), len(inner.rstrip())
        yield inner, (text[found.start] + inner[:left], inner[right:] + text[found.end - 1])


def _whole(text: str, found: Sequence[Quotation]) -> Iterator[Quotation]:
    """The quotations that are no half of another: "There are people," she said, "who never know." is one in two."""
    goes_on = [
        one.inner(text).rstrip().endswith((",", "،"))
        and other.inner(text).lstrip()[:1].islower()
        and not _STOP.search(text, one.end, other.start)
        for one, other in pairwise(found)
    ]
    for at, quotation in enumerate(found):
        if not any(goes_on[max(0, at - 1) : at + 1]):
            yield quotation


def _as_headline(words: str) -> str:
    """A quotation's words with a capital first and without the full stop or comma that its sentence needed."""
    said = finish(words)
    first = _LETTER.search(said)
    if first and not said[: first.start()].strip(_OPENING_MARKS):
        said = said[: first.start()] + said[first.start()].upper() + said[first.end() :]
    return said


def _is_telling_quotation(said: str, text: str, matter: Matter) -> bool:
    tokens = [word for word in said.split() if len(word) > 3]
    titled = sum(word[0].isupper() for word in tokens[1:])
    is_title_of_work = not matter.lexicon.nouns_capitalised and titled > len(tokens[1:]) / 2
    return (
        5 <= count_words(said) <= 10
        and measure(text) <= SUBJECT_LIMIT
        and is_balanced(text)
        and not is_title_of_work
        and not has_phrase(said, matter.lexicon.deictic)
    )
