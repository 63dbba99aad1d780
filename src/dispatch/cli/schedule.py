"""``dispatch schedule``, ``dispatch schedules`` and ``dispatch run-due``: delivery at its time."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import ExitCode


@click.command(
    epilog="\b\nExamples:\n"
    '  dispatch schedule seeds/canada-china.txt --list sample --at "2026-11-24 07:00"\n'
    '  dispatch schedule seeds/canada-china.txt --list sample --at "2026-11-24T07:00-05:00"\n'
    "  dispatch schedule seeds/canada-china.txt            where front matter has list and send_at\n\n"
    "It goes with `dispatch run-due`, which `dispatch cron install` lets cron run every minute."
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--list", "list_name", metavar="NAME", help="Whom to mail (default: the seed's `list`).")
@click.option("--at", metavar="TIME", help="When, in the newsletter's timezone (default: the seed's `send_at`).")
@click.option("--yes", is_flag=True, help="Do not ask: the audience and the time are right.")
@click.option("--force", is_flag=True, help="Schedule it in spite of errors, which are mended before it goes.")
@click.pass_context
def schedule(ctx: click.Context, source: Path, list_name: str | None, at: str | None, yes: bool, force: bool) -> None:
    """Send SOURCE to a list at a time.

    The edition is composed now as a check, and again when it goes: what the seed says then is what readers get.
    Where `dispatch check` finds errors it is refused; with --force it is scheduled, and held if they are still there.
    Scheduling the same source to the same list again moves it.
    """
    from dispatch.cli.scheduling import schedule_source

    schedule_source(workspace_of(ctx), source, list_name, at, now(), yes=yes, force=force)


@click.command(
    epilog="\b\nExamples:\n  dispatch schedules\n  dispatch schedules --release 3\n  dispatch schedules --cancel 3"
)
@click.option("--all", "everything", is_flag=True, help="Show what is over, too.")
@click.option("--release", type=int, metavar="ID", help="Send what is held all the same, with the next run-due.")
@click.option("--cancel", type=int, metavar="ID", help="Take back what waits or is held.")
@click.option("--yes", is_flag=True, help="With --release, do not ask: the audience is right, and its file whole.")
@click.pass_context
def schedules(ctx: click.Context, everything: bool, release: int | None, cancel: int | None, yes: bool) -> None:
    """Show what goes when, and what is held for you to decide."""
    from dispatch.cli import scheduling

    settings = workspace_of(ctx)
    if release is not None and cancel is not None:
        raise click.UsageError("Release it or cancel it, not both.")
    if release is not None:
        scheduling.release_held(settings, release, now(), yes=yes)
    elif cancel is not None:
        scheduling.cancel(settings, cancel, now())
    else:
        from dispatch.cli.agenda import show_agenda

        show_agenda(settings, now(), everything=everything)


@click.command("run-due", epilog="\b\nExample, in a crontab:\n  * * * * * cd /home/me/news && dispatch run-due")
@click.option("--check", is_flag=True, help="Only prove that it would work: settings, ledger, a login at the server.")
@click.option("--trust-clock", is_flag=True, help="The clock is right, though the ledger has later entries.")
@click.pass_context
def run_due(ctx: click.Context, check: bool, trust_clock: bool) -> ExitCode:
    """Send what is due, once; go on with what broke off. Safe to run every minute.

    What should have gone hours ago, because the machine was off, is held and said, never sent late in silence.
    With nothing due it says nothing.
    """
    settings = workspace_of(ctx)
    if check:
        from dispatch.cli.scheduling import prove

        prove(settings, now())
        return ExitCode.OK
    from dispatch.cli import due

    return due.run_due(settings, now, trust_clock=trust_clock)
