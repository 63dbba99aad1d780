"""Seeds that wait for their time: what front matter asks for, and what a folder gives next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dispatch.config.settings import ScheduleSettings, Settings
from dispatch.edition.reading import FrontMatter
from dispatch.edition.sources import MARKDOWN_SUFFIXES, WIRE_SUFFIXES
from dispatch.edition.sources.decode import read_bytes
from dispatch.edition.sources.front_matter import split_front_matter
from dispatch.errors import DispatchError, SourceError
from dispatch.ledger.ledger import Ledger

QUIET = timedelta(minutes=2)
"""A file that changed less than this ago may still be being written: it goes on a later run."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed, read as far as its front matter. ``name`` is its path relative to the workspace."""

    path: Path
    name: str
    front_matter: FrontMatter
    digest: str
    """As the ledger keeps it for an edition of this one source."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A seed that cannot be read, or not be composed."""

    path: Path
    name: str
    error: DispatchError


def name_of(settings: Settings, path: Path) -> str:
    """How the ledger names a source: relative to the workspace, or absolute where it lies outside."""
    whole = path.resolve()
    root = settings.root.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def path_of(settings: Settings, name: str) -> Path:
    """The file of a named source, as a person in the working directory would write it."""
    path = settings.root / name
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def read_seed(settings: Settings, path: Path) -> Seed:
    """The seed's front matter and digest; raises :class:`SourceError`."""
    name = name_of(settings, path)
    text, digest = read_bytes(path, name)
    whole = hashlib.sha256(bytes.fromhex(digest)).hexdigest()
    return Seed(path, name, split_front_matter(text, name)[0], whole)


def still_changing(path: Path, now: datetime) -> bool:
    """Whether the file changed so recently that somebody may be writing it. A time in the future is no hindrance."""
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return timedelta(0) <= age < QUIET


def seeds_in(settings: Settings, folder: Path, *, deep: bool) -> Iterator[Seed | Unreadable]:
    """Every seed of a folder, by name; hidden files and what no reader takes are passed over."""
    suffixes = WIRE_SUFFIXES | MARKDOWN_SUFFIXES
    for path in sorted(folder.rglob("*") if deep else folder.iterdir()):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.suffix.lower() not in suffixes or not path.is_file():
            continue
        try:
            yield read_seed(settings, path)
        except SourceError as error:
            yield Unreadable(path, name_of(settings, path), error)


def timed_seeds(settings: Settings) -> Iterator[Seed | Unreadable]:
    """The seeds in ``seeds/`` and its folders that say when they go; drafts say nothing."""
    if settings.seeds.is_dir():
        for seed in seeds_in(settings, settings.seeds, deep=True):
            if isinstance(seed, Unreadable) or (seed.front_matter.send_at and not seed.front_matter.draft):
                yield seed


def next_seeds(
    settings: Settings, ledger: Ledger | None, schedule: ScheduleSettings, today: date
) -> Iterator[tuple[Seed, str] | Unreadable]:
    """What a ``[[schedule]]``'s folder gives next, with its edition's slug: by date in the front matter, then by name.

    Not a draft, nor one that names its own time or another list, nor one dated after ``today``, nor one whose
    edition went to the list, waits to, or was taken back.
    """
    found = list(seeds_in(settings, schedule.folder, deep=False))
    yield from (each for each in found if isinstance(each, Unreadable))
    taken = ledger.schedules.taken(schedule.list) if ledger is not None else None
    for seed in sorted((each for each in found if isinstance(each, Seed)), key=_by_date):
        if not _may_go(seed, schedule, today):
            continue
        if taken is not None and (seed.name in taken.sources or seed.digest in taken.sent_digests):
            continue
        try:
            slug = _slug(settings, seed, schedule.list, today)
        except DispatchError as error:
            yield Unreadable(seed.path, seed.name, error)
            continue
        if ledger is not None and taken is not None:
            gone = slug in taken.cancelled_slugs or ledger.sends.find(slug, schedule.list) is not None
            if gone:
                continue
        yield seed, slug


def _by_date(seed: Seed) -> tuple[date, str]:
    return (seed.front_matter.date or date.max, seed.name)


def _may_go(seed: Seed, schedule: ScheduleSettings, today: date) -> bool:
    front = seed.front_matter
    return (
        not front.draft
        and front.send_at is None
        and front.list in (None, schedule.list)
        and (front.date is None or front.date <= today)
    )


def _slug(settings: Settings, seed: Seed, list_name: str, today: date) -> str:
    from dispatch.cli.pipeline import compose_sources

    composition, _ = compose_sources(settings, (seed.path,), list_name=list_name, today=today)
    return composition.edition.slug
