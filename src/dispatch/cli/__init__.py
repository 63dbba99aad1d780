"""The command line, and the only composition root.

Command modules are imported when their command runs and import the rooms they need inside their functions, so that
``dispatch --help`` and ``dispatch compose`` never pay for the database.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click

from dispatch import __version__
from dispatch.cli.files import shown
from dispatch.errors import DispatchError, ExitCode, Place

COMMANDS: Mapping[str, str] = {
    "init": "dispatch.cli.init:init",
    "config": "dispatch.cli.config:config",
    "compose": "dispatch.cli.compose:compose",
    "preview": "dispatch.cli.preview:preview",
    "check": "dispatch.cli.check:check",
    "theme": "dispatch.cli.theme:theme",
    "lists": "dispatch.cli.lists:lists",
    "doctor": "dispatch.cli.doctor:doctor",
    "send": "dispatch.cli.send:send",
    "status": "dispatch.cli.status:status",
    "explain": "dispatch.cli.status:explain",
    "retry": "dispatch.cli.send:retry",
    "pause": "dispatch.cli.control:pause",
    "resume": "dispatch.cli.control:resume",
    "cancel": "dispatch.cli.control:cancel",
    "unknown": "dispatch.cli.doubts:unknown",
    "unsubscribe": "dispatch.cli.people:unsubscribe",
    "suppress": "dispatch.cli.people:suppress",
    "suppressions": "dispatch.cli.people:suppressions",
    "schedule": "dispatch.cli.schedule:schedule",
    "schedules": "dispatch.cli.schedule:schedules",
    "run-due": "dispatch.cli.schedule:run_due",
    "dkim": "dispatch.cli.dkim:dkim",
    "ledger": "dispatch.cli.ledger:ledger",
    "cron": "dispatch.cli.cron:cron",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="dispatch")
@click.option(
    "-C",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DISPATCH_WORKSPACE",
    show_envvar=True,
    help="The newsletter's folder (default: the nearest one upwards that holds dispatch.toml).",
)
@click.pass_context
def dispatch(ctx: click.Context, workspace: Path | None) -> None:
    """Publish and deliver newsletters: text files in, editions in readers' inboxes, every message accounted for.

    \b
      dispatch init mynews && cd mynews                 start a newsletter
      dispatch compose seeds/hello.txt --open           look at an edition
      dispatch send seeds/hello.txt --list sample       deliver it
    """
    ctx.obj = workspace


def _say(error: DispatchError) -> None:
    where = f"{Place(shown(Path(error.place.file)), error.place.line)}: " if error.place else ""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {where}{error.message}", err=True)
    if error.hint:
        click.echo(f"  → {error.hint}", err=True)


def _usage(error: click.ClickException) -> DispatchError:
    """A mistake in the command line, said as every other mistake."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"{ctx.command.get_usage(ctx)}\n  → All options: {ctx.command_path} --help" if ctx is not None else None
    return DispatchError(error.format_message(), hint=hint)


_NO_ROOM = "Free some space, then run the same command again; nothing was lost."
_NOT_YOURS = "Look who may do that (ls -ld on the file and its folder), or work in a folder of your own."
_NO_FOLDER = "A file stands where a folder is needed: name another one, or move the file away."
_OS_HINTS: Mapping[int, str] = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f), then run the same command again; nothing was lost.",
    errno.EACCES: _NOT_YOURS,
    errno.EPERM: _NOT_YOURS,
    errno.EROFS: _NOT_YOURS,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}


def _os_error(error: OSError) -> DispatchError:
    if isinstance(error, FileNotFoundError) and error.filename is None:
        # Only asking for the current folder fails so.
        return DispatchError("The current folder does not exist any more.", hint="Change to one that does: cd")
    subject = f"{error.filename}: " if error.filename else ""
    hint = _OS_HINTS.get(error.errno) if error.errno is not None else None
    return DispatchError(f"{subject}{error.strerror or error}", hint=hint)


def _let_everything_be_printed() -> None:
    """What a terminal's encoding or a file's name makes unprintable is printed escaped: no sign stops a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output(stream: TextIO) -> None:
    """Send what is still buffered for a stream nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flush(stream: TextIO | None) -> bool:
    """Whether all of it is written. What is not is dropped: Python would try once more at its end, say so its own way,
    and end with an exit code of its own."""
    if stream is None:
        return True
    try:
        stream.flush()
    except OSError:
        _drop_output(stream)
        return False
    return True


def run(args: list[str] | None = None, **extra: Any) -> int:
    """Run a command line and return its exit code; a :class:`DispatchError` becomes its message."""
    try:
        result = dispatch.main(args=args, prog_name="dispatch", standalone_mode=False, **extra)
        return int(result) if isinstance(result, int) else int(ExitCode.OK)
    except DispatchError as error:
        _say(error)
        return int(error.exit_code)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("\nStopped.", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message(), err=True)
        return int(help_text.exit_code)
    except click.ClickException as error:
        _say(_usage(error))
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`dispatch … | head`); that is no failure of ours.
        _drop_output(sys.stdout)
        return int(ExitCode.OK)
    except OSError as error:
        _say(_os_error(error))
        return int(ExitCode.ERROR)


def main() -> None:
    """The ``dispatch`` command."""
    # Nearly all that a command allocates are modules and what it works on, which live to its end: to look through them
    # for garbage, again and again and once more at the end, would take a tenth of its time.
    gc.set_threshold(50_000)
    _let_everything_be_printed()
    code = run()
    if not _flush(sys.stdout):
        code = code or int(ExitCode.ERROR)
    _flush(sys.stderr)
    gc.freeze()
    sys.exit(code)
