"""Pictures that lie beside a text: shown by the studio, since they are not on the web yet."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from mimetypes import guess_type
from urllib.parse import quote

from dispatch.preview.desk import Picture


def at_studio(html: str, pictures: Mapping[str, Picture], query: str) -> str:
    """A page whose local pictures lead to the studio's ``picture/NAME?query``."""
    for name, picture in pictures.items():
        html = html.replace(f'src="{escape(picture.address)}"', f'src="picture/{quote(name)}?{escape(query)}"')
    return html


def media_type(name: str) -> str:
    """What a picture's file holds, by its name."""
    return guess_type(name)[0] or "application/octet-stream"
