"""Quotations that fill a paragraph: the words, the verb of saying, and who said them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.edition.sources.wire.sayings import HELPERS, PRONOUNS, SAYING_VERBS
from dispatch.edition.sources.wire.words import (
    ends_sentence,
    has_case,
    starts_lower,
    starts_upper,
    word_table,
    words_of,
)

_PAIRS = {"“": "”", '"': '"', "«": "»", "„": "“”", "»": "«", "‘": "’", "「": "」", "『": "』", "‹": "›", "”": "”"}
_MOST_ATTRIBUTION_WORDS = 26
_MOST_NAMELESS_WORDS = 6  # "the minister", "a spokeswoman for the port"
_DASH_NAME = re.compile(r"(?:[—–―]|--?)\s*(?=\S)")
_BESIDE = re.compile(
    r"\b(?:after|as|when|while|before|adding|during|following|referring|because|but|and (?:he|she|they)|where"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|in an? (?:statement|interview|email|speech|post)"
    r"|at a (?:news|press) \w+)\b",
    re.IGNORECASE,
)
_MORE_THAN_A_NAME = re.compile(r"\{\{|[;:“”\"«»。！？]")
_STOP_INSIDE = re.compile(r"([^\W\d_]+)[.!?]\s+\S")
_ABBREVIATIONS = word_table(
    """
    prof gov sen gen rep capt sgt col lt maj rev hon pres dr mr mrs ms jr sr st no inc co corp ltd dept univ sec adm
    cmdr hr fr dipl ing mag sra srta dra msgr mme mlle
    """
)
_ROLE_OF = re.compile(r"\s(?=(?:of|from|at|with|von der|vom|du|de la|del|della|van de|من)\s)")
_COMMA = re.compile("[,،、]")


@dataclass(frozen=True, slots=True)
class Quotation:
    """``words`` without their outer marks; ``role`` stands inside ``attribution``."""

    words: str
    attribution: str | None = None
    role: str | None = None
    verb: str | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    speaker: str
    verb: str | None


def split_quotation(text: str) -> Quotation | None:
    """A paragraph that is a quotation and its attribution and nothing else; else ``None``.

    "“…,” said X. “…”", "“…” — Name, role", "X said: “…”". With no attribution at all (``attribution`` ``None``) the
    speaker may stand in the next line.
    """
    return _quotation_first(text) or _speaker_first(text)


def split_attribution(text: str) -> tuple[str, str | None] | None:
    """ "— Jane Doe, mayor" in a line of its own: the attribution and the role in it."""
    dash = _DASH_NAME.match(text)
    if dash is None:
        return None
    name = text[dash.end() :].strip()
    if (
        not _is_name(name)
        or "{{" in name
        or len(words_of(name)) > 15
        or (ends_sentence(name) and not name.endswith("."))
    ):
        return None
    return name, _role(name)


def unquoted(text: str) -> str:
    """``text`` without its outer quotation marks, if they are a pair that spans it."""
    span = _span(text, 0)
    return text[1:-1].strip() if span == len(text) else text


def _span(text: str, start: int) -> int | None:
    """The end of the quotation that opens at ``start``."""
    closers = _PAIRS.get(text[start : start + 1])
    if closers is None:
        return None
    opener = text[start]
    depth = 0
    for at in range(start + 1, len(text)):
        if text[at] in closers:
            if text[at] == "’" and text[at + 1 : at + 2].isalpha():
                continue
            if depth == 0:
                return at + 1
            depth -= 1
        elif text[at] == opener:
            depth += 1
    return None


def _quotation_first(text: str) -> Quotation | None:
    end = _span(text, 0)
    if end is None:
        return None
    first = text[1 : end - 1].strip()
    rest = text[end:].strip()
    if not first:
        return None
    if not rest:
        return Quotation(first)
    dash = _DASH_NAME.match(rest)
    led_over = re.match(r",\s*[—–]\s*", rest)
    if led_over:
        rest = rest[led_over.end() :]
    elif dash:
        named = split_attribution(rest)
        return Quotation(first, *named) if named else None
    return _with_middle(first, rest)


def _with_middle(first: str, rest: str) -> Quotation | None:
    """The rest is who said it, and perhaps the second half of the words."""
    opening = next((at for at, char in enumerate(rest) if char in _PAIRS and char not in "’”"), len(rest))
    second = ""
    if opening < len(rest):
        if _span(rest, opening) != len(rest):
            return None
        second = rest[opening + 1 : -1].strip()
    middle = rest[:opening].strip()
    core = middle.lstrip(",، ").rstrip(".,،:。 ") if not middle.endswith(("Jr.", "Sr.")) else middle.lstrip(", ")
    said = _said(core)
    if said is None or (second and middle[-1] not in ".,،:。"):
        return None
    ends = not second or not middle.endswith((",", "،", ":")) or not first.endswith((",", "،"))
    words = _closed(first) if ends and (not second or starts_upper(second)) else first
    return Quotation(f"{words} {second}".strip(), said.speaker, _role(said.speaker), said.verb)


def _closed(words: str) -> str:
    """The comma that led over to the speaker becomes the full stop it stood for."""
    if words.endswith((",", "،")):
        return words[:-1] + "."
    return words if ends_sentence(words) or words.endswith(("—", "–", "-", ";", ":")) else words + "."


def _speaker_first(text: str) -> Quotation | None:
    """ "Joly said: “…”"; the verb is what tells a speaker from a label."""
    colon = re.compile(r"\s?[:,،：]\s*").search(text, 0, 120)
    while colon and text[colon.end() : colon.end() + 1] not in _PAIRS:
        colon = re.compile(r"\s?[:,،：]\s*").search(text, colon.end(), 120)
    if colon is None or not text[colon.end() : colon.end() + 1] or _span(text, colon.end()) != len(text):
        return None
    said = _said(text[: colon.start()].strip())
    words = text[colon.end() + 1 : -1].strip()
    if said is None or said.verb is None or not words:
        return None
    return Quotation(words, said.speaker, _role(said.speaker), said.verb)


def _said(core: str) -> _Said | None:
    """ "said X of Y" or "X said"; not a clause that tells more than who spoke."""
    words = core.split()
    if not 2 <= len(words) <= _MOST_ATTRIBUTION_WORDS or _is_more_than_a_name(core) or _BESIDE.search(core):
        return None
    first = 1 if words[0].lower() in HELPERS else 0
    if words[first].lower() in SAYING_VERBS:
        verb, speaker = " ".join(words[: first + 1]), " ".join(words[first + 1 :])
    elif words[-1].lower() in SAYING_VERBS:
        cut = len(words) - (2 if words[-2].lower() in HELPERS else 1)
        verb, speaker = " ".join(words[cut:]), " ".join(words[:cut]).rstrip(",")
    else:
        return None
    return _Said(speaker, verb) if speaker and _is_speaker(speaker) else None


def _is_more_than_a_name(core: str) -> bool:
    """Whether another sentence or clause stands in it; "Gov. Smith" and "J. Doe" are names."""
    stops = (stop[1].lower() for stop in _STOP_INSIDE.finditer(core))
    return _MORE_THAN_A_NAME.search(core) is not None or any(
        len(word) > 1 and word not in _ABBREVIATIONS for word in stops
    )


def _is_speaker(speaker: str) -> bool:
    words = words_of(speaker)
    if not words or words[0].lower() in PRONOUNS or any(word.lower() in SAYING_VERBS for word in words):
        return False
    return not has_case(speaker) or any(word[0].isupper() for word in words) or len(words) <= _MOST_NAMELESS_WORDS


def _is_name(name: str) -> bool:
    return bool(words_of(name)) and starts_upper(name) and words_of(name)[0].lower() not in PRONOUNS


def _role(attribution: str) -> str | None:
    """The part that says who the speaker is: after the first comma, or "of the University of Toronto" after a name."""
    name, *roles = _COMMA.split(attribution, maxsplit=1)
    role = "".join(roles)
    if role.strip():
        named_last = starts_lower(name) and starts_upper(role.strip()) and has_case(role)
        return name if named_last else role.strip()
    of = _ROLE_OF.search(attribution)
    named = words_of(attribution[: of.start()]) if of else []
    if of and sum(word[0].isupper() or not has_case(word) for word in named) >= 2:
        return attribution[of.end() :].strip()
    return None
