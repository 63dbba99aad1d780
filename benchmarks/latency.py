"""One connection to a server far away: groups of commands (RFC 2920) beside one command at a time."""

from __future__ import annotations

from benchmarks.delay import delayed
from benchmarks.measure import Figure, Sample, interleaved, ratio, table
from benchmarks.rates import Subject
from benchmarks.sending import Delivery, send
from benchmarks.sink import Sink, smtp_sink

ROUND_TRIP = 0.030
"""Seconds from a command to its answer, without the server's own time."""
WITHOUT_PIPELINING = "-p"


def report(rounds: int, messages: int) -> str:
    """The table of messages a second over one slow connection."""
    one_way = ROUND_TRIP / 2
    with (
        smtp_sink() as sink,
        smtp_sink(WITHOUT_PIPELINING) as plain,
        delayed(sink.port, one_way) as grouped_port,
        delayed(plain.port, one_way) as single_port,
    ):
        samples = interleaved(
            rounds,
            grouped=lambda: _send(sink, messages, grouped_port),
            single=lambda: _send(plain, messages, single_port),
        )
    grouped = Subject("the server offers PIPELINING", messages, samples["grouped"])
    single = Subject("it does not (`smtp-sink -p`): one command at a time", messages, samples["single"])
    header = [
        f"`dispatch send`, {messages:,} messages, one connection, round trips of {ROUND_TRIP * 1000:.0f} ms",
        "messages a second",
        "round trips a message",
        "messages a second, beside the second row",
    ]
    return table(header, [_row(grouped, single), _row(single, single)])


def _send(sink: Sink, messages: int, port: int) -> Sample:
    return send(sink, Delivery(messages, connections=1, port=port))


def _row(subject: Subject, base: Subject) -> list[str]:
    return [
        subject.name,
        Figure.of(subject.rates).show("/s", digits=1),
        f"{Figure.of([1 / rate for rate in subject.rates]).median / ROUND_TRIP:.1f}",
        "1.00 ×" if subject is base else ratio(subject.rates, base.rates).show("×", digits=2),
    ]
