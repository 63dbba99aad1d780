"""``make bench``: print the figures of docs/performance.md.

Figures are medians with the spread in brackets; what is compared was measured in turns within one run.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable

from benchmarks import latency, memory, preview, profile, rivals, scale, signed, startup, throughput
from benchmarks.measure import CommandFailed, adopt_orphans, cores
from benchmarks.workspace import forget_own_settings

ONLY_BY_NAME = ("profile",)


def main() -> int:
    """Run the chosen sections and print a Markdown table for each."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    chosen = _read(parser)
    sections: dict[str, Callable[[], str]] = {
        "startup": lambda: startup.report(chosen.rounds),
        "throughput": lambda: throughput.report(chosen.deliveries, chosen.recipients),
        "others": lambda: rivals.report(chosen.deliveries, chosen.recipients, chosen.fewer),
        "signed": lambda: signed.report(chosen.deliveries, chosen.recipients),
        "latency": lambda: latency.report(chosen.deliveries, chosen.distant),
        "memory": lambda: memory.report(chosen.memory),
        "scale": lambda: scale.report(chosen.deliveries, chosen.readers),
        "preview": lambda: preview.report(chosen.saves),
        "profile": lambda: profile.report(chosen.recipients),
    }
    for name in chosen.sections:
        if name not in sections:
            parser.error(f"no section {name}; there are {', '.join(sections)}")
    forget_own_settings()
    adopt_orphans()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {cores()} cores\n")
    try:
        for name in chosen.sections or [name for name in sections if name not in ONLY_BY_NAME]:
            print(sections[name](), end="\n\n", flush=True)
    except CommandFailed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    return 0


def _read(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help="startup, throughput, others, signed, latency, memory, scale, preview (default: all of these), or profile",
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds of the start-up times (default 15)")
    parser.add_argument("--deliveries", type=int, default=5, help="rounds of the deliveries (default 5)")
    parser.add_argument("--recipients", type=int, default=20_000, help="recipients of a delivery (default 20,000)")
    parser.add_argument("--fewer", type=int, default=2_000, help="recipients of the other senders (default 2,000)")
    parser.add_argument("--distant", type=int, default=200, help="recipients over a slow connection (default 200)")
    parser.add_argument("--memory", type=int, nargs="+", default=[1_000, 200_000], help="counts of recipients")
    parser.add_argument("--saves", type=int, default=20, help="saves that the studio shows (default 20)")
    parser.add_argument("--readers", type=int, default=1_000_000, help="readers of the large list (default 1,000,000)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
