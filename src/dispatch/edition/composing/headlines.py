"""Headlines that a text itself offers: what its author gave, a contrast, a quotation, a plain fact, its lede."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dispatch.edition.composing.clauses import clauses, finish, fresh, main_clause
from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.matter import Matter
from dispatch.edition.composing.passages import Passage, PassageKind
from dispatch.edition.composing.quotations import is_balanced, is_unquoted
from dispatch.edition.composing.sentences import ends_sentence, sentences
from dispatch.edition.composing.spoken import quotation_of
from dispatch.edition.composing.subjects import LABEL, SHOWN_ON_PHONES, beginning, cut_short, subject_from
from dispatch.edition.composing.suggestion import Suggestion, SuggestionKind
from dispatch.edition.composing.words import (
    HEADLINE_LIMIT,
    SUBJECT_LIMIT,
    count_words,
    has_phrase,
    measure,
    news_words,
    overlap,
    tidy,
)

_SIDES = re.compile(r"([^,،，、]+)[,،，、]\s*([^,،，、]+)")
_LETTER = re.compile(r"[^\W\d_]")
_ROOM_FOR_DATES = 40
_LONGEST_GREETING = 4
_LABELLED_KINDS = frozenset({PassageKind.LIST_ITEM, PassageKind.POINT, PassageKind.BOX_ITEM})


def suggest(matter: Matter) -> tuple[Suggestion, ...]:
    """The headline first, then what else it could be: alternatives of other kinds that say something else."""
    contrast, quotation, fact = _contrast(matter), quotation_of(matter), _fact(matter)
    lede = _lede(matter)
    sentence = _sentence(matter, HEADLINE_LIMIT)
    # Words that stand above every short sentence tell more than what comes far down in a text.
    above = quotation and sentence and (quotation.line or 0) < (sentence.line or 0)
    rest = (quotation or sentence) if above else (sentence or quotation)
    headline = _given(matter) or contrast or lede or fact or rest or _file_name(matter)
    chosen = [headline]
    for candidate in (contrast, quotation, fact or lede or (sentence if above else None)):
        if candidate and candidate.subject and _adds(candidate, chosen, matter.lexicon):
            chosen.append(candidate)
    if not headline.subject:
        chosen[0] = _with_shorter_subject(headline, chosen[1:], matter)
    return tuple(chosen)


def _adds(candidate: Suggestion, chosen: Sequence[Suggestion], lexicon: Lexicon) -> bool:
    """Whether ``candidate`` differs from every one of ``chosen`` in kind and in more than half of its words."""
    return all(
        candidate.kind is not other.kind
        and overlap(candidate.text, other.text, lexicon) < 0.5
        and overlap(candidate.subject, other.subject or other.text, lexicon) < 0.5
        for other in chosen
    )


def _with_shorter_subject(headline: Suggestion, others: Sequence[Suggestion], matter: Matter) -> Suggestion:
    """``headline`` with the subject of what can be said in 45 characters: a plain fact before someone's words."""
    order = (SuggestionKind.CONTRAST, SuggestionKind.FACT, SuggestionKind.LEDE, SuggestionKind.QUOTATION)
    ranked = sorted((o for o in others if o.kind in order), key=lambda other: order.index(other.kind))
    if headline.kind is SuggestionKind.GIVEN and measure(headline.text) <= SHOWN_ON_PHONES:
        return replace(headline, subject=headline.text)
    begun = beginning(headline.text, matter.lexicon)
    # What its author wrote is better begun than another's words; what was made of the lede is no better than those.
    other = next(iter(ranked), None) or (headline.kind is not SuggestionKind.GIVEN and _sentence(matter, SUBJECT_LIMIT))
    better = other and (headline.kind is not SuggestionKind.GIVEN or other.kind in order[:2])
    if begun and not better and not has_phrase(begun, matter.lexicon.deictic):
        rule = f"{headline.rule}; too long for a subject, which is its beginning"
        return replace(headline, subject=begun, rule=rule)
    if headline.kind is SuggestionKind.GIVEN and not better:
        rule = f"{headline.rule}; too long for a subject, which is as much of it as fits"
        return replace(headline, subject=cut_short(headline.text), rule=rule)
    stand_in = (
        other
        or _sentence(matter, SUBJECT_LIMIT)
        or _topic(matter)
        or _sentence(matter, SUBJECT_LIMIT, _LABELLED_KINDS)
        or _file_name(matter)
    )
    rule = f"{headline.rule}; too long for a subject, which is instead: {_lower_first(stand_in.rule)}"
    return replace(headline, subject=stand_in.subject, rule=rule)


