"""Colour arithmetic: WCAG contrast, and an accent moved in OKLCH lightness until it can be read.

Sources: WCAG 2.2 "relative luminance" and "contrast ratio"; Björn Ottosson's OKLab for the conversion matrices; CIELAB
(ISO/CIE 11664-4, D65) for what mail programs do to colours in a dark mode of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.errors import ThemeError

READABLE = 4.5
"""The least contrast of text against its ground (WCAG 2.2, 1.4.3)."""

INVERTED_WHITE = 11.0
"""The CIELAB lightness of what Gmail's apps make of white: #1F1F1F or a little darker."""

_WHITE = (0.95047, 1.08883)
"""X and Z of D65, whose Y is 1."""
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour by lightness (0–1), chroma (0–about 0.37) and hue (radians)."""

    lightness: float
    chroma: float
    hue: float


def parse_hex(value: str) -> tuple[float, float, float]:
    """``#RGB`` or ``#RRGGBB`` as red, green and blue in 0–1."""
    if not _HEX.fullmatch(value):
        raise ThemeError(f"{value!r} is not a colour.", hint="Write it as six hexadecimal digits: #A8321E")
    digits = value[1:] if len(value) == 7 else "".join(digit * 2 for digit in value[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1–21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str, grounds: Sequence[str]) -> str:
    """``colour``, moved no further in lightness than it takes to be readable on every one of ``grounds``.

    The direction is away from the grounds: darker on light ones, lighter on dark ones. Hue stays; chroma gives way
    only where sRGB ends. On light grounds the colour can be read after a mail program has inverted the page, too: such
    a program never asks for the dark colours.
    """
    start = to_oklch(colour)
    towards = 0.0 if sum(map(_luminance, grounds)) / len(grounds) > 0.18 else 1.0
    for step in range(201):
        moved = start.lightness + (towards - start.lightness) * step / 200
        candidate = colour.upper() if step == 0 else from_oklch(Oklch(moved, start.chroma, start.hue))
        if all(_reads(candidate, ground, towards == 0.0) for ground in grounds):
            return candidate
    raise ThemeError(
        f"No shade of {colour} can be read on all of {', '.join(grounds)}.",
        hint="Move the theme's card, page and tint closer together: all light, or all dark.",
    )


def inverted(colour: str, white: float = INVERTED_WHITE) -> str:
    """``colour`` as a mail program's forced dark mode shows it: its lightness reversed, white becoming ``white``."""
    lightness, a, b = _to_lab(colour)
    return _from_lab(white + (100 - lightness) * (100 - white) / 100, a, b)


def is_light(colour: str) -> bool:
    """Whether a colour is nearer to white than to black, in CIELAB."""
    return _to_lab(colour)[0] > 50


def tinted(ground: str, accent: str) -> str:
    """``ground`` with its own lightness and chroma, in the hue of ``accent``; grey where the accent is grey."""
    base, hue = to_oklch(ground), to_oklch(accent)
    return from_oklch(Oklch(base.lightness, min(base.chroma, hue.chroma), hue.hue))


def to_oklch(colour: str) -> Oklch:
    red, green, blue = map(_linear, parse_hex(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.atan2(b, a))


def from_oklch(colour: Oklch) -> str:
    """The nearest sRGB colour of the same lightness and hue, as ``#RRGGBB``."""
    chroma = colour.chroma
    while True:
        channels = _linear_rgb(Oklch(colour.lightness, chroma, colour.hue))
        if chroma < 0.001 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            return "#" + "".join(f"{round(_encoded(channel) * 255):02X}" for channel in channels)
        chroma *= 0.97


def _reads(ink: str, ground: str, inverts: bool) -> bool:
    pairs = [(ink, ground), *([(inverted(ink), inverted(ground))] if inverts else [])]
    return all(contrast(*pair) >= READABLE for pair in pairs)


def _linear_rgb(colour: Oklch) -> tuple[float, float, float]:
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _luminance(colour: str) -> float:
    red, green, blue = map(_linear, parse_hex(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encoded(channel: float) -> float:
    channel = min(max(channel, 0.0), 1.0)
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _to_lab(colour: str) -> tuple[float, float, float]:
    red, green, blue = map(_linear, parse_hex(colour))
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / _WHITE[0]
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / _WHITE[1]
    fx, fy, fz = (math.cbrt(part) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _from_lab(lightness: float, a: float, b: float) -> str:
    """The colour, its channels cut off where sRGB ends, as mail programs do it."""
    fy = (lightness + 16) / 116
    parts = (fy + a / 500, fy, fy - b / 200)
    x, y, z = (part**3 if part**3 > 216 / 24389 else (116 * part - 16) * 27 / 24389 for part in parts)
    x, z = x * _WHITE[0], z * _WHITE[1]
    channels = (
        3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
        -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
        0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
    )
    return "#" + "".join(f"{round(_encoded(channel) * 255):02X}" for channel in channels)
