"""The values of front matter: what each key takes, and what is said when it gets something else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from dispatch.edition.reading import FrontMatter
from dispatch.edition.slug import slugify
from dispatch.errors import Place, SourceError

KEYS = (
    "title",
    "subject",
    "preheader",
    "date",
    "author",
    "slug",
    "lang",
    "list",
    "send_at",
    "theme",
    "draft",
    "merge",
    "in_brief",
    "sponsor",
    "sponsor_text",
    "sponsor_link",
    "sponsor_image",
)

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_DATE_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[Tt ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<offset>\d{1,2})(?::?(?P<minutes>\d{2}))?)?)?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_SLUG = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_FILE_NAME = re.compile(r"[^\W_.][^/\\:]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key as written: ``value`` is its plain text, ``None`` where nothing stands (or YAML's ``null``)."""

    key: str
    value: str | None
    line: int


def known_key(written: str) -> str | None:
    """The key that ``written`` means, in any case, with ``-`` for ``_``; ``None`` where there is no such key."""
    key = written.strip().lower().replace("-", "_")
    return key if key in KEYS else None


def front_matter(entries: Iterable[Entry], name: str) -> FrontMatter:
    """The typed front matter; :class:`SourceError` at the first wrong key or value, with its line."""
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for entry in entries:
        place = Place(name, entry.line)
        key = known_key(entry.key)
        if key is None:
            raise _unknown(entry.key, place)
        if key in lines:
            raise SourceError(
                f'"{key}" is said twice in the front matter.', place=place, hint=f"It also stands in line {lines[key]}."
            )
        lines[key] = entry.line
        if entry.value is not None and entry.value.strip():
            values[key] = _READERS[key](key, entry.value, place)
    if "sponsor" not in values and (lonely := next((key for key in values if key.startswith("sponsor_")), None)):
        raise SourceError(
            f'"{lonely}" stands without a sponsor.', place=Place(name, lines[lonely]), hint="Name it: sponsor: …"
        )
    return FrontMatter(**values, lines=MappingProxyType(lines))


def one_line(key: str, value: str, place: Place) -> str:
    """``value`` without surrounding space, if it can stand in a header: a line end or control character cannot."""
    value = value.strip().replace("\t", " ")
    for char in value:
        if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}:
            what = "a line end" if char in "\r\n\u2028\u2029\x85" else f"a control character (U+{ord(char):04X})"
            raise SourceError(f'"{key}" holds {what}; it must be one line.', place=place, hint="Write it on one line.")
    return value


def _unknown(written: str, place: Place) -> SourceError:
    near = get_close_matches(written.strip().lower().replace("-", "_"), KEYS, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Keys are: {', '.join(KEYS)}."
    return SourceError(f'Front matter has no key "{written.strip()}".', place=place, hint=hint)


def _boolean(key: str, value: str, place: Place) -> bool:
    word = value.strip().lower()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise SourceError(f'"{key}" must be true or false, not "{value.strip()}".', place=place)


def _moment(key: str, value: str, place: Place) -> tuple[re.Match[str], datetime]:
    match = _DATE_TIME.fullmatch(value.strip())
    try:
        if not match:
            raise ValueError("not in the form 2026-11-24 07:00")
        year, month, day, hour, minute, second = (
            int(match[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
        )
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_offset(match))
    except ValueError as error:
        form = "2026-11-24" if key == "date" else "2026-11-24 07:00"
        raise SourceError(
            f'"{key}" is no date: "{value.strip()}" ({error}).', place=place, hint=f"Write {key}: {form}"
        ) from None
    return match, moment


def _offset(match: re.Match[str]) -> timezone | None:
    if match["utc"]:
        return UTC
    if not match["sign"]:
        return None
    offset = timedelta(hours=int(match["offset"]), minutes=int(match["minutes"] or 0))
    return timezone(-offset if match["sign"] == "-" else offset)


def _date(key: str, value: str, place: Place) -> date:
    return _moment(key, value, place)[1].date()


def _time(key: str, value: str, place: Place) -> datetime:
    match, moment = _moment(key, value, place)
    if match["hour"] is None:
        raise SourceError(
            f'"{key}" says the day but not the hour.', place=place, hint=f"Write {key}: {value.strip()} 07:00"
        )
    return moment


def _language(key: str, value: str, place: Place) -> str:
    tag = value.strip().replace("_", "-")
    if _LANGUAGE.fullmatch(tag):
        return tag
    raise SourceError(
        f'"{key}" must be a language tag, not "{value.strip()}".', place=place, hint="For example: en, fr, pt-BR, ar."
    )


def _slug(key: str, value: str, place: Place) -> str:
    if _SLUG.fullmatch(value.strip()) and len(value.strip()) <= 100:
        return value.strip()
    raise SourceError(
        f'"{key}" may hold small letters, digits and hyphens only, not "{one_line(key, value, place)}".',
        place=place,
        hint=f"Write {key}: {slugify(value, 'my-edition')}",
    )


def _file_name(key: str, value: str, place: Place) -> str:
    text = one_line(key, value, place)
    if _FILE_NAME.fullmatch(text):
        return text
    raise SourceError(f'"{key}" must be the name of a {key}, not "{text}".', place=place)


def _in_brief(key: str, value: str, place: Place) -> str:
    word = value.strip().lower()
    if word in {"auto", "source"}:
        return word
    raise SourceError(
        f'"{key}" must be auto or source, not "{value.strip()}".',
        place=place,
        hint="auto extracts an In Brief where a text has none; source uses only what is there.",
    )


def _web_address(key: str, value: str, place: Place) -> str:
    text = one_line(key, value, place)
    if re.fullmatch(r"https?://[^\s/]+\S*", text):
        return text
    raise SourceError(
        f'"{key}" must be a web address, not "{text}".', place=place, hint=f"Write {key}: https://example.org/…"
    )


_READERS: Mapping[str, Callable[[str, str, Place], Any]] = {
    "title": one_line,
    "subject": one_line,
    "preheader": one_line,
    "date": _date,
    "author": one_line,
    "slug": _slug,
    "lang": _language,
    "list": _file_name,
    "send_at": _time,
    "theme": _file_name,
    "draft": _boolean,
    "merge": _boolean,
    "in_brief": _in_brief,
    "sponsor": one_line,
    "sponsor_text": one_line,
    "sponsor_link": _web_address,
    "sponsor_image": _web_address,
}
