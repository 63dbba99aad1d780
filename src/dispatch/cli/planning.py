"""Freezing an edition and its audience, or finding them frozen already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import click

from dispatch.cli.audience import Reader
from dispatch.cli.files import printable_name
from dispatch.cli.mailing import headers_for
from dispatch.cli.pictures import Pictures
from dispatch.cli.pipeline import compose_sources, render_edition_for
from dispatch.cli.sent import no_such_edition
from dispatch.cli.wording import many
from dispatch.config.settings import Settings
from dispatch.edition.codec import dumps, loads
from dispatch.edition.compose import Composition
from dispatch.edition.model import Edition
from dispatch.edition.reading import Reading
from dispatch.errors import Place, Refused
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import FrozenEdition, NewEdition, PlannedMeanwhile, Send
from dispatch.message.freeze import dump
from dispatch.render.slots import RenderedEdition


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person, or a schedule, wants sent. Either ``sources``, or the ``slug`` of an edition that exists."""

    list_name: str
    sources: tuple[Path, ...] = ()
    slug: str | None = None
    resume: bool = False
    add_new: bool = False
    except_slug: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition as it would be frozen now, and the digest of what it was made from."""

    edition: Edition
    digest: str
    rendered: RenderedEdition
    theme: str | None
    """The theme that the seed asks for; ``None``: the list's own."""
    known: bool
    """Whether the ledger has the edition already: then its document is what stands, not the source."""
    unfinished: Place | None = None
    """Where a source says ``draft: true``: it may be tried, and never goes."""
    lines: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    """Where the first source's front matter says what, by its key."""
    dropped: tuple[tuple[str, Place], ...] = ()
    """Addresses of links that no mail may hold, so that only their words are left, and where they stand."""
    list_name: str | None = None
    """The list that the first source's front matter asks for."""
    pictures: Pictures = field(default_factory=Pictures)
    """What lies beside the sources; of an edition that was frozen, what still is as it was then."""


def digest_of(readings: Sequence[Reading]) -> str:
    """One digest for all of an edition's sources, in their order."""
    whole = hashlib.sha256()
    for reading in readings:
        whole.update(bytes.fromhex(reading.digest))
    return whole.hexdigest()


def draft(settings: Settings, ledger: Ledger | None, wanted: Wanted, reader: Reader | None, now: datetime) -> Draft:
    """Compose and render what ``wanted`` names.

    An edition that was frozen stays what it was: refused where its source changed since, unless ``wanted.resume``.
    """
    if wanted.except_slug is not None and (ledger is None or ledger.sends.edition(wanted.except_slug) is None):
        # A misspelt slug would leave out nobody.
        raise Refused(f"No edition {wanted.except_slug!r} was ever sent.", hint="dispatch status lists the editions.")
    fields = reader.fields if reader is not None else None
    if not wanted.sources:
        return _frozen(settings, ledger, wanted, fields)
    composition, pictures = _composed(settings, wanted.sources, wanted.list_name, now, wanted.slug)
    edition = composition.edition
    digest = digest_of(composition.readings)
    named = wanted.slug is not None or composition.readings[0].front_matter.slug is not None
    known = _known(settings, ledger, wanted, edition.slug, named=named)
    if known is not None:
        if known.source_digest != digest and not wanted.resume:
            raise _changed(wanted, known.slug)
        frozen = _frozen(settings, ledger, replace(wanted, slug=known.slug), fields)
        return replace(frozen, pictures=pictures.within(frozen.edition))
    if ledger is not None:
        edition = replace(edition, number=ledger.sends.next_number())
    elif edition.number is None:
        edition = replace(edition, number=1)
    return _rendered(settings, composition, pictures, edition, wanted.list_name, fields)


def fresh(settings: Settings, sources: Sequence[Path], list_name: str | None, now: datetime) -> Draft:
    """What ``sources`` make today, whatever the ledger knows; a field that no list has is no error here."""
    composition, pictures = composed_today(settings, sources, list_name, now)
    return _rendered(settings, composition, pictures, composition.edition, list_name, None)


def composed_today(
    settings: Settings, sources: Sequence[Path], list_name: str | None, now: datetime
) -> tuple[Composition, Pictures]:
    """What ``sources`` make today; where nothing else numbers it, it is the first edition."""
    composition, pictures = _composed(settings, sources, list_name, now, None)
    edition = composition.edition
    return replace(composition, edition=replace(edition, number=edition.number or 1)), pictures


def _composed(
    settings: Settings, sources: Sequence[Path], list_name: str | None, now: datetime, slug: str | None
) -> tuple[Composition, Pictures]:
    today = now.astimezone(settings.for_list(list_name).timezone).date()
    return compose_sources(settings, sources, list_name=list_name, today=today, slug=slug)


def _rendered(
    settings: Settings,
    composition: Composition,
    pictures: Pictures,
    edition: Edition,
    list_name: str | None,
    fields: frozenset[str] | None,
) -> Draft:
    seed = composition.readings[0]
    rendered = render_edition_for(settings, edition, list_name=list_name, seed=seed, known_fields=fields)
    return as_draft(replace(composition, edition=edition), pictures, rendered)


