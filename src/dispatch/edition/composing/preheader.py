"""The preheader: the line an inbox shows beside the subject, in the text's own words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.matter import Matter
from dispatch.edition.composing.passages import PassageKind, is_merged
from dispatch.edition.composing.quotations import is_unquoted
from dispatch.edition.composing.sentences import ends_sentence, sentences
from dispatch.edition.composing.words import ELLIPSIS, PREHEADER_LIMIT, cut_points, measure, news_words, overlap

_SHORTEST, _LONGEST = 20, 60
_WORTH_ADDING = 20
"""Fewer characters of a following sentence would only be a torn scrap."""


def preheader_of(matter: Matter, *, title: str, subject: str) -> str:
    """At most 100 characters that go on from the subject rather than repeat it; ``""`` where no sentence can.

    It starts with the first unlabelled, unquoted sentence of 20–60 characters and goes on with the sentence that
    follows it in its paragraph; where there is no such sentence, it is the beginning of the first longer one.
    """
    lexicon = matter.lexicon
    told = news_words(subject, lexicon) - news_words(matter.topic, lexicon)

    def repeats(text: str) -> bool:
        return len(told & news_words(text, lexicon)) > 1 or overlap(text, title, lexicon) >= 0.5

    for first, following in _candidates(matter):
        if _SHORTEST <= measure(first) <= _LONGEST and not repeats(first):
            return _continued(first, following, told, lexicon)
    for first, _following in _candidates(matter):
        begun = _begun(first, PREHEADER_LIMIT, told, lexicon) if measure(first) > _LONGEST else ""
        if begun and not repeats(begun):
            return begun
    return ""


def _candidates(matter: Matter) -> Iterator[tuple[str, str]]:
    """Each unlabelled, unquoted sentence of running text, with the one that follows it (or ``""``)."""
    for passage in matter.passages:
        if passage.kind is not PassageKind.PARAGRAPH or passage.labelled:
            continue
        found = [
            "" if is_merged(passage, sentence.start, sentence.end) else matter.spelled(sentence.text)
            for sentence in sentences(passage.text.text)
        ]
        for sentence, following in zip_longest(found, found[1:], fillvalue=""):
            if sentence and is_unquoted(sentence) and ends_sentence(sentence) and any(map(str.isalpha, sentence)):
                yield sentence, following if is_unquoted(following) else ""


def _continued(first: str, following: str, told: frozenset[str], lexicon: Lexicon) -> str:
    """``first``, and as much of ``following`` as fits and does not repeat the subject."""
    gap = "" if first[-1] in "。！？" else " "
    room = PREHEADER_LIMIT - measure(first) - len(gap)
    repeated = told & news_words(first, lexicon)
    begun = _begun(following, room, told - repeated, lexicon, allowed=1 - len(repeated))
    return f"{first}{gap}{begun}" if begun else first


def _begun(text: str, room: int, told: frozenset[str], lexicon: Lexicon, *, allowed: int = 1) -> str:
    """``text`` whole where it fits ``room``, else its longest beginning that ends at a word, with "…"."""
    if text and measure(text) <= room and len(told & news_words(text, lexicon)) <= allowed:
        return text
    best = ""
    for position in cut_points(text, lexicon):
        begun = text[:position].rstrip(" ,;:–—-、，；：")
        if measure(begun) + len(ELLIPSIS) > room or len(told & news_words(begun, lexicon)) > allowed:
            break
        best = begun
    return f"{best}{ELLIPSIS}" if measure(best) >= _WORTH_ADDING else ""
