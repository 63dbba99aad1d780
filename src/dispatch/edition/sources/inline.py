"""Bare web and mail addresses in running text become links; everything else stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from linkify_it import LinkifyIt

from dispatch.edition.model import Mark, MarkKind, Text

# The longest stretch without a space that is looked at: an address longer than this is none that a reader could use,
# and the search for one in a wall of text must not take time that grows with its square.
_LONGEST_ADDRESS = 2_000
_CANDIDATE = re.compile(r"[^\s。，、；！？「」『』《》【】（）]+")
_SEAM = re.compile(r"(?<=[^\x00-\x7f])(?=https?://|www\.)", re.IGNORECASE)
_HINT = re.compile(r"://|@|www\.|mailto:|/", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@/]+@[^\s@/]+\.")
_DOTTED_HOST = re.compile(r"[@/.][^\W_][\w-]*\.[^\W\d_]{2,}(?:[/?#:]|$)")
_OPENERS = "(<[{\"'“‘«„"
_SAFE = ("http:", "https:", "mailto:")


def link_marks(text: Text) -> Text:
    """``text`` with a LINK mark on each bare address that crosses no mark already there.

    Links: http(s) and mailto addresses, e-mail addresses, and addresses without a scheme that cannot be mere names
    ("www.example.org", "example.org/report"); "Amazon.com" is a company, not a link.
    """
    found = tuple(_links(text.text))
    taken = [mark for mark in text.marks if mark.kind in (MarkKind.LINK, MarkKind.CODE, MarkKind.MERGE)]
    new = tuple(mark for mark in found if all(mark.end <= other.start or other.end <= mark.start for other in taken))
    return replace(text, marks=(*text.marks, *new)) if new else text


def whole_address(word: str) -> str | None:
    """The URL of a word that is one bare address and nothing else ("www.example.org/a"), else ``None``."""
    found = link_marks(Text(word)).marks
    return found[0].target if len(found) == 1 and (found[0].start, found[0].end) == (0, len(word)) else None


def _links(text: str) -> list[Mark]:
    marks: list[Mark] = []
    if not _HINT.search(text):
        return marks
    for at, word in _candidates(text):
        if len(word) <= _LONGEST_ADDRESS and _HINT.search(word):
            for start, end, url in _addresses(word):
                marks.append(Mark(MarkKind.LINK, at + start, at + end, target=url))
    return marks


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    """Words with their places; scripts without spaces set an address right behind a word."""
    for word in _CANDIDATE.finditer(text):
        at = word.start()
        for part in _SEAM.split(word[0]):
            yield at, part
            at += len(part)


def _addresses(word: str) -> list[tuple[int, int, str]]:
    """Start, end and URL of each address in a word."""
    found = [
        (match.index, match.last_index, match.url if match.schema else _encrypted(match.url))
        for match in _linkify().match(word) or ()
        if match.url.lower().startswith(_SAFE) and (match.schema or _is_address(match.raw))
    ]
    return found or _under_rare_domain(word)


def _under_rare_domain(word: str) -> list[tuple[int, int, str]]:
    """ "press@acme.news", "www.acme.design": the library knows few top-level domains unless a scheme is named."""
    start = len(word) - len(word.lstrip(_OPENERS))
    bare = word[start:]
    scheme = "https://" if bare.lower().startswith("www.") else "mailto:" if _MAIL.match(bare) else None
    for match in (_linkify().match(scheme + bare) or ())[:1] if scheme else ():
        if match.index == 0 and _DOTTED_HOST.search(match.raw):
            return [(start, start + match.last_index - len(scheme or ""), match.url)]
    return []


def _encrypted(url: str) -> str:
    """An address without a scheme is tried with https first, as browsers do."""
    return f"https://{url.removeprefix('http://')}"


def _is_address(raw: str) -> bool:
    return raw.lower().startswith("www.") or "/" in raw


@lru_cache(maxsize=1)
def _linkify() -> LinkifyIt:
    linkify = LinkifyIt(options={"fuzzy_ip": False})
    return linkify.add("ftp:", None).add("//", None)
