"""Labels before a colon: "Trade & Economic Coercion: Canada pressed…"."""

from __future__ import annotations

import re

from dispatch.edition.sources.wire.sayings import SAYING_VERBS
from dispatch.edition.sources.wire.words import SENTENCE_END, length_in_words, starts_upper, words_of

_LONGEST_LABEL = 80
_MOST_LABEL_WORDS = 9
_COLON = re.compile(r"\s?:(?=\s)|：\s*")
_NOT_IN_LABEL = re.compile(r"[“”\"«»„;!?。？！|]|[.](?=\s+[^\W\d_]{2,}\s)|https?$|\{\{|\s[–—]\s")
_PRONOUNS = frozenset(["he", "she", "they", "it", "we", "i", "you", "er", "sie", "es", "il", "elle", "ils"])


_TIME = re.compile(
    r"((?:[01]?\d|2[0-4])(?:[:.]\d\d|h\d\d|(?= ?[ap]\.?m))(?:\s?[ap]\.?m\.?)?(?:\s(?:Uhr|[A-Z]{2,4}))?)"
    r"(?:\s+[–—-]|:)\s+(\S.*)",
    re.DOTALL,
)


def split_time(text: str) -> tuple[str, str] | None:
    """The time of day that opens an entry of a live report or a programme, and the entry: "07:45 – Gusts of …"."""
    found = _TIME.fullmatch(text)
    return (found[1], found[2]) if found else None


def split_label(text: str) -> tuple[str, str] | None:
    """The label and what follows its colon, or ``None``. A speaker before a quotation ("Joly said: …") is no label."""
    colon = _COLON.search(text, 0, _LONGEST_LABEL + 2)
    if colon is None:
        return None
    label, rest = text[: colon.start()].strip(), text[colon.end() :].strip()
    if not label or not rest or len(label) > _LONGEST_LABEL or _NOT_IN_LABEL.search(label):
        return None
    if label.count("(") > label.count(")"):
        return None  # "92% less than flying (source: …)"
    words = words_of(label)
    if not words or length_in_words(label) > _MOST_LABEL_WORDS or not starts_upper(label):
        return None
    if words[-1].lower() in SAYING_VERBS or words[0].lower() in _PRONOUNS or label.endswith(SENTENCE_END):
        return None
    return label, rest
