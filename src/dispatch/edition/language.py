"""Which language a text is in, and which way it runs.

Detection serves hyphenation, screen readers and direction, so a wrong answer is worse than none: it speaks only where
the script or the frequent small words of a language are plain.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter

from dispatch.edition.language_words import FUNCTION_WORDS, LETTERS
from dispatch.edition.model import Direction

_RTL_LANGUAGES = frozenset({"ar", "arc", "arz", "ary", "ckb", "dv", "fa", "he", "iw", "nqo", "pnb", "ps", "sd", "syr"})
_RTL_LANGUAGES |= {"ug", "ur", "yi"}
_RTL_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})
_SAMPLE = 20_000
"""Characters looked at: enough to be sure, and no more work for a long text."""

# Ranges of letters by script (Unicode blocks), with the language that a script alone stands for, if any.
_SCRIPTS: tuple[tuple[str, str, str | None], ...] = (
    ("latin", "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff", None),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff", "el"),
    ("cyrillic", "\u0400-\u052f", None),
    ("armenian", "\u0530-\u058f", "hy"),
    ("hebrew", "\u05d0-\u05f4", None),
    ("arabic", "\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc", None),
    ("syriac", "\u0700-\u074f", "syr"),
    ("thaana", "\u0780-\u07bf", "dv"),
    ("devanagari", "\u0900-\u097f", None),
    ("bengali", "\u0980-\u09ff", "bn"),
    ("gurmukhi", "\u0a00-\u0a7f", "pa"),
    ("gujarati", "\u0a80-\u0aff", "gu"),
    ("tamil", "\u0b80-\u0bff", "ta"),
    ("telugu", "\u0c00-\u0c7f", "te"),
    ("kannada", "\u0c80-\u0cff", "kn"),
    ("malayalam", "\u0d00-\u0d7f", "ml"),
    ("sinhala", "\u0d80-\u0dff", "si"),
    ("thai", "\u0e00-\u0e7f", "th"),
    ("lao", "\u0e80-\u0eff", "lo"),
    ("tibetan", "\u0f00-\u0fff", "bo"),
    ("burmese", "\u1000-\u109f", "my"),
    ("georgian", "\u10a0-\u10ff\u1c90-\u1cbf", "ka"),
    ("ethiopic", "\u1200-\u137f", "am"),
    ("khmer", "\u1780-\u17ff", "km"),
    ("kana", "\u3040-\u30ff", "ja"),
    ("hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", "ko"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f", None),
)
_BLOCKS = sorted(
    (first, last or first, script)
    for script, letters, _ in _SCRIPTS
    for first, last in re.findall("(.)(?:-(.))?", letters)
)
_FIRST_LETTERS = [first for first, _, _ in _BLOCKS]
_ONE_LANGUAGE = {script: language for script, _, language in _SCRIPTS if language}
# What a language tag says about the script its texts are in, for languages that are not written in Latin.
_SCRIPT_OF = {language: script for script, language in _ONE_LANGUAGE.items()} | dict.fromkeys(
    ("ar", "fa", "ur", "ps", "sd", "ckb", "ug"), "arabic"
)
_SCRIPT_OF |= dict.fromkeys(("ru", "uk", "bg", "be", "mk", "mn", "kk", "ky", "tg"), "cyrillic")
_SCRIPT_OF |= dict.fromkeys(("he", "yi"), "hebrew") | dict.fromkeys(("hi", "mr", "ne", "sa"), "devanagari")
_SCRIPT_OF |= {"zh": "han"}
_EITHER_SCRIPT = frozenset({"sr", "uz", "az", "ku", "bs", "tt", "ha", "ms"})
"""Languages written in more than one script: no script contradicts them."""
_SUBTAG_SCRIPTS = {"latn": "latin", "cyrl": "cyrillic", "arab": "arabic", "hebr": "hebrew", "grek": "greek"}
_SUBTAG_SCRIPTS |= {"hans": "han", "hant": "han", "deva": "devanagari"}

# Letters and the signs that stand in words beside them: accents, vowel points, and joiners.
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u200c\u200d])"
_WORD = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*")
_KIN = tuple(
    frozenset(group.split()) for group in ("da nb sv", "id ms", "cs sk", "hr sl", "gl pt es ca", "ru be uk", "bg mk sr")
)
"""Neighbours that share most small words: a narrow lead among them is better than no answer."""

_TRADITIONAL = frozenset("這個們國來時會為說對過發後學還經現動進種問開關無與東車長門馬語讀書點電話報導資訊")
_SIMPLIFIED = frozenset("这个们国来时会为说对过发后学还经现动进种问开关无与东车长门马语读书点电话报导资讯")


def detect_language(text: str) -> str | None:
    """The BCP 47 tag of the language that ``text`` is plainly in, or ``None``."""
    sample = text[:_SAMPLE]
    counts = _script_counts(sample)
    script = _main_script(counts)
    if script is None:
        return None
    if script == "han":
        return "ja" if counts["kana"] > counts["han"] * 0.05 else _chinese(sample)
    return _ONE_LANGUAGE.get(script) or _by_letters_and_words(sample, script)


def direction_of(language: str) -> Direction:
    """``"rtl"`` for languages written from right to left, by their script subtag where the tag has one (RFC 5646)."""
    primary, *rest = language.lower().replace("_", "-").split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if script:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if primary in _RTL_LANGUAGES else "ltr"


def resolve_language(front: str | None, settings: str | None, text: str) -> str:
    """The edition's language: the author's word (``front``), else the settings', else what the text shows, else "en".

    Settings give way where the text's script contradicts them: an Arabic text under ``language = "en"`` is Arabic.
    """
    if front:
        return front
    if settings and not _contradicts(text, settings):
        return settings
    return detect_language(text) or settings or "en"


def _contradicts(text: str, language: str) -> bool:
    primary, *rest = language.lower().replace("_", "-").split("-")
    if primary in _EITHER_SCRIPT and not rest:
        return False
    found = _main_script(_script_counts(text[:_SAMPLE]))
    subtag = next((_SUBTAG_SCRIPTS[part] for part in rest if part in _SUBTAG_SCRIPTS), None)
    expected = subtag or _SCRIPT_OF.get(primary, "latin")
    japanese = {found, expected} == {"han", "kana"}
    return found is not None and found != expected and not japanese


def _script_counts(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        _, last, script = _BLOCKS[bisect_right(_FIRST_LETTERS, character) - 1]
        if _FIRST_LETTERS[0] <= character <= last:
            counts[script] += count
    return counts


def _main_script(counts: Counter[str]) -> str | None:
    """The script of most of a text's letters: names in Latin letters are common in texts of every script."""
    weights = Counter({script: count if script != "latin" else count // 2 for script, count in counts.items() if count})
    if not weights:
        return None
    script, weight = weights.most_common(1)[0]
    if script == "kana" or (script == "han" and counts["kana"] > counts["han"] * 0.05):
        return "kana"
    return script if weight >= 0.5 * weights.total() else None


def _chinese(text: str) -> str:
    traditional = sum(char in _TRADITIONAL - _SIMPLIFIED for char in text)
    simplified = sum(char in _SIMPLIFIED - _TRADITIONAL for char in text)
    return "zh-Hant" if traditional > simplified else "zh-Hans" if simplified > traditional else "zh"


def _by_letters_and_words(text: str, script: str) -> str | None:
    """The language among those of one script with the most small words and letters of its own."""
    # A combining accent may stand apart from its letter in texts from some systems.
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not words:
        return None
    counted = Counter(part for word in words for part in (word, *re.split("['’]", word)[:-1]))
    letters = Counter("".join(words))
    scores = {
        language: _score(known, LETTERS.get(language, ""), counted, letters)
        for language, known in FUNCTION_WORDS[script].items()
    }
    (best, score), (second, next_score), *_ = sorted(scores.items(), key=lambda item: -item[1])
    lead = 1.0 if any({best, second} <= kin for kin in _KIN) else 1.1
    return best if score > lead * next_score and score >= max(2.0, 0.06 * len(words)) else _default_of(script)


def _score(known: frozenset[str], own: str, counted: Counter[str], letters: Counter[str]) -> float:
    """How much of a text a language's small words and own letters make up; 0 for a chance hit or two.

    A single letter is often a list's label or a formula, whatever language has it as a word.
    """
    seen = [word for word in known if counted[word]]
    of_its_own = sum(letters[char] for char in own)
    if len(seen) + min(of_its_own, 2) < 3 or all(len(word) == 1 for word in seen):
        return 0.0
    return sum(counted[word] * (0.4 if len(word) == 1 else 1.0) for word in seen) + 1.5 * of_its_own


def _default_of(script: str) -> str | None:
    # Too short to tell a Persian headline from an Arabic one; the direction must be right all the same.
    return {"arabic": "ar", "hebrew": "he"}.get(script)
