"""SpamAssassin's opinion of a message, by the program where it is installed."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

SECONDS = 120.0
"""SpamAssassin takes one or two; where it has to compile its rules first, more."""

JOURNEY = frozenset({"ALL_TRUSTED", "NO_RECEIVED", "NO_RELAYS", "UNPARSEABLE_RELAY"})
"""Rules about the way that a message came: this one went nowhere yet."""

_MARK = "== dispatch =="
_OPTIONS = (
    "use_bayes 0",  # what this machine's users taught it no receiver knows, and it must learn nothing from us
    "report_safe 0",
    "clear_report_template",
    f"report {_MARK} _REQD_",
    "report _SUMMARY_",
)
_HIT = re.compile(r"\s{0,3}(-?\d+(?:\.\d+)?) (\w+) +(.*)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule of SpamAssassin that a message meets: what it counts, its name, and what it says."""

    points: float
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """``limit`` is from where on SpamAssassin calls a message spam."""

    limit: float
    hits: tuple[Hit, ...]

    @property
    def points(self) -> float:
        return round(sum(hit.points for hit in self.hits), 1) + 0.0


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why there is no score, as a sentence."""

    reason: str


def score(message: bytes, *, seconds: float = SECONDS) -> Score | Unscored:
    """SpamAssassin's score by the rules that need no network, and it learns nothing from it."""
    with tempfile.TemporaryDirectory(prefix="dispatch-") as home:
        options = [f"--cf={each}" for each in _OPTIONS]
        try:
            done = subprocess.run(
                ["spamassassin", "--local", "--test-mode", "--nocreate-prefs", *options],
                input=message,
                env={**os.environ, "HOME": home, "LC_ALL": "C"},
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except FileNotFoundError:
            return Unscored("SpamAssassin is not installed here.")
        except subprocess.TimeoutExpired:
            return Unscored(f"SpamAssassin did not end within {seconds:g} seconds.")
    report = done.stdout.decode("utf-8", "replace").rpartition(_MARK)[2]
    if not report:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Unscored(
            f"SpamAssassin could not look at it: {said[-1] if said else f'it ended with {done.returncode}'}."
        )
    return read(report)


def read(report: str) -> Score:
    """A report of our form: the limit, and the table of rules, whose texts go on below themselves."""
    first, *lines = report.splitlines()
    hits: list[Hit] = []
    for line in lines:
        if found := _HIT.fullmatch(line):
            hits.append(Hit(float(found[1]), found[2], found[3].strip()))
        elif hits and line.startswith(" " * 8) and line.strip():
            last = hits.pop()
            hits.append(Hit(last.points, last.name, f"{last.text} {line.strip()}"))
    return Score(float(first), tuple(hit for hit in hits if hit.name not in JOURNEY))
