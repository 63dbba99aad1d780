"""Write docs/reference/ from the code, so that help, errors and pages cannot drift apart.

``--check`` writes nothing and exits 1, naming each page that is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.reference import checks, commands, settings

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"
PAGES = {"cli.md": commands.page, "dispatch-toml.md": settings.page, "checks.md": checks.page, **checks.rule_pages()}


def main(arguments: list[str]) -> int:
    """Write every page that differs, or with ``--check`` name it."""
    stale = {name: text for name, page in PAGES.items() if (text := page()) != _standing(name)}
    if not stale:
        return 0
    if "--check" in arguments:
        print(f"stale in docs/reference/: {', '.join(stale)}; run: make docs", file=sys.stderr)
        return 1
    for name, text in stale.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _standing(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
