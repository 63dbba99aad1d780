"""A composition on the terminal: what was made of a text, why, and what else it could be."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from dispatch.cli.files import shown
from dispatch.cli.pictures import Pictures
from dispatch.edition.compose import Composition, Suggestion
from dispatch.edition.model import InBrief
from dispatch.edition.reading import Reading, Role

_QUIET = {Role.BLANK, Role.FRONT_MATTER, Role.DROPPED, Role.UNDERLINE}
_INDENT = 13


def summary(composition: Composition, paths: Sequence[Path], pictures: Pictures) -> Iterator[str]:
    """The lines that ``dispatch compose`` prints."""
    edition = composition.edition
    yield click.style(edition.title, bold=True)
    yield ""
    yield _row("Subject", edition.subject)
    yield _row("Preheader", edition.preheader or click.style("none: no sentence of the text serves as one", dim=True))
    minutes = f"{edition.reading_minutes} min read"
    yield _row("Edition", " · ".join([edition.date.isoformat(), minutes, edition.language, *_contents(composition)]))
    yield _row("In Brief", _box(edition.in_brief))
    if pictures.by_address:
        octets = sum(len(local.picture.content) for local in pictures.by_address.values())
        yield _row("Pictures", f"{len(pictures.by_address)}, {octets / 1_000:,.0f} KB as readers load them")
    yield ""
    yield from _suggestions(composition)
    yield ""
    for label, path in zip(("Browser", "Text", "Mail", "Data"), paths, strict=True):
        yield _row(label, shown(path))


def _row(label: str, text: str) -> str:
    return f"  {click.style(f'{label:<{_INDENT - 2}}', fg='cyan')}{text}"


def _contents(composition: Composition) -> Iterator[str]:
    stories = len(composition.edition.stories)
    if stories > 1:
        yield f"{stories} stories"
    notes = len(composition.edition.footnotes)
    if notes:
        yield f"{notes} footnote{'s' * (notes > 1)}"


def _box(box: InBrief | None) -> str:
    if box is None:
        return click.style("none", dim=True)
    items = f"{len(box.items)} item{'s' * (len(box.items) != 1)}"
    title = f"{box.title}: " if box.title else ""
    return f"{title}{items}{', made by extraction' if box.generated else ''}"


def _suggestions(composition: Composition) -> Iterator[str]:
    subject = composition.edition.subject
    others = 0
    yield _row("Suggestions", "")
    for number, suggestion in enumerate(composition.suggestions, 1):
        chosen = suggestion.subject == subject
        others = others or (0 if chosen else number)
        mark = click.style("✓", fg="green") if chosen else " "
        yield f"  {mark} {number}  {click.style(suggestion.text, bold=chosen)}"
        if suggestion.subject != suggestion.text:
            yield click.style(f"       as a subject: {suggestion.subject}", dim=True)
        yield click.style(f"       {place(suggestion)} · {suggestion.kind} · {suggestion.rule}", dim=True)
    if others:
        source = composition.readings[0].name
        yield click.style(f"       Take another: dispatch compose {_quoted(source)} --pick {others}", dim=True)


def place(suggestion: Suggestion) -> str:
    """``FILE:LINE``, as terminals and editors open it."""
    return suggestion.source if suggestion.line is None else f"{suggestion.source}:{suggestion.line}"


def _quoted(name: str) -> str:
    from shlex import quote

    return quote(name)


def roles(readings: Sequence[Reading]) -> Iterator[str]:
    """Each source line with the role it was given, in columns; cut at the terminal's width, whole elsewhere."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for reading in readings:
        yield click.style(reading.name, bold=True)
        digits = len(str(max((each.line for each in reading.roles), default=1)))
        longest = max((len(each.role) for each in reading.roles), default=0)
        for each in reading.roles:
            note = f"  [{each.note}]" if each.note else ""
            head = f"{each.line:>{digits}}  {each.role:<{longest}}  "
            text = each.text.rstrip()
            if width is not None:
                text = _cut(text, width - len(head) - len(note))
            role = click.style(head, dim=each.role in _QUIET, fg=None if each.role in _QUIET else "cyan")
            yield f"{role}{text}{click.style(note, dim=True)}".rstrip()


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(0, room - 1)]}…"
