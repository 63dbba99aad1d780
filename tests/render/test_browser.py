"""The page as a browser shows it: on phones and desktops, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import product
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dispatch.edition.model import Edition
from dispatch.render import preview
from dispatch.render.colour import contrast
from support.editions import arabic, canada_china, every_kind, several_stories
from support.real_parts import require_program
from support.rendering import THEMES, Render, look_in

pytestmark = pytest.mark.browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900"><rect width="1600" height="900"/></svg>'

SEEN_TEXT = """() => {
  const seen = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const hex = (colour) => '#' + colour.match(/[\\d.]+/g).slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0')).join('')
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement
    const range = document.createRange()
    range.selectNodeContents(walk.currentNode)
    if (!walk.currentNode.textContent.trim() || range.getClientRects().length === 0) continue
    const style = getComputedStyle(element)
    let ground = element
    const clear = 'rgba(0, 0, 0, 0)'
    while (ground && getComputedStyle(ground).backgroundColor === clear) ground = ground.parentElement
    seen.push({
      text: walk.currentNode.textContent.trim(), size: parseFloat(style.fontSize),
      ink: hex(style.color), ground: ground ? hex(getComputedStyle(ground).backgroundColor) : '#ffffff',
    })
  }
  return seen
}"""

# A mail is no page of a site: its landmarks are the mail program's.
AXE = "() => axe.run(document, {rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = require_program("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
EDITIONS: list[Callable[[], Edition]] = [canada_china, several_stories, every_kind, arabic]


@pytest.fixture(params=product(THEMES, EDITIONS), ids=lambda pair: f"{pair[0]}-{pair[1].__name__}")
def html(request: pytest.FixtureRequest, render: Render) -> str:
    theme, make = request.param
    return preview(render(make(), look=look_in(theme)).variants[()].html)


def shown(browser: Browser, html: str, width: int, scheme: Any = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.route("https://**/*", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    page.set_content(html)
    return page


def test_the_page_never_scrolls_sideways(browser: Browser, html: str) -> None:
    page = shown(browser, html, 320)
    for width in (320, 375, 481, 600, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_can_be_read(browser: Browser, html: str, scheme: str) -> None:
    page = shown(browser, html, 375, scheme)
    for width in (375, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        seen = page.evaluate(SEEN_TEXT)
        assert len(seen) > 20
        assert [text for text in seen if contrast(text["ink"], text["ground"]) < 4.5] == []
        assert [text for text in seen if text["size"] < 13] == []
        light_grounds = [text for text in seen if contrast(text["ground"], "#000000") > 5]
        assert bool(light_grounds) is (scheme == "light")
    page.close()


def test_a_phone_stacks_both_sides_and_a_desktop_sets_them_side_by_side(browser: Browser, render: Render) -> None:
    html = preview(render().variants[()].html)
    for width, side_by_side in ((375, False), (1024, True)):
        page = shown(browser, html, width)
        first, second = (page.locator(".side").nth(at).bounding_box() for at in (0, 1))
        assert first
        assert second
        assert (first["y"] == second["y"]) is side_by_side
        if side_by_side:
            assert (first["width"], second["width"]) == pytest.approx((252, 252), abs=1)
        page.close()


def test_right_to_left_pages_are_mirrored(browser: Browser, render: Render) -> None:
    page = shown(browser, preview(render(arabic()).variants[()].html), 1024)
    style = page.locator(".quote").evaluate(
        "e => [getComputedStyle(e).borderRightWidth, getComputedStyle(e).direction]"
    )
    assert style == ["3px", "rtl"]
    box = page.locator("h1").bounding_box()
    card = page.locator(".card").first.bounding_box()
    assert box
    assert card
    assert box["x"] + box["width"] == card["x"] + card["width"] - 32
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_the_way_out_is_large_enough_for_a_thumb(browser: Browser, render: Render, theme: str) -> None:
    page = shown(browser, preview(render(look=look_in(theme)).variants[()].html), 375)
    box = page.get_by_role("link", name="Unsubscribe").bounding_box()
    assert box
    assert box["height"] >= 44
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_columns_stay_columns(browser: Browser, render: Render, theme: str) -> None:
    page = shown(browser, preview(render(every_kind(), look=look_in(theme)).variants[()].html), 320)
    lines = page.locator("pre").first.evaluate("e => [e.innerText.split('\\n').length, e.scrollWidth > e.clientWidth]")
    assert lines == [3, True]
    page.close()


def test_axe_finds_nothing_to_mend(browser: Browser, html: str) -> None:
    page = shown(browser, html, 375)
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(AXE)
        assert found["passes"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    page.close()
