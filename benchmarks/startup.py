"""How long a command takes that a person waits for, beside an empty Python and Node's mjml on the same MJML."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mjml import mjml2html

from benchmarks.measure import CommandFailed, Figure, Sample, interleaved, ratio, run, table
from benchmarks.workspace import SEED, WORK, fresh_newsletter, npm_package
from dispatch import cli
from dispatch.render import html

MJML_VERSION = "5.4.1"
DISPATCH = Path(sys.executable).with_name("dispatch")
"""The command as people run it."""


def report(rounds: int) -> str:
    """The table of start-up times."""
    newsletter = fresh_newsletter("startup")
    subjects: dict[str, Callable[[], Sample]] = {
        "`python -c pass`": lambda: run([sys.executable, "-c", "pass"]),
        "`dispatch --help`": lambda: run([DISPATCH, "--help"]),
        f"`dispatch compose {SEED}`": lambda: run([DISPATCH, "compose", SEED], cwd=newsletter),
    }
    package = npm_package("mjml", MJML_VERSION)
    node = f"Node's `mjml` {MJML_VERSION} on the same MJML"
    if package is not None:
        mjml = package / "node_modules" / ".bin" / "mjml"
        source = _mjml_of_the_seed(newsletter)
        subjects[node] = lambda: run([mjml, source, "-o", source.with_suffix(".html")])
    for subject in subjects.values():
        subject()  # once, so that what each keeps from one run to the next is there
    samples = interleaved(rounds, **subjects)
    beside = {name: _seconds(samples[name]) for name in ("`python -c pass`", node) if name in samples}
    rows = [_row(name, taken, beside.values()) for name, taken in samples.items()]
    return table(
        ["whole process", "time", "CPU", *(f"time beside {name.partition(' on ')[0]}" for name in beside)], rows
    )


def _row(name: str, taken: list[Sample], beside: Iterable[list[float]]) -> list[str]:
    seconds = _seconds(taken)
    cpu = Figure.of([sample.cpu for sample in taken])
    ratios = [ratio(seconds, other).show("×", 1, 2) for other in beside]
    return [name, Figure.of(seconds).show("ms", 1000), cpu.show("ms", 1000), *ratios]


def _seconds(taken: list[Sample]) -> list[float]:
    return [sample.seconds for sample in taken]


def _mjml_of_the_seed(newsletter: Path) -> Path:
    """What Dispatch hands to its own MJML compiler for the seed, as a file."""
    seen: list[str] = []

    def remember(source: str, **options: Any) -> str:
        seen.append(source)
        return mjml2html(source, **options)

    with chdir(newsletter), redirect_stdout(StringIO()), patch.object(html, "mjml2html", remember):
        if code := cli.run(["compose", SEED]):
            raise CommandFailed(f"dispatch compose ended with {code}")
    file = WORK / "edition.mjml"
    file.write_text(seen[0], encoding="utf-8")
    return file
