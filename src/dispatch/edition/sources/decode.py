"""A seed's bytes → its text: whatever encoding and line ends an editor's program left behind.

What is not text is refused rather than guessed at: a wrong guess would reach readers as a page of symbols.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path

from dispatch.errors import Place, SourceError

MAX_BYTES = 16 * 1024 * 1024
"""Larger than any text that a person writes for a newsletter; protects memory from a file named by mistake."""

SAVE_AS_TEXT = 'Save it as plain text in UTF-8 ("Save as…" in most programs) and name that file.'

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "a rich-text (RTF) document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
)

# Longest first: the UTF-32 mark begins with the UTF-16 one.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# A form feed or a vertical tab parts words but is no new line in an editor, whose line numbers we keep.
_SPACES = re.compile("[\x0b\x0c]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r\x0b\x0c")) + b"\x7f"
_ESCAPED = re.compile("[\udc80-\udcff]")  # how Python's surrogateescape holds a byte that is no UTF-8 (PEP 383)
_NO_LETTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f\udc81\udc8d\udc8f\udc90\udc9d]")  # in Windows-1252
_ESCAPED_1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


def read_bytes(path: Path, name: str) -> tuple[str, str]:
    """The text of ``path`` with ``"\\n"`` line ends, and the SHA-256 of the file's bytes in hex.

    ``name`` is the file's name for people. Raises :class:`SourceError` where there is no text to read.
    """
    data = raw_bytes(path, name)
    return decode(data, name), hashlib.sha256(data).hexdigest()


def raw_bytes(path: Path, name: str) -> bytes:
    """The file's bytes; :class:`SourceError` where it cannot be read."""
    place = Place(name)
    try:
        if not path.is_file() and not path.is_dir() and path.exists():
            # Opening a pipe would wait for whoever writes into it.
            raise SourceError("This is a pipe or a device, not a file.", place=place, hint="Save the text into a file.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError("There is no such file.", place=place, hint=_nearby(path)) from None
    except IsADirectoryError:
        raise SourceError(
            "This is a folder, not a text.", place=place, hint="Name a .txt or .md file inside it."
        ) from None
    except PermissionError:
        raise SourceError(
            "This file may not be read.", place=place, hint=f"Let yourself read it: chmod u+r {name}"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(f"This file cannot be read ({reason}).", place=place) from None
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"This file is larger than {MAX_BYTES // 2**20} MB; no newsletter is.",
            place=place,
            hint="Name the text itself, or split it.",
        )
    return data


def decode(data: bytes, name: str) -> str:
    """``data`` as text with ``"\\n"`` line ends and no control characters but the tab.

    UTF-8, or UTF-16 and UTF-32 by their mark (UTF-16 also where it is evident without one); bytes that are no UTF-8
    are read as Windows-1252, one by one, so that a UTF-8 text with a pasted stray byte keeps all its other letters.
    """
    text = without_controls(decode_raw(data, name)[0])
    if not text.strip():
        raise SourceError("This file holds no text.", place=Place(name), hint="Write the story into it, then compose.")
    return text


def without_controls(text: str) -> str:
    """``text`` with ``"\\n"`` line ends; control characters and byte-order marks removed."""
    return _UNWANTED.sub("", _SPACES.sub(" ", _LINE_ENDS.sub("\n", text)))


def decode_raw(data: bytes, name: str) -> tuple[str, str]:
    """``data`` as text, untouched but for a leading byte-order mark, and the codec's name.

    Encoding the text with that codec, behind :func:`byte_order_mark`, gives ``data`` back, but for ``"mixed"``,
    whose bytes were partly UTF-8 and partly Windows-1252.
    """
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise _binary(name, what)
    mark, codec = _marked(data)
    content = data[len(mark) :]
    codec = codec or _evident_utf16(content) or "utf-8"
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        if codec != "utf-8":
            raise SourceError(
                f"This file says it is {codec[:6].upper()}, but isn't.", place=Place(name), hint=SAVE_AS_TEXT
            ) from None
        return _windows_1252(content, name)
    if codec == "utf-8" and _share(content.rstrip(b"\0"), _CONTROL_BYTES) > 0.1:
        raise _binary(name, "no text")
    return text, codec


def byte_order_mark(data: bytes) -> bytes:
    """The byte-order mark that ``data`` begins with, or ``b""``."""
    return _marked(data)[0]


def _marked(data: bytes) -> tuple[bytes, str]:
    return next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), (b"", ""))


def _evident_utf16(data: bytes) -> str | None:
    """The kind of UTF-16 that bytes without a mark show, if any.

    In UTF-16 every letter below U+2000 (all alphabets) has a high byte below 0x20, and spaces and line ends have a
    zero one. In 8-bit text such bytes are rare, wherever they stand.
    """
    if len(data) < 4 or len(data) % 2 or b"\0" not in data:
        return None
    low_codes = bytes(range(0x20))
    for high, low, codec in ((data[1::2], data[::2], "utf-16-le"), (data[::2], data[1::2], "utf-16-be")):
        if b"\0" in high and _share(high, low_codes) > 0.75 and _share(low, low_codes) < 0.25:
            try:
                data.decode(codec)
            except UnicodeDecodeError:
                continue
            return codec
    return None


def _windows_1252(data: bytes, name: str) -> tuple[str, str]:
    escaped = data.decode("utf-8", "surrogateescape")
    foreign = len(_ESCAPED.findall(escaped))
    if len(_NO_LETTERS.findall(escaped.rstrip("\0"))) > 0.02 * len(escaped):
        raise _binary(name, "no text")
    if foreign > 8 and foreign / len(b"".join(data.split())) > 0.4:
        # Western texts have one such letter in ten; every other one means another alphabet's 8-bit encoding.
        raise SourceError(
            "This text is neither UTF-8 nor Windows-1252, and its encoding cannot be told.",
            place=Place(name),
            hint=SAVE_AS_TEXT,
        )
    text = escaped.translate(_ESCAPED_1252)
    pure = text == data.decode("cp1252", "replace")
    return text, "cp1252" if pure else "mixed"


def _share(data: bytes, of: bytes) -> float:
    return (len(data) - len(data.translate(None, of))) / len(data) if data else 0.0


def _binary(name: str, what: str) -> SourceError:
    return SourceError(f"This file is binary ({what}), not a text.", place=Place(name), hint=SAVE_AS_TEXT)


def _nearby(path: Path) -> str:
    from difflib import get_close_matches

    if path.is_symlink():
        return f"It is a link to {path.readlink()}, which is not there."
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in {".txt", ".md", ".markdown"}]
    except OSError:
        return f"There is no folder {path.parent} either."
    near = get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / near[0]}?" if near else "Check the name; sources are .txt or .md files."
