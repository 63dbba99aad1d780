"""From rendered strings to :data:`~dispatch.render.slots.Pieces`: inert marks while rendering, slots afterwards.

While an edition is rendered, a slot is a short run of letters and digits that stands nowhere in the edition or the
theme: nothing escapes, translates or executes it. Where it comes out decides how its value must be encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from dispatch.errors import Place, ThemeError
from dispatch.render.slots import Pieces, Slot, SlotContext

URL_ATTRIBUTES = frozenset({"href", "src", "background", "action", "cite", "poster", "srcset"})
_TOKEN = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<raw><(?P<name>style|script)\b.*?(?:</(?P=name)\s*>|\Z))"
    r"|(?P<tag></?[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^>\"'])*>)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'=<>/]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
_URL_SO_FAR = re.compile(r"(?:https?://[^/?#]+[/?#]|mailto:)", re.IGNORECASE)


@dataclass(slots=True)
class Slotting:
    """Gives out marks for slots, and finds them again. ``nonce`` begins every mark; see :func:`unused_nonce`."""

    nonce: str
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """Where a template or a seed asks for a slot, for errors."""
    _issued: dict[tuple[str, str], int] = field(default_factory=dict)

    def mark(self, name: str, default: str = "", place: Place | None = None) -> str:
        """The run of letters and digits that stands for the slot ``name`` with ``default``."""
        key = (name, default)
        if place is not None:
            self.places.setdefault(key, place)
        return f"{self.nonce}n{self._issued.setdefault(key, len(self._issued))}z"

    @property
    def used(self) -> frozenset[str]:
        """The recipient fields that were asked for."""
        return frozenset(name for name, _ in self._issued if not name.startswith("@"))

    def default_of(self, text: str) -> str:
        """``text`` with its marks replaced by what stands in for an empty value."""
        return self._pattern.sub(lambda found: self._key(found)[1], text)

    def split_text(self, text: str) -> Pieces:
        """Plain text split at its slots."""
        return self._split(text, lambda at: SlotContext.TEXT)

    def split_html(self, html: str) -> Pieces:
        """A whole HTML document split at its slots; refuses places where no value could be encoded safely."""
        spans = [(found.start(), found.end(), found) for found in _TOKEN.finditer(html) if self.nonce in found[0]]

        def context(at: int) -> SlotContext:
            token = next((found for start, end, found in spans if start <= at < end), None)
            return SlotContext.HTML if token is None else self._context_in(token, at - token.start())

        return self._split(html, context)

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{self.nonce}n(\d+)z")

    def _key(self, found: re.Match[str]) -> tuple[str, str]:
        return list(self._issued)[int(found[1])]

    def _split(self, text: str, context: Callable[[int], SlotContext]) -> Pieces:
        pieces: list[str | Slot] = []
        end = 0
        for found in self._pattern.finditer(text):
            if found.start() > end:
                pieces.append(text[end : found.start()])
            name, default = self._key(found)
            pieces.append(Slot(name, context(found.start()), default))
            end = found.end()
        if end < len(text) or not pieces:
            pieces.append(text[end:])
        if any(isinstance(piece, str) and self.nonce in piece.lower() for piece in pieces):
            raise ThemeError(
                "The theme changes a recipient's slot after asking for it.",
                hint='A slot takes default("…") and nothing else: no filter, no macro that shortens or recases it.',
            )
        return tuple(pieces)

    def _context_in(self, token: re.Match[str], at: int) -> SlotContext:
        """The context of the slot that stands at offset ``at`` of a comment, a style or a tag."""
        found = self._pattern.match(token[0], at)
        key = self._key(found) if found else ("", "")
        if token["tag"]:
            for attribute in _ATTRIBUTE.finditer(token[0]):
                if attribute.start() < at < attribute.end():
                    before = token[0][attribute.start("double") : at] if attribute["double"] is not None else ""
                    return self._attribute_context(attribute, before, key)
        where = "a comment" if token["comment"] else "a <style> or <script>" if token["raw"] else "a tag's name"
        raise self._misplaced(key, f"may not stand inside {where}")

    def _attribute_context(self, attribute: re.Match[str], before: str, key: tuple[str, str]) -> SlotContext:
        name = attribute["name"].lower()
        if attribute["double"] is None or name == "style" or name.startswith("on"):
            raise self._misplaced(key, f"may not stand in the attribute {name}")
        if name not in URL_ATTRIBUTES:
            return SlotContext.ATTRIBUTE
        whole = key[0].startswith("@") and not before
        if not whole and not _URL_SO_FAR.match(self.default_of(before)):
            raise self._misplaced(key, "may not decide where a link leads: a URL must begin with https://host/")
        return SlotContext.URL

    def _misplaced(self, key: tuple[str, str], why: str) -> ThemeError:
        name = f"recipient.{key[0]}" if not key[0].startswith("@") else key[0][1:]
        return ThemeError(
            f"{name} {why}.",
            place=self.places.get(key),
            hint="Slots stand in text, in an attribute's quoted value, or behind a URL's host.",
        )


def unused_nonce(content: str) -> str:
    """Letters and digits that do not occur in ``content``, whatever the case of its letters."""
    folded = content.lower()
    return next(nonce for number in count() if (nonce := f"zq{number}slot") not in folded)
