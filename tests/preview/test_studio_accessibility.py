"""axe-core on the studio: every view and dialog, in light and in dark."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

AXE = "() => axe.run(document, {iframes: false})"
STATES = {
    "page": [],
    "text": ["t"],
    "inbox": ["b"],
    "inbox in the dark": ["b", "d"],
    "headers": ["m"],
    "source": ["e"],
    "free width": ["5"],
    "a finding": ["n"],
    "keys": ["?"],
    "subscribers": ["/"],
    "test": ["@"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("combobox", name="Seed").select_option(label="seeds/harbour.txt")
    expect(page.frame_locator("#frame").locator(".dateline")).to_have_text("LISBON, Nov 23")
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    wrong = {}
    for state, pressed in STATES.items():
        for key in pressed:
            page.keyboard.press(key)
        if state == "subscribers":
            expect(page.get_by_role("listbox", name="Subscribers").get_by_role("option")).to_have_count(3)
        found = page.evaluate(AXE)
        assert found["passes"]
        wrong[state] = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
        page.keyboard.press("Escape")
    assert {state: rules for state, rules in wrong.items() if rules} == {}


@pytest.mark.parametrize("width", [1024, 1280])
def test_it_fits_a_small_laptop(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Send me a test", "Images"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
