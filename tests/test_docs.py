"""The documentation says what the code does, leads nowhere that is not there, and names nobody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dispatch.cli import dispatch

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def _commands(command: click.Command, path: tuple[str, ...] = ("dispatch",)) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(below, (*path, name))


COMMANDS = dict(_commands(dispatch))


def _outside_code(text: str) -> str:
    return re.sub(r"^(```+|~~~+).*?^\1|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """The fragments that GitHub gives to a page's headings."""
    fenced = re.sub(r"^(```+).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+?) *$", fenced, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_reference_pages_say_what_the_code_says() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "scripts.reference", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_every_command_says_what_it_does_and_shows_how(path: str) -> None:
    command = COMMANDS[path]
    assert command.help, f"{path} has no help"
    undescribed = [
        param.name for param in command.params if isinstance(param, click.Option) and not (param.help or param.hidden)
    ]
    assert undescribed == []
    around = COMMANDS[path.rpartition(" ")[0] or path]
    shown = "\n".join(text for one in (command, around) for text in (one.help, one.epilog) if text)
    assert path in shown, "its help has no example"


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if isinstance(command, click.Group)])
def test_a_group_tells_its_commands_in_whole_sentences_on_a_narrow_terminal(path: str) -> None:
    shown = COMMANDS[path].get_help(click.Context(COMMANDS[path], info_name=path, terminal_width=80))
    assert "..." not in shown.partition("Commands:")[2]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", _outside_code(page.read_text(encoding="utf-8")))
    dead = []
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (page.parent / name) if name else page
        if not file.exists() or (fragment and file.suffix == ".md" and fragment not in _anchors(file)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_commands_that_pages_show_exist_with_their_options(page: Path) -> None:
    """A console block's ``$ dispatch …`` lines name commands and options that click knows."""
    wrong = []
    for line in re.findall(r"^\$ (dispatch .*)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        words = re.split(r"\s(?:#|&&|\||>)\s?", line)[0].split()
        path, options = "dispatch", []
        for word in words[1:]:
            if word.startswith("-"):
                options.append(word.partition("=")[0])
            elif f"{path} {word}" in COMMANDS and not options:
                path = f"{path} {word}"
        known = {name for param in COMMANDS[path].params for name in (*param.opts, *param.secondary_opts)}
        known |= {"--help", "-h"}
        if isinstance(COMMANDS[path], click.Group) and len(words) > 1 and not options:
            wrong.append(line)
        wrong += [f"{line}: {option}" for option in options if option not in known]
    assert wrong == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *extras]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted}
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    given = set(re.findall(r"^\| `([\w-]+)` \| \S", page.partition("\n## Dependencies")[2], re.MULTILINE))
    assert names - given == set(), "docs/architecture.md gives no reason for these"
    assert given - names == set(), "docs/architecture.md speaks of these, which pyproject.toml does not have"


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """Written apart, so that this file does not name one itself."""
    homes = re.compile(
        r"(?<![\w.-])/(?:" + "|".join(["wor" + "k/", "ro" + "ot/", "ho" + r"me/(?!me/)\w", "Use" + "rs/"]) + ")"
    )
    named = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image, or a seed in another encoding
        named += [f"{path.relative_to(ROOT)}: {found[0]}" for found in homes.finditer(text)]
    assert named == []


def _tracked() -> list[Path]:
    """The files under version control; in an archive without history, those of the project's own folders."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        folders = ("src", "tests", "docs", "scripts", "benchmarks", "requirements", "templates", "seeds", ".ci")
        paths = [*ROOT.glob("*"), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    return [path for path in paths if path.is_file()]
