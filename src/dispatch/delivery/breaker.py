"""Stops a run whose messages fail for reasons that are ours, before it burns the list."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.delivery.outcome import Outcome, Verdict

RUN = 20
"""So many failures without one acceptance between them stop a run. Readers' own failures come mixed with successes."""

RUN_AT_FIRST = 10
"""The same before anything was accepted: a run that begins so is set up wrong."""

RECENT = 200
"""Of so many of the latest attempts …"""

ENOUGH = 50
"""… or of all, once there are so many, over half must not fail for reasons that are ours."""


class Fault(StrEnum):
    """Why messages fail, where that is no reader's doing."""

    REFUSED = "the server refuses us"
    DEAD = "the server calls every address dead, as a wrong relay does"
    LOST = "the connection is lost each time"


_OURS = frozenset({Fault.REFUSED, Fault.LOST})


@dataclass(slots=True)
class Breaker:
    """Counts failures: since the last acceptance, and among the latest attempts.

    In a row any bounce counts: a wrong relay need not say 5.1.1 (Exim's "550 relay not permitted" has no enhanced
    code). In the share it does not, as an old list may be half dead. Refusals of us count in both, and so does a
    connection that is lost again and again, or after each dot, which leaves everyone in doubt. A plain 4xx says
    nothing: a crowd may be greylisted.
    """

    failures: int = 0
    """In a row."""
    accepted: bool = False
    recent: deque[Fault | None] = field(default_factory=lambda: deque(maxlen=RECENT))
    failed: int = 0
    """Among the recent ones, for reasons that are ours."""
    last: Outcome | None = None

    def count(self, outcome: Outcome) -> None:
        fault = _fault(outcome)
        if fault is None and outcome.verdict is not Verdict.ACCEPTED:
            return
        if len(self.recent) == RECENT:
            self.failed -= self.recent[0] in _OURS
        self.recent.append(fault)
        if fault is None:
            self.failures = 0
            self.accepted = True
        else:
            self.failures += 1
            self.failed += fault in _OURS
            self.last = outcome

    @property
    def tripped(self) -> bool:
        return self._in_a_row or self._by_share

    @property
    def _in_a_row(self) -> bool:
        return self.failures >= (RUN if self.accepted else RUN_AT_FIRST)

    @property
    def _by_share(self) -> bool:
        return len(self.recent) >= ENOUGH and 2 * self.failed > len(self.recent)

    def diagnosis(self) -> str:
        """What to tell the operator; only meaningful once tripped."""
        assert self.last is not None
        said = f"{self.last.code or ''} {self.last.text}".strip()
        if self._in_a_row:
            return f"{self.failures} messages in a row failed: {_fault(self.last)} ({said})"
        why = Counter(fault for fault in self.recent if fault in _OURS).most_common(1)[0][0]
        return f"{self.failed} of the last {len(self.recent)} messages failed: {why} (last: {said})"


def _fault(outcome: Outcome) -> Fault | None:
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return None
        case Verdict.POLICY:
            return Fault.REFUSED
        case Verdict.BOUNCED:
            return Fault.DEAD
        case Verdict.DEFERRED if outcome.code:
            return None
        case _:
            return Fault.LOST
