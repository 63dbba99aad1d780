"""What a phrase looks like: sentence or title, cased or not, written with spaces or without."""

from __future__ import annotations

import re
import unicodedata

from dispatch.edition.scripts import UNSPACED_AND_MARKS, has_any, spaced

SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।", "॥", "።", "｡")
CLOSERS = "\"'”’»“)]}›」』）】*_"
_COMMAS = (",", ";", "،", "؛", "、", "，", "；")
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")


def word_table(text: str) -> frozenset[str]:
    """A table of words, written as words."""
    return frozenset(text.split())


_CONNECTORS = word_table(
    """
    a an and as at but by for from in into nor of off on onto or over per the than that to up via vs with de la le les
    des du et en au aux el los las del y il lo di e da do dos das o os der die das und im in am von zu für van het och
    av af og is are be was
    """
)


def ends_sentence(text: str) -> bool:
    """Whether a full stop (or its like in another script) closes the text, before any closing quotation mark."""
    return text.rstrip(CLOSERS).endswith(SENTENCE_END) or text.endswith(SENTENCE_END)


def ends_open(text: str) -> bool:
    """Whether the text stops in mid-sentence, at a comma or an opening bracket."""
    return text.endswith((*_COMMAS, "(", "[", "-", "–", "—", "&", "/"))


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def length_in_words(text: str) -> int:
    """Words; in scripts without spaces two characters count as one word."""
    rest, unspaced = spaced(text, UNSPACED_AND_MARKS)
    return len(words_of(rest)) + (unspaced + 1) // 2


def has_case(text: str) -> bool:
    return any(char.isupper() or char.islower() for char in text)


def without_spaces(char: str) -> bool:
    """Whether ``char`` belongs to a script written without spaces between words."""
    return has_any(char, UNSPACED_AND_MARKS)


def starts_upper(text: str) -> bool:
    """Whether the first letter is a capital, or of a script that has none; digits count as capitals."""
    for char in text:
        if char.isalnum():
            return not char.islower()
    return True


def starts_lower(text: str) -> bool:
    return text[:1].islower()


def is_title_case(text: str) -> bool:
    """Whether the words that count begin with capitals: "Minimal Thaw, Persistent Frost"; capitals count too."""
    counted = [word for word in words_of(text) if word.lower() not in _CONNECTORS and has_case(word)]
    raised = sum(1 for word in counted if word[0].isupper())
    return bool(counted) and raised >= len(counted) * 0.75 and starts_upper(text)


def squeezed(text: str) -> str:
    """For comparing phrases: letters and digits alone, case folded."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
