"""The steps that `dispatch compose` and `dispatch send` share: read the sources, compose an edition, render it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.cli.files import cache_folder, printable_name
from dispatch.cli.pictures import Pictures, place_pictures
from dispatch.config.settings import Newsletter, Settings
from dispatch.edition.compose import ComposeOptions, Composition, compose
from dispatch.edition.model import Edition, Sponsor
from dispatch.edition.reading import Reading
from dispatch.edition.sources import read_source
from dispatch.errors import Place, ThemeError

if TYPE_CHECKING:
    from dispatch.render import Look
    from dispatch.render.slots import RenderedEdition


def read_sources(settings: Settings, sources: Sequence[Path], *, list_name: str | None = None) -> list[Reading]:
    """Each source, read; named as the user named it."""
    tagline = settings.for_list(list_name).tagline
    return [read_source(source, name=printable_name(source), tagline=tagline) for source in sources]


def compose_sources(
    settings: Settings,
    sources: Sequence[Path],
    *,
    list_name: str | None,
    today: date,
    subject: str | None = None,
    slug: str | None = None,
    pick: int | None = None,
    on: date | None = None,
    number: int | None = None,
) -> tuple[Composition, Pictures]:
    """One edition of all sources, as the readers of ``list_name`` would get it, and the pictures beside them."""
    newsletter = settings.for_list(list_name)
    options = ComposeOptions(
        tagline=newsletter.tagline,
        language=newsletter.language,
        in_brief=newsletter.in_brief,
        today=today,
        subject=subject,
        slug=slug,
        pick=pick,
        number=number,
        date=on,
        sponsor=_sponsor_of(newsletter),
    )
    readings, pictures = place_pictures(settings, read_sources(settings, sources, list_name=list_name), sources)
    return compose(readings, options), pictures


def _sponsor_of(newsletter: Newsletter) -> Sponsor | None:
    standing = newsletter.sponsor
    return Sponsor(standing.name, standing.text, standing.link, standing.image) if standing else None


def render_edition_for(
    settings: Settings,
    edition: Edition,
    *,
    list_name: str | None,
    seed: Reading | None = None,
    theme: str | None = None,
    known_fields: frozenset[str] | None = None,
    lined: bool = False,
) -> RenderedEdition:
    """The edition in its theme: ``theme``, else the one that ``seed``'s front matter names, else the list's; ``lined``:
    with slots that say from which line each text comes."""
    from dispatch.render import render_edition

    named = theme or (seed.front_matter.theme if seed is not None else None)
    look = look_of(settings.for_list(list_name), named)
    try:
        return render_edition(
            edition,
            look,
            theme_paths=theme_paths(settings),
            known_fields=known_fields,
            cache=cache_folder(),
            lined=lined,
        )
    except ThemeError as error:
        # The renderer knows the theme's own files; who named a theme that is not there is known here.
        error.place = error.place or (None if theme else _naming(settings, list_name, seed if named else None))
        raise


def theme_paths(settings: Settings) -> tuple[Path, Path]:
    """Where a newsletter's themes are looked for: its own folder, then what Dispatch brings."""
    from dispatch.render import builtin_templates

    return settings.templates, builtin_templates()


def _naming(settings: Settings, list_name: str | None, seed: Reading | None) -> Place | None:
    """Where the theme was named: a line of the seed or of the settings."""
    if seed is not None:
        return Place(seed.name, seed.front_matter.lines.get("theme"))
    origins = (settings.origins.get(key) for key in (f"lists.{list_name}.theme", "newsletter.theme"))
    return next((origin.place for origin in origins if origin and origin.place), None)


def look_of(newsletter: Newsletter, theme: str | None = None) -> Look:
    """What a theme may show of a newsletter's settings."""
    from dispatch.render import Look

    logo, feedback = newsletter.logo, newsletter.feedback
    return Look(
        newsletter_name=newsletter.name,
        tagline=newsletter.tagline,
        accent=newsletter.accent,
        theme=theme or newsletter.theme,
        postal_address=newsletter.postal_address,
        base_url=newsletter.base_url,
        sender_name=newsletter.sender.name if newsletter.sender else "",
        sender_address=newsletter.sender.address if newsletter.sender else "",
        way_out=newsletter.way_out,
        logo=logo.url if logo else None,
        logo_dark=logo.dark if logo else None,
        logo_width=logo.width if logo else 0,
        web_version=newsletter.web_version,
        social=tuple(newsletter.social.items()),
        forward=newsletter.forward,
        feedback_to=feedback.to if feedback else None,
        feedback_question=feedback.question if feedback else "",
        feedback_answers=feedback.answers if feedback else (),
    )
