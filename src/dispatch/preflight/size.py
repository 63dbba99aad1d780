"""How large the page is, as mail programs count it."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof

rules = Rules(Group.SIZE)

CLIP = 102 * 1024
"""Octets of HTML after which Gmail shows “[Message clipped]” instead of the rest."""
NEARLY = 95 * 1024
STYLE_LIMIT = 16_384
"""Characters of CSS in style elements that Gmail takes; it drops the rest."""


@rules.rule(
    "size-clipped",
    Severity.ERROR,
    "Gmail would clip the page",
    why="Past 102 KB Gmail hides the rest, the way out of the list included, behind a link.",
    mend="Shorten the edition, or make two of it.",
)
def size_clipped(proof: Proof) -> Iterator[Found]:
    """The octets of the HTML as it is sent, against 102 KB; from 95 KB on it says so as well."""
    octets = len(proof.html.encode())
    if octets > NEARLY:
        yield Found(f"The page has {octets / 1024:,.0f} KB; Gmail shows {CLIP // 1024}.", proof.at("title"))


@rules.rule(
    "size-styles",
    Severity.ERROR,
    "Gmail would drop the style sheet",
    why="Past 16 KB of styles it takes none of the rest: the page loses its phone and dark layouts.",
    mend="Take rules out of the theme's style sheets.",
)
def size_styles(proof: Proof) -> Iterator[Found]:
    """The characters of all style elements together."""
    length = style_length(proof)
    if length > STYLE_LIMIT:
        yield Found(f"The styles have {length:,} characters; Gmail takes {STYLE_LIMIT:,}.")


def style_length(proof: Proof) -> int:
    """The characters of all style elements together."""
    return sum(len(style.text or "") for style in proof.document.all("style"))
