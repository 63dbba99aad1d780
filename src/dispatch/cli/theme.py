"""``dispatch theme``: how editions look. What there is, one of your own, and whether it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.cli.workspace import settings_of, workspace_of
from dispatch.errors import ExitCode

if TYPE_CHECKING:
    from dispatch.config.settings import Settings


@click.group(
    short_help="Show the themes, start one of your own, check it.",
    epilog="\b\nExamples:\n"
    "  dispatch theme list\n"
    "  dispatch theme new evening --from wire\n"
    "  dispatch theme check evening",
)
def theme() -> None:
    """Decide how editions look.

    A theme is a folder below templates/, or one that Dispatch brings. Yours holds only what differs from the theme that
    it builds on. docs/themes.md tells more.
    """


@theme.command(
    "list",
    short_help="Show the themes, and where each comes from.",
    epilog="\b\nExamples:\n  dispatch theme list\n  dispatch theme list --json",
)
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """Show the themes, and where each comes from; a star marks the newsletter's own choice."""
    from dispatch.cli.pipeline import theme_paths
    from dispatch.cli.themes import described

    settings = settings_of(ctx)
    found = described(theme_paths(settings), settings.newsletter.theme)
    if as_json:
        click.echo(json.dumps([each.data() for each in found], indent=2, ensure_ascii=False))
    else:
        names, origins = max(len(each.name) for each in found), max(len(each.says) for each in found)
        for each in found:
            mark = click.style("*", fg="green", bold=True) if each.in_use else " "
            said = click.style(each.error, fg="red") if each.error else each.description
            click.echo(f"{mark} {each.name:<{names}}  {each.says:<{origins}}  {said}".rstrip())
    return ExitCode.ERROR if any(each.error for each in found) else ExitCode.OK


@theme.command(
    short_help="Start a theme of your own.",
    epilog="\b\nExamples:\n"
    "  dispatch theme new evening                             your colours and rules, after those of dispatch\n"
    "  dispatch theme new evening --from wire                 or after those of another theme\n"
    "  dispatch theme new evening --accent '#0B6E4F'          in the house's colour, made readable\n"
    "  dispatch theme new evening --from letter --full        with every file, to change in its place",
)
@click.argument("name")
@click.option("--from", "origin", metavar="THEME", default="dispatch", show_default=True, help="The one it builds on.")
@click.option("--accent", metavar="#RRGGBB", help="The colour of labels, links and rules.")
@click.option("--full", is_flag=True, help="Copy every file of THEME, to change in its place.")
@click.pass_context
def new(ctx: click.Context, name: str, origin: str, accent: str | None, full: bool) -> None:
    """Start a theme of your own, templates/NAME, which builds on another one.

    It gets that theme's colours, to change; a style sheet for rules of your own; and a page that says which file shows
    what. All else comes from the other theme until you put a file of the same name beside them.
    """
    from dispatch.cli.files import shown
    from dispatch.cli.pipeline import theme_paths
    from dispatch.cli.themes import start

    settings = workspace_of(ctx)
    written = start(settings.templates, name, origin, theme_paths(settings), accent=accent, full=full)
    click.echo(f"The theme {name!r} is ready in {shown(settings.templates / name)}; it builds on {origin!r}.")
    _print_columns(written)
    click.echo("\nNext:")
    _print_columns(
        {
            f"dispatch compose {_seed(settings)} --theme {name} --open": "look at an edition in it",
            f"dispatch theme check {name}": "see what readers would stumble over",
        }
    )
    click.echo(
        f'Then say theme = "{name}" below [newsletter] in dispatch.toml, below a list, or in a text\'s front matter.'
    )
    if settings.newsletter.accent is not None:
        click.echo(f"Its accent counts once dispatch.toml says no other (accent = {settings.newsletter.accent!r}).")


def _print_columns(rows: Mapping[str, str]) -> None:
    longest = max(map(len, rows))
    for left, right in rows.items():
        click.echo(f"  {left:<{longest}}  {right}")


def _seed(settings: Settings) -> Path | str:
    """A text to try a theme with."""
    from dispatch.cli.files import shown

    folder = settings.root / "seeds"
    found = sorted(each for each in folder.glob("*") if each.suffix in {".txt", ".md"}) if folder.is_dir() else []
    return shown(found[0]) if found else "SOURCE"


@theme.command(
    short_help="Say what readers would stumble over in a theme.",
    epilog="\b\nExamples:\n"
    "  dispatch theme check                  every theme there is\n"
    "  dispatch theme check evening --out out/themes\n"
    "  dispatch check --rule contrast        what a rule means\n"
    "  dispatch theme check evening --json | jq '.[].findings[].line'",
)
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Write the pages into DIR/NAME."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], out: Path | None, as_json: bool) -> int:
    """Render sample editions of every shape in a theme, and look each page over with the rules of `dispatch check`.

    The samples hold every kind of block, several stories, a text from right to left, one without capitals, and one
    sentence with nothing around it. A finding names the line of the template. It ends with 1 where something is an
    error.
    """
    from dispatch.cli.examined import as_data, report, write_pages
    from dispatch.cli.pipeline import theme_paths
    from dispatch.cli.proofs import clients, severities
    from dispatch.preflight.theme import examine
    from dispatch.render import theme_names
    from dispatch.render.theme import require_theme

    settings = settings_of(ctx)
    paths = theme_paths(settings)
    for name in names:
        require_theme(name, paths)
    in_force, families = severities(settings), clients(settings)
    examined = [
        examine(name, paths, severities=in_force, clients=families, accent=settings.newsletter.accent)
        for name in dict.fromkeys(names or theme_names(paths))
    ]
    if out is not None:
        write_pages(out, examined)
    if as_json:
        click.echo(as_data(examined))
    else:
        click.echo("\n\n".join("\n".join(report(each)) for each in examined))
    return ExitCode.OK if all(each.passed for each in examined) else ExitCode.ERROR
