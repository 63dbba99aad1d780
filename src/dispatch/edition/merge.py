"""``{{ recipient.FIELD | default("…") }}`` in editorial text: the whole grammar, and no more.

It is read only where front matter says ``merge: true``, by this parser and never by Jinja, so that a text can only ever
name a field and what stands in for an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.edition.model import Mark, MarkKind, Text
from dispatch.errors import Place, SourceError

_PLACEHOLDER = re.compile(r"\{\{(?P<inside>.*?)\}\}", re.DOTALL)
# Typographic quotes too: a word processor makes them of straight ones, and the author cannot see why it fails.
_INSIDE = re.compile(
    r"""\s*recipient\.(?P<field>[^\W\d]\w*)\s*
    (?:\|\s*default\(\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|[“„”](?P<curly>[^“”]*)[“”]|[‘’](?P<curled>[^‘’]*)’)\s*\)\s*)?""",
    re.VERBOSE,
)
_FORM = 'Write {{ recipient.FIELD }} or {{ recipient.FIELD | default("…") }}; nothing else is possible here.'
_AS_TEXT = "To show braces as text, take merge: true out of the front matter."


def merge_marks(text: Text, place: Place) -> Text:
    """``text`` with a ``MERGE`` mark over each placeholder, whose characters stay in the text as written.

    The mark's target is the recipient's field and its default what the author gave (``None`` where nothing). Marks that
    are there already stay. Raises :class:`SourceError` at ``place`` for anything in double braces that is no
    placeholder.
    """
    if "{{" not in text.text and "}}" not in text.text:
        return text
    found = tuple(_marks(text.text, place))
    for mark in found:
        for other in text.marks:
            if other.start < mark.start < other.end < mark.end or mark.start < other.start < mark.end < other.end:
                raise _malformed(text.text[mark.start : mark.end], place, "emphasis or a link begins or ends inside it")
    # A mark inside a placeholder (emphasis made of a field's underscores) says nothing about the value.
    kept = (other for other in text.marks if not any(m.start <= other.start < other.end < m.end for m in found))
    return Text(text.text, tuple(sorted((*kept, *found), key=lambda mark: (mark.start, -mark.end))))


def _marks(text: str, place: Place) -> Iterator[Mark]:
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        _no_braces(text[at : match.start()], place)
        inside = _INSIDE.fullmatch(match["inside"])
        if inside is None:
            raise _malformed(match[0], place)
        defaults = (inside[name] for name in ("double", "single", "curly", "curled"))
        default = next((value for value in defaults if value is not None), None)
        yield Mark(MarkKind.MERGE, match.start(), match.end(), target=inside["field"], default=default)
        at = match.end()
    _no_braces(text[at:], place)


def _no_braces(text: str, place: Place) -> None:
    at = max(text.find("{{"), text.find("}}"))
    if at >= 0:
        raise _malformed(text[max(at - 10, 0) : at + 20], place, "its other braces are missing")


def _malformed(written: str, place: Place, reason: str = "") -> SourceError:
    why = f" ({reason})" if reason else ""
    return SourceError(
        f"This is no placeholder: {' '.join(written.split())}{why}.", place=place, hint=f"{_FORM} {_AS_TEXT}"
    )
