"""A theme's templates as Jinja runs them: sandboxed, always escaping, each mistake at its line in the author's file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.filters import do_default
from jinja2.sandbox import SandboxedEnvironment

from dispatch.errors import Place, ThemeError
from dispatch.render.mjml import check_source
from dispatch.render.recipient import Field, Fields
from dispatch.render.template_cache import TemplateCache
from dispatch.render.theme import ENTRY, TEMPLATE_SUFFIXES, Theme, shown

_MARKER = re.compile("\x02(\\d+):(\\d+)\x03")
_QUALIFIED = re.compile(r"""["'](?P<theme>[\w.-]+)/(?P<file>[^"'\n]+)["']""")
_UNSAFE_FILTERS = ("safe", "random")
_CAUSED_BY_TEMPLATES = (
    TemplateError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Which line of which file each part of an expanded template came from."""

    text: str
    _offsets: tuple[int, ...]
    _places: tuple[Place, ...]

    def place(self, offset: int) -> Place | None:
        """The place in the author's files of ``text[offset]``."""
        index = bisect_right(self._offsets, offset) - 1
        return self._places[index] if index >= 0 else None


class Templates:
    """A theme's templates, all parsed and checked; :meth:`expand` runs them.

    What they are compiled to is kept in the folder ``cache``, for the next run.
    """

    def __init__(self, theme: Theme, fields: Fields, cache: Path | None = None) -> None:
        self._theme = theme
        kept = TemplateCache(cache, theme, lambda file, uses: fields.note(uses, shown(Path(file))))
        self._environment = _Environment(theme, fields, kept)
        own = self._environment.files_of.list_templates()
        loaded: set[str] = set()
        while left := {name for name in own if name.endswith(TEMPLATE_SUFFIXES)} - loaded:
            for name in sorted(left):
                self._load(self._environment, name)
            loaded |= left
            own = [*self._environment.files_of.named]
        kept.keep()

    def expand(self, context: Mapping[str, Any]) -> str:
        """The theme's MJML for one edition and one variant."""
        return self._run(self._environment, context)

    def expand_with_places(self, context: Mapping[str, Any]) -> SourceMap:
        """The same MJML, with the place that each part came from: to tell where MJML went wrong."""
        environment = _Environment(self._theme, Fields({}))
        marked = self._run(environment, context)
        offsets: list[int] = []
        places: list[Place] = []
        parts: list[str] = []
        end = length = 0
        for found in _MARKER.finditer(marked):
            parts.append(marked[end : found.start()])
            length += len(parts[-1])
            offsets.append(length)
            places.append(Place(environment.files[int(found[1])], int(found[2])))
            end = found.end()
        return SourceMap("".join([*parts, marked[end:]]), tuple(offsets), tuple(places))

    def _run(self, environment: _Environment, context: Mapping[str, Any]) -> str:
        template = self._load(environment, ENTRY)
        try:
            return template.render(context)
        except ThemeError:
            raise
        except _CAUSED_BY_TEMPLATES as error:
            raise _placed(error, environment) from error

    def _load(self, environment: _Environment, name: str) -> Template:
        try:
            return environment.get_template(name)
        except TemplateSyntaxError as error:
            raise _syntax_error(error) from error
        except (TemplateNotFound, UnicodeDecodeError, OSError) as error:
            file = next((path for folder in self._theme.folders if (path := folder / name).exists()), Path(name))
            raise ThemeError(f"This template cannot be read: {error}", place=Place(shown(file))) from error


class _Files(FileSystemLoader):
    """A theme's files by their names. ``named`` gathers what they name by ``THEME/NAME``: files of the themes that it
    builds on."""

    def __init__(self, folders: Sequence[Path], lineage: Mapping[str, Sequence[Path]], named: set[str]) -> None:
        super().__init__([str(folder) for folder in folders])
        self.named = named
        self._lineage = lineage

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, is_current = super().get_source(environment, template)
        for found in _QUALIFIED.finditer(source):
            if any((folder / found["file"]).is_file() for folder in self._lineage.get(found["theme"], ())):
                self.named.add(f"{found['theme']}/{found['file']}")
        return source, file, is_current


class _Environment(SandboxedEnvironment):
    """Jinja for themes. Without ``kept`` it weaves into the output where each stretch of a template came from."""

    def __init__(self, theme: Theme, fields: Fields, kept: TemplateCache | None = None) -> None:
        named: set[str] = set()
        by_theme = {name: _Files(folders, theme.lineage, named) for name, folders in theme.lineage.items()}
        self.files_of = by_theme[theme.name]
        super().__init__(
            # By THEME/NAME a partial can hold the one that it stands for, and add to it.
            loader=ChoiceLoader([self.files_of, PrefixLoader(by_theme)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=kept,
        )
        self.files: list[str] = []
        self._fields = fields
        self._kept = kept
        self.filters["default"] = self.filters["d"] = _default
        for name in _UNSAFE_FILTERS:
            del self.filters[name]
        del self.globals["lipsum"]  # random words have no place in an edition

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        file = shown(Path(filename)) if filename else str(name)
        if self._kept is None:
            self._mark(tree, file)
            return tree
        uses = self._kept.uses[filename or ""] = self._fields.check(tree, file)
        self._fields.note(uses, file)
        if not (filename or "").endswith(".css"):
            check_source(self._without_jinja(source), file)
        return tree

    def _mark(self, tree: nodes.Template, file: str) -> None:
        self.files.append(file)
        index = len(self.files) - 1
        for data in tree.find_all(nodes.TemplateData):
            lines = data.data.split("\n")
            data.data = "\n".join(f"\x02{index}:{data.lineno + at}\x03{line}" for at, line in enumerate(lines))

    def _without_jinja(self, source: str) -> str:
        """``source`` with its tags and expressions taken out and its lines kept."""
        parts = []
        for _, kind, value in self.lex(source):
            keeps = kind in ("data", "raw_data")
            parts.append(value if keeps else "\n" * value.count("\n"))
        return "".join(parts)


def _default(value: object, default_value: str = "", boolean: bool = False) -> object:
    """``default``: for a recipient's field the text that stands in for an empty value, else Jinja's own."""
    return value.with_default(default_value) if isinstance(value, Field) else do_default(value, default_value, boolean)


def _syntax_error(error: TemplateSyntaxError) -> ThemeError:
    file = shown(Path(error.filename)) if error.filename else error.name or "template"
    return ThemeError(
        f"This template does not parse: {error.message}",
        place=Place(file, error.lineno),
        hint="Themes are Jinja templates: {{ … }} prints, {% … %} decides.",
    )


def _placed(error: Exception, environment: _Environment) -> ThemeError:
    """An error in a running template, at the innermost template's line."""
    if isinstance(error, TemplateSyntaxError):
        return _syntax_error(error)
    place = None
    for frame, line in walk_tb(error.__traceback__):
        if any(frame.f_code.co_filename.startswith(folder) for folder in environment.files_of.searchpath):
            place = Place(shown(Path(frame.f_code.co_filename)), line)
    if isinstance(error, TemplateNotFound):
        return ThemeError(f"The theme has no file {error.name!r}.", place=place)
    if isinstance(error, RecursionError):
        return ThemeError("The templates include each other without end.", place=place)
    return ThemeError(f"This template cannot be rendered: {error}", place=place)
