"""Every view of the studio, used as a person uses it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from support.studio import Studio

pytestmark = pytest.mark.browser


def edition(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


@pytest.mark.parametrize(("key", "name", "width"), [("1", "320", 320), ("2", "375", 375), ("3", "768", 768)])
def test_a_page_is_laid_out_for_the_width_that_is_chosen(page: Page, key: str, name: str, width: int) -> None:
    page.keyboard.press(key)
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    assert edition(page).locator(":root").evaluate("() => innerWidth") == width
    narrow = edition(page).locator("h1").evaluate("it => getComputedStyle(it).fontSize")
    assert narrow == ("26px" if width < 480 else "32px")


def test_a_desktop_is_shown_whole_though_the_window_is_smaller(page: Page) -> None:
    page.get_by_role("radio", name="Desktop").click()
    assert edition(page).locator(":root").evaluate("() => innerWidth") == 1024
    box, room = page.locator("#device").bounding_box(), page.locator(".stage").bounding_box()
    assert box
    assert room
    assert box["width"] <= room["width"]
    expect(page.locator("#size")).to_contain_text("1024 px, shown at")


def test_any_width_can_be_dragged_or_set_by_keys(page: Page) -> None:
    page.keyboard.press("5")
    edge = page.get_by_role("slider", name="Width in pixels")
    edge.focus()
    page.keyboard.press("ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", "590")
    box = edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + 6, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] - 44, box["y"] + 100)
    page.mouse.up()
    expect(edge).to_have_attribute("aria-valuenow", "490")
    assert edition(page).locator(":root").evaluate("() => innerWidth") == 490


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_shown_whatever_the_browser_prefers(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    page.get_by_role("radio", name=scheme.capitalize()).click()
    wanted = {"light": "rgb(255, 255, 255)", "dark": "rgb(24, 27, 31)"}[scheme]
    card = edition(page).locator(".card").first
    expect(card).to_have_css("background-color", wanted)
    expect(edition(page).locator(":root")).to_have_css("color-scheme", f"{scheme} only")


def test_forced_inversion_turns_the_light_page_and_leaves_pictures(page: Page) -> None:
    page.keyboard.press("g")
    expect(page.get_by_role("radio", name="Inverted")).to_be_checked()
    expect(edition(page).locator(":root")).to_have_css("filter", "invert(0.93) hue-rotate(180deg)")
    expect(edition(page).locator("img")).to_have_css("filter", "invert(1) hue-rotate(180deg) contrast(1.08)")
    expect(edition(page).locator(".card").first).to_have_css("background-color", "rgb(255, 255, 255)")


def test_without_images_their_alternatives_are_shown(page: Page) -> None:
    picture = edition(page).get_by_role("img", name="A tram at the quay")
    assert picture.evaluate("async it => { await it.decode(); return it.naturalWidth }") == 1
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Images")).to_have_attribute("aria-pressed", "false")
    expect(picture).not_to_have_attribute("src", "x")
    expect(picture).to_have_attribute("alt", "A tram at the quay")
    assert picture.evaluate("it => [it.naturalWidth, it.clientHeight > 0]") == [0, True]


def test_styles_are_stripped_step_by_step(page: Page) -> None:
    assert edition(page).locator("style").count() > 1
    page.keyboard.press("s")
    expect(page.get_by_role("radio", name="No sheets")).to_be_checked()
    expect(edition(page).locator("style", has_text="max-width")).to_have_count(0)
    expect(edition(page).locator("h1")).to_have_css("font-size", "32px")
    page.keyboard.press("s")
    expect(edition(page).locator("[style]")).to_have_count(0)
    expect(edition(page).locator("h1")).to_have_text("Harbour: Fewer Cars, More Trams")
    page.keyboard.press("s")
    expect(page.get_by_role("radio", name="Styles", exact=True)).to_be_checked()


def test_the_plain_text_is_shown_as_it_is_sent(page: Page) -> None:
    page.get_by_role("tab", name="Text").click()
    shown = page.get_by_role("tabpanel", name="Text")
    expect(shown).to_contain_text("Harbour: Fewer Cars, More Trams\n===============================")
    expect(shown).to_contain_text("Good morning, dear reader.")


def test_the_headers_are_shown_as_they_are_sent(page: Page) -> None:
    page.keyboard.press("m")
    shown = page.get_by_role("tabpanel", name="Headers")
    expect(shown.locator("dt", has_text="From")).to_be_visible()
    expect(shown).to_contain_text("Harbour News <news@example.org>")
    expect(shown).to_contain_text("List-Unsubscribe")
    expect(shown).to_contain_text("Fewer cars, more trams at the harbour")


def test_the_inbox_cuts_what_each_program_cuts(page: Page) -> None:
    page.keyboard.press("b")
    shown = page.get_by_role("tabpanel", name="Inbox")
    expect(shown.locator("figure")).to_have_count(6)
    expect(shown.get_by_text("Gmail, on a phone: sender whole, subject whole, preheader cut")).to_be_visible()
    expect(shown.get_by_text("Apple Mail, on an iPhone: sender whole, subject whole, preheader whole")).to_be_visible()
    expect(shown.locator(".row").first).to_have_css("background-color", "rgb(255, 255, 255)")
    page.keyboard.press("d")
    expect(shown.locator(".row").first).to_have_css("background-color", "rgb(28, 28, 30)")


def test_the_meter_says_how_much_of_what_gmail_shows_the_page_takes(page: Page, studio: Studio) -> None:
    checked = json.loads(studio.room.run("check", "seeds/harbour.md", "--json").stdout)
    kilobytes = round(checked["octets"] / 1024)
    expect(page.locator("#octets")).to_have_text(f"{kilobytes} of the 102 KB that Gmail shows")
    expect(page.get_by_role("meter", name="of the 102 KB")).to_have_js_property(
        "value", 100 * checked["octets"] / 104_448
    )


def test_another_seed_can_be_chosen_and_a_reload_keeps_it(page: Page) -> None:
    page.keyboard.press("o")
    expect(page.get_by_role("combobox", name="Seed")).to_be_focused()
    page.get_by_role("combobox", name="Seed").select_option(label="seeds/harbour.txt")
    expect(edition(page).locator(".dateline")).to_have_text("LISBON, Nov 23")
    page.reload()
    expect(edition(page).locator(".dateline")).to_have_text("LISBON, Nov 23")


def test_every_key_is_listed_and_tabs_move_by_arrows(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    listed = set(dialog.locator("kbd").all_inner_texts())
    said = {element.get_attribute("aria-keyshortcuts") for element in page.locator("[aria-keyshortcuts]").all()}
    assert said <= listed
    dialog.get_by_role("heading", name="Keys").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("tab", name="Page").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Text")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Text")).to_be_visible()


def test_keys_are_heard_inside_the_page_and_not_in_a_field(page: Page) -> None:
    edition(page).locator("h1").click()
    page.keyboard.press("t")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("@")
    page.get_by_label("To", exact=True).type("mp")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
