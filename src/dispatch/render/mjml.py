"""What mjml-python passes over in silence, found: unknown tags and attributes, and MJML that is not well formed.

Sources are checked as the author wrote them (branches that this edition doesn't take included), and what they
expand to is checked again, because nesting shows only there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from dispatch.errors import Place, ThemeError
from dispatch.render.mjml_names import ANY_ATTRIBUTE, ATTRIBUTES, CHILDREN, DEFAULTS_ONLY, DROPPED

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_TAG = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*?)(?P<empty>/?)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"\s*(?P<name>[^\s=\"'/<>]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?")


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    offset: int
    closing: bool
    empty: bool
    attributes: tuple[tuple[str, str | None, int], ...]
    """Name, value as written (quotes included) and offset of each."""


class _Fault(Exception):
    """What is wrong at an offset; becomes a :class:`ThemeError` where the offset's place is known."""

    def __init__(self, offset: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.offset, self.message, self.hint = offset, message, hint


def check_source(source: str, file: str) -> None:
    """Refuse MJML tags and attributes that do not exist, in a template whose Jinja has been taken out."""
    _placing(
        lambda: _check_names(source),
        lambda offset: Place(file, source.count("\n", 0, offset) + 1),
    )


def check_expanded(mjml: str, place_of: Callable[[int], Place | None]) -> None:
    """Refuse an expanded document that is not well formed, or whose tags stand where MJML doesn't take them."""
    _placing(lambda: _check_structure(mjml), place_of)


def _placing(check: Callable[[], None], place_of: Callable[[int], Place | None]) -> None:
    try:
        check()
    except _Fault as fault:
        raise ThemeError(fault.message, place=place_of(fault.offset), hint=fault.hint) from None


def _tags(source: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(source):
        if found["name"]:
            attributes = tuple(
                (part["name"], part["value"], found.start("rest") + part.start("name"))
                for part in _ATTRIBUTE.finditer(found["rest"])
            )
            yield _Tag(found["name"], found.start(), bool(found["close"]), bool(found["empty"]), attributes)


def _is_mjml(name: str) -> bool:
    return name == "mjml" or name.startswith(("mj-", "mjml"))


def _check_names(source: str) -> None:
    inside_defaults = False
    for tag in _tags(source):
        if tag.name == "mj-attributes":
            inside_defaults = not tag.closing and not tag.empty
        if not _is_mjml(tag.name):
            continue
        if tag.name not in ATTRIBUTES and tag.name not in DEFAULTS_ONLY:
            message = f"MJML has no usable tag <{tag.name}>{_near(tag.name, ATTRIBUTES)}"
            raise _Fault(tag.offset, message, DROPPED.get(tag.name))
        if not tag.closing:
            _check_attributes(tag, inside_defaults)


def _check_attributes(tag: _Tag, inside_defaults: bool) -> None:
    known = ATTRIBUTES.get(tag.name, ANY_ATTRIBUTE | {"name"})
    if inside_defaults and tag.name not in ("mj-attributes", *DEFAULTS_ONLY):
        known = known | {"mj-class"}
    for name, value, offset in tag.attributes:
        if name not in known:
            raise _Fault(
                offset,
                f"<{tag.name}> takes no attribute {name}{_near(name, known)}",
                f"It takes: {', '.join(sorted(known))}." if known else None,
            )
        if value is None or not value.startswith('"'):
            raise _Fault(offset, f"The value of {name} must stand in double quotes.", f'Write {name}="…"')


def _near(name: str, names: object) -> str:
    near = get_close_matches(name, list(names), 1) if isinstance(names, dict | frozenset) else []
    return f"; did you mean {near[0]}?" if near else "."


def _check_structure(mjml: str) -> None:
    open_tags: list[_Tag] = []
    end = 0
    for found in _TAG.finditer(mjml):
        _no_stray(mjml, end, found.start())
        end = found.end()
    _no_stray(mjml, end, len(mjml))
    for tag in _tags(mjml):
        if tag.closing:
            _close(tag, open_tags)
            continue
        _check_child(tag, open_tags[-1] if open_tags else None)
        for name, value, offset in tag.attributes:
            if value is not None and value[0] not in "\"'":
                raise _Fault(offset, f"The value of {name} must stand in double quotes.", f'Write {name}="…"')
        if not tag.empty and tag.name not in _VOID:
            open_tags.append(tag)
    if open_tags:
        raise _Fault(open_tags[-1].offset, f"<{open_tags[-1].name}> is never closed.")


def _no_stray(mjml: str, start: int, end: int) -> None:
    stray = mjml.find("<", start, end)
    if stray >= 0:
        raise _Fault(stray, "A < stands here that begins no tag.", "Write &lt; for the character itself.")


def _close(tag: _Tag, open_tags: list[_Tag]) -> None:
    if not open_tags:
        raise _Fault(tag.offset, f"</{tag.name}> closes nothing that is open.")
    if open_tags[-1].name != tag.name:
        raise _Fault(tag.offset, f"</{tag.name}> stands where <{open_tags[-1].name}> is still open.")
    open_tags.pop()


def _check_child(tag: _Tag, parent: _Tag | None) -> None:
    if parent is None:
        if tag.name != "mjml":
            raise _Fault(tag.offset, f"<{tag.name}> stands outside <mjml>.", "The whole theme is one <mjml>.")
        return
    children = CHILDREN.get(parent.name)
    if children is not None and tag.name not in children:
        raise _Fault(
            tag.offset,
            f"<{tag.name}> may not stand directly in <{parent.name}>.",
            f"It takes: {', '.join(sorted(children))}.",
        )
    if children is None and parent.name != "mj-attributes" and _is_mjml(tag.name):
        raise _Fault(tag.offset, f"<{tag.name}> may not stand inside <{parent.name}>.")
