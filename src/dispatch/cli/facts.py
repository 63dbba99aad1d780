"""An editor's fact sheet on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from dispatch.errors import Place
from dispatch.preflight.facts import Fact, FactSheet, Saying


def fact_sheet(sheet: FactSheet) -> Iterator[str]:
    """The lines that ``dispatch check --facts`` prints."""
    if sheet.doubtful:
        yield click.style("Nearly the same name", fg="yellow", bold=True)
        for one, other in sheet.doubtful:
            yield f"  {one.text} ({_where(one.places)}) and {other.text} ({_where(other.places)})"
        yield ""
    yield from _section("Names", sheet.names)
    yield from _section("Numbers", sheet.numbers)
    yield from _section("Dates", sheet.dates)
    yield from _quotations(sheet.quotations)


def _section(title: str, facts: Sequence[Fact]) -> Iterator[str]:
    yield click.style(f"{title} ({len(facts)})", bold=True)
    longest = min(40, max((len(fact.text) for fact in facts), default=0))
    for fact in facts:
        yield f"  {fact.text:<{longest}}  {click.style(_where(fact.places), dim=True)}"
    yield ""


def _quotations(sayings: Sequence[Saying]) -> Iterator[str]:
    yield click.style(f"Quotations ({len(sayings)})", bold=True)
    for saying in sayings:
        speaker = f" ({saying.speaker})" if saying.speaker else ""
        at = _where([saying.place])
        yield f"  {click.style(at, dim=True)}  “{saying.words}”{speaker}"


def _where(places: Iterable[Place | None]) -> str:
    """ "seeds/a.txt:3, 7, 12": each file once."""
    parts: list[str] = []
    file = None
    for place in places:
        if place is None:
            continue
        line = "headline" if place.line is None else str(place.line)
        parts.append(line if place.file == file else f"{place.file}:{line}")
        file = place.file
    return ", ".join(dict.fromkeys(parts))
