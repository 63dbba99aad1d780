"""The bytes of a list as text: UTF-8, UTF-16 or Windows-1252, also mixed, read as a stream."""

from __future__ import annotations

import codecs
from io import TextIOWrapper
from pathlib import Path

_PROBE = 4096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = (
    (b"PK\x03\x04", "a spreadsheet or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel spreadsheet"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"%PDF", "a PDF"),
)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that are no UTF-8 as Windows-1252, so that pieces of both in one file are all read right."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("dispatch.windows-1252", _as_windows_1252)


def detect_encoding(probe: bytes) -> str:
    """The codec of a file that begins with ``probe``; where nothing says otherwise, UTF-8."""
    for mark, codec in _BOMS:
        if probe.startswith(mark):
            return codec
    # UTF-16 without its mark: text that is mostly ASCII shows as a NUL in every other byte, and in no other.
    even, odd = (probe[start::2].count(0) / max(1, len(probe) // 2) for start in (0, 1))
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return "utf-8"


def what_binary(path: Path) -> str | None:
    """What a file that is no text is, by its first bytes; ``None`` for text."""
    with path.open("rb") as file:
        head = file.read(8)
    return next((what for magic, what in _BINARY if head.startswith(magic)), None)


def open_text(path: Path) -> TextIOWrapper:
    """Open a list for reading; line ends are left as they are, for the CSV reader to judge."""
    with path.open("rb") as file:
        codec = detect_encoding(file.read(_PROBE))
    errors = "dispatch.windows-1252" if codec.startswith("utf-8") else "replace"
    return path.open(encoding=codec, errors=errors, newline="")
