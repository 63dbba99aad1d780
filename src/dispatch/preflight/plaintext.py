"""The other half of every message: what is read without HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof

rules = Rules(Group.TEXT)

LONGEST = 78
"""Characters a line should not pass (RFC 5322 §2.1.1)."""
_URL = re.compile(r"(?:https?|mailto):\S+")


@rules.rule(
    "text-links",
    Severity.WARNING,
    "A link is missing from the plain text",
    why="Whoever reads without HTML, on a watch or in a terminal, has no way to it.",
    mend="This is a fault of the theme or of Dispatch: please report it.",
)
def text_links(proof: Proof) -> Iterator[Found]:
    """Web links that the authors wrote and the plain text does not name."""
    for link in proof.links:
        scheme, _, rest = link.target.partition("://")
        # An address in the text itself needs no line of its own, and may stand there without its scheme.
        if scheme.lower() in {"http", "https"} and rest.rstrip("/") not in proof.text:
            yield Found(f"The plain text does not name {link.target}.", link.place)


@rules.rule(
    "text-lines",
    Severity.NOTE,
    "A line of the plain text is too long",
    why="Mail programs break it where they like.",
    mend="Break the line in the source; only tables, code and addresses are kept whole.",
)
def text_lines(proof: Proof) -> Iterator[Found]:
    """Lines of more than 78 characters, but for those that an address makes long."""
    long = [line for line in proof.text.splitlines() if len(line) > LONGEST and not _URL.search(line)]
    if long:
        yield Found(f"{len(long)} of its lines pass {LONGEST} characters; the first: “{long[0].strip()[:40]}…”.")
