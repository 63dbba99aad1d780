"""Sentences of a text, as spans: aware of abbreviations, initials, decimals, quotations and CJK full stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.edition.composing.lexicon import word_set
from dispatch.edition.composing.quotations import quotations

_CLOSERS = "”’\"'»«›“)\\]}」』）》〉】"
_END = re.compile(rf"(?<![.!?…‽؟۔।॥])[.!?…‽؟۔।॥]++[{_CLOSERS}]*+(?=\s|$)|[。！？｡]++[{_CLOSERS}]*+|\n{{2,}}")
_OPENERS = "“„«»‹「『‘\"'([{¿¡—–-"

_NEVER_LAST = word_set("""
    mr mrs ms mx dr prof sen rep gov gen lt col maj sgt capt cpt cmdr adm brig hon rev fr st sr sra srta dra
    messrs pres supt insp det vs v cf e.g i.e eg ie viz approx ca mme mlle mm me herr hr fr. nr str bzw z.b d.h
    u.a ggf bspw usw. sog gest geb vgl ud uds art fig vol pp ch sec ed eds al mt ft gob ing arq lic sig dott avv
    т.е т.к г ул
""")
_BEFORE_NUMBER = word_set("""
    no nos nr p pp fig vol art sec ch para jan feb mar apr jun jul aug sep sept oct nov dec n núm núms ziff abs
    §
""")
_PERHAPS_LAST = word_set("""
    inc ltd corp co plc llc bros jr etc dept est univ assn a.m p.m usw u.s u.k u.n e.u ave blvd
""")
_STARTERS = word_set("""
    the a an this that these those it its he she they we i you in on at by for from with after before when while
    but and however there his her their our some many most no as if since although meanwhile der die das ein
    eine er sie es wir le la les un une il elle ils el los las una su il lo
""")
_MONTHS = word_set("januar jänner februar märz april mai juni juli august september oktober november dezember")
_LAST_WORD = re.compile(r"[^\s“„«‹「『‘\"'(\[{—–]+$")
_NEXT_WORD = re.compile(rf"\s*[{re.escape(_OPENERS)}]*\s*([^\W_]+(?:[.’'][^\W_]+)*)")
_LONGEST_ABBREVIATION = 24
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is the source's ``[start, end)`` without surrounding white space; offsets in code points."""

    text: str
    start: int
    end: int


def ends_sentence(text: str) -> bool:
    """Whether ``text`` ends as sentences do."""
    return text.rstrip().rstrip("”’\"'»«›“)]}」』）》〉】")[-1:] in tuple(".!?…‽؟۔।॥。！？｡")


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of ``text`` in order. A quotation is never split: its sentences stay with it."""
    found: list[Sentence] = []
    start = 0
    for end in (*_boundaries(text), len(text)):
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = left + len(piece.strip())
        if right > left:
            found.append(Sentence(text[left:right], left, right))
        start = end
    return tuple(found)


def _boundaries(text: str) -> Iterator[int]:
    quoted = quotations(text)
    small = text.islower()
    index = 0
    for match in _END.finditer(text):
        end = match.end()
        while index < len(quoted) and quoted[index].end < end:
            index += 1
        if index < len(quoted) and quoted[index].start == end - 1:
            end -= 1  # the last "closer" opens the next quotation
        elif index < len(quoted) and quoted[index].start < end < quoted[index].end:
            continue
        if match.group()[0] in "\n。！？｡" or _ends(text, match.start(), end, small=small):
            yield end


def _ends(text: str, dot: int, end: int, *, small: bool) -> bool:
    """Whether the terminator at ``dot`` ends a sentence, judged by the words on both sides; ``small``: the text has no
    capitals to judge by."""
    following = _NEXT_WORD.match(text, end)
    if following is None:
        return True
    after = following.group(1)
    if after[0].islower() and not small:
        return False
    return text[dot:end].rstrip("”’\"'»«›“)]}") != "." or not _is_abbreviation(text, dot, after)


def _is_abbreviation(text: str, dot: int, after: str) -> bool:
    before = _LAST_WORD.search(text, max(0, dot - _LONGEST_ABBREVIATION), dot)
    if before is None:
        return False
    token = before.group()
    folded = token.casefold()
    starts_anew = after.casefold() in _STARTERS
    if folded in _NEVER_LAST:
        return True
    if folded in _BEFORE_NUMBER:
        return after[0].isdigit()
    if folded in _PERHAPS_LAST or _DOTTED.search(token) or (len(token) == 1 and token.isupper()):
        return not starts_anew
    if token.isdecimal() and len(token) <= 2:
        return after.casefold() in _MONTHS or before.start() == 0
    return False
