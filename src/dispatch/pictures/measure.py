"""How large a picture is, from its first octets."""

from __future__ import annotations

import warnings
from io import BytesIO

HEAD = 65_536
"""Octets that hold the size of nearly every picture: cameras' metadata stands before it."""


def measure(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of the picture that begins with ``head``; ``None`` where it does not say so."""
    from PIL import Image

    from dispatch.pictures.prepare import DAMAGE, FORMATS

    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(head), formats=FORMATS) as opened:
                return opened.size
    except (*DAMAGE, Image.DecompressionBombError):
        return None
