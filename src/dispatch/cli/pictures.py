"""The pictures that lie beside a text: found, made fit for mail, and given the addresses that readers will ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from dispatch.cli.files import printable_name, write_atomically
from dispatch.config.settings import Settings
from dispatch.edition.images import with_images
from dispatch.edition.model import Edition, Image
from dispatch.edition.reading import Reading
from dispatch.edition.slug import slugify
from dispatch.errors import Place, SourceError
from dispatch.pictures.cache import Cache
from dispatch.pictures.locate import is_local, read_picture
from dispatch.pictures.picture import UNPUBLISHED, Picture, Unfit

_SHOWN = 60
"""Characters of an address that is no picture's; a "data:" may hold the whole picture."""


@dataclass(frozen=True, slots=True)
class LocalPicture:
    """A picture as it would be published: its file's ``name``, and where a text first asks for it."""

    name: str
    written: str
    """Its path as the author wrote it."""
    picture: Picture
    place: Place


@dataclass(frozen=True, slots=True)
class Pictures:
    """The local pictures of an edition by their address on the web, and why others are none."""

    by_address: Mapping[str, LocalPicture] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[SourceError, ...] = ()

    @property
    def first_unpublished(self) -> LocalPicture | None:
        """A picture that has no address on the web, if there is one."""
        found = (one for address, one in self.by_address.items() if address.startswith(f"{UNPUBLISHED}/"))
        return next(found, None)

    def within(self, edition: Edition) -> Pictures:
        """Those that an edition has the addresses of, which it may have had before a file or the settings changed."""
        from dispatch.preflight.manuscript import blocks_of

        asked = {block.src for block, _ in blocks_of(edition) if isinstance(block, Image)}
        kept = {address: local for address, local in self.by_address.items() if address in asked}
        return Pictures(MappingProxyType(kept))


def place_pictures(
    settings: Settings, readings: Sequence[Reading], sources: Sequence[Path]
) -> tuple[list[Reading], Pictures]:
    """The readings, each read from its source, with addresses in place of paths.

    Nothing is written but the cache. An image that nothing can be made of keeps its path, and its words stand in for
    it.
    """
    desk = _Desk(settings)
    desk.problems.extend(
        _no_place(one.address, Place(reading.name, one.line))
        for reading in readings
        for one in reading.dropped
        if one.picture
    )
    placed = [with_images(one, desk.at(one.name, source)) for one, source in zip(readings, sources, strict=True)]
    return placed, Pictures(MappingProxyType(desk.by_address), tuple(desk.problems))


class _Desk:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Outside a newsletter's folder nothing is left behind.
        self._cache = Cache(settings.state / "pictures" if settings.file else None, write_atomically)
        self.by_address: dict[str, LocalPicture] = {}
        self.problems: list[SourceError] = []

    def at(self, name: str, source: Path) -> Callable[[Image], Image]:
        """What is to be done with each image of the text ``source``, which people know as ``name``."""

        def change(image: Image) -> Image:
            if not is_local(image.src):
                return image
            place = Place(name, image.line)
            try:
                local = self._local(image.src, source, place)
            except Unfit as unfit:
                self.problems.append(SourceError(f"{_shown(image.src)} {unfit.reason}.", place=place, hint=unfit.hint))
                return image
            address = f"{self._settings.assets.url or UNPUBLISHED}/{local.name}"
            self.by_address.setdefault(address, local)
            return replace(image, src=address, width=local.picture.width, height=local.picture.height)

        return change

    def _local(self, src: str, source: Path, place: Place) -> LocalPicture:
        beside = source.parent
        path, content = read_picture(src, beside, (self._settings.root, beside))
        picture = self._cache.of(content, _prepare)
        return LocalPicture(picture.name(slugify(path.stem, "picture")), _shown(src), picture, place)


def _no_place(address: str, place: Place) -> SourceError:
    """Why a picture's address ("data:…", "file:///…") is none."""
    shown = f"{address[:_SHOWN]}{'…' if len(address) > _SHOWN else ''}" or "Nothing"
    hint = "Write its path as seen from the text's own folder, such as photos/harbour.jpg, or its https address."
    return SourceError(f"{shown} is neither a path nor the address of a picture on the web.", place=place, hint=hint)


def _shown(src: str) -> str:
    """A path as its author knows it: Markdown has escaped what no address may hold."""
    return printable_name(Path(unquote(src.strip())))


def _prepare(content: bytes) -> Picture:
    # Imported when needed: what is in the cache, and a text without pictures, does without Pillow.
    from dispatch.pictures.prepare import prepare

    return prepare(content)


def warnings_of(pictures: Pictures) -> list[str]:
    """What an author is told while composing: what keeps a picture from readers."""
    said = [str(problem) for problem in pictures.problems]
    if pictures.first_unpublished is not None:
        said.append(str(unpublished(pictures.first_unpublished)))
    return said


def unpublished(local: LocalPicture) -> SourceError:
    """Why a picture cannot reach readers, and the ways out."""
    return SourceError(
        f"{local.written} lies on this machine only: no web address for pictures is set.",
        place=local.place,
        hint='Set it in dispatch.toml: [assets] url = "https://…", with folder or publish_command\n'
        "  → Or put the picture on the web yourself, and write its https address into the text",
    )
