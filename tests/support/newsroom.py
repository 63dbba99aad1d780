"""A small newsroom in a folder: settings, a seed, lists; and its command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SEED = """LISBON, Nov 23 – The city council voted to close the harbour to cars. The plan passed by nine votes to four.

What Changes: Fewer Cars, More Trams
The harbour road becomes a promenade. Two tram lines will run every six minutes.
Residents: Permits for the 400 households remain valid until 2028.
Shops: Deliveries are allowed before ten in the morning.

IN BRIEF | HARBOUR CONTEXT
Traffic: About 12,000 cars use the road on a weekday.
Next Steps: Works begin in March.
Stay informed. Stay ahead.
"""

SETTINGS = """[newsletter]
name = "Harbour News"
timezone = "UTC"

[sender]
name = "Harbour News"
address = "news@example.org"
reply_to = "desk@example.org"

{ledger}[smtp]
url = "{smtp}"
"""


@dataclass(frozen=True)
class Newsroom:
    """A workspace. ``environment`` is all that its commands see beside PATH and HOME."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def make(
        cls,
        folder: Path,
        smtp: str,
        readers: int | Sequence[str] = 3,
        *,
        ledger: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Newsroom:
        """A newsroom of so many readers; ``ledger`` is its URL, where it is not a file of the workspace."""
        for name in ("seeds", "subscribers", "templates"):
            (folder / name).mkdir(parents=True)
        kept = f'[ledger]\nurl = "{ledger}"\n\n' if ledger is not None else ""
        (folder / "dispatch.toml").write_text(SETTINGS.format(smtp=smtp, ledger=kept))
        (folder / "seeds" / "harbour.txt").write_text(SEED)
        room = cls(folder, environment or {})
        room.write_list("daily", readers)
        return room

    def write_list(self, name: str, readers: int | Sequence[str]) -> Path:
        addresses = [f"r{n}@example.org" for n in range(readers)] if isinstance(readers, int) else readers
        path = self.folder / "subscribers" / f"{name}.csv"
        path.write_text("email,first_name\n" + "".join(f"{one},{one.split('@')[0]}\n" for one in addresses))
        return path

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "dispatch", *args]

    @property
    def variables(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        return {**kept, "NO_COLOR": "1", **self.environment}

    def run(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``dispatch ARGS`` in the workspace to its end."""
        return subprocess.run(
            self.command(*args),
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            input=stdin if stdin is not None else "",
            timeout=100,
            check=False,
        )

    def start(self, *args: str, alone: bool = False) -> subprocess.Popen[str]:
        """Start ``dispatch ARGS`` and leave it running; ``alone``: in a process group of its own, as in a terminal."""
        return subprocess.Popen(
            self.command(*args),
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0 if alone else None,
        )

    def counts(self, slug: str) -> dict[str, int]:
        """What ``dispatch status SLUG --json`` counts, without the zeros."""
        answer = self.run("status", slug, "--json")
        assert answer.returncode == 0, answer.stderr
        counts: dict[str, int] = json.loads(answer.stdout)["counts"]
        return {state: count for state, count in counts.items() if count}

    def on_another_machine(self, folder: Path) -> Newsroom:
        """The same newsletter in another folder of a computer with another name, without what only this one has."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".dispatch", "out"))
        return _Elsewhere(folder, self.environment)


class _Elsewhere(Newsroom):
    _PROGRAM = """import socket
socket.gethostname = lambda: "elsewhere"
from dispatch.cli import main
main()
"""

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-c", self._PROGRAM, *args]
