"""A theme on disk: the folders that are searched for its files, and what its ``theme.toml`` says.

A theme's files are looked for in the project's ``templates/`` first and in the built-in ones next, each partial by
itself; a theme that ``extends`` another one looks there last. So a project overrides one file and inherits the rest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dispatch.errors import Place, ThemeError
from dispatch.render import colour

MOST_VARIANTS = 32
"""How many variants of one edition a theme may ask for; each is compiled and kept."""

TEMPLATE_SUFFIXES = (".mjml", ".html", ".css")
ENTRY = "edition.mjml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_KEYS = ("name", "description", "extends", "variants", "colours")
COLOURS = ("page", "card", "tint", "ink", "meta", "accent", "hairline")
_SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Theme:
    """``folders`` are searched in order for each file. ``lineage`` has the theme and each that it builds on, nearest
    first, with the folders that are searched where a template names it: ``{% include "dispatch/footer.mjml" %}``.
    ``colours``: ``light`` and ``dark`` → role → ``#RRGGBB``; ``coloured_by`` has the file that says each."""

    name: str
    description: str
    folders: tuple[Path, ...]
    lineage: Mapping[str, tuple[Path, ...]]
    variants: Mapping[str, tuple[str, ...]]
    colours: Mapping[str, Mapping[str, str]]
    coloured_by: Mapping[tuple[str, str], Path]


def builtin_templates() -> Path:
    """The folder of the themes that Dispatch brings: in a wheel inside the package, in a checkout at its root."""
    package = Path(__file__).resolve().parent.parent
    carried = package / "starter" / "templates"
    return carried if carried.is_dir() else package.parent.parent / "templates"


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def theme_names(theme_paths: Sequence[Path]) -> list[str]:
    """The themes that exist in any of ``theme_paths``."""
    found = {
        folder.name
        for path in theme_paths
        if path.is_dir()
        for folder in path.iterdir()
        if (folder / ENTRY).is_file() or (folder / "theme.toml").is_file()
    }
    return sorted(found)


def load_theme(name: str, theme_paths: Sequence[Path]) -> Theme:
    """Find theme ``name`` in ``theme_paths`` and read its ``theme.toml`` and those of the themes it extends."""
    folders: list[Path] = []
    first: dict[str, int] = {}
    settings: list[tuple[Path, dict[str, Any]]] = []
    place: Place | None = None
    wanted: str | None = name
    while wanted is not None:
        if wanted in first:
            raise ThemeError(f"The themes {' → '.join([*first, wanted])} extend each other in a circle.", place=place)
        first[wanted] = len(folders)
        here = require_theme(wanted, theme_paths, place)
        tables = [(file, _read(file)) for folder in here if (file := folder / "theme.toml").is_file()]
        folders += here
        settings += tables
        wanted, place = _extended(tables)
    if not any((folder / ENTRY).is_file() for folder in folders):
        raise ThemeError(
            f"The theme {name!r} has no {ENTRY}.",
            place=Place(shown(folders[0])),
            hint='Say in its theme.toml which theme it builds on: extends = "dispatch"',
        )
    colours, coloured_by = _merged_colours(settings)
    return Theme(
        name=name,
        description=str(settings[0][1].get("description", "")) if settings else "",
        folders=tuple(folders),
        lineage=MappingProxyType({each: tuple(folders[at:]) for each, at in first.items()}),
        variants=_variants(settings),
        colours=colours,
        coloured_by=coloured_by,
    )


def palette(theme: Theme, accent: str | None) -> dict[str, dict[str, str]]:
    """The theme's colours by scheme and role, with ``accent`` moved until it can be read on every ground.

    The theme's own accent keeps the theme's own shades; any other also gives its hue to the tint.
    """
    colours = {scheme: dict(theme.colours[scheme]) for scheme in _SCHEMES}
    own = colours["light"]["accent"].upper()
    for scheme, roles in colours.items():
        if accent is not None and accent.upper() != own:
            roles["tint"] = colour.tinted(roles["tint"], accent)
            roles["accent"] = accent
        grounds = (roles["card"], roles["page"], roles["tint"])
        for role in ("ink", "meta", "accent"):
            try:
                roles[role] = colour.readable_on(roles[role], grounds)
            except ThemeError as error:
                error.place = _at(theme.coloured_by[scheme, role], role, f"colours.{scheme}")
                raise
    return colours


def require_theme(name: str, theme_paths: Sequence[Path], place: Place | None = None) -> list[Path]:
    """The folders of theme ``name``; raises :class:`~dispatch.errors.ThemeError` at ``place`` where there is none."""
    here = [folder for path in theme_paths if NAME.fullmatch(name) and (folder := path / name).is_dir()]
    if not here:
        names = theme_names(theme_paths)
        near = get_close_matches(name, names, 1)
        raise ThemeError(
            f"There is no theme {name!r}" + (f"; did you mean {near[0]!r}?" if near else "."),
            place=place,
            hint=f"Themes are folders in templates/; here are: {', '.join(names) or '(none)'}.",
        )
    return here


