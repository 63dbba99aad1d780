"""``dispatch cron``: scheduled delivery by the machine's own cron."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.cli import crontab
from dispatch.cli.workspace import workspace_of
from dispatch.errors import Refused

if TYPE_CHECKING:
    from dispatch.config.settings import Settings


@click.group(
    short_help="Let cron send what is due.",
    epilog="\b\nExamples:\n  dispatch cron install\n  dispatch cron show\n  dispatch cron remove",
)
def cron() -> None:
    """Let cron send what is due: one marked line in your crontab runs `dispatch run-due` every minute."""


@cron.command()
@click.pass_context
def install(ctx: click.Context) -> None:
    """Put the line into your crontab, once it is proven to work there.

    Cron knows nothing of your shell: the command is first tried in an environment as bare as cron's. Settings and
    ledger must be found and the mail server must let us in, or nothing is installed.
    """
    settings = workspace_of(ctx)
    table = crontab.read()
    line = crontab.entry(settings.root)
    _prove(settings, crontab.without_entry(table, settings.root))
    wanted = crontab.with_entry(table, settings.root)
    if wanted != table:
        crontab.write(wanted)
    click.echo("Proven in cron's environment, and installed:" if wanted != table else "Proven, and installed already:")
    click.echo(line)
    if not settings.schedules:
        click.echo(
            "What goes when: dispatch schedule SEED --at …, `send_at` in a seed, or [[schedule]] in dispatch.toml."
        )


@cron.command()
@click.pass_context
def show(ctx: click.Context) -> None:
    """Show this newsletter's line in your crontab."""
    lines = crontab.installed(crontab.read(), workspace_of(ctx).root)
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("Cron does not send this newsletter. To have it do so: dispatch cron install")


@cron.command(short_help="Take the line out of your crontab.")
@click.pass_context
def remove(ctx: click.Context) -> None:
    """Take this newsletter's line out of your crontab; all else in it stays."""
    root = workspace_of(ctx).root
    table = crontab.read()
    if not crontab.installed(table, root):
        click.echo("There was no line for this newsletter.")
        return
    crontab.write(crontab.without_entry(table, root))
    click.echo("Removed. Nothing goes by itself any more; dispatch schedules shows what waits.")


def _prove(settings: Settings, table: bytes) -> None:
    """Refuse unless the command works as cron will run it."""
    user = pwd.getpwuid(os.getuid())
    variables = crontab.environment(table, Path(user.pw_dir), user.pw_name)
    done = crontab.run_as_cron(crontab.command_line(settings.root, "run-due", "--check"), variables)
    only_here = [name for name in sorted(os.environ) if _counts(name, settings) and name not in variables]
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").removeprefix("error: ")
        raise Refused(
            f"In cron's environment the command does not work, so nothing was installed:\n{said}",
            hint="\n  → ".join(_remedy(name) for name in only_here) or None,
        )
    for name in only_here:
        if name not in {"DISPATCH_WORKSPACE", "DISPATCH_RESOLVER"}:  # what run-due is told, and what it does not ask
            click.echo(f"Note: {_remedy(name)}", err=True)


def _counts(name: str, settings: Settings) -> bool:
    """Whether a variable of the environment says something to Dispatch, or to the driver of its ledger."""
    return name.startswith("DISPATCH_") or (name == "PGPASSWORD" and settings.ledger.url.startswith("postgresql:"))


def _remedy(name: str) -> str:
    only = f"{name} is set in your shell, where cron does not see it"
    if name.startswith("DISPATCH_SMTP_PASSWORD_"):
        return f"{only}: write the password into .dispatch/secrets.toml (chmod 600), below [smtp_password]."
    match name:
        case "DISPATCH_SMTP_PASSWORD":
            secrets = 'smtp_password = "…" into .dispatch/secrets.toml (chmod 600)'
            return f"{only}: write {secrets}, or set smtp.password_command."
        case "DISPATCH_SMTP_URL":
            return f"{only}: write the server into dispatch.toml, [smtp] url; its password into .dispatch/secrets.toml."
        case "DISPATCH_LEDGER_URL":
            return f"{only}: write it into dispatch.toml, [ledger] url; a password in it into ~/.pgpass (chmod 600)."
        case "PGPASSWORD":
            return f"{only}: write the line HOST:PORT:DATABASE:USER:PASSWORD into ~/.pgpass (chmod 600)."
        case _:
            return f"{only}."
