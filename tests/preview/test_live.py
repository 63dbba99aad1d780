"""What is saved shows at once, where it was being read; a mistake shows at its place, and goes when it is mended."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from support.studio import Studio

pytestmark = pytest.mark.browser


def edition(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


def open_seed(page: Page, studio: Studio, name: str, text: str) -> Path:
    """Write a seed and choose it; the studio hears of new seeds by itself."""
    path = studio.room.folder / "seeds" / name
    path.write_text(text, encoding="utf-8")
    seed = page.get_by_role("combobox", name="Seed")
    expect(seed.locator("option", has_text=name)).to_have_count(1)
    seed.select_option(label=f"seeds/{name}")
    return path


LONG = "# A Long Debate\n\n" + "\n\n".join(f"Day {day}: the council went on." for day in range(1, 81))


def test_a_saved_text_shows_where_the_page_was_scrolled_to(page: Page, studio: Studio) -> None:
    path = open_seed(page, studio, "debate.md", LONG)
    expect(edition(page).locator("h1")).to_have_text("A Long Debate")
    root = edition(page).locator(":root")
    root.evaluate("it => { it.scrollTop = 1500; window.stays = document }")
    path.write_text(LONG.replace("Day 30: the council went on.", "Day 30: the council rested."), encoding="utf-8")
    expect(edition(page).get_by_text("Day 30: the council rested.")).to_be_visible()
    assert root.evaluate("it => [it.scrollTop, window.stays === document]") == [1500, True]


def test_a_text_saved_as_editors_do_it_shows_too(page: Page, studio: Studio) -> None:
    """Many write a new file and put it in the old one's place."""
    path = open_seed(page, studio, "renamed.md", "# Before\n\nOne sentence stands here.\n")
    beside = path.with_name(".renamed.md.tmp")
    beside.write_text("# After\n\nOne sentence stands here.\n", encoding="utf-8")
    beside.replace(path)
    expect(edition(page).locator("h1")).to_have_text("After")


def test_saved_settings_and_a_saved_theme_show(page: Page, studio: Studio) -> None:
    settings = studio.room.folder / "dispatch.toml"
    before = settings.read_text(encoding="utf-8")
    own = studio.room.folder / "templates" / "dispatch" / "sign_off.mjml"
    try:
        settings.write_text(before.replace('name = "Harbour News"', 'name = "Quay Courier"', 1), encoding="utf-8")
        expect(edition(page).locator(".name")).to_have_text("Quay Courier")
        own.parent.mkdir()
        own.write_text("<mj-section><mj-column><mj-text>Mind the tram.</mj-text></mj-column></mj-section>")
        expect(edition(page).get_by_text("Mind the tram.")).to_be_visible()
        own.write_text("<mj-section><mj-column><mj-text>Mind the gap.</mj-text></mj-column></mj-section>")
        expect(edition(page).get_by_text("Mind the gap.")).to_be_visible()
    finally:
        own.unlink(missing_ok=True)
        own.parent.rmdir()
        settings.write_text(before, encoding="utf-8")
    expect(edition(page).locator(".name")).to_have_text("Harbour News")
    expect(edition(page).get_by_text("Mind the")).to_have_count(0)


def test_a_mistake_in_the_text_shows_at_its_line_and_goes_when_it_is_mended(page: Page, studio: Studio) -> None:
    good = "---\ntitle: A Good Text\n---\n\nThe council met on Tuesday.\n"
    path = open_seed(page, studio, "mistaken.md", good)
    expect(edition(page).locator("h1")).to_have_text("A Good Text")
    alert = page.get_by_role("alert")
    path.write_text(good.replace("title:", "titel:"), encoding="utf-8")
    expect(alert).to_contain_text("seeds/mistaken.md:2")
    expect(alert).to_contain_text("titel: A Good Text")
    expect(alert.locator(".here")).to_contain_text("titel")
    expect(edition(page).locator("h1")).to_have_text("A Good Text")
    expect(page.locator("#frame")).to_have_css("opacity", "0.45")
    path.write_text(good.replace("A Good Text", "A Mended Text"), encoding="utf-8")
    expect(edition(page).locator("h1")).to_have_text("A Mended Text")
    expect(alert).to_be_hidden()
    expect(page.locator("#frame")).to_have_css("opacity", "1")


