"""What ``dispatch.toml`` may say of an edition's optional parts: logo, web version, social links, feedback, sponsor."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from dispatch.config.settings import LOGO_WIDTH, Feedback, Logo, StandingSponsor
from dispatch.config.values import MAILBOX, TEXT, BadValue, Kind

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_MOST_ANSWERS = 3
_WIDEST = 536
"""The column's width, in CSS pixels."""


def _logo(value: Any, root: Path) -> Logo:
    if isinstance(value, str):
        return Logo(_url(value, root))
    table = _table(value, "url", "url", "dark", "width")
    width = table.get("width", LOGO_WIDTH)
    if not isinstance(width, int) or isinstance(width, bool) or not 16 <= width <= _WIDEST:
        raise BadValue(f"must be from 16 to {_WIDEST} pixels wide, not {width!r}")
    return Logo(_url(table["url"], root), _url(table["dark"], root) if "dark" in table else None, width)


def _web_version(value: Any, root: Path) -> str:
    return _template(TEXT.read(value, root), root, "slug", "date", needs=("slug", "date"))


def _social(value: Any, root: Path) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise BadValue('must give each name its address: { Mastodon = "https://…" }')
    return MappingProxyType({_called(name, root): _url(url, root) for name, url in value.items()})


def _switch(value: Any, _root: Path) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"must be true or false, not {value!r}")
    return value


def _feedback(value: Any, root: Path) -> Feedback:
    table = _table({"to": value} if isinstance(value, str) else value, "to", "to", "question", "answers")
    to = TEXT.read(table["to"], root)
    answers = table.get("answers", ())
    if not isinstance(answers, list | tuple) or (answers and not 2 <= len(answers) <= _MOST_ANSWERS):
        raise BadValue('must offer two or three answers: answers = ["Good", "So-so", "Bad"]')
    return Feedback(
        _template(to, root, "slug", "date", "answer", needs=("answer",)) if "://" in to else MAILBOX.read(to, root),
        TEXT.read(table.get("question", ""), root),
        tuple(_called(answer, root) for answer in answers),
    )


def _sponsor(value: Any, root: Path) -> StandingSponsor:
    table = _table(value, "name", "name", "text", "link", "image")
    urls = {key: _url(table[key], root) for key in ("link", "image") if key in table}
    return StandingSponsor(_called(table["name"], root), TEXT.read(table.get("text", ""), root), **urls)


def _table(value: Any, needed: str, *keys: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadValue(f'must be a table: {{ {needed} = "…" }}')
    if wrong := sorted(set(value) - set(keys)):
        raise BadValue(f"takes {', '.join(keys)}, not {wrong[0]!r}")
    if needed not in value:
        raise BadValue(f"needs {needed!r}")
    return value


def _called(value: Any, root: Path) -> str:
    if not (text := TEXT.read(value, root)):
        raise BadValue("must not be blank")
    return str(text)


def _url(value: Any, root: Path) -> str:
    text: str = TEXT.read(value, root)
    try:
        parts = urlsplit(text)
        whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole or re.search(r"\s", text):
        raise BadValue(f"must be a URL that begins with https://, not {text!r}")
    return text


def _template(text: str, root: Path, *known: str, needs: tuple[str, ...]) -> str:
    """A URL with placeholders: only ``known`` ones, behind the host, and one of ``needs`` at least."""
    _url(text, root)
    names = _PLACEHOLDER.findall(text)
    shown = ", ".join(f"{{{name}}}" for name in known)
    if wrong := [name for name in names if name not in known]:
        raise BadValue(f"may hold {shown}, not {{{wrong[0]}}}")
    if not any(name in needs for name in names):
        raise BadValue(f"must hold {' or '.join(f'{{{name}}}' for name in needs)}, or all editions lead to one page")
    if "{" in urlsplit(text).netloc:
        raise BadValue("may have placeholders behind the host only")
    return text


def _or_off(read: Callable[[Any, Path], Any]) -> Callable[[Any, Path], Any]:
    """A reader that takes ``false`` as well: so a list goes without what the newsletter has."""
    return lambda value, root: None if value is False else read(value, root)


LOGO = Kind("https URL, `{url, dark, width}`, or `false`", _or_off(_logo))
WEB_VERSION = Kind("https URL with `{slug}` or `{date}`, or `false`", _or_off(_web_version))
SOCIAL = Kind("table of names and https URLs", _social)
SWITCH = Kind("`true` or `false`", _switch)
FEEDBACK = Kind("email address, https URL with `{answer}`, `{to, question, answers}`, or `false`", _or_off(_feedback))
SPONSOR = Kind("`{name, text, link, image}`, or `false`", _or_off(_sponsor))
