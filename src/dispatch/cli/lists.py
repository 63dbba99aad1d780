"""``dispatch lists``: the list files, and what is in them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli.files import shown
from dispatch.cli.workspace import workspace_of
from dispatch.errors import ListError

if TYPE_CHECKING:
    from dispatch.audience.check import ListReport

_SHOWN = 20


@click.group(
    invoke_without_command=True,
    short_help="Show the lists, and how many rows each has; check one.",
    epilog="\b\nExamples:\n  dispatch lists\n  dispatch lists check sample",
)
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
@click.pass_context
def lists(ctx: click.Context, as_json: bool) -> None:
    """Show the lists, subscribers/NAME.csv, and how many rows each has."""
    if ctx.invoked_subcommand is not None:
        return
    from dispatch.audience.files import list_names

    settings = workspace_of(ctx)
    found = [_counted(settings.subscribers / f"{name}.csv", name) for name in list_names(settings.subscribers)]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo(f"There are no lists yet: write one as {shown(settings.subscribers / 'NAME.csv')}.")
    width = max((len(each["name"]) for each in found), default=0)
    for each in found:
        said = f"{each['rows']:>9,} rows" if each["error"] is None else f"no list: {each['error']}"
        click.echo(f"{each['name']:<{width}}  {said}")


def _counted(path: Path, name: str) -> dict[str, Any]:
    from dispatch.audience.files import open_list

    try:
        rows = sum(1 for _ in open_list(path, name).rows())
    except ListError as error:
        return {"name": name, "rows": None, "error": error.message}
    return {"name": name, "rows": rows, "error": None}


@lists.command(
    short_help="Say which rows of a list can be used, and why others cannot.",
    epilog="\b\nExamples:\n  dispatch lists check sample\n  dispatch lists check sample --json",
)
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, with every row that was not added.")
@click.option("--all", "show_all", is_flag=True, help=f"Show every row that was not added, not only {_SHOWN}.")
@click.pass_context
def check(ctx: click.Context, name: str, as_json: bool, show_all: bool) -> None:
    """Read the whole list NAME and say which rows can be used, and why the others cannot.

    Nothing is written. Every row is added, rejected (it names nobody who can be mailed) or skipped (a row above it
    names the same person).
    """
    from dispatch.audience.check import check_list
    from dispatch.audience.files import list_file_path

    path = list_file_path(workspace_of(ctx).subscribers, name)
    report = check_list(path, path.stem)
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2, ensure_ascii=False))
    else:
        _print(report, None if show_all else _SHOWN)


def _as_json(report: ListReport) -> dict[str, Any]:
    return {
        "list": report.name,
        "file": str(report.path),
        "columns": ["email", *report.columns],
        "rows": report.rows,
        "added": report.added,
        "rejected": len(report.rejected),
        "skipped": len(report.skipped),
        "rejections": [asdict(row) for row in report.rejected],
        "duplicates": [asdict(row) for row in report.skipped],
    }


def _print(report: ListReport, limit: int | None) -> None:
    file = shown(report.path)
    for row in report.rejected[:limit]:
        click.echo(f"{file}:{row.line}: rejected {row.raw!r}: {row.reason}")
    for again in report.skipped[:limit]:
        click.echo(f"{file}:{again.line}: skipped {again.address!r}: line {again.first_line} names the same person")
    if limit is not None and max(len(report.rejected), len(report.skipped)) > limit:
        _print_reasons(report)
        click.echo(f"More rows are like these; see them all: dispatch lists check {report.name} --all")
    click.echo(
        f"{report.name}: {report.rows:,} rows = {report.added:,} added + {len(report.rejected):,} rejected"
        f" + {len(report.skipped):,} skipped"
    )
    click.echo(f"A text may use: {', '.join(f'recipient.{name}' for name in ('email', *report.columns))}")


def _print_reasons(report: ListReport) -> None:
    for reason, count in Counter(row.reason for row in report.rejected).most_common(_SHOWN):
        click.echo(f"{count:>9,} rejected: {reason}")
