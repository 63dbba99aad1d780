"""The desk that ``dispatch preview`` works at: what it composes, looks over and tries out, from the other rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Lock

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.audience.files import Row, find_list, list_names
from dispatch.cli.audience import open_reader
from dispatch.cli.files import printable_name, shown
from dispatch.cli.findings import as_data
from dispatch.cli.mailing import require_sendable
from dispatch.cli.pictures import Pictures
from dispatch.cli.pipeline import render_edition_for
from dispatch.cli.planning import Draft, as_draft, composed_today
from dispatch.cli.proofs import Readers, proof_of, severities
from dispatch.cli.publishing import publish
from dispatch.cli.trial import Trial, tried
from dispatch.cli.workspace import now
from dispatch.cli.written import message
from dispatch.config.load import load_settings
from dispatch.config.settings import Settings
from dispatch.edition.compose import Composition
from dispatch.edition.reading import Reading
from dispatch.edition.sources import MARKDOWN_SUFFIXES, WIRE_SUFFIXES
from dispatch.edition.sources.decode import read_bytes
from dispatch.errors import DispatchError, ListError, Place, Refused
from dispatch.preflight.check import check
from dispatch.preflight.proof import Reader as ReaderFields
from dispatch.preview.desk import (
    MOST_LOOKED_OVER,
    NOBODY,
    Composed,
    Fields,
    Picture,
    Reader,
    Source,
    SourceLine,
    Wanted,
    Watched,
)
from dispatch.render import builtin_templates
from dispatch.render.slots import without_lines

_TRIAL_LIST = "preview"
"""Stands in for a list in a trial's headers where none was chosen."""


class EditorsDesk:
    """A :class:`~dispatch.preview.desk.Desk` for the newsletter in ``workspace``. Threads may use it at once."""

    def __init__(self, workspace: Path | None, sources: Sequence[Path], list_name: str | None) -> None:
        self._workspace = workspace
        for source in sources:
            read_bytes(source, _name(source))  # a misspelt name is said on the terminal
        if list_name is not None and list_name not in self._settings().lists:
            find_list(self._settings().subscribers, list_name)
        self._given = {_name(source): source for source in sources}
        names = tuple(self._given) or tuple(self.seeds()[:1])
        if not names:
            raise Refused(
                f"There is no seed in {shown(self._settings().seeds)} yet.",
                hint="Write one, for example seeds/hello.txt, or name a text: dispatch preview TEXT",
            )
        self.opened = Wanted(names, list_name)
        self._found: tuple[object, Fields] = ((), NOBODY)
        self._looking = Lock()
        self._last_watched = Watched(frozenset(), frozenset([Path.cwd()]))

    def seeds(self) -> Sequence[str]:
        """Those that were given, then what lies in ``seeds/``, the newest first."""
        return [*self._given, *(name for name in self._in_seeds() if name not in self._given)]

    def lists(self) -> Sequence[str]:
        return list_names(self._settings().subscribers)

    def compose(self, wanted: Wanted) -> Composed:
        with _as_typed():
            settings = self._settings()
            composition, local = composed_today(settings, self._paths(wanted.sources), wanted.list_name, now())
            return _composed(settings, composition, local, wanted.list_name)

    def readers(self, list_name: str, search: str, most: int, stop: Callable[[], bool]) -> Sequence[Reader]:
        with _as_typed():
            sought = search.strip().casefold()
            found = (each for each in self._rows(list_name, stop) if sought in each.fields["email"].casefold())
            return list(islice(found, most))

    def reader(self, list_name: str, address: str) -> Fields:
        with _as_typed():
            # A page asks for the same reader again and again, and a list may be long.
            file = find_list(self._settings().subscribers, list_name).stat()
            key = (list_name, address, file.st_mtime_ns, file.st_size)
            with self._looking:
                known, fields = self._found
                if known != key:
                    rows = self._rows(list_name, lambda: False)
                    fields = next((each.fields for each in rows if each.fields["email"] == address), NOBODY)
                    self._found = key, fields
            return fields

    def watched(self) -> Watched:
        try:
            settings = self._settings()
        except DispatchError:
            # Settings that cannot be read still lie where they lay.
            return self._last_watched
        deep = {settings.seeds, settings.templates, builtin_templates()}
        flat = {settings.root, settings.subscribers, *(path.parent for path in self._given.values())}
        self._last_watched = Watched(
            frozenset(path.resolve() for path in deep if path.is_dir()),
            frozenset(path.resolve() for path in flat if path.is_dir()),
        )
        return self._last_watched

    def _settings(self) -> Settings:
        return load_settings(self._workspace)

    def _in_seeds(self) -> Mapping[str, Path]:
        folder = self._settings().seeds
        suffixes = WIRE_SUFFIXES | MARKDOWN_SUFFIXES
        found = [path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file()]
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        return {_name(path): path for path in found}

    def _paths(self, names: Sequence[str]) -> list[Path]:
        """The files of seeds; a page names seeds that there are, and no other file."""
        known = {**self._in_seeds(), **self._given}
        for name in names:
            if name not in known:
                raise Refused(f"There is no seed {name!r} any more.", hint="Choose another one.")
        return [Path(shown(known[name])) for name in names]

    def _rows(self, list_name: str, stop: Callable[[], bool]) -> Iterator[Reader]:
        """A list's people as a stream, which ends where ``stop()`` is true."""
        reader = open_reader(self._settings(), list_name)
        for row in reader.file.rows():
            if stop():
                return
            if isinstance(row, Row):
                yield Reader(row.line, {**row.fields, "email": row.address})