def as_draft(composition: Composition, pictures: Pictures, rendered: RenderedEdition) -> Draft:
    """The draft of an edition that was composed and rendered."""
    readings = composition.readings
    front = readings[0].front_matter
    return Draft(
        composition.edition,
        digest_of(readings),
        rendered,
        front.theme,
        known=False,
        unfinished=_draft_mark(readings),
        lines=MappingProxyType({key: Place(readings[0].name, line) for key, line in front.lines.items()}),
        dropped=dropped_links(readings),
        list_name=front.list,
        pictures=pictures,
    )


def dropped_links(readings: Sequence[Reading]) -> tuple[tuple[str, Place], ...]:
    """The addresses of links that were taken out of the texts, and where they stood."""
    return tuple(
        (one.address, Place(reading.name, one.line))
        for reading in readings
        for one in reading.dropped
        if not one.picture
    )


def _draft_mark(readings: Sequence[Reading]) -> Place | None:
    marked = next((reading for reading in readings if reading.front_matter.draft), None)
    return Place(marked.name, marked.front_matter.lines.get("draft")) if marked is not None else None


def sources_of(settings: Settings, sources: Sequence[Path]) -> str:
    """The seeds' names as the ledger keeps them: relative to the workspace, a line each."""
    root = settings.root.resolve()
    whole = [source.resolve() for source in sources]
    named = (one.relative_to(root) if one.is_relative_to(root) else Path(one.name) for one in whole)
    return "\n".join(printable_name(one) for one in named)


def plan(
    settings: Settings,
    ledger: Ledger,
    wanted: Wanted,
    reader: Reader,
    drafted: Draft,
    now: datetime,
    despite: Sequence[str],
) -> Send:
    """Freeze ``drafted`` and its audience, which is the list as the ledger has it now."""
    for _ in range(5):
        edition = drafted.edition
        headers = headers_for(settings.for_list(wanted.list_name), wanted.list_name, edition)
        new = NewEdition(
            edition.slug,
            edition.number or 1,
            edition.subject,
            sources_of(settings, wanted.sources),
            drafted.digest,
            dumps(edition),
            drafted.theme,
        )
        try:
            return ledger.sends.plan(
                new,
                wanted.list_name,
                dump(drafted.rendered, headers),
                except_slug=wanted.except_slug,
                now=now.timestamp(),
                despite=despite,
            )
        except PlannedMeanwhile:
            # The number is in the text, so render again; another text under this slug is refused there.
            drafted = draft(settings, ledger, wanted, reader, now)
    raise Refused("Other editions keep being planned at this moment.", hint="Run the same command again.")


def admit_new(ledger: Ledger, send: Send, wanted: Wanted, now: datetime) -> None:
    """Admit who joined the list since the audience was frozen, where that is wanted."""
    if wanted.add_new:
        count = ledger.sends.admit_new(send, except_slug=wanted.except_slug, now=now.timestamp())
        click.echo(f"{many(count, 'reader')} who joined since {'is' if count == 1 else 'are'} added.")


def _known(
    settings: Settings, ledger: Ledger | None, wanted: Wanted, slug: str, *, named: bool
) -> FrozenEdition | None:
    """The edition that these sources became before.

    Found by slug, and by the sources' names where nobody chose the slug: a slug made from the text changes with its
    headline, and a mended headline must not mail everyone again.
    """
    if ledger is None:
        return None
    known = ledger.sends.edition(slug)
    return known if known is not None or named else ledger.sends.edition_of(sources_of(settings, wanted.sources))


def _frozen(settings: Settings, ledger: Ledger | None, wanted: Wanted, fields: frozenset[str] | None) -> Draft:
    assert wanted.slug is not None
    known = ledger.sends.edition(wanted.slug) if ledger is not None else None
    if known is None:
        raise no_such_edition(settings, ledger, wanted.slug)
    newsletter = settings.for_list(wanted.list_name)
    edition = replace(loads(known.document), number=known.number, tagline=newsletter.tagline)
    rendered = render_edition_for(settings, edition, list_name=wanted.list_name, theme=known.theme, known_fields=fields)
    return Draft(edition, known.source_digest, rendered, known.theme, known=True)


def _changed(wanted: Wanted, slug: str) -> Refused:
    sources = " ".join(str(source) for source in wanted.sources)
    again = f"dispatch send {sources} --list {wanted.list_name}"
    named = f" --slug {wanted.slug}" if wanted.slug is not None else ""
    return Refused(
        f"{sources} changed since edition {slug!r} was frozen, and readers may have it already.",
        hint=f"Go on with the edition as it was frozen: {again}{named} --resume\n"
        f"  → Or send the new text as another edition: {again} --slug {slug}-2 "
        f"(add --except {slug} to leave out who already got it)",
    )
