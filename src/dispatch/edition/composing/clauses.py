"""Where a clause ends: the only places at which a headline or a subject may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.edition.composing.lexicon import Lexicon
from dispatch.edition.composing.quotations import quotations
from dispatch.edition.composing.words import count_words, find_phrases, has_phrase, measure, tidy

_BREAK = re.compile(r"\s+[–—-]+\s+|—|[;:](?=\s|$)|[,،](?=\s)|[，；：。、！？]|[.!?…؟۔।]+(?=[\s”’\"»)]*$)")
_STRONG = re.compile(r"[–—;。；！？.!?…؟۔।-]")
_WIDE = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
_SHORTEST = 14
_HEDGE_WINDOW = 6
"""How many of the words behind a cut could take back what stands before it."""


def finish(text: str) -> str:
    """``text`` on one line without the punctuation that ended its clause; a question keeps its mark."""
    return tidy(text).rstrip(" ,;:–—-،，；：、。.…۔।|")


def clauses(sentence: str, limit: int, lexicon: Lexicon, *, adjuncts: bool = False) -> Iterator[str]:
    """What stands before each clause's end in ``sentence``, shortest first, whole sentence last, each within ``limit``.

    A comma ends a clause only where a clause stands before it: not an introduction ("In a surprise move,"), not a name
    with its apposition ("Jane Doe, the mayor,"). No cut parts a quotation or a number, and none leaves behind what
    would take the words back (", officials said", "if …"). ``adjuncts`` allows cuts before words such as "after".
    """
    if measure(finish(sentence)) <= limit:
        yield finish(sentence)
        return
    quoted = quotations(sentence)
    for start, end in _breaks(sentence, lexicon if adjuncts else None):
        left, right = sentence[:start], sentence[end:]
        if measure(finish(left)) > limit:
            return
        if any(quote.start < start < quote.end for quote in quoted) or _in_brackets(sentence, start):
            continue
        strong = bool(_STRONG.search(sentence[start:end]))
        if _is_long_enough(left) and _is_clause(left, right, strong, lexicon) and not _is_hedged(right, lexicon):
            yield finish(left)


def _breaks(sentence: str, lexicon: Lexicon | None) -> list[tuple[int, int]]:
    breaks = [match.span() for match in _BREAK.finditer(sentence)]
    if lexicon and lexicon.openers:
        openers = find_phrases(sentence, tuple(sorted(lexicon.openers, key=len, reverse=True)))
        breaks += [(start, start) for start, _end in openers]
    return sorted(breaks)


def _in_brackets(sentence: str, position: int) -> bool:
    before = sentence[:position]
    return before.count("(") > before.count(")") or before.count("[") > before.count("]")


def _is_long_enough(left: str) -> bool:
    if _WIDE.search(left):
        return measure(finish(left)) >= _SHORTEST // 2
    return measure(finish(left)) >= _SHORTEST and count_words(left) >= 3


def _is_clause(left: str, right: str, strong: bool, lexicon: Lexicon) -> bool:
    words = [word.strip("“”‘’\"'()[]«»,;:").casefold() for word in left.split()]
    if words[0] in lexicon.subordinators:
        # "After the vote, the mayor resigned": the first comma only closes the introduction.
        return strong or len(re.findall(r"[,،]\s", left)) > 0
    if words[-1] in lexicon.function:
        return False
    if strong or not lexicon.verbs:
        return strong or len(words) >= 5 or bool(_WIDE.search(left))
    return any(_is_verb(word, raw, lexicon) for word, raw in zip(words[1:], left.split()[1:], strict=True))


def _is_verb(word: str, raw: str, lexicon: Lexicon) -> bool:
    if word in lexicon.verbs:
        return True
    return raw[:1].islower() and len(word) > 4 and "-" not in word and word.endswith(lexicon.verb_endings or ("\0",))


def _is_hedged(right: str, lexicon: Lexicon) -> bool:
    following = [word.strip("“”‘’\"'()[]«»,;:.").casefold() for word in right.split()[:_HEDGE_WINDOW]]
    return bool(lexicon.hedges.intersection(following))


def without_deictics(clause: str, lexicon: Lexicon) -> str | None:
    """``clause`` without "today", "this week" and their like, where they can be left out; ``None`` where they cannot.

    They can where they open the clause with a comma, end it, or (in English) stand as an adverb inside it; not as part
    of a phrase ("until today", "today’s vote").
    """
    result = tidy(clause)
    for start, end in sorted(find_phrases(result, lexicon.deictic), reverse=True):
        before, after = result[:start].rstrip(), result[end:]
        if after[:1] in {"’", "'", "-", "–"}:
            return None
        rest = after.lstrip()
        if not before:
            if rest[:1] not in {",", "،", "，"}:
                return None
            rest = rest[1:].lstrip()
            result = rest[:1].upper() + rest[1:]
        elif before.split()[-1].casefold() in lexicon.function:
            return None
        elif not rest:
            result = before.rstrip(",،，")
        elif not lexicon.verbs or rest[0] in ",;:":
            return None
        else:
            result = f"{before} {rest}"
    return None if has_phrase(result, lexicon.deictic) else result
