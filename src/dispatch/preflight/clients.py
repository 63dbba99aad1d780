"""What of the page a mail program does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.support import support, what_remains
from dispatch.preflight.usage import Use, features_of

rules = Rules(Group.CLIENTS)


@rules.rule(
    "client-feature",
    Severity.WARNING,
    "A mail program does not know what the page is built with",
    why="Each mail program knows a part of HTML and CSS; it leaves out the rest, with whatever hangs on it.",
    mend="Build it in the theme with what they all know: tables, widths, colours, margins; caniemail.com tells.",
)
def client_feature(proof: Proof) -> Iterator[Found]:
    """Every feature of HTML, CSS and image formats that the page uses, against caniemail.com's figures for the programs
    in `[check] clients`; but for those without which a page is poorer and whole, such as rounded corners. What stands
    under a media query is asked of the programs that know media queries."""
    figures = support()
    for feature, use in used(proof).items():
        lacking = figures.lacking(feature, proof.clients) if what_remains(feature) is None else []
        if use.under_media:
            lacking = [each for each in lacking if figures.letter("css-at-media", each) != "n"]
        if lacking:
            names = ", ".join(map(figures.name, lacking))
            yield Found(f"{figures.features[feature][0]} is not shown by {names}.", element=use.element)


def used(proof: Proof) -> Mapping[str, Use]:
    """The features that a page uses, and where."""
    return proof.once("features", lambda: features_of(proof.document, support().features))


def scores(proof: Proof) -> Mapping[str, int]:
    """How much of the page each family shows, in per cent."""
    return {family: support().score(tuple(used(proof)), family) for family in proof.clients}
