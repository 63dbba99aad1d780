"""The head of a story: headline, byline, dateline, and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dispatch.edition.sources.in_brief import in_brief_title
from dispatch.edition.sources.wire.datelines import is_date, split_dateline, starts_with_dateline
from dispatch.edition.sources.wire.headings import is_body
from dispatch.edition.sources.wire.labels import split_label, split_time
from dispatch.edition.sources.wire.pieces import Kind, Piece
from dispatch.edition.sources.wire.words import (
    ends_open,
    ends_sentence,
    length_in_words,
    squeezed,
    starts_lower,
    word_table,
)

_LONGEST_HEADLINE = 160
_MOST_HEADLINE_WORDS = 24
_MOST_BYLINE_WORDS = 16
_LONGEST_BOX = 20
_MOST_KICKERS = 4
_MOST_BYLINES = 4
_SHORTEST_DECK = 4
_CREDIT = re.compile(
    r"(?:photo(?:graph)?s?|photography|pictures?|illustrations?|graphics?|drawings?|interview|video|translation"
    r"|translated|edited|as told to|fotos?|illustrationen|interview)\s+(?:by|von|par|por|di|de|av|to)\s+(?=[^\W\d_])"
    r"|(?:photos?|pictures?|illustrations?|graphics?|interview|reportage|video|fotos?|bild(?:er)?|entretien"
    r"|entrevista|intervista|фото|интервью)\s*:\s*(?=[^\W\d_])",
    re.IGNORECASE,
)
"""Who took the pictures, asked the questions, …: beside a byline it is part of it."""
_BYLINE = re.compile(
    r"(?:by|von|par|por|di|da|door|av|af|przez|autor|autora|author|text|reported by|written by|reporting by|story by)"
    r"\s*:?\s+(?=[^\W\d_])|(?:автор|текст|auteur)\s*:\s*|(?:بقلم|كتب|كتبت|تقرير|מאת|כתב)\s*:?\s+"
    r"|(?:文|记者|記者|作者|撰文|取材)\s*[/／:：|｜ ]\s*",
    re.IGNORECASE,
)
_NAME_WORDS = word_table(
    """
    and und et y e en och og the of de la le van von der den ten ter di da dos du del bin al el for in at for
    with i
    """
)
_AFFILIATION = re.compile(
    r"\b(?:writers?|reporters?|correspondents?|staff|press|editors?|bureau|reuters|afp|news|times|post)$", re.IGNORECASE
)
_KICKERS = frozenset(
    squeezed(name)
    for name in """
    For Immediate Release; Immediate Release; Press Release; News Release; Media Release; Press Statement; Statement
    Breaking; Breaking News; Exclusive; Communiqué de presse; Pressemitteilung; Presseinformation; Nota de prensa
    Comunicado de prensa; Comunicato stampa; Comunicado de imprensa; Persbericht; Pressmeddelande; Pressemeddelelse
    Пресс-релиз; بيان صحفي; 新闻稿; プレスリリース; Bulletin; Flash; Urgent; ZCZC
    """.replace("\n", ";").split(";")
    if name.strip()
)
# An agency's own name for a story ("BC-US--Wildfire, 2nd Ld", "FIRST LEAD MINE") is no headline.
_STANDING = re.compile(
    r"[A-Z]{2,3}-[^\s-]+--\S|(?:strictly )?embargo(?:ed)?\b|sperrfrist\b|sous embargo\b"
    r"|(?:first|second|third|fourth|\d(?:st|nd|rd|th))\s+(?:night |day )?(?:lead|ld|add)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:(?:media|press|news)\s+)?(?:contacts?|enquiries|inquiries)\b[^:]{0,20}:"
    r"|(?:presse|medien)?kontakt:|contact(?:s)? presse\s*:|contacto(?: de prensa)?:|contatt[oi](?: stampa)?:",
    re.IGNORECASE,
)
_MOST_CONTACT_LINES = 6
# Names of a page or a kind of text: no headline where one stands below.
_RUBRICS = frozenset(
    squeezed(name)
    for name in """
    Obituary; Obituaries; Analysis; Opinion; Comment; Commentary; Editorial; Feature; Profile; Interview; Review; Essay
    Column; Explainer; Investigation; Dispatch; Reportage; Special Report; Live; Sport; Sports; Business; World; Culture
    Nachruf; Analyse; Kommentar; Meinung; Leitartikel; Porträt; Rezension; Reportage; Hintergrund
    Nécrologie; Tribune; Critique; Portrait; Entretien; Enquête; Éditorial; Obituario; Análisis; Opinión; Crónica
    Entrevista; Necrologio; Analisi; Editoriale; Intervista; Некролог; Анализ; Мнение; Интервью; 社説; 訃報; 评论; 社论
    """.replace("\n", ";").split(";")
    if name.strip()
)


@dataclass(frozen=True, slots=True)
class Head:
    """Places in the pieces (``None``: not there). ``plain``: places of standing lines above the story's text."""

    title: int | None = None
    byline: tuple[int, ...] = ()
    dateline: int | None = None
    plain: frozenset[int] = frozenset()


