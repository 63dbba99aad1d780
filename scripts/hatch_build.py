"""The wheel carries the starter that ``dispatch init`` writes.

The repository's root is that starter: one copy in version control. ``force-include`` in ``pyproject.toml`` would copy
it beside an editable install as well, where it would grow stale; hence this hook.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STARTER = "dispatch/starter"


class StarterHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``templates/`` and :data:`dispatch.starter_files.STARTER_FILES` to a wheel, and nothing to an editable."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        root = Path(self.root)
        for name in ("templates", *_starter_files(root / "src/dispatch/starter_files.py")):
            build_data["force_include"][str(root / name)] = f"{STARTER}/{name}"


def _starter_files(module: Path) -> tuple[str, ...]:
    """The names in ``STARTER_FILES``, read without importing a package that is not installed yet."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STARTER_FILES":
            names: tuple[str, ...] = ast.literal_eval(node.value)
            return names
    raise LookupError(f"{module} has no STARTER_FILES")
