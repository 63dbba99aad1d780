"""Themes on disk: which there are and where each comes from, and the files of a new one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.cli.files import shown
from dispatch.cli.wording import many
from dispatch.errors import Refused, ThemeError
from dispatch.render.theme import NAME, TEMPLATE_SUFFIXES, load_theme, palette, theme_names

TABLE_OF_CONTENTS: Mapping[str, str] = {
    "header.mjml": "the masthead: name, number, date",
    "contents.mjml": "the contents of several stories",
    "story.mjml": "a story: headline, byline, dateline, its blocks",
    "blocks/": "a file for each kind of block: quote, points, table, image, …",
    "in_brief.mjml": "the In Brief box",
    "notes.mjml": "footnotes",
    "sign_off.mjml": "the end mark and the tagline",
    "footer.mjml": "sender, postal address, the way out",
    "styles/base.css": "sizes, spaces, colours; written onto the elements",
    "styles/phone.css": "what differs on phones",
    "styles/dark.css": "what differs in the dark",
    "fonts.mjml": "the typefaces",
    "edition.mjml": "the order of all parts",
}
"""What the files of the default theme show, in the order of the page."""

_ROLES = {
    "page": "around the sheet, and behind code",
    "card": "the sheet itself",
    "tint": "behind In Brief",
    "ink": "text",
    "meta": "dates, captions, the footer",
    "accent": "labels, links, rules",
    "hairline": "thin lines, which carry no meaning",
}


@dataclass(frozen=True, slots=True)
class Described:
    """A theme as a person finds it. ``folder`` is the newsletter's, where there is one; ``changed`` are the files in it
    that differ from those that Dispatch brings; ``error`` says why it cannot be used."""

    name: str
    brought: bool
    folder: Path | None
    changed: tuple[str, ...]
    extends: tuple[str, ...]
    description: str
    in_use: bool
    error: str | None = None

    @property
    def says(self) -> str:
        """Where it comes from."""
        if not self.brought:
            return f"yours, builds on {self.extends[0]}" if self.extends else "yours"
        if self.folder is None:
            return "built in"
        if not self.changed:
            return "built in, as it came"
        return f"built in, {many(len(self.changed), 'file')} {'differs' if len(self.changed) == 1 else 'differ'}"

    def data(self) -> dict[str, object]:
        """The same as JSON has it."""
        return {
            "name": self.name,
            "built_in": self.brought,
            "folder": shown(self.folder) if self.folder else None,
            "changed": list(self.changed),
            "extends": list(self.extends),
            "description": self.description,
            "in_use": self.in_use,
            "error": self.error,
        }


def described(paths: tuple[Path, Path], in_use: str) -> list[Described]:
    """Every theme in a newsletter's own folder, and in that of what Dispatch brings."""
    return [_described(name, paths, in_use) for name in theme_names(paths)]


def _described(name: str, paths: tuple[Path, Path], in_use: str) -> Described:
    own, brought = (path / name for path in paths)
    folder = own if own.is_dir() and not (brought.is_dir() and own.samefile(brought)) else None
    changed = tuple(sorted(_changed(folder, brought))) if folder is not None and brought.is_dir() else ()
    extends: tuple[str, ...] = ()
    description, error = "", None
    try:
        theme = load_theme(name, paths)
        extends, description = tuple(theme.lineage)[1:], theme.description
    except ThemeError as failed:
        error = f"{failed.place}: {failed.message}" if failed.place else failed.message
    return Described(name, brought.is_dir(), folder, changed, extends, description, name == in_use, error)


def _changed(own: Path, brought: Path) -> Iterator[str]:
    """The files of a newsletter's copy that are not as they came."""
    for file in own.rglob("*"):
        twin = brought / file.relative_to(own)
        if file.is_file() and not (twin.is_file() and twin.read_bytes() == file.read_bytes()):
            yield file.relative_to(own).as_posix()