def find_head(pieces: Sequence[Piece], foot: frozenset[int]) -> Head:
    """``pieces`` has no blank ones; ``foot`` are places that belong to the foot (the tagline)."""
    kickers = _standing_lines(pieces, foot)
    title = kickers if _is_headline(pieces, kickers, foot) else None
    start = kickers if title is None else title + 1
    byline = _find_byline(pieces, start)
    body = byline[-1] + 1 if byline else start
    dateline = None if _is_digest(pieces) else _find_dateline(pieces, body, foot)
    if title is None and dateline is not None and dateline > body + 1 and _is_headline(pieces, dateline - 1, foot):
        title = dateline - 1  # the headline of a story whose In Brief box stands on top
    boxed = body < len(pieces) and in_brief_title(pieces[body].text) is not None
    first = byline[0] if byline else (dateline if dateline is not None and not boxed else start)
    plain = frozenset(range(kickers)) | frozenset(at for at in range(start, first) if pieces[at].kind is Kind.TEXT)
    return Head(title, byline, dateline, plain)


def _standing_lines(pieces: Sequence[Piece], foot: frozenset[int]) -> int:
    """How many pieces stand above the headline: what a release or an agency says of the text, not in it."""
    at = 0
    while at < len(pieces) and pieces[at].kind is Kind.TEXT:
        if _CONTACT.match(pieces[at].text):
            at = _after_contact(pieces, at)
        elif at < _MOST_KICKERS and _is_kicker(pieces[at]):
            at += 1
        else:
            break
    rubric = at < len(pieces) and pieces[at].kind is Kind.TEXT and squeezed(pieces[at].text) in _RUBRICS
    return at + 1 if rubric and _is_headline(pieces, at + 1, foot) else at


def _after_contact(pieces: Sequence[Piece], start: int) -> int:
    """The place below a contact's lines: those that follow without a blank line."""
    at = start + 1
    while (
        at < min(len(pieces), start + _MOST_CONTACT_LINES)
        and pieces[at].kind is Kind.TEXT
        and not pieces[at].after_blank
    ):
        at += 1
    return at


def is_byline(text: str) -> bool:
    """ "By Jane Doe", "Von MAX MUSTER und EVA BEISPIEL, dpa": names after the word, and no sentence."""
    found = _BYLINE.match(text)
    return found is not None and _names_people(text, found.end())


def is_credit(text: str) -> bool:
    """ "Photographs by Tomas Reyes", "Interview: David Stern"."""
    found = _CREDIT.match(text)
    return found is not None and _names_people(text, found.end())


def _names_people(text: str, start: int) -> bool:
    if len(text) > 140:
        return False
    names = text[start:]
    # What follows a comma or "for" is the house they write for ("dpa").
    words = re.findall(r"[^\W_]+", re.split(r",|\bfor\b|\|", names, maxsplit=1)[0])
    if not words or len(words) > _MOST_BYLINE_WORDS or any(word.isdigit() for word in words):
        return False
    if ends_sentence(names) and not re.search(r"\b(?:Jr|Sr|[A-Z])\.$", names):
        return False
    return not words[0].islower() and _are_names(words)


def _are_names(words: Sequence[str]) -> bool:
    """All words are capitalised, but for those that join names."""
    return all(not word[0].islower() or word in _NAME_WORDS for word in words)


def _is_kicker(piece: Piece) -> bool:
    return piece.kind is Kind.TEXT and len(piece.text) <= 80 and (
        squeezed(piece.text) in _KICKERS or is_date(piece.text) or _STANDING.match(piece.text) is not None
    )  # fmt: skip


