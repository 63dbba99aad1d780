"""Stops a run whose messages fail for reasons that are ours, before it burns the list."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.delivery.outcome import Outcome, Verdict

RUN = 20
"""So many failures of ours one after the other stop a run. Readers' own failures come mixed with successes."""


@dataclass(slots=True)
class Breaker:
    """Counts consecutive outcomes that speak of us, not of a reader: policy refusals, dead addresses in a row."""

    run: int = RUN
    failures: int = 0
    last: Outcome | None = None

    def count(self, outcome: Outcome) -> None:
        ours = outcome.verdict is Verdict.POLICY or outcome.suppresses
        self.failures = self.failures + 1 if ours else 0
        if ours:
            self.last = outcome

    @property
    def tripped(self) -> bool:
        return self.failures >= self.run

    def diagnosis(self) -> str:
        """What to tell the operator; only meaningful once tripped."""
        assert self.last is not None
        said = f"{self.last.code} {self.last.text}".strip()
        if self.last.verdict is Verdict.POLICY:
            return f"the server refused {self.failures} messages in a row for reasons that are about us: {said}"
        return f"the server called {self.failures} addresses in a row dead, as a wrong relay does: {said}"
