"""What an editor checks by hand: every name, number, date and quotation of an edition, each with where it stands.

Names are found by their capitals, so only in scripts that have them (German's nouns are capitals too, and are listed
with the names). Nothing is judged but spellings that nearly agree: "Joly" and "Jolie" are rarely two people.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from babel.dates import get_day_names, get_month_names

from dispatch.edition.model import Edition, MarkKind, Quote
from dispatch.errors import Place
from dispatch.preflight.manuscript import Part, blocks_of, stretches
from dispatch.preflight.wording import OPENERS, PARTICLES

_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[’'\-.][^\W_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?:…]['\"”’»)]*\s+|[“\"«„(]\s*)$")
_NUMBER = re.compile(
    r"(?<![^\W_])(?:[$€£¥]\s?)?\d+(?:[.,\u202f\u00a0 ]\d{3})*(?:[.,]\d+)?(?:\s?(?:%|‰|°C|°F)|[ \u00a0]"
    r"(?:per ?cent|percent|percentage points?|thousand|million|billion|trillion|dollars?|euros?|pounds?|km|kg|metres?|"
    r"miles?|years?|months?|weeks?|days?|hours?|minutes?|people|members)\b)*"
)
_QUOTED = re.compile(r"“([^“”]+)”|«\s?([^«»]+?)\s?»|„([^„“”]+)[“”]|\"([^\"]+)\"")
_YEAR = r"(?:1[5-9]|20|21)\d\d"
_SHORTEST = 4
_CLOSE = 2
"""So many letters at most differ in names that nearly agree, where they begin with the same three."""
_LONGEST_TITLE = 3
"""Letters before a point that ends no sentence: "J. Doe", "Dr. Doe"."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to check, as it is written, and every place where it stands, in order."""

    text: str
    places: tuple[Place | None, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """A quotation. ``speaker`` is who the text says said it, where it stands apart."""

    words: str
    speaker: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class FactSheet:
    names: tuple[Fact, ...]
    numbers: tuple[Fact, ...]
    dates: tuple[Fact, ...]
    quotations: tuple[Saying, ...]
    doubtful: tuple[tuple[Fact, Fact], ...]
    """Names that nearly agree."""


def facts_of(edition: Edition) -> FactSheet:
    """The fact sheet of an edition, its headlines and its In Brief included."""
    dates_in = _dates_of(edition.language)
    names: dict[str, list[Place | None]] = defaultdict(list)
    numbers: dict[str, list[Place | None]] = defaultdict(list)
    dates: dict[str, list[Place | None]] = defaultdict(list)
    texts = list(_texts(edition))
    within = _seen_within(text for text, _, _ in texts)
    for text, place, is_title in texts:
        for found in dates_in.finditer(text):
            dates[_plain(found[0])].append(place)
        rest = dates_in.sub(lambda found: "·" * len(found[0]), text)
        for found in _NUMBER.finditer(rest):
            numbers[_plain(found[0])].append(place)
        if not is_title:
            for name in _names_in(rest, within):
                names[name].append(place)
    listed = _facts(names)
    return FactSheet(listed, _facts(numbers), _facts(dates), tuple(_sayings(edition)), tuple(_doubtful(listed)))


def _texts(edition: Edition) -> Iterator[tuple[str, Place | None, bool]]:
    """Each text, its place, and whether it is a headline, where every word may be a capital."""
    for stretch in stretches(edition):
        if stretch.label:
            yield stretch.label, stretch.place, True
        text = stretch.text.text
        for mark in stretch.text.marks:
            if mark.kind in (MarkKind.CODE, MarkKind.FOOTNOTE):
                text = text[: mark.start] + "·" * (mark.end - mark.start) + text[mark.end :]
        yield text, stretch.place, stretch.part in (Part.TITLE, Part.HEADING)
    for block, source in blocks_of(edition):
        if isinstance(block, Quote) and block.attribution:
            yield f"· {block.attribution}", Place(source, block.line) if source else None, False


def _names_in(text: str, within: frozenset[str]) -> Iterator[str]:
    """Runs of capitals; a sentence's first word only where it is a name elsewhere too, or more capitals follow it."""
    for start, words in _runs(text):
        if _BEGINS.search(text[:start]):
            if len(words) == 1 and words[0] not in within:
                continue
            if words[0] not in within and words[0].casefold() in OPENERS:
                words = words[1:]
        name = " ".join(words)
        if len(name) > 1:
            yield name


def _runs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Capitals that stand together, with the particles between them ("Ursula von der Leyen"), and where they begin."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if _follows(text, run, word) and (word[0][0].isupper() or word[0] in PARTICLES):
            run.append(word)
            continue
        yield from _run(run)
        run = [word] if word[0][0].isupper() else []
    yield from _run(run)


def _follows(text: str, run: list[re.Match[str]], word: re.Match[str]) -> bool:
    gap = text[run[-1].end() : word.start()] if run else ""
    return gap in (" ", "\u00a0") or (gap in (". ", ".\u00a0") and len(run[-1][0]) <= _LONGEST_TITLE)


def _run(run: list[re.Match[str]]) -> Iterator[tuple[int, list[str]]]:
    while run and not run[-1][0][0].isupper():
        run = run[:-1]
    if run:
        yield run[0].start(), [word[0].removesuffix("’s").removesuffix("'s") for word in run]


def _seen_within(texts: Iterable[str]) -> frozenset[str]:
    """The words that are capitals in the middle of some sentence."""
    return frozenset(
        word for text in texts for start, words in _runs(text) if not _BEGINS.search(text[:start]) for word in words
    )


def _dates_of(language: str) -> re.Pattern[str]:
    """Days, months with a day or a year, years, and dates in figures, by the language's own names."""
    try:
        months, days = _named(language)
    except (ValueError, LookupError):  # babel does not know the language
        months, days = _named("en")
    month, day = "|".join(months), "|".join(days)
    return re.compile(
        rf"\b(?:(?:{day}),?\s+)?(?:\d{{1,2}}(?:\.|st|nd|rd|th|er|º)?\s+(?:de\s+)?)?(?:{month})\.?"
        rf"(?:\s+(?:de\s+)?\d{{1,2}}(?!\d)(?:st|nd|rd|th)?)?(?:,?\s+(?:de\s+)?{_YEAR})?\b"
        rf"|\b(?:{day})\b|\b{_YEAR}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\b{_YEAR}\b"
    )


def _named(language: str) -> tuple[list[str], list[str]]:
    """The names of months and of weekdays, longest first, with the short ones that carry a point in print."""
    locale = language.replace("-", "_")
    wide = [*get_month_names("wide", locale=locale).values()]
    short = [f"{name.rstrip('.')}\\." for name in get_month_names("abbreviated", locale=locale).values()]
    months = sorted((re.escape(name) for name in wide), key=len, reverse=True) + short
    return months, sorted(map(re.escape, get_day_names("wide", locale=locale).values()), key=len, reverse=True)


def _sayings(edition: Edition) -> Iterator[Saying]:
    for stretch in stretches(edition):
        if stretch.part is not Part.QUOTE:
            for found in _QUOTED.finditer(stretch.text.text):
                yield Saying(next(words for words in found.groups() if words), None, stretch.place)
    for block, source in blocks_of(edition):
        if isinstance(block, Quote):
            yield Saying(block.text.text, block.attribution, Place(source, block.line) if source else None)


def _doubtful(names: Iterable[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Names of which a word nearly agrees with a word of another."""
    by_word: dict[str, Fact] = {}
    for fact in names:
        for word in fact.text.split():
            by_word.setdefault(word, fact)
    for one, other in combinations(sorted(by_word), 2):
        if _nearly(one, other):
            yield by_word[one], by_word[other]


def _nearly(one: str, other: str) -> bool:
    shorter, longer = sorted((one.casefold(), other.casefold()), key=len)
    if len(shorter) < _SHORTEST or longer.startswith(shorter):
        return False  # "China" and "China's" or "Chinas" are told apart by their ends on purpose
    apart = _distance(shorter, longer)
    alike = apart < _CLOSE or (apart == _CLOSE and shorter[:3] == longer[:3])
    return alike and shorter[:2] == longer[:2] and not _is_formed_alike(shorter, longer)


_ENDINGS = ("ese", "ian", "an", "i", "ish", "ic", "ist", "ism", "s", "er", "ern")


def _is_formed_alike(one: str, other: str) -> bool:
    """Whether they are a name and what is formed of it: "Canada", "Canadian"."""
    stem = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return stem >= 3 and (one[stem:] in _ENDINGS or other[stem:] in _ENDINGS)


def _distance(one: str, other: str) -> int:
    """How many letters must be changed, added or left out (Levenshtein)."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        before, row[0] = row[0], index
        for at, against in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != against))
    return row[-1]


def _facts(found: Mapping[str, list[Place | None]]) -> tuple[Fact, ...]:
    return tuple(Fact(text, tuple(dict.fromkeys(places))) for text, places in found.items())


def _plain(text: str) -> str:
    return " ".join(text.split())
