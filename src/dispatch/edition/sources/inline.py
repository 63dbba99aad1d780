"""Bare web and mail addresses in running text become links; everything else stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from linkify_it import LinkifyIt

from dispatch.edition.model import Mark, MarkKind, Text

# The longest stretch without a space that is looked at: an address longer than this is none that a reader could use,
# and the search for one in a wall of text must not take time that grows with its square.
_LONGEST_ADDRESS = 2_000
_CANDIDATE = re.compile(r"\S+")
_HINT = re.compile(r"://|@|www\.|mailto:|/", re.IGNORECASE)
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


def _links(text: str) -> list[Mark]:
    marks: list[Mark] = []
    if not _HINT.search(text):
        return marks
    for word in _CANDIDATE.finditer(text):
        if len(word[0]) > _LONGEST_ADDRESS or not _HINT.search(word[0]):
            continue
        for match in _linkify().match(word[0]) or ():
            if match.url.lower().startswith(_SAFE) and (match.schema or _is_address(match.raw)):
                start = word.start() + match.index
                marks.append(Mark(MarkKind.LINK, start, word.start() + match.last_index, target=match.url))
    return marks


def _is_address(raw: str) -> bool:
    return raw.lower().startswith("www.") or "/" in raw


@lru_cache(maxsize=1)
def _linkify() -> LinkifyIt:
    linkify = LinkifyIt(options={"fuzzy_ip": False})
    return linkify.add("ftp:", None).add("//", None)
