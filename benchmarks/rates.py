"""The table that every delivery prints: messages a second and CPU a message, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Figure, Sample, ratio, table


@dataclass(frozen=True, slots=True)
class Subject:
    """A sender with its samples, a round each; ``messages`` were sent in each round."""

    name: str
    messages: int
    samples: Sequence[Sample]

    @property
    def rates(self) -> list[float]:
        """Messages a second, per round."""
        return [self.messages / sample.seconds for sample in self.samples]

    @property
    def cpu(self) -> list[float]:
        """The client's CPU seconds a message, per round."""
        return [sample.cpu / self.messages for sample in self.samples]

    @property
    def server_share(self) -> list[float]:
        """How much of one core the server had, per round."""
        return [sample.server / sample.seconds for sample in self.samples if sample.server is not None]


def rate_table(title: str, ours: Subject, others: Sequence[Subject], *, also: Sequence[Subject] = ()) -> str:
    """``ours`` beside ``others``; ``also`` stands in the table and is compared with nothing."""
    header = [
        title,
        "messages a second",
        "client CPU a message",
        "sink's CPU",
        "messages a second, ours over this",
        "CPU, ours over this",
    ]
    rows = [_row(ours), *(_row(subject) for subject in also), *(_row(other, ours) for other in others)]
    return table(header, rows)


def _row(subject: Subject, ours: Subject | None = None) -> list[str]:
    share = subject.server_share
    return [
        subject.name,
        Figure.of(subject.rates).show("/s", digits=0 if min(subject.rates) >= 100 else 1),
        Figure.of(subject.cpu).show("µs", 1e6),
        Figure.of(share).show("%", 100) if share else "–",
        ratio(ours.rates, subject.rates).show("×", digits=2) if ours else "",
        ratio(ours.cpu, subject.cpu).show("×", digits=2) if ours else "",
    ]
