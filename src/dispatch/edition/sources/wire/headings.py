"""Which pieces of a wire text are headings: short, unpunctuated, and followed by what they head."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from dispatch.edition.sources.wire.datelines import is_date, split_dateline
from dispatch.edition.sources.wire.labels import split_label
from dispatch.edition.sources.wire.pieces import Kind, Piece
from dispatch.edition.sources.wire.sayings import PRONOUNS, SAYING_VERBS
from dispatch.edition.sources.wire.words import (
    ends_open,
    ends_sentence,
    has_case,
    is_title_case,
    length_in_words,
    starts_lower,
    words_of,
)

_LONGEST = 100
_LONGEST_SENTENCE_CASE = 70
_MOST_WORDS = 14
_BODY_LENGTH = 100
_COLONS = (":", "：")
_NO_OPENERS = frozenset('“"«„「—–(（[#@')


class Strength(IntEnum):
    NONE = 0
    WEAK = 1  # sentence case, or a script without case: needs a paragraph below and room above
    STRONG = 2  # capitals or title case


def find_headings(pieces: Sequence[Piece], taken: frozenset[int]) -> set[int]:
    """The places of the headings in ``pieces`` (no blank ones), those under an override or underline included.

    ``taken`` places have another meaning already (headline, byline, tagline).
    """
    strengths = [Strength.NONE if at in taken else _strength(piece) for at, piece in enumerate(pieces)]
    if all(piece.text.upper() == piece.text for piece in pieces):
        strengths = [min(strength, Strength.WEAK) for strength in strengths]  # capitals that say nothing
    _disown_rows(pieces, strengths)
    found: set[int] = set()
    for at in range(len(pieces) - 1, -1, -1):
        if (pieces[at].kind in (Kind.HASH, Kind.UNDERLINED) and at not in taken) or _heads(
            pieces, strengths, found, at
        ):
            found.add(at)
    return found


def is_body(piece: Piece) -> bool:
    """Whether a piece is what a heading can head."""
    if piece.kind is not Kind.TEXT:
        return piece.kind in (Kind.ITEM, Kind.COLUMNS, Kind.QUOTED, Kind.PLAIN)
    text = piece.text
    return (
        ends_sentence(text)
        or len(text) > _BODY_LENGTH
        or len(piece.lines) > 2
        or text.endswith(_COLONS)
        or _is_point(text)
    )


def without_colon(text: str) -> str:
    """A heading's text: the colon that led over to its section goes."""
    return text[:-1].rstrip() if text.endswith(_COLONS) else text


def _is_point(text: str) -> bool:
    split = split_label(text)
    return split is not None and not is_title_case(split[1])


def _disown_rows(pieces: Sequence[Piece], strengths: list[Strength]) -> None:
    """ "When: Monday", "Where: Paris" in a row are points; "Rovers 3, United 1", "City 0, Athletic 0" are results."""
    short = [strength is not Strength.NONE for strength in strengths]
    for at in range(len(pieces) - 1):
        if short[at] and short[at + 1] and _alike(pieces[at], pieces[at + 1]):
            strengths[at] = strengths[at + 1] = Strength.NONE
        elif strengths[at] is Strength.WEAK and _are_points(pieces[at], pieces[at + 1]):
            strengths[at] = Strength.NONE


def _are_points(above: Piece, below: Piece) -> bool:
    """Two labelled lines one below the other, the second as short as the first."""
    return (
        below.kind is Kind.TEXT
        and not below.after_blank
        and split_label(above.text) is not None
        and split_label(below.text) is not None
        and _is_short_line(below.text)
    )


def _is_short_line(text: str) -> bool:
    return len(text) <= _LONGEST_SENTENCE_CASE and length_in_words(text) <= _MOST_WORDS and not ends_sentence(text)


def _alike(above: Piece, below: Piece) -> bool:
    if split_label(above.text) and split_label(below.text):
        return True
    return not below.after_blank and above.text.isupper() == below.text.isupper()


def _strength(piece: Piece) -> Strength:
    text = piece.text
    if piece.kind is not Kind.TEXT or not text or not _is_short_phrase(piece):
        return Strength.NONE
    if text.endswith(_COLONS):
        return _strength_before_colon(piece, without_colon(text))
    label = split_label(text)
    if label is not None:
        return _strength_of_labelled(*label)
    if text.isupper() or (is_title_case(text) and length_in_words(text) > 0):
        return Strength.STRONG
    return Strength.WEAK if len(text) <= _LONGEST_SENTENCE_CASE and length_in_words(text) <= 11 else Strength.NONE


def _is_short_phrase(piece: Piece) -> bool:
    text = piece.text
    if len(text) > _LONGEST or len(piece.lines) > 2 or length_in_words(text) > _MOST_WORDS:
        return False
    if (ends_sentence(text) and not text.endswith(("?", "？", "؟"))) or ends_open(text) or starts_lower(text):
        return False
    letters = sum(char.isalpha() for char in text)
    if letters * 2 < len(text.replace(" ", "")) or "@" in text or "://" in text or "www." in text:
        return False
    return text[0] not in _NO_OPENERS and not is_date(text) and split_dateline(text) is None


def _strength_before_colon(piece: Piece, text: str) -> Strength:
    words = words_of(text)
    if not words or words[-1].lower() in SAYING_VERBS or words[0].lower() in PRONOUNS or len(words) > 8:
        return Strength.NONE
    if text.isupper() or (is_title_case(text) and (len(words) > 1 or piece.after_blank)):
        return Strength.STRONG
    return Strength.WEAK if len(words) <= 3 and piece.after_blank else Strength.NONE


def _strength_of_labelled(label: str, rest: str) -> Strength:
    if length_in_words(rest) > 10:
        return Strength.NONE
    if is_title_case(rest) or rest.isupper():
        return Strength.STRONG
    return (
        Strength.WEAK
        if not has_case(rest) and length_in_words(rest) <= 6 and length_in_words(label) <= 6
        else Strength.NONE
    )


def _heads(pieces: Sequence[Piece], strengths: Sequence[Strength], found: set[int], at: int) -> bool:
    strength = strengths[at]
    if strength is Strength.NONE or at + 1 == len(pieces):
        return False
    below = pieces[at + 1]
    if strength is Strength.STRONG:
        return is_body(below) or (at + 1 in found and (at + 2) not in found)
    above = pieces[at - 1] if at else None
    crowded = above is not None and above.kind is Kind.TEXT and not pieces[at].after_blank
    if above is not None and (above.text.endswith(_COLONS) or (crowded and not ends_sentence(above.text))):
        return False
    if pieces[at].text.endswith(_COLONS) and above is not None and above.kind is Kind.TEXT and split_label(above.text):
        return False  # "By the numbers:" between "Why it matters: …" and "What’s next: …" is one lead-in among others
    if below.kind is Kind.TEXT and len(below.text) <= len(pieces[at].text):
        # What is shorter than its heading is a lead-in at most: "They spoke of three things:".
        return below.after_blank and below.text.endswith(_COLONS) and at + 1 not in found
    return is_body(below)
