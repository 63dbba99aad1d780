"""What a spam filter makes of the message."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.spamassassin import Score, Unscored

rules = Rules(Group.SPAM)

WORTH_A_WORD = 0.1
"""Points. Rules that count less only describe a message, such as one that has HTML in it."""


@rules.rule(
    "spam-score",
    Severity.ERROR,
    "SpamAssassin takes the message for spam",
    why="Many receivers run it, and what it takes for spam nobody reads.",
    mend="Change what its rules name below, those with the most points first.",
)
def spam_score(proof: Proof) -> Iterator[Found]:
    """`dispatch check --spam` only: the sum of SpamAssassin's rules over one reader's message, against its limit. Rules
    that need the network, and those about the way that a message came, are left out."""
    if isinstance(proof.spam, Score) and proof.spam.points >= proof.spam.limit:
        yield Found(f"It has {proof.spam.points:.1f} points, and from {proof.spam.limit:.1f} on it is spam.")


@rules.rule(
    "spam-rule",
    Severity.NOTE,
    "A rule of SpamAssassin counts against the message",
    why="Each of them stands in more spam than in good mail; one alone does no harm.",
    mend="Change it where it costs you nothing.",
)
def spam_rule(proof: Proof) -> Iterator[Found]:
    """`dispatch check --spam` only: each rule of SpamAssassin that counts a tenth of a point or more, with its points
    and its own words."""
    if isinstance(proof.spam, Score):
        for hit in sorted(proof.spam.hits, key=lambda each: -each.points):
            if hit.points >= WORTH_A_WORD:
                yield Found(f"{hit.points:.1f} points for {hit.name}: {hit.text.rstrip('.')}.")


@rules.rule(
    "spam-unscored",
    Severity.NOTE,
    "There is no score for spam",
    why="`--spam` asks SpamAssassin, a program of its own.",
    mend="Install it: `sudo apt-get install spamassassin` (Debian, Ubuntu), `sudo dnf install spamassassin` (Fedora).",
)
def spam_unscored(proof: Proof) -> Iterator[Found]:
    """`dispatch check --spam` only: whether SpamAssassin is installed and answers."""
    if isinstance(proof.spam, Unscored):
        yield Found(proof.spam.reason)
