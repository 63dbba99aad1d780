"""``dispatch compose``: texts to an edition to look at; nothing is sent and no ledger is opened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli.workspace import now, settings_of

if TYPE_CHECKING:
    from dispatch.config.settings import Settings


class Day(click.ParamType[date]):
    """A day, as front matter writes it: 2026-11-24."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-24.", param, ctx)


@click.command(
    short_help="Make an edition of one or several texts and look at it.",
    epilog="\b\nExamples:\n"
    "  dispatch compose seeds/canada-china.txt --open\n"
    "  dispatch compose seeds/canada-china.txt --pick 2    take the second suggestion, and keep it in the text\n"
    "  dispatch compose one.txt two.md --slug weekend      one edition of two stories\n"
    "  dispatch compose seeds/canada-china.txt --explain   what each line was taken for\n"
    "  dispatch compose seeds/canada-china.txt --json | jq .subject",
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…", type=click.Path(path_type=Path))
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Write into DIR/SLUG (default: out).")
@click.option("--list", "list_name", metavar="NAME", help="Compose as the readers of list NAME get it.")
@click.option("--theme", metavar="NAME", help="The theme, whatever the settings and the text say.")
@click.option("--subject", metavar="TEXT", help="The mail's subject (default: from the headline).")
@click.option("--pick", type=int, metavar="N", help="Take suggestion N and write it into the source's front matter.")
@click.option("--date", "on", type=Day(), metavar="YYYY-MM-DD", help="The edition's date.")
@click.option("--slug", metavar="SLUG", help="The edition's name in paths and links (default: from its title).")
@click.option("--open", "open_it", is_flag=True, help="Open the edition in a browser.")
@click.option("--explain", is_flag=True, help="Also print each source line with the role it was given.")
@click.option("--json", "as_json", is_flag=True, help="Print the edition's JSON and nothing else; write nothing.")
@click.pass_context
def compose(
    ctx: click.Context,
    sources: tuple[Path, ...],
    out: Path | None,
    list_name: str | None,
    theme: str | None,
    subject: str | None,
    pick: int | None,
    on: date | None,
    slug: str | None,
    open_it: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Make an edition of one or several texts and look at it: HTML, plain text, a whole message, and its data.

    The headline, the subject and the preheader are made of the text's own words; each suggestion says where it stands
    and by which rule it was found. What the text's front matter says always wins.
    """
    if as_json and (explain or open_it):
        raise click.UsageError("--json prints the edition's JSON and nothing else: leave out --explain and --open.")
    from dispatch.cli.pictures import warnings_of
    from dispatch.cli.pipeline import compose_sources, render_edition_for

    settings = settings_of(ctx)
    fields = _fields_of(settings, list_name) if list_name is not None else None
    newsletter = settings.for_list(list_name)
    composition, pictures = compose_sources(
        settings,
        sources,
        list_name=list_name,
        today=now().astimezone(newsletter.timezone).date(),
        subject=subject,
        slug=slug,
        pick=pick,
        on=on,
    )
    edition = composition.edition
    for warning in warnings_of(pictures):
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        from dispatch.edition.codec import dumps

        click.echo(dumps(edition))
        return
    from dispatch.cli.composed import roles, summary
    from dispatch.cli.written import keep_pick, write_edition

    rendered = render_edition_for(
        settings, edition, list_name=list_name, seed=composition.readings[0], theme=theme, known_fields=fields
    )
    paths = write_edition(out or settings.root / "out", edition, rendered, newsletter, now(), pictures)
    if pick is not None:
        keep_pick(sources[0], composition)
    if explain:
        click.echo("\n".join([*roles(composition.readings), ""]))
    click.echo("\n".join(summary(composition, paths, pictures)))
    if pick is not None:
        click.echo(f"\n{composition.readings[0].name} now says so in its front matter.")
    if open_it:
        click.launch(paths[0].resolve().as_uri())


def _fields_of(settings: Settings, list_name: str) -> frozenset[str] | None:
    """What a theme may ask of the list's readers; ``None`` for a list that has settings and no file yet."""
    from dispatch.audience.files import list_names
    from dispatch.cli.audience import open_reader

    if list_name in settings.lists and list_name not in list_names(settings.subscribers):
        return None
    return open_reader(settings, list_name).fields
