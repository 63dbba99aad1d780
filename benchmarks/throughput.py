"""Messages a second and CPU a message through ``smtp-sink``, beside Postfix's own load generator ``smtp-source``."""

from __future__ import annotations

from benchmarks.measure import Sample, interleaved
from benchmarks.rates import Subject, rate_table
from benchmarks.sending import WHOLE, Delivery, message_size, send
from benchmarks.sink import CONNECTIONS, smtp_sink, smtp_source


def report(rounds: int, recipients: int) -> str:
    """The table of messages a second."""
    size = message_size()
    with smtp_sink() as sink:
        samples = interleaved(
            rounds,
            dispatch=lambda: send(sink, Delivery(recipients)),
            source=lambda: smtp_source(sink, recipients, size, keep_connections=False),
            keeping=lambda: smtp_source(sink, recipients, size, keep_connections=True),
        )
    return rate_table(
        f"{recipients:,} messages of {size:,} bytes, {CONNECTIONS} connections",
        Subject(WHOLE, recipients, samples["dispatch"]),
        source_subjects(recipients, samples["source"], samples["keeping"]),
    )


def source_subjects(messages: int, default: list[Sample], keeping: list[Sample]) -> list[Subject]:
    """Both modes of ``smtp-source``."""
    return [
        Subject("`smtp-source`, one constant message, no ledger; a connection each (its default)", messages, default),
        Subject("`smtp-source -d`, the same, connections kept", messages, keeping),
    ]