def _topic(matter: Matter) -> Suggestion | None:
    line = matter.lede.line if matter.lede else None
    if not 0 < measure(matter.topic) <= SUBJECT_LIMIT or has_phrase(matter.topic, matter.lexicon.deictic):
        return None
    return _suggestion(matter, SuggestionKind.TOPIC, matter.topic, line, _upper_first(matter.topic_rule))


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _suggestion(
    matter: Matter, kind: SuggestionKind, text: str, line: int | None, rule: str, *, subject: str | None = None
) -> Suggestion:
    made = subject_from(text, matter.lexicon) if subject is None else subject
    if has_phrase(made, matter.lexicon.deictic) and kind is not SuggestionKind.GIVEN:
        made = ""
    return Suggestion(kind, text, made, line, rule, matter.reading.name)


def _given(matter: Matter) -> Suggestion | None:
    reading = matter.reading
    front = reading.front_matter
    if front.title:
        line = front.lines.get("title")
        return _suggestion(matter, SuggestionKind.GIVEN, tidy(front.title), line, "The title in the front matter")
    if reading.story.title:
        title = tidy(reading.story.title)
        return _suggestion(matter, SuggestionKind.GIVEN, title, reading.title_line, "The headline in the source")
    return None


def _headings(matter: Matter) -> Iterator[tuple[Passage, str, str]]:
    """Each heading with its label ("The Outcome", or ``""``) and its phrase, in ordinary case."""
    for passage in matter.passages:
        if passage.kind is PassageKind.HEADING and not passage.merged:
            text = matter.spelled(passage.text.text)
            parts = LABEL.fullmatch(text)
            yield passage, *((parts["label"], parts["phrase"]) if parts else ("", text))


def _contrast(matter: Matter) -> Suggestion | None:
    """``Label: A, B`` whose sides have as many words (1–3) gives ``Topic: A, B``."""
    if not matter.topic:
        return None
    for passage, label, phrase in _headings(matter):
        sides = _sides(phrase) if label else None
        if sides is None or has_phrase(phrase, matter.lexicon.deictic) or _is_list_of_names(sides, matter):
            continue
        headline = f"{matter.topic}: {phrase}"
        if measure(headline) > HEADLINE_LIMIT or overlap(matter.topic, phrase, matter.lexicon) >= 0.5:
            continue
        rule = f"A heading sets two sides against each other; {matter.topic_rule}"
        # The topic may go from a subject, never one of the two sides.
        subject = headline if measure(headline) <= SUBJECT_LIMIT else phrase if measure(phrase) <= SUBJECT_LIMIT else ""
        return _suggestion(matter, SuggestionKind.CONTRAST, headline, passage.line, rule, subject=subject)
    return None


def _sides(phrase: str) -> tuple[str, str] | None:
    match = _SIDES.fullmatch(phrase.strip())
    if match is None or any(character.isdigit() for character in phrase) or not is_balanced(phrase):
        return None
    one, other = (side.strip() for side in match.groups())
    words = count_words(one)
    same = words == count_words(other) and 1 <= words <= 3
    return (one, other) if same and news_words(one, Lexicon()) != news_words(other, Lexicon()) else None


def _is_list_of_names(sides: tuple[str, str], matter: Matter) -> bool:
    """ "Where: Paris, London" names two places and sets nothing against anything."""
    calendar = matter.lexicon.calendar
    return any(all(matter.names.holds(word) or word.casefold() in calendar for word in side.split()) for side in sides)


