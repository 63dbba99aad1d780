"""``dispatch init``: a newsletter to start from, written without touching what is there already."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from dispatch.errors import Refused
from dispatch.starter_files import STARTER_FILES, starter_root

_GITIGNORE = """\
# The ledger, its locks and the secrets; and what `dispatch compose` writes.
/.dispatch/
/out/
"""


@click.command(
    epilog="\b\nExample:\n  dispatch init mynews\n  cd mynews\n  dispatch preview seeds/canada-china.txt"
)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Start a newsletter in DIR (default: the current folder).

    Writes dispatch.toml, a theme, a sample text and a sample list. A file that is there already is kept as it is.
    """
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file.", hint="Name a folder, or one that does not exist yet.")
    starter = list(_starter())
    kept = [name for name, content in starter if not _write(folder / name, content)]
    click.echo(f"A newsletter is ready in {folder.resolve()}.")
    if len(kept) == len(starter):
        click.echo(f"It was there already: all {len(kept)} files are kept as they were.")
    elif kept:
        click.echo("\n  ".join(["Kept as they were:", *kept]))
    _say_what_is_next(folder)


def _starter() -> Iterator[tuple[str, bytes]]:
    """Each file of the starter: its path in the newsletter's folder, and its content."""
    origin = starter_root()
    for name in STARTER_FILES:
        yield name, (origin / name).read_bytes()
    for path in sorted((origin / "templates").rglob("*")):
        if path.is_file():
            yield path.relative_to(origin).as_posix(), path.read_bytes()
    yield ".gitignore", _GITIGNORE.encode()


def _write(file: Path, content: bytes) -> bool:
    """Write a file that is not there yet; ``False`` where one is, or a link to one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        new = file.open("xb")
    except FileExistsError:
        return False
    try:
        with new:
            new.write(content)
    except OSError:
        file.unlink()  # half a file would be kept by the next try
        raise
    return True


def _say_what_is_next(folder: Path) -> None:
    enter = f"  cd {shlex.quote(str(folder))}\n" if folder.resolve() != Path.cwd() else ""
    click.echo(
        f"\nNext:\n{enter}"
        "  dispatch preview seeds/canada-china.txt                       see an edition while you write it\n"
        "  dispatch lists check sample                                   look at the sample list\n"
        "  dispatch send seeds/canada-china.txt --list sample --dry-run  see what a send would do\n"
        "Then put your own name, sender and server into dispatch.toml."
    )
