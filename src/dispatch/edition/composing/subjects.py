"""Subjects out of headlines that are too long for one."""

from __future__ import annotations

import re

from dispatch.edition.composing.clauses import clauses, finish, tells, without_place
from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.quotations import is_balanced
from dispatch.edition.composing.words import ELLIPSIS, SUBJECT_LIMIT, count_words, cut_points, measure

LABEL = re.compile(r"(?P<label>\S.{0,50}?)\s?(?::\s+|：\s*)(?P<phrase>\S.*)", re.DOTALL)
"""A heading or line "Label: phrase", in any script’s colon."""
_AGENCY_MARK = re.compile(
    r"(?:UPDATE|WRAPUP|REFILE|CORRECTED|RPT|REPEAT|EXCLUSIVE|BREAKING|POLL|FACTBOX)(?: \d+)?-(?=\w)"
)
"""What an agency puts before a headline to file it: "UPDATE 3-Grain ships leave Odesa"."""
SHOWN_ON_PHONES = 50
"""Characters of a subject that phones show at most: up to here an author's own headline is left as it is."""
_TELLING_LABEL = 3
_SHORTEST_BEGINNING = 25


def subject_from(headline: str, lexicon: Lexicon) -> str:
    """``headline`` where it fits a subject, else what stands before a clause's end in it; ``""`` where nothing does."""
    if measure(headline) <= SUBJECT_LIMIT:
        return headline
    whole, phrase, label = _forms(headline)
    forms = [form for form in (whole, phrase) if form]
    fitting = [clause for form in forms for clause in clauses(form, SUBJECT_LIMIT, lexicon, adjuncts=True)]
    best = max(filter(is_balanced, fitting), key=measure, default="")
    return best or label or next(filter(None, (without_place(form, SUBJECT_LIMIT, lexicon) for form in forms)), "")


def _forms(headline: str) -> tuple[str, str, str]:
    """``headline`` without an agency's mark ("UPDATE 3-"), and what stands behind and before its colon, each where it
    can stand alone (else ``""``)."""
    unmarked = _AGENCY_MARK.sub("", headline)
    parts = LABEL.fullmatch(unmarked)
    if parts is None:
        return unmarked, "", ""
    label, phrase = parts["label"], parts["phrase"]
    tells_much = count_words(label) >= _TELLING_LABEL and measure(label) <= SUBJECT_LIMIT and is_balanced(label)
    return unmarked, "" if phrase[0].islower() else phrase, label if tells_much else ""


def beginning(headline: str, lexicon: Lexicon) -> str:
    """The longest beginning of ``headline`` that tells something and, with "…", fits a subject; ``""``: none does."""
    text = _forms(headline)[0]
    best = ""
    for position in cut_points(text, lexicon):
        begun = finish(text[:position])
        if measure(begun) + len(ELLIPSIS) > SUBJECT_LIMIT:
            break
        if measure(begun) >= _SHORTEST_BEGINNING and is_balanced(begun) and tells(begun, text[position:], lexicon):
            best = begun
    return f"{best}{ELLIPSIS}" if best else ""


def cut_short(headline: str) -> str:
    """As many whole words of ``headline`` as fit a subject with "…", whatever they tell; of one endless word, its
    beginning."""
    short = ""
    for word in headline.split():
        longer = f"{short} {word}".strip()
        if measure(longer) + len(ELLIPSIS) > SUBJECT_LIMIT:
            break
        short = longer
    return f"{short.rstrip(' ,;:–—-') or headline[: SUBJECT_LIMIT // 2]}{ELLIPSIS}"
