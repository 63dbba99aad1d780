"""``make bench``: print the figures of docs/performance.md.

Figures are medians with the spread in brackets; what is compared was measured in turns within one run.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable

from benchmarks import delivery, scale, startup
from benchmarks.measure import CommandFailed
from benchmarks.workspace import forget_own_settings


def main() -> int:
    """Run the chosen sections and print a Markdown table for each."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="startup, throughput, memory, scale (all)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of the start-up times (default 15)")
    parser.add_argument("--deliveries", type=int, default=5, help="rounds of the deliveries (default 5)")
    parser.add_argument("--recipients", type=int, default=20_000, help="recipients of a delivery (default 20,000)")
    parser.add_argument("--memory", type=int, nargs="+", default=[1_000, 200_000], help="counts of recipients")
    parser.add_argument("--readers", type=int, default=1_000_000, help="readers of the large list (default 1,000,000)")
    chosen = parser.parse_args()
    sections: dict[str, Callable[[], str]] = {
        "startup": lambda: startup.report(chosen.rounds),
        "throughput": lambda: delivery.throughput(chosen.deliveries, chosen.recipients),
        "memory": lambda: delivery.memory(chosen.memory),
        "scale": lambda: scale.report(chosen.deliveries, chosen.readers),
    }
    forget_own_settings()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    try:
        for name in chosen.sections or sections:
            if name not in sections:
                parser.error(f"no section {name}; there are {', '.join(sections)}")
            print(sections[name](), end="\n\n", flush=True)
    except CommandFailed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
