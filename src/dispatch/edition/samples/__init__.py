"""Sample editions of every shape, for whoever wants to see a theme with all that it may have to hold.

Their texts lie beside this module and are read and composed as any seed is; none of them is news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from dispatch.edition.compose import ComposeOptions, compose
from dispatch.edition.model import Edition
from dispatch.edition.sources import read_source

DATE = date(2026, 11, 23)
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Sample:
    """``name`` is what reports call it. ``bare`` says that it also does without what settings may leave out: a tagline,
    a number, a postal address."""

    name: str
    about: str
    edition: Edition
    bare: bool = False


@cache
def samples() -> tuple[Sample, ...]:
    """The samples, the fullest first."""
    return (
        Sample("every-block", "every kind of block, notes, In Brief", _composed(["every-block.md"], number=1204)),
        Sample(
            "stories",
            "several stories below a headline of their own, In Brief made",
            replace(_composed(["water.txt", "port.txt", "light.md"], number=41), title="Water, Ports, Light"),
        ),
        Sample("untitled-stories", "several stories without a headline above", _composed(["port.txt", "light.md"])),
        Sample("right-to-left", "Arabic, read from right to left", _composed(["right-to-left.txt"], number=7)),
        Sample("caseless", "Japanese, a script without capitals", _composed(["japanese.txt"], number=7)),
        Sample(
            "bare", "one sentence and nothing else", _composed(["bare.txt"], tagline="", in_brief="source"), bare=True
        ),
    )


def _composed(
    files: Sequence[str],
    number: int | None = None,
    tagline: str = "Stay informed. Stay ahead.",
    in_brief: str = "auto",
) -> Edition:
    readings = [read_source(_HERE / file, name=file, tagline=tagline) for file in files]
    options = ComposeOptions(tagline=tagline, language=None, in_brief=in_brief, today=DATE, number=number)
    return compose(readings, options).edition
