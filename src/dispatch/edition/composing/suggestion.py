"""A suggested headline with the subject made from it, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SuggestionKind(StrEnum):
    """What a suggestion rests on; alternatives differ in it."""

    GIVEN = "given"  # the author's own headline
    CONTRAST = "contrast"  # two sides that a heading sets against each other
    QUOTATION = "quotation"  # someone's words, whole and verbatim
    FACT = "plain fact"  # a heading's phrase about what the lede names
    LEDE = "lede"  # the lede's first clause
    SENTENCE = "sentence"  # a short sentence of the text
    TOPIC = "topic"  # what the lede names; for a subject only
    FILE_NAME = "file name"  # nothing in the text could be used honestly


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` is a headline (≤ 80 characters unless the author gave it), ``subject`` a mail's subject (≤ 45).

    ``line`` is its place in the source, ``None`` for the file's name; ``rule`` says in one sentence how it was found.
    """

    kind: SuggestionKind
    text: str
    subject: str
    line: int | None
    rule: str
    source: str
