"""Compiled templates, kept from one run to the next: to parse and check a theme takes ten times as long as to run it.

What is kept is Python bytecode, and who can write it can run what they like as whoever reads it. So it lies in the
user's own cache folder, never in a newsletter's, and is believed only where nobody else can have written it. Whatever
is wrong with it, the templates are compiled anew.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache
from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket

from dispatch import __version__
from dispatch.render.recipient import Uses
from dispatch.render.theme import Theme

_MADE_BY = ("templates.py", "template_cache.py", "recipient.py", "mjml.py", "mjml_names.py")
"""The modules that decide what a template is compiled to and which are refused: where one changes, all is compiled
anew."""
_DIGEST = sha256().digest_size
_Kept = dict[str, tuple[str, CodeType, Uses]]
"""A template's key → its source's checksum, its code, and what it asks of recipients."""


class TemplateCache(BytecodeCache):
    """The compiled templates of ``theme``, in a file of their own below ``folder``; ``None`` keeps nothing.

    ``note`` is told of each template that is taken from the cache: its file, and what it asks of recipients.
    """

    def __init__(self, folder: Path | None, theme: Theme, note: Callable[[str, Uses], None]) -> None:
        name = sha256("\0".join(map(str, theme.folders)).encode(errors="surrogateescape")).hexdigest()[:16]
        self._file = folder / f"templates-{name}" if folder is not None else None
        self._note = note
        self._stamp = _stamp(theme).encode()
        self._before = _read(self._file, self._stamp) if self._file is not None else {}
        self._now: _Kept = {}
        self.uses: dict[str, Uses] = {}
        """What templates that are being compiled ask of recipients, by file."""

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._before.get(bucket.key)
        if kept is not None and kept[0] == bucket.checksum:
            self._now[bucket.key] = kept
            bucket.code = kept[1]
            self._note(kept[1].co_filename, kept[2])

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._now[bucket.key] = (bucket.checksum, bucket.code, self.uses.get(bucket.code.co_filename, ()))

    def keep(self) -> None:
        """Write what was loaded, where it differs from what is kept; silent where that cannot be written."""
        if self._file is not None and self._now != self._before:
            kept = marshal.dumps(self._now)
            _write(self._file, sha256(self._stamp + kept).digest() + kept)


def _stamp(theme: Theme) -> str:
    """What a template's code depends on beside its source."""
    here = Path(__file__)
    states = [(name, found.st_mtime_ns, found.st_size) for name in _MADE_BY for found in [here.with_name(name).stat()]]
    return repr((sys.version, jinja_version, __version__, states, sorted(theme.variants.items())))


def _read(file: Path, stamp: bytes) -> _Kept:
    """What ``file`` keeps; nothing where it is damaged, of another version, or not this user's alone."""
    try:
        if not _is_private(file.parent):
            return {}
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as opened:
            found = os.fstat(opened.fileno())
            content = opened.read() if stat.S_ISREG(found.st_mode) and _only_by(found, os.geteuid()) else b""
    except OSError:
        return {}
    digest, kept = content[:_DIGEST], content[_DIGEST:]
    # marshal trusts what it reads, and a crash may have left half of it.
    return marshal.loads(kept) if sha256(stamp + kept).digest() == digest else {}


def _write(file: Path, content: bytes) -> None:
    try:
        for folder in reversed([each for each in file.parents if not each.exists()]):
            folder.mkdir(mode=0o700)  # whatever the umask lets a group do
        if not _is_private(file.parent):
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError:
        return
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)


def _is_private(folder: Path) -> bool:
    """Whether nobody but this user (and root) can put a file into ``folder``, or another folder in its place."""
    real = folder.resolve()
    return _only_by(real.stat(), os.geteuid()) and all(
        _only_by(found, 0, os.geteuid()) or found.st_mode & stat.S_ISVTX for found in map(Path.stat, real.parents)
    )


def _only_by(found: os.stat_result, *users: int) -> bool:
    return found.st_uid in users and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
