"""Files that are either whole or not there at all, and their names as they can be printed."""

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
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def printable_name(path: Path) -> str:
    """``path`` as text that can be printed, stored and sent, different for different paths.

    A byte that is no UTF-8 is written ``\\xe9``, and a control character (a line end in a file's name) likewise.
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def shown(path: Path) -> str:
    """``path`` as a person in the current folder would type it."""
    try:
        relative = os.path.relpath(path)
    except OSError:  # the current folder is gone
        return str(path)
    return str(path) if relative.startswith("..") else relative
