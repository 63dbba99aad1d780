"""Building a :class:`Text` from a stream of words, marks and images, so that marks never cross."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dispatch.edition.model import Image, Mark, MarkKind, Text
from dispatch.edition.sources.inline import link_marks

# Line ends and tabs that a character reference made ("&#10;"): they are spaces, or a header and a list would break.
_SPACES = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_UNWRITTEN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Letters between which a line's end is no space (Chinese, Japanese)."""

SUPERSCRIPT = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
SUBSCRIPT = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))


@dataclass(frozen=True, slots=True)
class _Open:
    kind: MarkKind
    start: int
    order: int
    target: str | None


class TextBuilder:
    """Collects words and marks; an image parts what stands before it from what follows."""

    def __init__(self) -> None:
        self._text = ""
        self._open: list[_Open] = []
        self._marks: list[tuple[int, Mark]] = []
        self._order = 0
        self._space = False
        self._pieces: list[Text | Image] = []
        self.raised: Mapping[str, str] | None = None
        """How letters are raised or lowered while inside ``<sup>`` or ``<sub>``, where every one of them can be."""

    def add(self, text: str, *, links: bool = False) -> None:
        """Words as they are; with ``links``, bare addresses among them become links."""
        clean = _CONTROLS.sub("", _SPACES.sub(" ", text))
        if not clean:
            return
        if self.raised and all(char in self.raised for char in clean):
            clean = "".join(self.raised[char] for char in clean)
        self._resolve_space(before=clean[0])
        start = len(self._text)
        self._text += clean
        if links and not any(mark.kind in (MarkKind.LINK, MarkKind.CODE) for mark in self._open):
            for mark in link_marks(Text(clean)).marks:
                self._mark(replace(mark, start=start + mark.start, end=start + mark.end))

    def add_html(self, text: str) -> None:
        """Words of HTML, where any run of white space is one space."""
        words = text.split()
        if text[:1].isspace():
            self.space()
        if words:
            self.add(" ".join(words), links=True)
            if text[-1].isspace():
                self.space()

    def space(self) -> None:
        """One space, if anything stands on both sides of it."""
        self._space = True

    def line_break(self) -> None:
        self._space = False
        kept = self._text.rstrip(" ")
        if len(kept) < len(self._text):
            self._open = [replace(mark, start=min(mark.start, len(kept))) for mark in self._open]
            self._marks = [(order, _clip(mark, 0, len(kept))) for order, mark in self._marks]
        self._text = kept + "\n"

    def open(self, kind: MarkKind, target: str | None = None) -> None:
        """Begin a mark. A link without target, or inside another, is no link; its words stay."""
        self._resolve_space()
        if kind is MarkKind.LINK and self.link:
            target = None
        self._open.append(_Open(kind, len(self._text), self._next(), target))

    def close(self, kind: MarkKind) -> None:
        """End the innermost mark of ``kind``; what was opened inside it ends, and goes on behind it."""
        at = next((index for index in reversed(range(len(self._open))) if self._open[index].kind is kind), None)
        if at is None:
            return
        for mark in self._open[at:]:
            self._end(mark)
        self._open[at:] = [replace(mark, start=len(self._text), order=self._next()) for mark in self._open[at + 1 :]]

    def footnote(self, label: str) -> None:
        self._space = False
        start = len(self._text)
        self._text += f"[{label}]"
        self._mark(Mark(MarkKind.FOOTNOTE, start, len(self._text), target=label))

    def image(self, image: Image) -> None:
        self._flush()
        self._pieces.append(replace(image, link=self.link))

    def finish(self) -> list[Text | Image]:
        """Texts (never blank) and images, in order; open marks end here."""
        self._flush()
        return self._pieces

    @property
    def link(self) -> str | None:
        """The target of the link that is open, if any."""
        return next((mark.target for mark in self._open if mark.kind is MarkKind.LINK and mark.target), None)

    def _resolve_space(self, before: str = "") -> None:
        if self._space and self._text and not self._text[-1].isspace() and not before.isspace():
            joined = _UNWRITTEN.match(self._text[-1]) and (not before or _UNWRITTEN.match(before))
            self._text += "" if joined else " "
        self._space = False

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _mark(self, mark: Mark) -> None:
        self._marks.append((self._next(), mark))

    def _end(self, opened: _Open) -> None:
        if opened.kind is not MarkKind.LINK or opened.target:
            mark = Mark(opened.kind, opened.start, len(self._text), target=opened.target)
            self._marks.append((opened.order, mark))

    def _flush(self) -> None:
        for opened in reversed(self._open):
            self._end(opened)
        marks = (mark for _, mark in sorted(self._marks, key=lambda one: (one[1].start, -one[1].end, one[0])))
        text = trimmed(Text(self._text, tuple(marks)))
        if text.text.strip():
            self._pieces.append(text)
        self._text, self._marks, self._space = "", [], False
        self._open = [replace(mark, start=0) for mark in self._open]


def part(text: Text, start: int, end: int | None = None) -> Text:
    """The stretch ``[start, end)`` of ``text`` with the marks that stand in it."""
    end = len(text.text) if end is None else end
    marks = (_clip(mark, start, end) for mark in text.marks)
    return Text(
        text.text[start:end],
        tuple(replace(m, start=m.start - start, end=m.end - start) for m in marks if m.start < m.end),
    )


def trimmed(text: Text) -> Text:
    """``text`` without blanks at its ends."""
    start = len(text.text) - len(text.text.lstrip())
    return part(text, start, max(start, len(text.text.rstrip())))


def joined(texts: Iterable[Text], between: str) -> Text:
    """The texts as one."""
    whole = ""
    marks: list[Mark] = []
    for text in texts:
        at = len(whole) + len(between) if whole else 0
        whole = f"{whole}{between}{text.text}" if whole else text.text
        marks.extend(replace(mark, start=mark.start + at, end=mark.end + at) for mark in text.marks)
    return Text(whole, tuple(marks))


def _clip(mark: Mark, start: int, end: int) -> Mark:
    return replace(mark, start=min(max(mark.start, start), end), end=max(min(mark.end, end), start))
