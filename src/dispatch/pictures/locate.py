"""From what an author wrote to the file that it means."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from dispatch.pictures.picture import Unfit

MOST_OCTETS = 64 * 1024 * 1024
"""Of a file that is read: the largest cameras make some 40 MB of JPEG."""

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_BESIDE = "Write its path as seen from the text's own folder, such as photos/harbour.jpg."


def is_local(src: str) -> bool:
    """Whether ``src`` is a path and no address: no scheme, no host (RFC 3986 §4.2)."""
    return bool(src.strip()) and not _ELSEWHERE.match(src.strip())


def read_picture(src: str, beside: Path, within: Sequence[Path]) -> tuple[Path, bytes]:
    """The file that ``src`` means, seen from the folder ``beside``, and its content.

    It must lie in one of the folders ``within``, links followed: a text must not publish what lies elsewhere on its
    author's machine. Raises :class:`Unfit`.
    """
    written = unquote(src.strip())
    if "\0" in written:
        raise Unfit("is no path", _BESIDE)
    if written.startswith(("/", "~")):
        raise Unfit("is a path of one machine", _BESIDE)
    path = next(filter(_exists, _spellings(beside, written)), None)
    if path is None:
        raise Unfit("is not there", _near(beside / written) or _BESIDE)
    try:
        whole = path.resolve(strict=True)
        if not any(whole.is_relative_to(folder.resolve()) for folder in within):
            raise Unfit(
                "lies outside the newsletter's folder", "Copy it into the newsletter's folder, beside the text."
            )
        return path, _content(whole)
    except (OSError, RuntimeError) as error:  # a loop of links is either, by the version of Python
        said = (getattr(error, "strerror", None) or "its links lead in a circle").lower()
        raise Unfit(f"cannot be read ({said})") from None


def _content(path: Path) -> bytes:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise Unfit("is a folder", "Name the file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise Unfit("is no file")
    if found.st_size > MOST_OCTETS:
        raise Unfit(
            f"has {found.st_size / 1024 / 1024:,.0f} MB, more than the {MOST_OCTETS // 1024 // 1024} that are read",
            "Save it smaller: a width of 2,000 pixels is ample.",
        )
    with path.open("rb") as file:
        return file.read(MOST_OCTETS)


def _spellings(beside: Path, written: str) -> Iterator[Path]:
    """``é`` as one character and as two: a Mac's files and a keyboard differ in it."""
    composed, apart = unicodedata.normalize("NFC", written), unicodedata.normalize("NFD", written)
    yield from (beside / each for each in dict.fromkeys((written, composed, apart)))


def _exists(path: Path) -> bool:
    """Whether something is there, even what cannot be read or a link that leads nowhere."""
    try:
        path.lstat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _near(path: Path) -> str | None:
    """What the name may have meant."""
    try:
        names = {each.name.casefold(): each.name for each in path.parent.iterdir()}
    except OSError:
        return None
    found = get_close_matches(path.name.casefold(), names, n=1)
    return f"Did you mean {names[found[0]]}?" if found else None
