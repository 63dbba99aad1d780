"""What ``dispatch theme check`` found, on the terminal and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dispatch.cli.files import write_atomically
from dispatch.cli.findings import finding_data, grouped, meter, shown_by, verdict
from dispatch.cli.wording import many
from dispatch.edition.samples import samples
from dispatch.errors import ThemeError
from dispatch.preflight.check import by_group
from dispatch.preflight.finding import Finding
from dispatch.preflight.size import STYLE_LIMIT
from dispatch.preflight.theme import Examination, Seen


def report(found: Examination) -> Iterator[str]:
    """The lines that are printed of one theme."""
    yield click.style(found.theme, bold=True)
    if found.pages:
        yield click.style(f"  {many(len(found.pages), 'page')}: {', '.join(found.pages)}", dim=True)
    if found.errors:
        yield ""
        yield click.style("Templates", bold=True)
        for error, names in found.errors:
            yield from _mistake(error, names)
    for group, findings in by_group([_with_samples(each) for each in found.seen]).items():
        if findings:
            yield ""
            yield click.style(group.value, bold=True)
            yield from grouped(findings)
    yield ""
    if found.pages:
        yield meter(found.octets)
        yield f"Styles    {found.styles / 1024:.1f} of the {STYLE_LIMIT // 1024} KB that Gmail takes"
        yield shown_by(found.shown)
    yield verdict([each.finding for each in found.seen], len(found.errors))


def write_pages(folder: Path, examined: Sequence[Examination]) -> None:
    """Write the pages that were looked at into ``folder/THEME``, to look at them oneself."""
    for each in examined:
        home = folder / each.theme
        home.mkdir(parents=True, exist_ok=True)
        for name, html in each.pages.items():
            write_atomically(home / f"{name}.html", html.encode())


def as_data(examined: Sequence[Examination]) -> str:
    """The same as JSON: a list with one object for each theme."""
    return json.dumps([_data(each) for each in examined], indent=2, ensure_ascii=False)


def _data(found: Examination) -> dict[str, Any]:
    mistakes = [
        {
            "message": error.message,
            "file": error.place.file if error.place else None,
            "line": error.place.line if error.place else None,
            "mend": error.hint,
            "samples": names,
        }
        for error, names in found.errors
    ]
    return {
        "theme": found.theme,
        "pages": list(found.pages),
        "octets": found.octets,
        "styles": found.styles,
        "clients": found.shown,
        "errors": mistakes,
        "findings": [{**finding_data(each.finding), "samples": list(each.samples)} for each in found.seen],
    }


def _mistake(error: ThemeError, names: Sequence[str]) -> Iterator[str]:
    """A mistake that kept samples from being rendered; which, where it was not all of them."""
    where = f"{error.place}: " if error.place else ""
    of = "" if len(names) == len(samples()) else f" ({', '.join(names)})"
    yield f"  {click.style('✗', fg='red', bold=True)} {where}{error.message}{of}"
    if error.hint:
        yield click.style(f"    → {error.hint}", dim=True)


def _with_samples(seen: Seen) -> Finding:
    """The finding with the samples that show it, where not all do."""
    if len(seen.samples) == len(samples()):
        return seen.finding
    return replace(seen.finding, message=f"{seen.finding.message} ({', '.join(seen.samples)})")
