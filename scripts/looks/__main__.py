"""``make looks``: pictures of the golden editions at every width, in light and in dark, and sheets of all widths.

They go into ``build/looks/``, to be looked at before a change of the theme is accepted. ``ARGS="code hebrew"`` takes
only these editions; ``ARGS=models`` sets the first seed's edition beside other newsletters' layouts.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from playwright.sync_api import Browser, sync_playwright

from scripts.looks import models
from scripts.looks.pictures import ROOT, Scheme, compose, lay_out, shown, take

GOLDEN = ROOT / "tests" / "golden"
LOOKS = ROOT / "build" / "looks"
WIDTHS = (320, 375, 600, 1024)


def main(arguments: list[str]) -> int:
    """Take the pictures and say where they are."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("error: chromium is not installed here; bring it with: apt-get install chromium", file=sys.stderr)
        return 1
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        if arguments == ["models"]:
            print(models.report(browser, Path(folder)))
            return 0
        LOOKS.mkdir(parents=True, exist_ok=True)
        for name, sources in _editions():
            if not arguments or name in arguments:
                _look(browser, name, compose(GOLDEN, sources, Path(folder)))
                print(f"wrote {(LOOKS / name).relative_to(ROOT)}-*.png", flush=True)
    return 0


def _editions() -> Iterator[tuple[str, list[Path]]]:
    for path in sorted((GOLDEN / "seeds").iterdir()):
        yield path.stem, sorted(path.iterdir()) if path.is_dir() else [path]
    yield models.SEED.stem, [models.SEED]


def _look(browser: Browser, name: str, page: Path) -> None:
    """A picture of ``page`` for each width and scheme, and a sheet of all widths for each scheme."""
    for scheme in get_args(Scheme):
        taken = [
            take(shown(browser, page, width, 700, scheme), LOOKS / f"{name}-{width}-{scheme}.png") for width in WIDTHS
        ]
        lay_out(browser, taken, LOOKS / f"{name}-{scheme}.png", scheme)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