def _name(path: Path) -> str:
    return printable_name(Path(shown(path)))


@contextmanager
def _as_typed() -> Iterator[None]:
    """Errors name their files as a person in the current folder would type them, as on the terminal."""
    try:
        yield
    except DispatchError as error:
        if error.place is not None:
            error.place = Place(shown(Path(error.place.file)), error.place.line)
        raise


def _composed(settings: Settings, composition: Composition, local: Pictures, list_name: str | None) -> Composed:
    readings = composition.readings
    lined = render_edition_for(settings, composition.edition, list_name=list_name, seed=readings[0], lined=True)
    drafted = as_draft(composition, local, without_lines(lined))
    return Composed(
        edition=composition.edition,
        lined=lined,
        sent=drafted.rendered,
        newsletter=settings.for_list(list_name),
        sources=tuple(map(_source, readings)),
        findings=lambda: _findings(settings, drafted, list_name),
        message=lambda fields: _message(settings, drafted, list_name, fields),
        send_test=lambda address: _send_test(settings, drafted, _list_for_trial(readings, list_name), address),
        titles=_titles(composition),
        pictures={one.name: Picture(address, one.picture.content) for address, one in local.by_address.items()},
        draft=drafted.unfinished is not None,
    )


def _source(reading: Reading) -> Source:
    return Source(reading.name, tuple(SourceLine(each.text, each.role) for each in reading.roles))


def _titles(composition: Composition) -> Mapping[str, str]:
    """Where each story's headline comes from, by the anchor that themes give it."""
    lines = [reading.title_line for reading in composition.readings]
    lines[0] = lines[0] or composition.chosen.line
    named = zip(composition.readings, lines, strict=True)
    return {
        f"story-{number}": f"{line}:{reading.name}"
        for number, (reading, line) in enumerate(named, 1)
        if line is not None
    }


class _FirstReaders(Readers):
    """A list's first readers: enough to look over while an author writes."""

    def fields(self) -> Iterator[ReaderFields]:
        return islice(super().fields(), MOST_LOOKED_OVER)


def _findings(settings: Settings, drafted: Draft, list_name: str | None) -> str:
    with _as_typed():
        readers = _FirstReaders(list_name, open_reader(settings, list_name)) if list_name is not None else None
        proof = proof_of(settings, drafted, readers, now())
        return as_data(proof, check(proof, severities(settings)))


def _message(settings: Settings, drafted: Draft, list_name: str | None, fields: Fields) -> bytes:
    with _as_typed():
        newsletter = settings.for_list(list_name)
        if newsletter.sender is None:
            return message(drafted.edition, drafted.rendered, newsletter, now())
        return Trial(settings, list_name or _TRIAL_LIST, drafted, now()).message(fields)


def _list_for_trial(readings: Sequence[Reading], list_name: str | None) -> str:
    said = next((each.front_matter.list for each in readings if each.front_matter.list), None)
    return list_name or said or _TRIAL_LIST


def _send_test(settings: Settings, drafted: Draft, list_name: str, address: str) -> str:
    """What the server said to a test; see ``dispatch send --test``."""
    with _as_typed():
        require_sendable(settings.for_list(list_name), list_name)
        try:
            parse_address(address)
        except BadAddress as error:
            raise ListError(f"{address!r} is no address: {error.reason}.") from None
        publish(settings, drafted.pictures)
        said: list[str] = []
        tried(Trial(settings, list_name, drafted, now()), settings.smtp.target, [address], said.append)
        return "\n".join(said)
