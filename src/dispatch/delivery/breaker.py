"""Stops a run whose messages fail for reasons that are ours, before it burns the list."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.delivery.outcome import Outcome, Verdict

RUN = 20
"""So many failures without one acceptance between them stop a run. Readers' own failures come mixed with successes."""


@dataclass(slots=True)
class Breaker:
    """Counts failures since the last acceptance: refusals of us, bounces, lost connections.

    Any bounce counts: a wrong relay need not say 5.1.1 (Exim's "550 relay not permitted" has no enhanced code). So
    does a connection that is lost again and again, or after each dot, which leaves everyone in doubt. A plain 4xx says
    nothing: a crowd may be greylisted.
    """

    run: int = RUN
    failures: int = 0
    last: Outcome | None = None

    def count(self, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.ACCEPTED:
            self.failures = 0
        elif outcome.verdict is not Verdict.DEFERRED or outcome.code == 0:
            self.failures += 1
            self.last = outcome

    @property
    def tripped(self) -> bool:
        return self.failures >= self.run

    def diagnosis(self) -> str:
        """What to tell the operator; only meaningful once tripped."""
        assert self.last is not None
        said = f"{self.last.code or ''} {self.last.text}".strip()
        match self.last.verdict:
            case Verdict.POLICY:
                why = "the server refuses us"
            case Verdict.BOUNCED:
                why = "the server calls every address dead, as a wrong relay does"
            case _:
                why = "the connection is lost each time"
        return f"{self.failures} messages in a row failed: {why} ({said})"