def start(
    templates: Path, name: str, origin: str, theme_paths: Sequence[Path], *, accent: str | None, full: bool
) -> Mapping[str, str]:
    """Write ``templates/NAME``, which builds on ``origin``; the files that it has now, each with what it is.

    Raises :class:`~dispatch.errors.Refused` for a name that cannot be a theme's or is taken, and
    :class:`~dispatch.errors.ThemeError` where ``origin`` cannot be built on or ``accent`` is no colour.
    """
    _require_free(name, theme_paths)
    folder = templates / name
    theme = load_theme(origin, theme_paths)
    colours = palette(theme, accent)
    files = {"theme.toml": _settings(name, origin, colours), "README.md": _readme(name, origin, full=full)}
    if full:
        files |= {file: (home / file).read_text(encoding="utf-8") for file, home in _files(theme.folders).items()}
    else:
        files["styles/base.css"] = _RULES.format(origin=origin)
    for file, content in sorted(files.items()):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        with (folder / file).open("x", encoding="utf-8") as new:
            new.write(content)
    return _told(origin, len(files), full=full)


def _told(origin: str, count: int, *, full: bool) -> Mapping[str, str]:
    said = {"theme.toml": "its name and its colours", "README.md": "which file shows what"}
    if full:
        return {**said, "…": f"and the {count - len(said)} files of {origin!r}, to change in their place"}
    return {**said, "styles/base.css": "rules of your own"}


def _require_free(name: str, theme_paths: Sequence[Path]) -> None:
    if not NAME.fullmatch(name):
        raise Refused(
            f"{name!r} cannot be a theme's name.",
            hint="Use letters, digits, '-', '_' and '.', and begin with a letter or a digit: evening",
        )
    taken = next((path / name for path in theme_paths if os.path.lexists(path / name)), None)
    if taken is not None:
        raise Refused(
            f"There is a {name!r} already ({shown(taken)}), and nothing is written over it.",
            hint=f"Take another name. To build on that one: dispatch theme new NAME --from {name}",
        )


def _files(folders: Sequence[Path]) -> Mapping[str, Path]:
    """Each template of a theme with the folder that it is taken from."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.suffix in TEMPLATE_SUFFIXES:
                found.setdefault(file.relative_to(folder).as_posix(), folder)
    return found


def _settings(name: str, origin: str, colours: Mapping[str, Mapping[str, str]]) -> str:
    lines = [
        f'# What is missing here and in this folder comes from the theme "{origin}".',
        f'name = "{name.replace("-", " ").replace("_", " ").title()}"',
        'description = ""  # in a sentence, what it is for: `dispatch theme list` shows it',
        f'extends = "{origin}"',
        "",
        "# Text (ink, meta, accent) is made lighter or darker until it can be read on page, card and tint; its hue",
        "# stays. An accent in dispatch.toml outweighs the one here.",
    ]
    for scheme, roles in colours.items():
        lines += ["", f"[colours.{scheme}]"]
        lines += [f'{role:<8} = "{value}"  # {_ROLES[role]}' for role, value in roles.items()]
    return "\n".join([*lines, ""])


_RULES = """\
{{% include "{origin}/styles/base.css" %}}

{{# Rules of your own, after those of "{origin}": of two rules for one class the later counts. They are written onto
   the elements, because some mail programs drop style sheets. What differs on phones stands in styles/phone.css,
   which can begin like this file.

   .headline {{ font-size: 36px; line-height: 41px; }}
#}}
"""

_ADDING = """\
What is not here comes from “{origin}”, whose files are in `templates/{origin}/` or shown by
`dispatch theme new OTHER --from {origin} --full`. To change a part, put a file of the same name here. It may hold the
one that it stands for, and add to it:

    {{% include "{origin}/footer.mjml" %}}
"""
_COPIED = """\
Every file of “{origin}” is here, to change in its place. Delete those that you do not change: they come from “{origin}”
again.
"""


def _readme(name: str, origin: str, *, full: bool) -> str:
    rows = [f"| `{file}` | {about} |" for file, about in TABLE_OF_CONTENTS.items()]
    return "\n".join(
        [
            f"# The theme “{name}”",
            "",
            (_COPIED if full else _ADDING).format(origin=origin),
            "| file | what it shows |",
            "|---|---|",
            *rows,
            "",
            "Look at it, and have it looked over:",
            "",
            f"    dispatch compose SOURCE --theme {name} --open",
            f"    dispatch theme check {name}",
            "",
        ]
    )
