"""Peak memory of a whole ``dispatch send``, for few readers and for many."""

from __future__ import annotations

from benchmarks.measure import table
from benchmarks.sending import Delivery, send
from benchmarks.sink import smtp_sink

MEBIBYTE = 1 << 20


def report(counts: list[int]) -> str:
    """The table of peak memory."""
    with smtp_sink() as sink:
        peaks = [(count, send(sink, Delivery(count)).peak) for count in counts]
    least = peaks[0][1]
    return table(
        ["`dispatch send` to", "peak memory", "beside the first"],
        [[f"{count:,} recipients", f"{peak / MEBIBYTE:,.0f} MiB", f"{peak / least:.2f} ×"] for count, peak in peaks],
    )
