"""One source laid out for the composer's rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.names import Names, names_of, topic_of
from dispatch.edition.composing.passages import Passage, PassageKind, passages_of, texts_of, without_label
from dispatch.edition.composing.sentences import ends_sentence
from dispatch.edition.composing.words import count_words, tidy
from dispatch.edition.reading import Reading
from dispatch.edition.recase import recase

_PROSE = 8
"""Words that a line without a full stop needs to be prose."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One source laid out for the rules: its passages, its names, its topic, its language's words."""

    reading: Reading
    passages: tuple[Passage, ...]
    corpus: str
    names: Names
    lexicon: Lexicon
    topic: str
    topic_rule: str

    @property
    def lede(self) -> Passage | None:
        """The first paragraph that says something: not one that only leads to what follows it.

        A paragraph behind a label ("FLASH: …") is one, without it, where there is no other.
        """
        paragraphs = [p for p in self.passages if p.kind is PassageKind.PARAGRAPH and not p.merged]
        unlabelled = [p for p in paragraphs if not p.labelled] or [without_label(p) for p in paragraphs]
        prose = [p for p in unlabelled if not p.text.text.rstrip().endswith((":", "："))]
        # A short line without a full stop ("FOR IMMEDIATE RELEASE", "Dear readers") is one only where nothing else is.
        telling = (p for p in prose if ends_sentence(p.text.text) or count_words(p.text.text) >= _PROSE)
        return next(telling, next(iter(prose), None))

    def spelled(self, text: str) -> str:
        """``text`` on one line, in ordinary case."""
        return recase(tidy(text), self.corpus)


def matter_of(reading: Reading, lexicon: Lexicon) -> Matter:
    passages = passages_of(reading)
    names = names_of(passages, lexicon)
    corpus = "\n".join(texts_of(reading))
    bare = Matter(reading, passages, corpus, names, lexicon, "", "")
    box = bare.spelled(reading.in_brief.title) if reading.in_brief else None
    topic = topic_of(box, bare.lede.text.text if bare.lede else "", names, lexicon)
    return replace(bare, topic=topic[0], topic_rule=topic[1]) if topic else bare
