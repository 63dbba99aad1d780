"""Where a clause ends: the only places at which a headline or a subject may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.quotations import quotations
from dispatch.edition.composing.words import count_words, find_phrases, has_phrase, measure, tidy
from dispatch.edition.scripts import UNSPACED, has_any

_BREAK = re.compile(
    r"(?<!\s)\s++[–—-]++\s+|—|[;:](?=\s|$)|[,،](?=\s)|[，；：。、！？]|(?<![.!?…؟۔।])[.!?…؟۔।]++(?=[\s”’\"»)]*+$)"
)
_STRONG = re.compile(r"[;。；！？.!?…؟۔।]")
_DASH = re.compile(r"\s[–—-]+\s|—")
_JAPANESE_PREDICATE = re.compile(r"[ぁ-ゖ](?:が|し|て|で|り|た|る)$|[一-鿿](?:し|て|り|た|る)$")
_SHORTEST = 14
_HEDGE_WINDOW = 6
_CLAUSE_WINDOW = 6
_PAIR_WINDOW = 4
_CONDITION_WINDOW = 2
"""How many of the words behind a cut could take back, or limit, what stands before it."""


def finish(text: str) -> str:
    """``text`` on one line without the punctuation that ended its clause; a question keeps its mark."""
    return tidy(text).lstrip("–—-•* ").rstrip(" ,;:–—-،，；：、。.…۔।|")


def clauses(sentence: str, limit: int, lexicon: Lexicon, *, adjuncts: bool = False) -> Iterator[str]:
    """``sentence`` itself, then what stands before each clause's end in it, shortest first; each within ``limit``.

    A comma ends a clause only where a clause stands before it: not an introduction ("In a surprise move,"), not a name
    with its apposition ("Jane Doe, the mayor,"). No cut parts a quotation or a number, and none leaves behind what
    would take the words back (", officials said", "if …"). ``adjuncts`` adds cuts before words such as "after".
    """
    if measure(finish(sentence)) <= limit:
        yield finish(sentence)
    quoted = quotations(sentence)
    joints = frozenset(_joints(sentence, lexicon)) if adjuncts else frozenset()
    for start, end in sorted([*_breaks(sentence, lexicon if adjuncts else None), *((at, at) for at in joints)]):
        left, right = sentence[:start], sentence[end:]
        if measure(finish(left)) > limit:
            return
        if any(quote.start < start < quote.end for quote in quoted) or _in_brackets(sentence, start):
            continue
        if not right.strip() or not _is_long_enough(left) or _is_hedged(right, lexicon):
            continue
        # What "as rates fall" is joined to is a clause already; only its last word can spoil it.
        whole = not _leads_on(left, lexicon) if start in joints else None
        if _is_clause(sentence, left, sentence[start:end], lexicon) if whole is None else whole:
            yield finish(left)


def without_place(headline: str, limit: int, lexicon: Lexicon) -> str:
    """``headline`` without its last phrases of place or time: the longest beginning that is still a clause, or ``""``.

    "Acme launches first solar ferry in the North Sea" → "Acme launches first solar ferry".
    """
    quoted = quotations(headline)
    for start, _end in sorted(find_phrases(headline, tuple(lexicon.places)), reverse=True):
        left, right = headline[:start], headline[start:]
        last = left.split()[-1].casefold() if left.strip() else ""
        if (
            last in lexicon.relational
            or last.endswith(lexicon.verb_endings or ("\0",))
            or left.rstrip()[-1:] in {",", "-"}
        ):
            continue
        if measure(finish(left)) > limit or any(quote.start < start < quote.end for quote in quoted):
            continue
        if _is_long_enough(left) and _is_clause(headline, left, "", lexicon) and not _is_hedged(right, lexicon):
            return finish(left)
    return ""


def main_clause(sentence: str, lexicon: Lexicon) -> str:
    """``sentence`` without the phrase that only introduces it: "In a surprise move, the bank…" → "The bank…"."""
    opening = re.match(r"([^\W\d_]+)[^,،;:–—“”\"]{3,60}[,،]\s+", sentence)
    if opening is None or opening[1].casefold() not in lexicon.subordinators - lexicon.hedges - {"according"}:
        return sentence
    rest = sentence[opening.end() :]
    alone = rest.split()[:1] and rest.split()[0].casefold() not in lexicon.leaning
    return rest[:1].upper() + rest[1:] if alone else sentence


def _breaks(sentence: str, lexicon: Lexicon | None) -> list[tuple[int, int]]:
    breaks = [match.span() for match in _BREAK.finditer(sentence)]
    if lexicon and lexicon.openers:
        openers = find_phrases(sentence, tuple(sorted(lexicon.openers, key=len, reverse=True)))
        breaks += [(start, start) for start, _end in openers]
    return sorted(breaks)


def _joints(sentence: str, lexicon: Lexicon) -> Iterator[int]:
    """Where a word such as "as" opens another clause: "Stocks end mixed | as oil jumps", never "… as chairman"."""
    for start, end in find_phrases(sentence, tuple(sorted(lexicon.joiners))):
        following = sentence[end:].split()[:_CLAUSE_WINDOW]
        around = [word.casefold() for word in (*sentence[:start].split()[-_PAIR_WINDOW:], *following[:_PAIR_WINDOW])]
        if lexicon.joiners.intersection(around) or following[:1] in (["a"], ["an"]):
            continue  # "as divided as it was", "as a member"
        if any(_is_verb(word.strip(",.;:").casefold(), False, lexicon) for word in following[1:]):
            yield start


def _in_brackets(sentence: str, position: int) -> bool:
    before = sentence[:position]
    return before.count("(") > before.count(")") or before.count("[") > before.count("]")


def _is_long_enough(left: str) -> bool:
    return measure(finish(left)) >= _SHORTEST and (has_any(left, UNSPACED) or count_words(left) >= 3)


def _leads_on(left: str, lexicon: Lexicon) -> bool:
    """Whether the last word of ``left`` waits for another."""
    last = left.split()[-1].strip("“”‘’\"'()[]«»,;:").casefold()
    return last in lexicon.function | lexicon.dangling | lexicon.hedges | lexicon.verbs


def _is_clause(sentence: str, left: str, mark: str, lexicon: Lexicon) -> bool:
    """Whether what stands before ``mark`` says something by itself."""
    raw = left.split()
    words = [word.strip("“”‘’\"'()[]«»,;:").casefold() for word in raw]
    if _DASH.search(mark) and len(_DASH.findall(sentence)) > 1:
        return False  # a pair of dashes encloses an aside
    if "、" in mark and not _JAPANESE_PREDICATE.search(left):
        return False  # in Chinese it parts the items of a list, in Japanese any phrases
    strong = bool(_STRONG.search(mark))
    counts_first = any(character.isdigit() for word in words[:4] for character in word)  # "At least 12 people"
    if words[0] in lexicon.subordinators and not counts_first:
        # "After the vote, the mayor resigned": the first comma only closes the introduction.
        return strong or bool(re.search(r"[,،]\s", left))
    if words[-1] in lexicon.function or (not mark and words[-1] in lexicon.dangling | lexicon.hedges | lexicon.verbs):
        return False
    if strong or not lexicon.verbs:
        return strong or len(words) >= 5 or has_any(left, UNSPACED)
    titled = sum(word[:1].isupper() for word in raw) > 0.6 * len(raw)
    return any(
        _is_verb(word, first[:1].islower() or titled, lexicon) for word, first in zip(words[1:], raw[1:], strict=True)
    )


def _is_verb(word: str, small: bool, lexicon: Lexicon) -> bool:
    if word in lexicon.verbs:
        return True
    return small and len(word) > 4 and "-" not in word and word.endswith(lexicon.verb_endings or ("\0",))


def _is_hedged(right: str, lexicon: Lexicon) -> bool:
    following = [word.strip("“”‘’\"'()[]«»,;:.–—-").casefold() for word in right.split()[:_HEDGE_WINDOW]]
    at_once = [word for word in following if word][:_CONDITION_WINDOW]
    return bool(lexicon.hedges.intersection(following) or lexicon.conditions.intersection(at_once))


def tells(begun: str, rest: str, lexicon: Lexicon) -> bool:
    """Whether the beginning of a headline says something that ``rest`` doesn't take back: it has a verb, or "to" for
    one, behind its first word; no verb is parted from its subject, and no word that only leads on stands last."""
    following = rest.split()[:1]
    if _is_hedged(rest, lexicon) or (following and following[0].strip(",;:").casefold() in lexicon.verbs):
        return False
    words = [word.strip("“”‘’\"'()[]«»,;:").casefold() for word in begun.split()]
    if not words or _leads_on(begun, lexicon):
        return False
    return not lexicon.verbs or any(word == "to" or word in lexicon.verbs for word in words[1:-1])


def fresh(clause: str, lexicon: Lexicon) -> str | None:
    """``clause`` without "today", "this week" and their like; ``None`` where one of them cannot be left out.

    A day's name ("on Monday") goes too where it can.
    """
    result = _without(clause, lexicon.deictic, lexicon)
    return (_without(result, lexicon.dated, lexicon) or result) if result else None


def _without(clause: str, phrases: tuple[str, ...], lexicon: Lexicon) -> str | None:
    """``clause`` without ``phrases``: they can go where they open the clause with a comma, end it, or (in most
    European languages) stand as an adverb inside it; not as part of a phrase ("until today", "today’s vote")."""
    result = tidy(clause)
    for start, end in sorted(find_phrases(result, phrases), reverse=True):
        before, after = result[:start].rstrip(), result[end:]
        rest = after.lstrip()
        if after[:1] in {"’", "'", "-", "–"}:
            return None
        if not before:
            if rest[:1] not in {",", "،", "，"}:
                return None
            rest = rest[1:].lstrip()
            result = rest[:1].upper() + rest[1:]
        elif before.split()[-1].casefold() in lexicon.function - (lexicon.auxiliaries if rest else frozenset()):
            return None
        elif not rest:
            result = before.rstrip(",،，")
        elif not lexicon.adverbs_can_go or rest[0] in ",;:" or before[-1] in "’'":
            return None
        elif lexicon.nouns_capitalised and result[start].isupper():
            return None  # "Guten Morgen"
        else:
            result = f"{before} {rest}"
    return None if has_phrase(result, phrases) else result
