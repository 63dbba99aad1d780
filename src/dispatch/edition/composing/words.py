"""Words, lengths and overlap: how made texts are measured, compared, and cut without harm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from dispatch.edition.composing.lexicon import Lexicon, word_set
from dispatch.edition.composing.quotations import quotations
from dispatch.edition.scripts import RUN_ON, UNSPACED, has_any

HEADLINE_LIMIT = 80
SUBJECT_LIMIT = 45
PREHEADER_LIMIT = 100
ELLIPSIS = "…"

_WORD = re.compile(r"[^\W_]+(?:[’'ʼ][^\W_]+)*")
_POSSESSIVE = re.compile(r"(?<=.)[’'ʼ]s?$", re.IGNORECASE)
_SCALE = word_set("""
    million millions billion billions trillion trillions thousand hundred percent per cent crore lakh bn mn tn
    km kg mph millionen milliarden billionen tausend prozent milliard milliards mille pour millones mil por
    ciento milioni miliardi miljoen miljard miljoner miljarder procent milhões bilhões mln mld млн млрд тыс
    миллионов миллиардов процентов مليون مليار ألف بالمئة
""")
_JOINS_NEXT = re.compile(r"(?:[$€£¥₹₽#№§]|\b(?:no|nos|nr|mr|mrs|ms|dr|prof|st|sen|rep|gov|gen|vs)\.)$", re.IGNORECASE)


def measure(text: str) -> int:
    """Length in characters; a wide East Asian character counts as two, for that is the room it takes in an inbox."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def count_words(text: str) -> int:
    """Words as an editor counts them: what stands between spaces and holds a letter or a digit."""
    return sum(1 for token in text.split() if any(character.isalnum() for character in token))


def tidy(text: str) -> str:
    """``text`` on one line, single spaces."""
    return " ".join(text.split())


def bare(word: str) -> str:
    """``word`` without a possessive ending: "Canada’s" is about Canada."""
    return _POSSESSIVE.sub("", word)


def news_words(text: str, lexicon: Lexicon) -> frozenset[str]:
    """The casefolded words of ``text`` that carry news; pairs of characters where a script writes no spaces."""
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = bare(match.group()).casefold()
        if has_any(word, UNSPACED):
            found.update(word[index : index + 2] for index in range(max(1, len(word) - 1)))
        elif word not in lexicon.function:
            found.add(word)
    return frozenset(found)


def overlap(one: str, other: str, lexicon: Lexicon) -> float:
    """The share of the shorter text's news words that the other has too: 0 to 1."""
    first, second = news_words(one, lexicon), news_words(other, lexicon)
    if not first or not second:
        return float(tidy(one).casefold() == tidy(other).casefold())
    return len(first & second) / min(len(first), len(second))


def has_phrase(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of ``phrases`` (casefolded) stands in ``text`` as words."""
    return any(True for _ in find_phrases(text, phrases))


def find_phrases(text: str, phrases: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where ``phrases`` stand in ``text`` as whole words, longest first at each place."""
    if not phrases:
        return
    alternatives = "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace("’", "[’']") for phrase in phrases)
    pattern = alternatives if has_any(alternatives, RUN_ON) else rf"(?<!\w)(?:{alternatives})(?!\w)"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        yield match.span()


def cut_points(text: str, lexicon: Lexicon) -> Iterator[int]:
    """Where ``text`` may be cut and "…" set: after a whole word, outside any quotation, number, or name.

    Never after a word that only leads on ("of", "the"): what is left must read as begun, not as broken.
    """
    quoted = quotations(text)
    capitals = sum(word[:1].isupper() for word in text.split())
    titled = capitals * 2 > count_words(text)  # capitals then tell no name
    for gap in re.finditer(r"\s+|(?<=[，、；：])", text):
        position = gap.start()
        before, after = text[:position].rstrip(), text[gap.end() :]
        if not before or not after or any(quote.start < position < quote.end for quote in quoted):
            continue
        if _joined(before.split()[-1], after.split()[0], lexicon, titled=titled):
            continue
        yield position


def _joined(before: str, after: str, lexicon: Lexicon, *, titled: bool) -> bool:
    """Whether the words on both sides of a gap belong together."""
    first, second = before.strip("“”\"'«»([{"), after.strip("“”\"'«»)]}.,;:!?")
    word = _WORD.search(second)
    if first.casefold().rstrip(",;:") in lexicon.function or _JOINS_NEXT.search(first):
        return True
    if not any(character.isalnum() for character in first):
        return True  # a dash or a currency sign standing alone
    digits = any(character.isdigit() for character in first)
    if digits and (second[:1].isdigit() or second[:1] in "%€$£°" or (word and word.group().casefold() in _SCALE)):
        return True
    if first.casefold() in _SCALE and second.casefold() in _SCALE:
        return True
    ends_part = first[-1:] in ",;:.!?"
    return not titled and not ends_part and first[:1].isupper() and (second[:1].isupper() or second[:1].isdigit())
