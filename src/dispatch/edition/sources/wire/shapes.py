"""What a single line looks like on its own: an override, a bullet, a number, a divider, or text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Shape(Enum):
    BLANK = auto()
    ESCAPED = auto()  # "\ text": a plain paragraph, whatever it looks like
    HASH = auto()  # "## text": a heading
    QUOTED = auto()  # "> text"
    DIVIDER = auto()  # "* * *", "---", "###"
    END_MARK = auto()  # "-30-"
    RULE = auto()  # "====", "----": underlines the line above, or divides
    BULLET = auto()
    NUMBERED = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Marked:
    """A line's shape; ``text`` without its marks; ``marker`` the bullet or number; ``value`` the number or level."""

    shape: Shape
    text: str
    marker: str = ""
    value: int | None = None


_HASH = re.compile(r"(#{1,6})\s+(\S.*?)(?:\s+#+)?")
_RULE = re.compile(r"(=){3,}|(-){3,}|(~){3,}|(_){3,}|(‾){3,}|([–—─━═]){3,}|(\*){5,}")
_DIVIDER = re.compile(r"[*•·#~+=–—-](?:\s+[*•·#~+=–—-]){2,}|\*{3,4}|#{2,}|•{3,}|[⁂❦§—–]|\.{5,}")
_END_MARK = re.compile(r"[-–—\s#*]*[-–—#*]\s*30\s*[-–—#*][-–—\s#*]*")
_BULLET = re.compile(r"([•◦▪▫‣⁃●○■□◆◇►▶➢➤➔→✓✔✗✦★☆∙⦁])\s*(\S.*)|([-*+·–—―])\s+(\S.*)")
_NUMBER = re.compile(r"(\(?([0-9]{1,3})[.)]|\(?([a-z])\)|([٠-٩]{1,3})[.)-]|([①-⑳]))\s+(\S.*)|([0-9]{1,3})、\s*(\S.*)")


def look(text: str) -> Marked:
    """The shape of a cleaned line."""
    if not text:
        return Marked(Shape.BLANK, "")
    if text[0] == "\\":
        rest = text[1:].strip()
        return Marked(Shape.ESCAPED, rest) if rest else Marked(Shape.BLANK, "")
    if text[0] == ">":
        return Marked(Shape.QUOTED, text[1:].strip())
    if len(text) <= 120:
        drawn = _drawn(text)
        if drawn:
            return drawn
    heading = _HASH.fullmatch(text) if text[0] == "#" else None
    if heading:
        return Marked(Shape.HASH, heading[2], value=len(heading[1]))
    return _item(text) or Marked(Shape.TEXT, text)


def _drawn(text: str) -> Marked | None:
    """Lines drawn of punctuation."""
    if _END_MARK.fullmatch(text):
        return Marked(Shape.END_MARK, text)
    if _RULE.fullmatch(text):
        return Marked(Shape.RULE, text)
    return Marked(Shape.DIVIDER, text) if _DIVIDER.fullmatch(text) else None


def _item(text: str) -> Marked | None:
    bullet = _BULLET.fullmatch(text)
    if bullet:
        return Marked(Shape.BULLET, bullet[2] or bullet[4], marker=bullet[1] or bullet[3])
    number = _NUMBER.fullmatch(text)
    if number is None:
        return None
    rest = number[6] or number[8]
    digits = number[2] or number[4] or number[7]
    marker = text[: len(text) - len(rest)].strip()
    # Letters and ringed digits are words that a recomputed number would not give back: they stay text.
    return Marked(Shape.NUMBERED, rest, marker=marker, value=int(digits) if digits and not number[4] else None)
