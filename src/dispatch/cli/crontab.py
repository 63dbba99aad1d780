"""A user's crontab: one marked line of ours for each workspace, every other byte as it was."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dispatch.errors import DispatchError, Refused

LONGEST_COMMAND = 990
"""Characters that Debian's cron takes in a command (MAX_COMMAND is 1,000); the rest it would cut off."""

_PROGRAM_SECONDS = 30.0
_SETTING = re.compile(r"""\s*(?P<q>["']?)(?P<name>[A-Za-z_]\w*)(?P=q)\s*=\s*(?P<value>.*?)\s*""")


def command_line(workspace: Path, *arguments: str) -> str:
    """The shell command that cron runs for a workspace, with absolute paths only."""
    place = shlex.quote(str(workspace))
    return f"cd {place} && {shlex.join(_program())} -C {place} {shlex.join(arguments)}"


def entry(workspace: Path) -> str:
    """The crontab line of a workspace: every minute, marked with the workspace's path."""
    if not str(workspace).isprintable():
        raise Refused(f"The folder's name {str(workspace)!r} cannot stand in a crontab.", hint="Rename the folder.")
    command = f"{command_line(workspace, 'run-due')} {_mark(workspace)}"
    if len(command.encode()) > LONGEST_COMMAND:
        raise Refused(
            "The command is longer than cron takes.", hint="Move the newsletter to a folder with a short path."
        )
    # In a crontab "%" ends the command (crontab(5)), in quotes too; cron takes the backslash away.
    return "* * * * * " + command.replace("%", r"\%")


def installed(table: bytes, workspace: Path) -> list[bytes]:
    """The lines of ``table`` that are this workspace's."""
    return [line for line in table.splitlines() if _is_ours(line, workspace)]


def with_entry(table: bytes, workspace: Path) -> bytes:
    """``table`` with exactly one line for the workspace, where its first one stood or at the end."""
    ours = entry(workspace).encode() + b"\n"
    lines = table.splitlines(keepends=True)
    marked = [index for index, line in enumerate(lines) if _is_ours(line, workspace)]
    if not marked:
        if lines and not lines[-1].endswith(b"\n"):
            lines[-1] += b"\n"
        return b"".join([*lines, ours])
    return b"".join(ours if index == marked[0] else line for index, line in enumerate(lines) if index not in marked[1:])


def without_entry(table: bytes, workspace: Path) -> bytes:
    """``table`` without the workspace's lines."""
    return b"".join(line for line in table.splitlines(keepends=True) if not _is_ours(line, workspace))


def environment(table: bytes, home: Path, user: str) -> dict[str, str]:
    """What cron gives a command at the end of ``table``: almost nothing, and what the crontab itself sets."""
    variables = {"HOME": str(home), "LOGNAME": user, "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    for line in table.decode(errors="surrogateescape").splitlines():
        if found := _SETTING.fullmatch(line):
            value = found["value"]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            variables[found["name"]] = value[1:-1] if quoted else value
    return variables


def read() -> bytes:
    """The user's crontab; empty where there is none."""
    done = _crontab("-l")
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip()
    if "no crontab" in said.lower() or "no such file" in said.lower():
        return b""
    raise DispatchError(f"The crontab cannot be read: {said or f'crontab -l ended with {done.returncode}'}")


def write(table: bytes) -> None:
    """Replace the user's crontab."""
    done = _crontab("-", given=table)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise DispatchError(
            f"The crontab was not changed: {said or f'crontab ended with {done.returncode}'}",
            hint="An administrator says who may use cron: /etc/cron.allow, /etc/cron.deny.",
        )


def run_as_cron(command: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``command`` as cron would: its shell, its environment, the home folder, no terminal."""
    try:
        return subprocess.run(
            [variables["SHELL"], "-c", command],
            env=dict(variables),
            cwd=variables["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise DispatchError(
            f"The crontab's shell cannot be run in {variables['HOME']}: {error.strerror}: {error.filename}"
        ) from None


def _program() -> list[str]:
    """How this very Dispatch is run again, by absolute paths."""
    script = Path(sys.argv[0])
    if script.name == "dispatch" and script.is_file() and os.access(script, os.X_OK):
        # Not resolved: a link in ~/.local/bin stays right when the tool behind it is upgraded.
        return [str(script.absolute())]
    return [sys.executable, "-m", "dispatch"]


def _mark(workspace: Path) -> str:
    return f"# dispatch: {workspace}"


def _is_ours(line: bytes, workspace: Path) -> bool:
    return line.rstrip().endswith(b" " + _mark(workspace).replace("%", r"\%").encode())


def _crontab(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["crontab", *arguments],
            input=given if given is not None else b"",
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise DispatchError(
            "There is no program `crontab` here.",
            hint="Install cron: sudo apt-get install cron (Debian, Ubuntu), sudo dnf install cronie (Fedora).",
        ) from None
    except subprocess.TimeoutExpired:
        raise DispatchError("`crontab` does not answer.", hint="Try it by hand: crontab -l") from None
