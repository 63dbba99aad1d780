"""docs/reference/cli.md: every command as click knows it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from dispatch.cli import dispatch

HEAD = """\
# Commands

This page is written from the commands themselves (`make docs`). `dispatch COMMAND --help` prints the same.

Every command ends with one of four exit codes: 0 done, and every delivery it concerns is final; 1 an error; 2 a mistake
in the command line, or refused to protect your readers; 3 some delivery is not final yet. Ctrl-C gives 130;
where mail goes, a second one does.
"""


def page() -> str:
    """The whole page."""
    root = click.Context(dispatch, info_name="dispatch")
    parts = [HEAD, _contents(root), *_sections(root)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part)


def walk(ctx: click.Context) -> Iterator[click.Context]:
    """A context for ``ctx``'s command and for every one below it, in the order of ``--help``."""
    yield ctx
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            if command is not None and not command.hidden:
                yield from walk(click.Context(command, info_name=name, parent=ctx))


def _contents(root: click.Context) -> str:
    rows = [
        f"| [`{ctx.command_path}`]({_anchor(ctx)}) | {_cell(ctx.command.get_short_help_str(200))} |"
        for ctx in walk(root)
        if ctx.parent is not None
    ]
    return "\n".join(["| command | what it does |", "|---|---|", *rows, ""])


def _sections(root: click.Context) -> Iterator[str]:
    for ctx in walk(root):
        usage = " ".join([ctx.command_path, *ctx.command.collect_usage_pieces(ctx)])
        yield f"## {ctx.command_path}\n"
        yield f"```\n{usage}\n```\n"
        yield _prose(ctx.command.help or "")
        yield _prose(ctx.command.epilog or "")
        if options := _options(ctx):
            yield options


def _prose(text: str) -> str:
    """Help as Markdown: a paragraph that click must not wrap (``\\b``) is an example, as it stands."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.splitlines()
        if lines and lines[0].strip() == "\b":
            shown = [line for line in lines[1:] if not re.fullmatch(r"Examples?\b.*:", line.strip())]
            parts.append("```\n" + inspect.cleandoc("\n".join(["", *shown])) + "\n```")
        else:
            parts.append(" ".join(line.strip() for line in lines))
    return "".join(f"{part}\n\n" for part in parts if part).rstrip("\n") + "\n" if text else ""


def _options(ctx: click.Context) -> str:
    records = [param.get_help_record(ctx) for param in ctx.command.get_params(ctx)]
    # An argument stands in the usage line; what it is, the command's text says.
    shown = [(names, text) for names, text in filter(None, records) if text and "--help" not in names]
    rows = [f"| `{_code(names)}` | {_cell(text)} |" for names, text in shown]
    return "\n".join(["| option | what it does |", "|---|---|", *rows, ""]) if rows else ""


def _code(text: str) -> str:
    """``text`` between backticks in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _cell(text: str) -> str:
    return _code(text).replace("<", "&lt;")


def _anchor(ctx: click.Context) -> str:
    """The fragment that a heading of the command's path gets."""
    return "#" + ctx.command_path.replace(" ", "-")
