"""Files that are either whole or not there at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path``'s: a reader, a crash or a full disk never meets half of it.

    An existing file keeps its mode, and a symbolic link stays one.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as file:
            if path.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
