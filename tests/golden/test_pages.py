"""What holds of every edition, in light and in dark, on the narrowest phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from importlib.resources import files
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dispatch.render.colour import contrast
from support import golden
from support.real_parts import require_program
from support.seen import seen_texts, sideways, strip_styles

pytestmark = pytest.mark.browser

PHONE = 320
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900"><rect width="1600" height="900"/></svg>'
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
# A mail is no page of a site: its landmarks are the mail program's.
AXE = "() => axe.run(document, {rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = require_program("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    chosen: Literal["light", "dark"] = request.param
    return chosen


@pytest.fixture(params=golden.sources())
def page(
    request: pytest.FixtureRequest,
    browser: Browser,
    made: Callable[[str], golden.Made],
    scheme: Literal["light", "dark"],
) -> Iterator[Page]:
    shown = browser.new_page(viewport={"width": PHONE, "height": 700}, color_scheme=scheme)
    shown.route("https://**/*", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    shown.set_content(made(request.param).html)
    yield shown
    shown.close()


def test_a_page_can_be_read_by_anybody_on_a_small_phone(page: Page, scheme: str) -> None:
    """All in one test, because to load a page takes longer than to look at it."""
    assert sideways(page) == []
    texts = seen_texts(page)
    assert len(texts) > 8
    assert [text for text in texts if text.size < 13] == []
    assert [text for text in texts if contrast(text.ink, text.ground) < 4.5] == []
    light = [text for text in texts if contrast(text.ground, "#000000") > 5]
    assert bool(light) is (scheme == "light")
    way_out = page.locator("a.way-out").bounding_box()
    assert way_out is not None
    assert way_out["height"] >= 44

    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(AXE)
    assert found["passes"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []

    strip_styles(page)
    assert sideways(page) == []
    bare = seen_texts(page)
    assert [text for text in bare if text.size < 13 or contrast(text.ink, text.ground) < 4.5] == []


def test_the_first_seeds_page_is_light(made: Callable[[str], golden.Made]) -> None:
    message = message_from_bytes(made(golden.SEED.stem).message, policy=default)
    body = message.get_body(("html",))
    assert body is not None
    assert len(body.get_content().encode()) < 30 * 1024