def _is_headline(pieces: Sequence[Piece], at: int, foot: frozenset[int]) -> bool:
    if at >= len(pieces) or at in foot:
        return False
    piece = pieces[at]
    if piece.kind is Kind.HASH:
        return piece.level == 1
    if piece.kind is Kind.UNDERLINED:
        return piece.rule in "=═" or all(other.rule != piece.rule for other in pieces[at + 1 :])
    if piece.kind is not Kind.TEXT or at + 1 >= len(pieces) or at + 1 in foot or not _reads_as_headline(piece):
        return False
    below = pieces[at + 1]
    if split_label(piece.text) and below.kind is Kind.TEXT and split_label(below.text):
        return False
    if (
        is_byline(below.text)
        or is_credit(below.text)
        or below.after_blank
        or below.kind in (Kind.HASH, Kind.UNDERLINED, Kind.DIVIDER)
    ):
        return True
    return is_body(below) or (at + 2 < len(pieces) and _is_opening(pieces[at + 2])) or _is_deck(pieces, at + 1)


def _is_opening(piece: Piece) -> bool:
    return is_byline(piece.text) or is_credit(piece.text) or split_dateline(piece.text) is not None


def _is_deck(pieces: Sequence[Piece], at: int) -> bool:
    """A line right below a headline, with the text itself behind a blank line."""
    if at + 1 >= len(pieces) or at > 1 + _MOST_KICKERS:
        return False
    deck, body = pieces[at], pieces[at + 1]
    told = length_in_words(deck.text) >= _SHORTEST_DECK or is_date(deck.text)
    return told and body.after_blank and (is_body(body) or split_time(body.text) is not None)


def _reads_as_headline(piece: Piece) -> bool:
    text = piece.text
    if len(text) > _LONGEST_HEADLINE or len(piece.lines) > 3 or length_in_words(text) > _MOST_HEADLINE_WORDS:
        return False
    if (
        (ends_sentence(text) and not text.endswith(("?", "？", "؟", "”", '"', "’")))
        or ends_open(text)
        or starts_lower(text)
    ):
        return False
    if text.endswith((":", "：")) or not any(char.isalpha() for char in text) or "://" in text or "@" in text:
        return False
    return in_brief_title(text) is None and not is_byline(text) and split_dateline(text) is None


def _find_byline(pieces: Sequence[Piece], start: int) -> tuple[int, ...]:
    for at in range(start, min(start + 4, len(pieces))):
        piece = pieces[at]
        if piece.kind is not Kind.TEXT or len(piece.text) > 300 or starts_with_dateline(piece.text):
            return ()
        if is_byline(piece.text) or is_credit(piece.text):
            return tuple(range(at, _after_bylines(pieces, at)))
    return ()


def _after_bylines(pieces: Sequence[Piece], start: int) -> int:
    """The place below the byline at ``start``, the house it is written for, and the credits beside it."""
    at = start + 1
    while at < min(len(pieces), start + _MOST_BYLINES) and pieces[at].kind is Kind.TEXT:
        text = pieces[at].text
        house = not pieces[at].after_blank and len(text) <= 50 and _AFFILIATION.search(text)
        if not (house or is_credit(text) or (not pieces[at].after_blank and is_byline(text))):
            break
        at += 1
    return at


def _find_dateline(pieces: Sequence[Piece], start: int, foot: frozenset[int]) -> int | None:
    """The first paragraph's, looking past short standing lines above it."""
    if start < len(pieces) and in_brief_title(pieces[start].text):
        return _below_box(pieces, start + 1)
    for at in range(start, min(start + 4, len(pieces))):
        piece = pieces[at]
        if piece.kind is not Kind.TEXT or at in foot:
            return None
        if split_dateline(piece.text):
            return at
        if len(piece.text) > 200 or (ends_sentence(piece.text) and at > start + 1):
            return None
    return None


def _below_box(pieces: Sequence[Piece], start: int) -> int | None:
    """The dateline of a story whose In Brief box stands on top."""
    for at in range(start, min(start + _LONGEST_BOX, len(pieces))):
        if pieces[at].kind not in (Kind.TEXT, Kind.ITEM):
            return None
        if pieces[at].kind is Kind.TEXT and starts_with_dateline(pieces[at].text):
            return at
    return None


def _is_digest(pieces: Sequence[Piece]) -> bool:
    """Several dispatches with dividers between them: each keeps its dateline."""
    return any(
        above.kind is Kind.DIVIDER and below.kind is Kind.TEXT and starts_with_dateline(below.text)
        for above, below in pairwise(pieces)
    )
