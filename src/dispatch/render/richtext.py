"""A :class:`~dispatch.edition.model.Text` as HTML that cannot break out of where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin

from markupsafe import Markup, escape

from dispatch.edition.model import Mark, MarkKind, Text
from dispatch.render.marks import fold

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_IMAGE = re.compile(r"(?:https?://|cid:|data:image/)", re.IGNORECASE)

_ELEMENTS = {
    MarkKind.EMPHASIS: ("<em>", "</em>"),
    MarkKind.STRONG: ("<strong>", "</strong>"),
    MarkKind.CODE: ('<code class="code">', "</code>"),
    MarkKind.STRIKE: ("<s>", "</s>"),
}


def clean(text: str) -> str:
    """``text`` without the control characters and non-characters that neither XML nor mail can carry."""
    return _UNFIT.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def plain_html(text: str) -> Markup:
    """``text`` escaped, its line ends kept as line breaks."""
    return Markup("<br />").join(escape(line) for line in clean(text).split("\n"))


def link_target(target: str | None, base_url: str | None) -> str | None:
    """Where a link may lead: http, https, mailto or tel, relative ones from ``base_url``; else ``None``."""
    target = clean(target or "").strip()
    if _LINK.match(target):
        return target
    if not target or _SCHEME.match(target) or base_url is None:
        return None
    return urljoin(f"{base_url}/", target)


def image_source(src: str) -> str | None:
    """Where an image may come from; ``None`` for a source that no mail program could show."""
    src = clean(src).strip()
    return src if _IMAGE.match(src) else None


class RichText:
    """Renders texts of one edition. ``slot`` gives the mark for a recipient's field; ``note`` the number of a
    footnote's label and whether this is its first mention, ``None`` where no such footnote exists; ``origin`` what
    goes before each text to say from where it comes, if anything does."""

    def __init__(
        self,
        slot: Callable[[Mark], str],
        note: Callable[[str], tuple[int, bool] | None],
        note_name: Callable[[str], str],
        base_url: str | None,
        origin: Callable[[], str] | None = None,
    ) -> None:
        self._slot, self._note, self._note_name, self._base_url = slot, note, note_name, base_url
        self._origin = origin

    def html(self, text: Text, start: int = 0, end: int | None = None) -> Markup:
        """``text[start:end]`` with its marks as elements."""
        return Markup(self._before(text.text)) + fold(text, plain_html, Markup().join, self._mark, start, end)

    def verbatim(self, text: str) -> str:
        """``text`` without marks, not escaped yet."""
        return self._before(text) + clean(text)

    def _before(self, text: str) -> str:
        """An empty text stays empty: templates ask for that."""
        return self._origin() if self._origin is not None and text else ""

    def _mark(self, mark: Mark, content: Markup) -> Markup:
        if mark.kind is MarkKind.MERGE:
            return Markup(self._slot(mark))
        if mark.kind is MarkKind.LINK:
            return self._link(mark, content)
        if mark.kind is MarkKind.FOOTNOTE:
            return self._reference(mark, content)
        before, after = _ELEMENTS[mark.kind]
        return Markup(before) + content + Markup(after)

    def _link(self, mark: Mark, content: Markup) -> Markup:
        target = link_target(mark.target, self._base_url)
        if target is None or not content.striptags():
            return content
        return Markup('<a class="link" href="{}">{}</a>').format(target, content)

    def _reference(self, mark: Mark, content: Markup) -> Markup:
        found = self._note(mark.target or "")
        if found is None:
            return content
        number, first = found
        identity = Markup(' id="ref-{}"').format(number) if first else Markup()
        name = self._note_name(content.striptags())
        return Markup('<sup class="ref"><a class="link" href="#note-{}"{} aria-label="{}">{}</a></sup>').format(
            number, identity, name, content
        )
