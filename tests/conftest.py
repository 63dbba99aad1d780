"""Fixtures that every room shares."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support.books import sqlite_url
from support.postgresql import PostgreSQL
from support.smtp_server import SmtpServer

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dispatch", "what takes long, and is tried less often in an ordinary run")
    group.addoption("--kills", type=int, default=20, metavar="N", help="kill a send at N random instants (20)")
    group.addoption(
        "--histories",
        type=int,
        metavar="N",
        help="make up N histories of a send, other ones each time (80, always the same)",
    )
    group.addoption("--accept", action="store_true", help="write the golden editions down as they are now")
    group.addoption("--patient", action="store_true", help="run what waits for half a minute, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, what takes long and was not asked for."""
    if not config.getoption("--patient"):
        waiting = [item for item in items if item.get_closest_marker("patient")]
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if item not in waiting]


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Under ``CI=true`` nothing may be missing, so there a skip, for whatever reason, is a failure."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{reason} (under CI=true a skip is a failure)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A developer's own DISPATCH_… variables must not decide what a test sees, nor a test fill a developer's cache."""
    for name in list(os.environ):
        if name.startswith("DISPATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def root() -> Path:
    """The repository's root: itself a working newsletter."""
    return ROOT


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of the tests' own."""
    with PostgreSQL() as running:
        yield running


@pytest.fixture
def postgresql_database(postgresql: PostgreSQL) -> Iterator[str]:
    """The name of a PostgreSQL database that holds a ledger's tables and nothing else."""
    with postgresql.database() as name:
        yield name


@pytest.fixture
def postgresql_empty(postgresql: PostgreSQL) -> Iterator[str]:
    """The name of a PostgreSQL database that holds nothing."""
    with postgresql.database(empty=True) as name:
        yield name


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, postgresql_database: str) -> str:
    """The URL of ``postgresql_database``."""
    return postgresql.url(postgresql_database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new ledger: what a ledger promises, it promises on both databases."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running
