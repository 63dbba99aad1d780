"""Names in a text: found by how the text itself spells them, and the topic that they or the In Brief box give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.edition.composing.languages import GENERIC_TITLE_WORDS
from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.passages import Passage, PassageKind
from dispatch.edition.composing.sentences import sentences
from dispatch.edition.composing.words import bare, count_words, measure, tidy

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[.’'‘-][^\W_]+)*")
_LONGEST_TOPIC = 30
_DEMONYM = re.compile(r".{2,}(?:ian|ans|ean|ese|ish|eans|ians)$")
_NUMBER = re.compile(r"\d")
_BEFORE_OPENING = frozenset('“„«"‘:—–-([')
"""After these a capital may only mean that a phrase begins."""


@dataclass(frozen=True, slots=True)
class Names:
    """``known``: words that the text capitalises inside sentences and never writes small. ``counts``: how often."""

    known: frozenset[str]
    counts: Counter[str]

    def holds(self, word: str) -> bool:
        return bare(word) in self.known

    def runs(self, text: str) -> Iterator[str]:
        """The names in ``text`` in order: "Michael Kovrig", "Ottawa", "Five Eyes"."""
        run: list[str] = []
        end = 0
        for match in _TOKEN.finditer(text):
            joined = text[end : match.start()].isspace()
            if run and (not joined or not self.holds(match.group())):
                yield bare(" ".join(run))
                run = []
            if self.holds(match.group()):
                run.append(match.group())
            end = match.end()
        if run:
            yield bare(" ".join(run))


def names_of(passages: Sequence[Passage], lexicon: Lexicon) -> Names:
    """What the running text of ``passages`` treats as names; headings, often in title case, are no witnesses."""
    inside: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    first_names: dict[str, str] = {}
    small: set[str] = set()
    for passage in passages:
        if passage.kind is PassageKind.HEADING or passage.text.text.isupper():
            continue
        for sentence in sentences(passage.text.text):
            previous = ""
            for word, opens, joined in _capitals(sentence.text, small):
                (opening if opens else inside)[word] += 1
                if joined and previous:
                    first_names[previous] = word
                previous = word if opens and word.casefold() not in lexicon.function else ""
    known = {word for word in inside if word.lower() not in small and len(word) > 1}
    # "Jane Doe resigned": a sentence's first word is a name where a name follows it at once.
    known |= {word for word, following in first_names.items() if following in known and word.lower() not in small}
    return Names(frozenset(known), Counter({word: inside[word] + opening[word] for word in known}))


def _capitals(sentence: str, small: set[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each capitalised word, whether it may owe its capital to its place, and whether it follows the word before it
    with only a space between; words written small are added to ``small``."""
    end = 0
    for match in _TOKEN.finditer(sentence):
        word = bare(match.group())
        before = sentence[max(0, match.start() - 4) : match.start()].rstrip()
        if word[0].islower():
            small.add(word)
        elif word[0].isupper():
            yield word, not before or before[-1] in _BEFORE_OPENING, sentence[end : match.start()].isspace()
        end = match.end()


def topic_of(box_title: str | None, lede: str, names: Names, lexicon: Lexicon) -> tuple[str, str] | None:
    """What the text is about, and how that was found.

    It is the In Brief box's title without its generic word ("Context"), else the lede's most frequent names.
    """
    from_box = _from_box(box_title or "")
    if from_box:
        return from_box
    found = _frequent(lede, names, lexicon)
    if not found:
        return None
    return ", ".join(found), f"the topic is what the lede names most often ({', '.join(found)})"


def _from_box(title: str) -> tuple[str, str] | None:
    words = tidy(title).strip(" :|–—-").split()
    for place in (-1, 0):
        if len(words) > 1 and words[place].strip(":,").casefold() in GENERIC_TITLE_WORDS:
            generic = words[place].strip(":,")
            rest = words[:-1] if place else words[1:]
            topic = " ".join(rest).strip(" :|–—-,&")
            if topic and measure(topic) <= _LONGEST_TOPIC:
                return topic, f"the topic is the In Brief box’s title without “{generic}”"
            return None
    topic = " ".join(words)
    too_long = measure(topic) > _LONGEST_TOPIC or count_words(topic) > 4
    if not words or too_long or topic.casefold() in GENERIC_TITLE_WORDS:
        return None
    return topic, "the topic is the In Brief box’s title"


def _frequent(lede: str, names: Names, lexicon: Lexicon) -> list[str]:
    first: dict[str, int] = {}
    for place, run in enumerate(names.runs(lede)):
        if run.casefold() not in lexicon.calendar and not _DEMONYM.match(run) and len(run.split()) <= 3:
            first.setdefault(run, place)
    weight = {run: min(names.counts[bare(word)] for word in run.split()) for run in first}
    ranked = sorted((run for run in first if not _NUMBER.match(run)), key=lambda run: (-weight[run], first[run]))
    if not ranked:
        return []
    second = [run for run in ranked[1:2] if weight[run] >= 2 and weight[run] * 2 >= weight[ranked[0]]]
    both = [ranked[0], *second]
    return both if measure(", ".join(both)) <= _LONGEST_TOPIC else both[:1]