def test_a_mistake_in_a_template_or_the_settings_shows_at_its_line(page: Page, studio: Studio) -> None:
    alert = page.get_by_role("alert")
    own = studio.room.folder / "templates" / "dispatch" / "sign_off.mjml"
    settings = studio.room.folder / "dispatch.toml"
    before = settings.read_text(encoding="utf-8")
    try:
        own.parent.mkdir()
        own.write_text("<mj-section>\n  <mj-colum></mj-colum>\n</mj-section>")
        expect(alert).to_contain_text("templates/dispatch/sign_off.mjml:2")
        expect(alert).to_contain_text("did you mean mj-column?")
        own.unlink()
        expect(alert).to_be_hidden()
        settings.write_text(before + '\n[newsleter]\nname = "x"\n', encoding="utf-8")
        expect(alert).to_contain_text("dispatch.toml:")
    finally:
        own.unlink(missing_ok=True)
        own.parent.rmdir()
        settings.write_text(before, encoding="utf-8")
    expect(alert).to_be_hidden()


def test_a_text_that_was_never_good_says_why_and_shows_once_it_is(page: Page, studio: Studio) -> None:
    path = open_seed(page, studio, "empty.md", "---\ntitle: Nothing Yet\n---\n")
    expect(page.get_by_role("alert")).to_contain_text("no text below it")
    path.write_text("---\ntitle: Something\n---\n\nThe council met.\n", encoding="utf-8")
    expect(edition(page).locator("h1")).to_have_text("Something")


def test_a_page_says_when_the_command_has_ended(browser: object, page: Page, studio: Studio) -> None:
    with Studio.start(studio.room, "seeds/harbour.txt") as other:
        page.goto(other.url)
        expect(page.locator("#state")).to_contain_text("Live")
        code, said = other.stop()
        expect(page.locator("#state")).to_contain_text("does not answer; start it again")
    assert code == 0
    assert "Traceback" not in said


def test_a_page_says_when_another_studio_answers_at_its_address(browser: Browser, studio: Studio) -> None:
    with Studio.start(studio.room, "seeds/harbour.txt") as other, closing(browser.new_page()) as page:
        page.goto(other.url)
        expect(page.locator("#state")).to_contain_text("Live")
        other.stop()
        with Studio.start(studio.room, "seeds/harbour.txt", "--port", str(urlsplit(other.url).port)):
            expect(page.locator("#state")).to_have_text("It was started anew: take the address that it prints")


def test_a_page_that_is_not_seen_leaves_its_connection_to_others(page: Page, studio: Studio) -> None:
    """A browser opens six to one server."""
    path = open_seed(page, studio, "hidden.md", "# Before\n\nOne sentence stands here.\n")
    expect(edition(page).locator("h1")).to_have_text("Before")
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true})
        document.dispatchEvent(new Event("visibilitychange"))
    }"""
    page.evaluate(hide, True)
    with page.expect_request("**/events"):
        path.write_text("# After\n\nOne sentence stands here.\n", encoding="utf-8")
        page.evaluate(hide, False)
    expect(edition(page).locator("h1")).to_have_text("After")


def test_a_list_that_was_asked_for_is_named_at_once(page: Page, studio: Studio) -> None:
    with Studio.start(studio.room, "seeds/harbour.txt", "--list", "daily") as other:
        page.goto(other.url)
        expect(page.locator("#reader-name")).to_have_text("nobody in particular of daily")


def test_keys_with_alt_are_left_to_the_browser(page: Page) -> None:
    page.keyboard.press("Alt+d")
    page.keyboard.press("t")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("p")
    expect(page.get_by_role("radio", name="Light")).to_be_checked()