def _extended(tables: list[tuple[Path, dict[str, Any]]]) -> tuple[str | None, Place | None]:
    for file, table in tables:
        if "extends" in table:
            if not isinstance(table["extends"], str):
                raise _wrong(file, "extends", 'must be a theme\'s name: extends = "dispatch"')
            return table["extends"], _at(file, "extends")
    return None, None


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise ThemeError(f"This file cannot be read: {error}", place=Place(shown(file))) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else max(len(text.splitlines()), 1)
        raise ThemeError(f"This is no TOML: {error}", place=Place(shown(file), line)) from error
    _known(file, table, _KEYS)
    for key in ("variants", "colours"):
        if not isinstance(table.get(key, {}), dict):
            raise _wrong(file, key, f"must be a table: [{key}]")
    _check_variants(file, table.get("variants", {}))
    _known(file, table.get("colours", {}), _SCHEMES)
    for scheme in table.get("colours", {}):
        _check_colours(file, scheme, table["colours"][scheme])
    return table


def _check_variants(file: Path, variants: dict[str, Any]) -> None:
    for key, values in variants.items():
        if not isinstance(values, list) or not values or not all(isinstance(v, str) and v for v in values):
            raise _wrong(file, key, f'must list the values that get a variant of their own: {key} = ["pro"]')
    combinations = 1
    for values in variants.values():
        combinations *= len(set(values)) + 1
    if combinations > MOST_VARIANTS:
        raise ThemeError(
            f"The declared variants make {combinations} combinations; at most {MOST_VARIANTS} are compiled.",
            place=_at(file, "variants"),
            hint="Each field counts its values and one for all others, multiplied. Declare fewer.",
        )


def _check_colours(file: Path, scheme: str, roles: object) -> None:
    if not isinstance(roles, dict):
        raise _wrong(file, scheme, f"must be a table: [colours.{scheme}]")
    _known(file, roles, COLOURS)
    for role, value in roles.items():
        try:
            colour.parse_hex(value if isinstance(value, str) else repr(value))
        except ThemeError as error:
            raise ThemeError(error.message, place=_at(file, role, f"colours.{scheme}"), hint=error.hint) from None


def _known(file: Path, table: Mapping[str, object], names: Sequence[str]) -> None:
    for key in table:
        if key not in names:
            near = get_close_matches(key, names, 1)
            raise _wrong(
                file, key, f"is not known; did you mean {near[0]}?" if near else f"is not one of {', '.join(names)}"
            )


def _wrong(file: Path, key: str, why: str) -> ThemeError:
    return ThemeError(f"{key} {why}", place=_at(file, key))


def _at(file: Path, key: str, table: str | None = None) -> Place:
    """The line of ``key`` below the header of ``table``, or of the table that it names."""
    pattern = re.compile(rf"\s*(?:\[\s*(?:[\w.]+\.)?{re.escape(key)}\s*\]|[\"']?{re.escape(key)}[\"']?\s*=)")
    lines = file.read_text(encoding="utf-8").splitlines()
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]") if table is not None else None
    start = next((at for at, line in enumerate(lines) if header is not None and header.match(line)), 0)
    return Place(shown(file), next((at + 1 for at in range(start, len(lines)) if pattern.match(lines[at])), None))


def _variants(settings: list[tuple[Path, dict[str, Any]]]) -> Mapping[str, tuple[str, ...]]:
    declared: dict[str, Any] = next((table["variants"] for _, table in settings if "variants" in table), {})
    return MappingProxyType({name: tuple(dict.fromkeys(values)) for name, values in declared.items()})


def _merged_colours(
    settings: list[tuple[Path, dict[str, Any]]],
) -> tuple[Mapping[str, Mapping[str, str]], Mapping[tuple[str, str], Path]]:
    """The colour of each role in each scheme, and the file that says it."""
    merged: dict[str, dict[str, str]] = {scheme: {} for scheme in _SCHEMES}
    said_by: dict[tuple[str, str], Path] = {}
    for file, table in reversed(settings):
        for scheme, roles in table.get("colours", {}).items():
            merged[scheme].update(roles)
            said_by.update({(scheme, role): file for role in roles})
    for scheme, role in product(_SCHEMES, COLOURS):
        if role not in merged[scheme]:
            raise ThemeError(
                f"The theme has no colour for {role} in {scheme}.",
                hint=f'Add it to theme.toml below [colours.{scheme}], or build on a theme: extends = "dispatch"',
            )
    return merged, said_by
