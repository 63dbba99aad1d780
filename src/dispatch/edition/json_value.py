"""A JSON document read field by field, with errors that name the path of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from dispatch.errors import Place, SourceError

T = TypeVar("T")

_KINDS: dict[type, str] = {str: "text", int: "a number", bool: "true or false", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A value of a JSON document that knows its path (``stories[0].title``), so that errors can say it."""

    value: Any
    path: str
    file: str

    def error(self, message: str, hint: str | None = None) -> SourceError:
        return SourceError(f"{self.path or 'the document'}: {message}", place=Place(self.file), hint=hint)

    def of(self, kind: type[T]) -> T:
        # JSON's true is no number, though Python's is.
        if not isinstance(self.value, kind) or (kind is int and isinstance(self.value, bool)):
            found = "null" if self.value is None else _KINDS.get(type(self.value), "something else")
            raise self.error(f"must be {_KINDS[kind]}, not {found}.")
        return self.value

    def or_none(self, kind: type[T]) -> T | None:
        return None if self.value is None else self.of(kind)

    def number(self, at_least: int, at_most: int | None = None) -> int:
        number = self.of(int)
        if number < at_least or (at_most is not None and number > at_most):
            bounds = f"at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
            raise self.error(f"must be {bounds}, not {number}.")
        return number

    def one_of(self, *words: str) -> str:
        word = self.of(str)
        if word not in words:
            near = get_close_matches(word, words, n=1)
            raise self.error(
                f'must be one of {", ".join(words)}, not "{word}".', f"Did you mean {near[0]}?" if near else None
            )
        return word

    def each(self, read: Callable[[JsonValue], T]) -> tuple[T, ...]:
        values = self.of(list)
        return tuple(read(JsonValue(item, f"{self.path}[{index}]", self.file)) for index, item in enumerate(values))

    def fields(self, required: str, optional: str = "") -> dict[str, JsonValue]:
        """The object's fields: all of ``required`` (names, space-separated), some of ``optional``, no other."""
        found = self.of(dict)
        missing = [key for key in required.split() if key not in found]
        if missing:
            raise self.error(f'lacks "{missing[0]}".')
        known = {*required.split(), *optional.split()}
        for key in found:
            if key not in known:
                near = get_close_matches(key, sorted(known), n=1)
                raise self.field(key).error(
                    "is no field of the format.", f'Did you mean "{near[0]}"?' if near else None
                )
        return {key: self.field(key) for key in known}

    def field(self, key: str) -> JsonValue:
        return JsonValue(self.of(dict).get(key), f"{self.path}.{key}" if self.path else key, self.file)
