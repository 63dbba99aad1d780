"""Real programs that some tests need: found, or the test is skipped and says how to bring them.

On the project's own CI nothing may be missing, so there a skip is a failure.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SYSTEM_PATHS = (
    "/usr/sbin",
    "/sbin",
    "/usr/lib/postfix/sbin",
    *sorted(str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")),
)
"""Where Debian keeps servers that an ordinary user's PATH leaves out."""


def require_program(name: str, install: str) -> str:
    """The path of program ``name``; ``install`` is the command that brings it (``apt-get install postfix``)."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_PATHS])
    path = shutil.which(name, path=search)
    if path is not None:
        return path
    skip_or_fail(f"{name} is not installed here; bring it with: {install}")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test and say why; on CI, where nothing may be missing, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (under CI=true nothing may be skipped)")
    pytest.skip(reason)
