"""``dispatch preview``: an edition in the browser, live while it is being written."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from dispatch.cli.workspace import settings_of


@click.command(
    short_help="Look at an edition in the browser while writing it.",
    epilog="\b\nExamples:\n"
    "  dispatch preview                        the newest text in seeds/\n"
    "  dispatch preview seeds/canada-china.txt\n"
    "  dispatch preview one.txt two.md         one edition of two stories\n"
    "  dispatch preview --list readers         as the readers of that list get it",
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]…", type=click.Path(path_type=Path))
@click.option("--list", "list_name", metavar="NAME", help="As the readers of list NAME would get it.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, metavar="N", help="Listen there (default: a free one)."
)
@click.option("--no-open", is_flag=True, help="Open no browser; only print the address.")
@click.pass_context
def preview(ctx: click.Context, sources: tuple[Path, ...], list_name: str | None, port: int, no_open: bool) -> None:
    """Look at an edition in the browser while writing it: each saved change of the text, the theme, the settings or the
    list shows at once.

    It serves this machine only, at an address that nobody can guess. In the page, "?" lists the keys. Ctrl-C ends it.
    """
    from dispatch.cli.desk import EditorsDesk
    from dispatch.preview.serving import serve

    settings_of(ctx)
    desk = EditorsDesk(ctx.find_root().obj, sources, list_name)

    def ready(address: str) -> None:
        click.echo(f"{', '.join(desk.opened.sources)}: {address}\nCtrl-C ends it.")
        if not no_open:
            click.launch(address)

    serve(desk, token=secrets.token_urlsafe(24), port=port, ready=ready)
