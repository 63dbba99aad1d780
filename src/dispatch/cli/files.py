"""Files that are either whole or not there at all, and their names as they can be printed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path``'s: a reader, a crash or a full disk never meets half of it.

    An existing file keeps its mode, and a symbolic link stays one.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Several files as :func:`write_atomically` does one; where one cannot be written, none of them is changed.

    All are written before the first is forced onto the disk, which then has little left to do for the others.
    """
    temporaries: dict[Path, Path] = {}
    try:
        with ExitStack() as opened:
            files = {path: opened.enter_context(_begun(path, temporaries)) for path in map(Path.resolve, contents)}
            for (path, file), content in zip(files.items(), contents.values(), strict=True):
                with _naming(path):
                    file.write(content)
                    file.flush()
            for path, file in files.items():
                with _naming(path):
                    os.fsync(file.fileno())
        for path, temporary in temporaries.items():
            with _naming(path):
                temporary.replace(path)
    except BaseException:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
        raise


def _begun(path: Path, temporaries: dict[Path, Path]) -> BinaryIO:
    """A new file beside ``path``, with its mode, noted in ``temporaries``.

    Its name is nobody else's: threads write the same file, and in a container every run has the number of the one
    that crashed.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    with _naming(path):
        file = temporary.open("xb")
        temporaries[path] = temporary
        if path.exists():
            os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
    return file


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let an error name ``path``, and not the file that stands in for it meanwhile."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def cache_folder() -> Path | None:
    """Where a user's programs keep what they can make again (XDG Base Directory Specification); ``None``: nowhere."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(given) if given.startswith("/") else Path.home() / ".cache") / "dispatch"
    except RuntimeError:  # no home
        return None


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
