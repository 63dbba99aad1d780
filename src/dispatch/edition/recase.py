"""ALL-CAPS phrases brought back to ordinary case, with the spellings that the rest of the text uses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# Combining accents belong to their word: decomposed text is as good as composed text.
_WORD = re.compile(r"[\w\u0300-\u036f]+(?:['’][\w\u0300-\u036f]+)*")
_DATELINE_DASH = re.compile(r"\s[-–—]+\s")
_FULL_STOP = frozenset(".!?…。！？|")
_PAUSE = frozenset(':;–—(["“')
_SENTENCE_END = _FULL_STOP | _PAUSE | frozenset("：”«»„•*#-")
_LONGEST_DATELINE = 60


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL_WORDS = _words("""
    a an and as at but by for from if in into nor of on onto or over per so than that the to up upon via vs with yet
""")
_OTHER_TONGUES = _words("""
    der die das und ist nicht mit le la les des et est dans pour du une el los las del y en con por que il di e che per
    della o os as do da não um uma het een van niet och att det som og på ikke i w na się nie
""")
_ENGLISH = _words("the and of to is for with that was on by has have from its it an")
_ACRONYMS = _words("""
    AFP AI API ASEAN BBC BRICS CEO CEOS CFO CIA COO COVID CTO DNA EPA ESG EU FAA FAO FAQ FBI FCC FDA FIFA GDP GMT GOP
    HIV HR IAEA IBM ICC ILO IMF IOC IPCC IPO IRS ISIS ISS IVF LGBTQ MEP MP MPS NASA NATO NGO NHS OECD OPEC OSCE PM QA
    TV UAE UEFA UK UN UNESCO UNHCR UNICEF US USA USD USMCA VAT VIP WTO EZB ONU OTAN UNO
""")  # none that is an everyday word too ("WHO", "IT"): those need a witness in the text; "US" is worth the risk
_NOT_ACRONYMS = _words("MR MRS MS DR ST VS JR SR PH TH ND RD MT FT PT SGT LT PTY LTD BY MY")
_ROMAN = re.compile(r"X{0,2}(?:IX|IV|VI{1,3}|I{2,3})|XV|XX")
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH|S|ER|E|ÈME|EME)")
_CONTRACTIONS = _words("S T RE VE LL D M")
_VOWELS = frozenset("AEIOUY")
_LAST_LATIN = "\u036f"


@dataclass(frozen=True, slots=True)
class _Spellings:
    """How a text spells its words, by their upper-case form; ``sentence_case``: its tongue has no title case."""

    seen: Mapping[str, str]
    sentence_case: bool


def recase(text: str, corpus: str) -> str:
    """``text`` in ordinary case where it is ALL CAPS, else as it is.

    Words are spelled as ``corpus`` spells them outside its own capitals ("MCDONALD" → "McDonald"); acronyms stay.
    English takes title case; a corpus in another tongue takes its own capitals and lower case ("EN BREF" → "En bref").
    Only case changes: ``recase(t, c).casefold() == t.casefold()``.
    """
    if not text.isupper():
        return text
    spellings = _spellings(corpus)
    words = list(_WORD.finditer(text))
    # A colon opens a new title in English ("The Outcome: A Thaw"), none where titles are sentences.
    starts = _FULL_STOP if spellings.sentence_case else _FULL_STOP | _PAUSE
    out: list[str] = []
    done = 0
    for index, word in enumerate(words):
        between = text[done : word.start()]
        opens = index == 0 or not starts.isdisjoint(between)
        closes = index == len(words) - 1
        out += [
            between,
            _respell(word[0], spellings, opens=opens, closes=closes, after=text[word.end() : word.end() + 1]),
        ]
        done = word.end()
    return "".join(out) + text[done:]


def _respell(word: str, spellings: _Spellings, *, opens: bool, closes: bool, after: str) -> str:
    spelled = _spell(word, spellings, opens=opens, closes=closes, after=after)
    # "İ".lower() is two code points, one of which ends a word: such a word is better left in its capitals.
    dotted = spelled.count("\u0307") > word.count("\u0307")
    return word if dotted or spelled.casefold() != word.casefold() else spelled


def _spell(word: str, spellings: _Spellings, *, opens: bool, closes: bool, after: str) -> str:
    seen = spellings.seen.get(word)
    if seen is not None and seen != seen.lower() and not (spellings.sentence_case and seen.lower() in _OTHER_TONGUES):
        return seen
    if _ORDINAL.fullmatch(word):
        return word.lower()
    if (len(word) == 1 and after == ".") or (seen is None and _is_acronym(word)):
        return word
    small = spellings.sentence_case or (word.lower() in _SMALL_WORDS and not closes)
    apostrophe = re.search(r"['’]", word)
    if apostrophe is None:
        return (seen or word).lower() if small and not opens else _capital(word)
    stem, rest = word[: apostrophe.start()], word[apostrophe.end() :]
    head = _spell(stem, spellings, opens=opens, closes=False, after=apostrophe[0])
    if rest in _CONTRACTIONS:
        return head + apostrophe[0] + rest.lower()
    return head + apostrophe[0] + _spell(rest, spellings, opens=not small, closes=closes, after=after)


def _capital(word: str) -> str:
    return word[:1] + word[1:].lower()


def _is_acronym(word: str) -> bool:
    if word in _NOT_ACRONYMS or len(word) < 2:
        return False
    if word in _ACRONYMS or any(char.isdigit() for char in word) or _ROMAN.fullmatch(word):
        return True
    return len(word) <= 5 and word.isascii() and _VOWELS.isdisjoint(word)


@lru_cache(maxsize=16)
def _spellings(corpus: str) -> _Spellings:
    firm: defaultdict[str, Counter[str]] = defaultdict(Counter)
    weak: defaultdict[str, Counter[str]] = defaultdict(Counter)
    english = other = 0
    for line in corpus.splitlines():
        if line.isupper():
            continue
        start = _after_dateline(line)
        for word in _WORD.finditer(line, start):
            spelling = word[0]
            english += spelling in _ENGLISH
            other += spelling in _OTHER_TONGUES or spelling[0] > _LAST_LATIN
            opening = _opens_sentence(line, word.start(), start)
            (weak if opening and spelling.istitle() else firm)[spelling.upper()][spelling] += 1
    seen = {upper: _best(counts) for upper, counts in {**weak, **firm}.items()}
    return _Spellings(seen, sentence_case=other > english)


def _after_dateline(line: str) -> int:
    """Where the sentence begins: the capitals of "OTTAWA/BEIJING – " witness no acronym."""
    dash = _DATELINE_DASH.search(line, 0, _LONGEST_DATELINE)
    return dash.end() if dash and any(word.isupper() for word in line[: dash.start()].split()) else 0


def _opens_sentence(line: str, at: int, start: int) -> bool:
    before = line[max(start, at - 4) : at].rstrip()
    return at == start or not before or before[-1] in _SENTENCE_END


def _best(counts: Counter[str]) -> str:
    """The most frequent spelling; a tie goes to the one with more capitals ("US" before "us")."""
    if "US" in counts:
        return "US"
    return max(counts, key=lambda spelling: (counts[spelling], sum(char.isupper() for char in spelling)))
