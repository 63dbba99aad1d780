"""A studio and a browser for the tests of a module: each test opens a page of its own, and edits its own seed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from support.chromium import launched
from support.smtp_server import SmtpServer
from support.studio import Studio, newsroom

PATIENCE = 60_000
"""Milliseconds that a page has on a busy machine."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpServer]:
    """The server that tests are sent through."""
    with SmtpServer(rules=["rcpt@nobody@example.org=550 5.1.1 No such user here"]) as running:
        yield running


@pytest.fixture(scope="module")
def studio(mail: SmtpServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    room = newsroom(tmp_path_factory.mktemp("studio"), f"smtp://{mail.host}:{mail.port}")
    with Studio.start(room, "seeds/harbour.md") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


def is_fault(said: ConsoleMessage) -> bool:
    """A refused policy, a broken module; not a picture elsewhere or a server that was ended."""
    return said.type == "error" and "net::ERR_" not in said.text


@pytest.fixture
def page(browser: Browser, studio: Studio) -> Iterator[Page]:
    """The studio in the browser, its edition shown. What a script says is wrong fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if is_fault(said) else None)
    opened.route("https://**/*", lambda route: route.abort())
    opened.goto(studio.url)
    expect(opened.frame_locator("#frame").locator("h1")).to_have_text("Harbour: Fewer Cars, More Trams")
    expect(opened.locator("#panel-findings .verdict")).to_be_visible()
    yield opened
    opened.close()
    assert wrong == []
