"""Where the starter newsletter's files lie: theme, settings, sample seed and sample list.

There is one copy of them in version control, the repository's root; a wheel carries it as ``dispatch/starter``
(``force-include`` in ``pyproject.toml``).
"""

from __future__ import annotations

from pathlib import Path

STARTER_FILES = ("dispatch.toml", "seeds/canada-china.txt", "subscribers/sample.csv")
"""What the starter holds beside ``templates/``, relative to its root."""

_PACKAGE = Path(__file__).resolve().parent


def starter_root() -> Path:
    """The folder that holds ``templates/``, ``dispatch.toml``, ``seeds/`` and ``subscribers/`` of the starter."""
    installed = _PACKAGE / "starter"
    return installed if installed.is_dir() else _PACKAGE.parent.parent
