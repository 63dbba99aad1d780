"""What the composer needs to know of a language: small closed word classes, and nothing about any text.

Where a language's sets are empty, every rule falls back on punctuation alone.
"""

from __future__ import annotations

from dataclasses import dataclass


def word_set(words: str) -> frozenset[str]:
    """Words parted by white space."""
    return frozenset(words.split())


def phrase_list(phrases: str) -> tuple[str, ...]:
    """Phrases parted by ``|``, the longest first, so that "late yesterday" is found before "yesterday"."""
    return tuple(
        sorted((" ".join(phrase.split()) for phrase in phrases.split("|") if phrase.strip()), key=len, reverse=True)
    )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's closed classes, casefolded.

    ``quotes`` are its outer quotation marks, ``in_brief`` is the box's name.
    """

    function: frozenset[str] = frozenset()
    """Words that carry no news and may not end a cut text."""
    deictic: tuple[str, ...] = ()
    """Phrases whose meaning depends on the day they are read."""
    dated: tuple[str, ...] = ()
    """Phrases that name a day ("on Monday"): better left out of a headline, no fault where they must stay."""
    leaning: frozenset[str] = frozenset()
    """Words that begin a sentence which leans on the one before it."""
    openers: frozenset[str] = frozenset()
    """Words that open an adjunct clause: before them a clause ends."""
    joiners: frozenset[str] = frozenset()
    """Words that join a clause ("as rates fall") or only a phrase ("as chairman"); a clause ends before the former."""
    dangling: frozenset[str] = frozenset()
    """Words that belong to an opener behind them ("the day after", "know when"): no clause ends between."""
    hedges: frozenset[str] = frozenset()
    """Words that, where they follow, say whose claim the words before them are, or that they are none."""
    conditions: frozenset[str] = frozenset()
    """Words that, where they follow at once, take back or limit the words before them."""
    places: frozenset[str] = frozenset()
    """Words that open a phrase of place or time, which a subject can do without."""
    relational: frozenset[str] = frozenset()
    """Nouns that such a phrase completes ("a rise in prices"): it cannot go."""
    subordinators: frozenset[str] = frozenset()
    """Words whose clause cannot stand alone."""
    verbs: frozenset[str] = frozenset()
    """Frequent finite verbs, where telling a clause from a phrase needs them."""
    auxiliaries: frozenset[str] = frozenset()
    """Function words behind which an adverb stands free ("has today approved")."""
    verb_endings: tuple[str, ...] = ()
    calendar: frozenset[str] = frozenset()
    """Names of days and months."""
    quotes: tuple[str, str] = ("“", "”")
    in_brief: str = "In Brief"
    nouns_capitalised: bool = False
    adverbs_can_go: bool = False
    """Whether "today" can be left out from inside a clause."""
