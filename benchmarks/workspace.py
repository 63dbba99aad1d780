"""Where the benchmarks work (an ignored folder), and the newsletter that they send."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from benchmarks.measure import run

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "benchmarks" / ".work"
SEED = "seeds/canada-china.txt"
DISPATCH = (sys.executable, "-m", "dispatch")


def forget_own_settings() -> None:
    """A developer's own DISPATCH_… variables must not decide what is measured."""
    for name in [name for name in os.environ if name.startswith("DISPATCH_")]:
        del os.environ[name]


def fresh_newsletter(name: str, readers: int = 0) -> Path:
    """A newsletter with an empty ledger and a list ``readers`` of that many people."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    run([*DISPATCH, "init", folder])
    if readers:
        with (folder / "subscribers" / "readers.csv").open("w", encoding="utf-8") as rows:
            rows.write("email,name\n")
            rows.writelines(f"reader{number}@example.org,Reader {number}\n" for number in range(readers))
    return folder
