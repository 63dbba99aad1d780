"""Debian's Chromium, driven by Playwright, with pictures from elsewhere answered here and axe-core at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from support.real_parts import require_program

Scheme = Literal["light", "dark"]
_QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900"><rect width="1600" height="900"/></svg>'
# A mail is no page of a site: its landmarks are the mail program's.
_AXE = "() => axe.run(document, {rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}})"


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser; where there is none, the test is skipped and says what brings it. One at a time in a process."""
    path = require_program("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield chromium
        chromium.close()


def shown(browser: Browser, html: str, width: int, scheme: Scheme = "light") -> Page:
    """``html`` in a window of that width; each picture from elsewhere is one of 1600 to 900."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.route("https://**/*", lambda route: route.fulfill(body=_PICTURE, content_type="image/svg+xml"))
    page.set_content(html)
    return page


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong: the rule, and the elements."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(_AXE)
    assert found["passes"], "axe-core looked at nothing"
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