def _fact(matter: Matter) -> Suggestion | None:
    """A heading's phrase of three words or more that names what the lede is about, and is no contrast."""
    lede = matter.lede
    if lede is None:
        return None
    known = news_words(lede.text.text, matter.lexicon)
    best: tuple[int, Suggestion] | None = None
    for passage, label, phrase in _headings(matter):
        phrase = finish(phrase)
        if not _is_fact(phrase, matter) or (label and _sides(phrase)):
            continue
        shared = known & news_words(phrase, matter.lexicon)
        named = sum(matter.names.holds(word.strip(",;")) for word in phrase.split())
        rank = 2 * named + len(shared)
        if shared and (named or not _has_case(phrase)) and (best is None or rank > best[0]):
            rule = "A heading’s phrase that names what the lede is about"
            best = rank, _suggestion(matter, SuggestionKind.FACT, phrase, passage.line, rule)
    return best[1] if best else None


def _has_case(text: str) -> bool:
    """Whether the script tells names by capitals."""
    return text.lower() != text.upper()


def _is_fact(phrase: str, matter: Matter) -> bool:
    words = count_words(phrase)
    long_enough = words >= 3 or (words == 1 and measure(phrase) >= 12 and not phrase.isascii())
    return (
        long_enough
        and measure(phrase) <= HEADLINE_LIMIT
        and is_balanced(phrase)
        and not has_phrase(phrase, matter.lexicon.deictic)
    )


def _lede(matter: Matter) -> Suggestion | None:
    """The lede's first clause, without the words that age in a day."""
    lede = matter.lede
    first = (
        next((s for s in sentences(matter.spelled(lede.text.text)) if not _is_greeting(s.text)), None) if lede else None
    )
    if lede is None or first is None:
        return None
    for adjuncts in (False, True):
        for text in dict.fromkeys((first.text, main_clause(first.text, matter.lexicon))):
            # A clause over the limit may fit once "this week" has gone, so the limit is held after that.
            for clause in clauses(text, HEADLINE_LIMIT + _ROOM_FOR_DATES, matter.lexicon, adjuncts=adjuncts):
                made = fresh(clause, matter.lexicon)
                if made and measure(made) <= HEADLINE_LIMIT and is_balanced(made) and _LETTER.search(made):
                    rule = "The lede’s first clause" + (", without the words that age" if made != clause else "")
                    return _suggestion(matter, SuggestionKind.LEDE, _headed(made), lede.line, rule)
    return None


def _is_greeting(sentence: str) -> bool:
    """ "Hello friends!" opens a letter and tells nothing."""
    return sentence.rstrip().endswith(("!", "！")) and count_words(sentence) <= _LONGEST_GREETING


def _headed(clause: str) -> str:
    """``clause`` with a capital first, unless its first word has a spelling of its own ("iPhone")."""
    return _upper_first(clause) if clause.split()[0].islower() else clause


def _sentence(
    matter: Matter, limit: int, kinds: frozenset[PassageKind] = frozenset({PassageKind.PARAGRAPH})
) -> Suggestion | None:
    """The first short sentence in passages of ``kinds`` that stands on its own."""
    for passage in matter.passages:
        if passage.merged or passage.kind not in kinds or (passage.labelled and kinds is not _LABELLED_KINDS):
            continue
        for sentence in sentences(matter.spelled(passage.text.text)):
            text = finish(sentence.text)
            leans = text.split()[:1] and text.split()[0].strip(",").casefold() in matter.lexicon.leaning
            if sentence.text.endswith((":", "：")) or leans or not is_unquoted(text):
                continue
            if (
                15 <= measure(text) <= limit
                and ends_sentence(sentence.text)
                and not has_phrase(text, matter.lexicon.deictic)
            ):
                rule = "The first short sentence that stands on its own"
                return _suggestion(matter, SuggestionKind.SENTENCE, text, passage.line, rule)
    return None


def _file_name(matter: Matter) -> Suggestion:
    """The file's name as words: "water-vote_2026" → "Water vote 2026"."""
    words = tidy(re.sub(r"[-_.]+", " ", matter.reading.stem)) or "Untitled"
    name = words[:1].upper() + words[1:]
    rule = "The file’s name: no words of the text make an honest headline"
    return Suggestion(SuggestionKind.FILE_NAME, name, _short_name(name), None, rule, matter.reading.name)


def _short_name(name: str) -> str:
    """A file's name within 45 characters, whole words where it has any."""
    short = ""
    for word in name.split():
        longer = f"{short} {word}".strip()
        if measure(longer) > SUBJECT_LIMIT:
            break
        short = longer
    return short or name[: SUBJECT_LIMIT // 2]
