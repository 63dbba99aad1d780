"""What mail programs show, by the figures of caniemail.com that the package carries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GRACEFUL: Mapping[str, str] = {
    "css-animation": "nothing moves",
    "css-at-media": "phones show the wide page, which still fits",
    "css-at-media-hover": "nothing changes under the pointer",
    "css-at-media-prefers-color-scheme": "the page stays light, or the program inverts it",
    "css-at-media-prefers-reduced-motion": "what moves, moves",
    "css-border-radius": "corners are square",
    "css-box-shadow": "there is no shadow",
    "css-color-scheme": "the program chooses the scheme",
    "css-direction": "the dir attribute says it too",
    "css-display-none": "what is hidden is shown",
    "css-height": "the content makes the height",
    "css-hyphens": "words are not divided",
    "css-important": "the element's own style counts",
    "css-letter-spacing": "letters stand as usual",
    "css-max-height": "the element takes its own height",
    "css-max-width": "a width attribute stands beside it",
    "css-min-width": "a column may become narrow",
    "css-outline": "there is no outline",
    "css-overflow": "what is too wide is shown or cut",
    "css-overflow-wrap": "long words stand out",
    "css-pseudo-class-hover": "nothing changes under the pointer",
    "css-selector-attribute": "rules for one program do not meet others",
    "css-table-layout": "columns take what their words need",
    "css-text-decoration-thickness": "the line is as thick as usual",
    "css-text-shadow": "there is no shadow",
    "css-text-transform": "letters stand as written",
    "css-text-underline-offset": "the line is where it usually is",
    "css-text-wrap": "lines break as usual",
    "css-transition": "nothing moves",
    "css-word-break": "long words stand out",
    "css-word-spacing": "words stand as usual",
    "html-anchor-links": "the words stand, and lead nowhere",
    "html-aria-hidden": "it is read out",
    "html-aria-label": "the text is read out",
    "html-body": "its contents stand in another element",
    "html-lang": "the program guesses the language",
    "html-loading-attribute": "images load at once",
    "html-meta-color-scheme": "the program chooses the scheme",
    "html-role": "the element's own role counts",
    "html-style": "styles on the elements count",
    "html-target": "the program decides where it opens",
}
"""Features without which a page is poorer and whole, with what happens then."""

_RULES = ("css-selector-", "css-pseudo-")


@dataclass(frozen=True, slots=True)
class Support:
    """The figures. ``features`` maps a name to its title and to a letter for each program: ``y n a u``."""

    date: str
    families: Mapping[str, str]
    platforms: Mapping[str, str]
    programs: tuple[str, ...]
    features: Mapping[str, tuple[str, str]]

    def of(self, family: str) -> tuple[str, ...]:
        """The programs of a family: ``outlook/windows``, …"""
        return tuple(program for program in self.programs if program.startswith(f"{family}/"))

    def name(self, program: str) -> str:
        """A program as people call it: "Outlook (Windows)"."""
        family, _, platform = program.partition("/")
        return f"{self.families[family]} ({self.platforms[platform]})"

    def letter(self, feature: str, program: str) -> str:
        return self.features[feature][1][self.programs.index(program)]

    def lacking(self, feature: str, families: Sequence[str]) -> list[str]:
        """The programs of ``families`` that do not know a feature."""
        return [each for family in families for each in self.of(family) if self.letter(feature, each) == "n"]

    def score(self, features: Sequence[str], family: str) -> int:
        """The share of a page's features that a family shows, in per cent: the mean of its programs, half for "in
        part"; what nobody has tried does not count."""
        worth = {"y": 1.0, "a": 0.5, "n": 0.0}
        letters = [self.letter(feature, program) for feature in features for program in self.of(family)]
        known = [worth[letter] for letter in letters if letter in worth]
        return round(100 * sum(known) / len(known)) if known else 100


def what_remains(feature: str) -> str | None:
    """What readers see where a feature is missing, if the page is whole without it."""
    # Rules of a style sheet add to what stands on the elements.
    return "styles on the elements count" if feature.startswith(_RULES) else GRACEFUL.get(feature)


@cache
def support() -> Support:
    """The figures that the package carries."""
    data = json.loads((files("dispatch.preflight") / "clients.json").read_text(encoding="utf-8"))
    return Support(
        data["date"],
        data["families"],
        data["platforms"],
        tuple(data["programs"]),
        {name: (title, letters) for name, (title, letters) in data["features"].items()},
    )
