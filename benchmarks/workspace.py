"""Where the benchmarks work (an ignored folder), and the newsletter that they send."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from benchmarks.measure import run

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "benchmarks" / ".work"
SEED = "seeds/canada-china.txt"
DISPATCH = (sys.executable, "-m", "dispatch")


def forget_own_settings() -> None:
    """A developer's own variables must not decide what is measured, nor that Python keeps none of what it compiled."""
    for name in [name for name in os.environ if name.startswith("DISPATCH_") or name == "PYTHONDONTWRITEBYTECODE"]:
        del os.environ[name]


def fresh_newsletter(name: str, readers: int = 0, *, connections: int | None = None) -> Path:
    """A newsletter with an empty ledger and a list ``readers`` of that many people."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    run([*DISPATCH, "init", folder])
    if readers:
        with (folder / "subscribers" / "readers.csv").open("w", encoding="utf-8") as rows:
            rows.write("email,name\n")
            rows.writelines(f"reader{number}@example.org,Reader {number}\n" for number in range(readers))
    if connections is not None:
        settings = folder / "dispatch.toml"
        text = settings.read_text(encoding="utf-8")
        written = re.sub(r"^# connections = \d+$", f"connections = {connections}", text, count=1, flags=re.MULTILINE)
        settings.write_text(written, encoding="utf-8")
    return folder


def npm_package(name: str, version: str) -> Path | None:
    """A folder whose ``node_modules`` holds that package, installed where npm is there."""
    folder = WORK / f"{name}-{version}"
    if not (folder / "node_modules" / name).exists():
        if shutil.which("npm") is None:
            print(f"npm is not installed here, so Node's {name} is left out; bring it with: apt-get install npm")
            return None
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        run(["npm", "install", *quiet, "--prefix", folder, f"{name}@{version}"])
    return folder
