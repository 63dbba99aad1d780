"""What holds of every edition, in light and in dark, on the narrowest phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import Browser, Page

from dispatch.render.colour import contrast
from support import golden
from support.chromium import Scheme, launched, shown, violations
from support.seen import seen_texts, sideways, strip_styles

pytestmark = pytest.mark.browser

PHONE = 320


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    chosen: Scheme = request.param
    return chosen


@pytest.fixture(params=golden.sources())
def page(
    request: pytest.FixtureRequest, browser: Browser, made: Callable[[str], golden.Made], scheme: Scheme
) -> Iterator[Page]:
    seen = shown(browser, made(request.param).html, PHONE, scheme)
    yield seen
    seen.close()


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

    assert violations(page) == []

    strip_styles(page)
    assert sideways(page) == []
    bare = seen_texts(page)
    assert [text for text in bare if text.size < 13 or contrast(text.ink, text.ground) < 4.5] == []


def test_the_first_seeds_page_is_light(made: Callable[[str], golden.Made]) -> None:
    message = message_from_bytes(made(golden.SEED.stem).message, policy=default)
    body = message.get_body(("html",))
    assert body is not None
    assert len(body.get_content().encode()) < 30 * 1024
