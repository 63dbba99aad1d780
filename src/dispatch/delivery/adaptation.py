"""Who is asked too fast: what servers' answers say about the pace, by reader's domain and for the relay as a whole.

A domain, or the relay, that keeps answering "later" is slowed to half its speed, again and again while it goes on;
each calm stretch gives a tenth back (additive increase, multiplicative decrease: how TCP finds its pace too). What
counts is a share of recent answers, never a single one: a full mailbox or a greylisted reader slows nobody.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from dispatch.delivery.outcome import Outcome, Stage, Verdict

RECENT = 20
"""So many of the latest answers are looked at …"""

ENOUGH = 10
"""… once there are so many; half of them saying "later" is too much."""

CALM = 10
"""So many answers in a row without a "later" give some speed back."""

FEW_DOMAINS = 3
"""The relay itself is meant only where so many domains are refused: else it passes on what one domain says."""

FASTEST = 6_000.0
SLOWEST = 60.0
"""The speed at which a domain went, in messages a minute, is believed within these bounds."""

_GREYLISTED = re.compile(r"gr[ea]y-?\s?list|postgrey|first contact|try (?:again )?(?:in|after) \d", re.IGNORECASE)

_FOR_THE_RELAY = frozenset({Stage.BANNER, Stage.EHLO, Stage.AUTH, Stage.MAIL})
"""Where no reader has been named yet, an answer cannot be about a domain."""


@dataclass(frozen=True, slots=True)
class Change:
    """A scope to be slowed from ``per_minute``, or (``None``) to be given some speed back."""

    scope: str
    per_minute: float | None = None
    why: str = ""


@dataclass(slots=True)
class _Watched:
    answers: deque[tuple[float, str | None]] = field(default_factory=lambda: deque(maxlen=RECENT))
    """When, and whose "later" it was; ``None`` for an answer that says the pace is right."""
    calm: int = 0

    @property
    def later(self) -> list[str]:
        return [domain for _, domain in self.answers if domain is not None]

    @property
    def per_minute(self) -> float:
        span = self.answers[-1][0] - self.answers[0][0]
        return min(max(len(self.answers) / span * 60, SLOWEST), FASTEST) if span > 0 else FASTEST


class Adaptation:
    """Counts what servers answer; :meth:`changes` says what follows. Nothing is counted before the first "later"."""

    def __init__(self, relay_scope: str) -> None:
        self.relay = relay_scope
        """The scope of the relay that answers."""
        self._watched: dict[str, _Watched] = {}
        self._changes: dict[str, Change] = {}

    def watch(self, scope: str) -> None:
        """Count for a scope that is slowed already, by another worker or an earlier run."""
        self._watched.setdefault(scope, _Watched())

    def count(self, domain: str, outcome: Outcome, now: float) -> None:
        later = says_later(outcome)
        if not later and (outcome.verdict is not Verdict.ACCEPTED or not self._watched):
            return
        about = "" if outcome.stage in _FOR_THE_RELAY else domain
        if about:
            self._note(domain_scope(domain), domain if later else None, outcome, now)
        self._note(self.relay, about if later else None, outcome, now)

    def changes(self) -> list[Change]:
        """What is to be changed since the last call."""
        found = list(self._changes.values())
        self._changes.clear()
        return found

    def _note(self, scope: str, later: str | None, outcome: Outcome, now: float) -> None:
        watched = self._watched.get(scope)
        if watched is None:
            if later is None:
                return
            watched = self._watched[scope] = _Watched()
        watched.answers.append((now, later))
        if later is None:
            watched.calm += 1
            if watched.calm >= CALM:
                watched.calm = 0
                self._changes.setdefault(scope, Change(scope))
            return
        watched.calm = 0
        refused = watched.later
        if len(watched.answers) < ENOUGH or 2 * len(refused) < len(watched.answers):
            return
        if scope == self.relay and "" not in refused and len(set(refused)) < FEW_DOMAINS:
            return
        said = f"{outcome.code} {outcome.enhanced} {outcome.text}".replace("  ", " ").strip()
        self._changes[scope] = Change(scope, watched.per_minute, said)
        # What was answered at the old pace must not slow the new one.
        watched.answers.clear()


def domain_scope(domain: str) -> str:
    return f"domain {domain}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def says_later(outcome: Outcome) -> bool:
    """Whether a server asks for a slower pace: a 4xx that is not about one mailbox (4.2.x) and no greylisting."""
    return (
        outcome.verdict is Verdict.DEFERRED
        and 400 <= outcome.code < 500
        and not outcome.enhanced.startswith("4.2.")
        and not _GREYLISTED.search(outcome.text)
    )
