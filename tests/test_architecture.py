"""The rules that docs/architecture.md states, walked over the imports of every module (inside functions too)."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "dispatch"

ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "starter_files": set(),
    "config": {"audience", "errors", "starter_files"},
    "edition": {"errors"},
    "pictures": {"errors"},
    "online": {"errors"},
    "render": {"edition", "errors", "starter_files"},
    "message": {"render", "edition", "errors"},
    "audience": {"errors"},
    "ledger": {"audience", "errors"},
    "delivery": {"message", "ledger", "errors", "config.settings"},
    "preflight": {"edition", "render", "pictures", "online.answer", "errors", "config.settings"},
    "preview": {"edition", "render", "preflight", "errors", "config.settings"},
    "doctor": {"delivery", "message", "errors", "config.settings", "preflight.finding"},
    "__main__": {"cli"},
    "cli": {
        "config",
        "edition",
        "render",
        "message",
        "audience",
        "ledger",
        "delivery",
        "pictures",
        "online",
        "preflight",
        "preview",
        "doctor",
        "errors",
        "starter_files",
    },
}
"""What each room may import, as rooms or single modules; a room missing here is a decision nobody has made."""

HOMES: dict[str, set[str]] = {
    "sqlalchemy": {"ledger"},
    "sqlite3": {"ledger"},
    "alembic": {"ledger"},
    "psycopg": {"ledger"},
    "aiosmtplib": {"delivery"},
    "smtplib": set(),
    "click": {"cli"},
    "random": {"cli"},
    "secrets": {"cli", "ledger"},
    "jinja2": {"render"},
    "mjml": {"render"},
    "css_inline": {"render"},
    "cryptography": {"message"},
    "lxml": {"preflight"},
    "cssselect2": {"preflight"},
    "tinycss2": {"preflight"},
    "starlette": {"preview"},
    "uvicorn": {"preview"},
    "watchfiles": {"preview"},
    "checkdmarc": {"doctor"},
    "dns": {"doctor"},
    "PIL": {"pictures"},
    "httpx2": {"online"},
}
"""Modules that only these rooms may use."""

CLOCKS = re.compile(r"\b(?:datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time|time\.time_ns)\b")
LONGEST_MODULE = 400


@dataclass(frozen=True)
class Import:
    """``module`` is the dotted name; ``where`` is file:line, to open."""

    module: str
    where: str
    room: str


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _names(path: Path, node: ast.AST) -> Iterator[str]:
    """The modules that an import statement, or an ``import_module("…")`` call, brings in."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=0) if module:
            yield from (f"{module}.{alias.name}" for alias in names) if module == "dispatch" else (module,)
        case ast.ImportFrom(module=module, level=level):
            parts = ("dispatch", *path.relative_to(PACKAGE).parts[:-1])
            base = ".".join(parts[: len(parts) - level + 1])
            yield f"{base}.{module}" if module else base
        case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module)), *_]):
            yield module


@cache
def _imports() -> tuple[Import, ...]:
    return tuple(
        Import(name, _where(path, node), _room(path))
        for path in _modules()
        for node in ast.walk(_tree(path))
        for name in _names(path, node)
    )


def test_every_room_imports_downwards_only() -> None:
    wrong = []
    for found in _imports():
        package, _, target = found.module.partition(".")
        if package != "dispatch" or target in {"", "__version__"}:
            continue
        allowed = {found.room} | ROOMS.get(found.room, set())
        if not any(f"{target}.".startswith(f"{name}.") for name in allowed):
            wrong.append(f"{found.where}: {found.room} may not import {target}")
    assert wrong == []


def test_every_room_has_its_place_in_the_table() -> None:
    rooms = {_room(path) for path in _modules()} - {"__init__"}
    assert rooms <= set(ROOMS)


def test_the_table_of_rooms_has_no_cycle() -> None:
    settled: set[str] = set()
    while left := {room: below for room, below in ROOMS.items() if room not in settled}:
        free = {room for room, below in left.items() if {name.partition(".")[0] for name in below} <= settled}
        assert free, f"these import each other: {sorted(left)}"
        settled |= free


@pytest.mark.parametrize("module", sorted(HOMES))
def test_a_library_is_used_only_in_its_room(module: str) -> None:
    strays = [
        found.where
        for found in _imports()
        if found.module.partition(".")[0] == module and found.room not in HOMES[module]
    ]
    assert strays == []


def test_only_the_command_line_reads_a_clock() -> None:
    """Everything below is handed the time, so that a test can choose it. (``time.monotonic`` only measures.)"""
    reads = [
        f"{_where(path, node)}: {ast.unparse(node)}"
        for path in _modules()
        if _room(path) != "cli"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and CLOCKS.search(ast.unparse(node))
    ]
    assert reads == []


def test_sql_is_written_only_in_the_ledger() -> None:
    statement = re.compile(r"\b(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA)\b", re.DOTALL)
    written = [
        _where(path, node)
        for path in _modules()
        if _room(path) != "ledger"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    ]
    assert written == []


def test_modules_stay_small_enough_to_hold_in_the_head() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def _distribution(name: str) -> str:
    """A distribution's normalised name, from a requirement or as metadata writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = (name for extra in project["optional-dependencies"].values() for name in extra)
    return {_distribution(name) for name in (*project["dependencies"], *optional)}


def test_the_package_imports_nothing_it_does_not_declare() -> None:
    """A development-only or merely transitive dependency would be missing, or another one, on a reader's machine."""
    homes = packages_distributions()
    undeclared = []
    for found in _imports():
        top = found.module.partition(".")[0]
        if top in sys.stdlib_module_names or top in {"dispatch", "__future__"}:
            continue
        if not {_distribution(name) for name in homes.get(top, [])} & _declared():
            undeclared.append(f"{found.where}: {top}")
    assert undeclared == []


def test_every_dependency_is_used() -> None:
    # Data, a plugin that markdown-it loads by its name, and the driver that an SQLAlchemy URL names.
    unseen = {"tzdata", "linkify-it-py", "psycopg"}
    homes = packages_distributions()
    used = {_distribution(name) for found in _imports() for name in homes.get(found.module.partition(".")[0], [])}
    assert _declared() - unseen - used == set()


def test_the_top_level_is_where_people_expect_it() -> None:
    files = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "dispatch.toml"}
    folders = {"seeds", "src/dispatch", "templates", "subscribers", "tests", "docs"}
    assert {name for name in files if not (ROOT / name).is_file()} == set()
    assert {name for name in folders if not (ROOT / name).is_dir()} == set()
    assert [path.name for path in (ROOT / "src").iterdir() if (path / "__init__.py").exists()] == ["dispatch"]
