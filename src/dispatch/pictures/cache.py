"""What was made fit once is not made fit again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dispatch.pictures.picture import Picture

RECIPE = 2
"""Counts up with every change to :mod:`dispatch.pictures.prepare` that makes other files of the same pictures."""

_NAME = re.compile(r"[0-9a-f]{64}-(?P<width>\d+)x(?P<height>\d+)(?P<suffix>\.\w+)")


@dataclass(frozen=True, slots=True)
class Cache:
    """Files in ``folder``, named by what they were made of; ``write`` leaves a whole file or none.

    It may be deleted at any time. Where there is no folder, or it cannot be used, everything is made anew.
    """

    folder: Path | None
    write: Callable[[Path, bytes], None]

    def of(self, content: bytes, prepare: Callable[[bytes], Picture]) -> Picture:
        """What ``prepare`` makes of ``content``, or made of it before."""
        if self.folder is None:
            return prepare(content)
        home = self.folder / str(RECIPE)
        made_of = hashlib.sha256(content).hexdigest()
        if (kept := _kept(home, made_of)) is not None:
            return kept
        picture = prepare(content)
        # Without a cache it only takes longer.
        with suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            self.write(home / f"{made_of}-{picture.width}x{picture.height}{picture.suffix}", picture.content)
        return picture


def _kept(home: Path, made_of: str) -> Picture | None:
    with suppress(OSError):
        for path in home.glob(f"{made_of}-*"):
            if found := _NAME.fullmatch(path.name):
                return Picture(path.read_bytes(), found["suffix"], int(found["width"]), int(found["height"]))
    return None
