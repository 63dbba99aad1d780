"""The wheel as people install it: outside the repository, with what it declares and nothing of development."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dispatch.cli import COMMANDS
from dispatch.starter_files import STARTER_FILES

ROOT = Path(__file__).resolve().parent.parent
RUN = "import sys; sys.path.insert(0, {site!r}); from dispatch.cli import main; main()"


class Installation:
    """A wheel unpacked beside links to its runtime dependencies, run by a Python that sees nothing else."""

    def __init__(self, site: Path, folder: Path) -> None:
        self.site = site
        self.folder = folder

    def dispatch(self, *arguments: str, folder: Path | None = None) -> str:
        """What the command prints; it must end with 0."""
        command = [sys.executable, "-I", "-S", "-c", RUN.format(site=str(self.site)), *arguments]
        done = subprocess.run(
            command, cwd=folder or self.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


def _runtime_distributions() -> set[str]:
    """The names of what the project needs to run, and what that needs in turn."""
    found: set[str] = set()
    open_: list[str] = [Requirement(text).name for text in _project_requirements()]
    while open_:
        name = open_.pop()
        if name in found:
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # for another platform
        found.add(name)
        wanted = (Requirement(text) for text in needs)
        open_ += [need.name for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def _project_requirements() -> Sequence[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements: list[str] = project["dependencies"]
    return requirements


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for name in _runtime_distributions():
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    return Installation(site, tmp_path_factory.mktemp("elsewhere"))


def test_the_wheel_holds_the_package_with_its_starter_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"dispatch"}
    assert {f"dispatch/starter/{name}" for name in STARTER_FILES} <= set(names)
    assert [name for name in names if name.startswith("dispatch/starter/subscribers/")] == [
        "dispatch/starter/subscribers/sample.csv"
    ]


def test_the_wheel_holds_all_that_the_studio_shows(wheel: Path) -> None:
    folder = ROOT / "src" / "dispatch" / "preview" / "static"
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if name.startswith("dispatch/preview/static/")}
    assert carried == {f"dispatch/preview/static/{path.name}" for path in folder.iterdir()}
    assert len(carried) > 10


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_there_without_what_development_needs(installation: Installation, command: str) -> None:
    assert installation.dispatch(command, "--help").startswith(f"Usage: dispatch {command}")


def test_a_newsletter_starts_and_composes_outside_the_repository(installation: Installation) -> None:
    installation.dispatch("init", "news")
    news = installation.folder / "news"
    written = {path.relative_to(news) for path in (news / "templates").rglob("*") if path.is_file()}
    assert written == {path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*") if path.is_file()}
    installation.dispatch("compose", "seeds/canada-china.txt", folder=news)
    (edition,) = (news / "out").glob("*/edition.html")
    assert "Minimal Thaw, Persistent Frost" in edition.read_text(encoding="utf-8")


def test_the_themes_are_brought_along_with_the_samples_that_try_them(installation: Installation) -> None:
    listed = installation.dispatch("theme", "list", "--json")
    assert {each["name"] for each in json.loads(listed) if each["built_in"]} == {"dispatch", "letter", "wire"}
    checked = json.loads(installation.dispatch("theme", "check", "letter", "wire", "--json"))
    assert [(each["theme"], len(each["pages"]), each["errors"]) for each in checked] == [
        ("letter", 6, []),
        ("wire", 6, []),
    ]
