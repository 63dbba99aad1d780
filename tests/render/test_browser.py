"""The page as a browser shows it: on phones and desktops, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
from playwright.sync_api import Browser

from dispatch.edition.model import Footnote, Image, Mark, MarkKind, Paragraph, Story, Table, Text
from dispatch.preflight.darkened import Forced
from dispatch.render import preview
from dispatch.render.colour import contrast
from support.chromium import Scheme, launched, shown, violations
from support.contrast import REWRITTEN, faint
from support.editions import (
    EVERY_PART,
    arabic,
    edition,
    every_kind,
    every_part,
    points,
)
from support.rendering import EDITIONS, THEMES, Render, look_in
from support.seen import seen_texts, strip_styles

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(params=product(THEMES, EDITIONS), ids=lambda pair: f"{pair[0]}-{pair[1].__name__}")
def html(request: pytest.FixtureRequest, render: Render) -> str:
    theme, make = request.param
    return preview(render(make(), look=look_in(theme, make)).variants[()].html)


def test_the_page_never_scrolls_sideways(browser: Browser, html: str) -> None:
    page = shown(browser, html, 320)
    for width in (320, 375, 481, 600, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_nor_does_it_where_a_mail_program_drops_style_sheets(browser: Browser, html: str) -> None:
    page = shown(browser, html, 320)
    strip_styles(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_all_text_can_be_read(browser: Browser, html: str, scheme: Scheme) -> None:
    page = shown(browser, html, 375, scheme)
    for width in (375, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        texts = seen_texts(page)
        assert len(texts) > 20
        assert faint(texts) == []
        assert [text for text in texts if text.size < 13] == []
        light_grounds = [text for text in texts if contrast(text.ground, "#000000") > 5]
        assert bool(light_grounds) is (scheme == "light")
    page.close()


@pytest.mark.parametrize("forced", list(Forced))
def test_all_text_can_be_read_where_a_mail_program_inverts_the_page(
    browser: Browser, html: str, forced: Forced
) -> None:
    page = shown(browser, html, 375)
    texts = seen_texts(page)
    page.close()
    assert len(texts) > 20
    assert faint(texts, forced) == []
    assert all(contrast(forced.pair(text.ink, text.ground)[1], "#FFFFFF") > 5 for text in texts)


@pytest.mark.parametrize("rewritten", REWRITTEN)
def test_all_text_can_be_read_where_outlook_rewrites_colours(browser: Browser, html: str, rewritten: str) -> None:
    page = shown(browser, REWRITTEN[rewritten](html), 1024)
    texts = seen_texts(page)
    page.close()
    assert len(texts) > 20
    assert faint(texts) == []
    assert all(contrast(text.ground, "#FFFFFF") > 5 for text in texts)


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


def test_both_sides_of_a_right_to_left_page_begin_at_the_right(browser: Browser, render: Render) -> None:
    sides = points(("البيان الكندي", "أثارت الوزيرة المخاوف."), ("البيان الصيني", "العلاقات في منعطف حرج."))
    story = Story("بيانان", (sides,), source="seeds/ar.txt")
    page = shown(browser, preview(render(edition(story, language="ar")).variants[()].html), 1024)
    first, second = (page.locator(".side").nth(at).bounding_box() for at in (0, 1))
    page.close()
    assert first
    assert second
    assert first["y"] == second["y"]
    assert first["x"] > second["x"]


def test_right_to_left_tables_notes_and_contents_are_mirrored(browser: Browser, render: Render) -> None:
    table = Table((Text("البند"), Text("2026")), ((Text("العبّارات"), Text("12")),), align=("start", "end"))
    note = Footnote("1", (Paragraph(Text("حاشية.")),))
    stories = (Story("الأول", (table,), source="a"), Story("الثاني", (Paragraph(Text("نص.")),), source="a"))
    whole = replace(edition(*stories, language="ar"), footnotes=(note,))
    page = shown(browser, preview(render(whole).variants[()].html), 1024)
    aligned = "e => getComputedStyle(e).textAlign"
    cells = [page.locator("td.cell").nth(at) for at in (0, 1)]
    boxes = [cell.bounding_box() for cell in cells]
    label, text = page.locator(".note td").first.bounding_box(), page.locator(".note td").last.bounding_box()
    indent = page.locator("ol.contents").evaluate("e => getComputedStyle(e).paddingRight")
    assert [cell.evaluate(aligned).removeprefix("-webkit-") for cell in cells] == ["right", "left"]
    page.close()
    assert boxes[0] and boxes[1] and boxes[0]["x"] > boxes[1]["x"]  # noqa: PT018 - a box may be missing
    assert label and text and label["x"] > text["x"]  # noqa: PT018
    assert indent == "26px"


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


def test_every_link_that_stands_alone_is_large_enough_for_a_thumb(browser: Browser, render: Render) -> None:
    page = shown(browser, preview(render(every_part(), look=EVERY_PART).variants[()].html), 320)
    links = page.locator(".answer, .way-out").all()
    boxes = [(link.inner_text(), link.bounding_box()) for link in links]
    page.close()
    assert [words for words, _ in boxes] == [
        *("View in browser", "Good", "So-so", "Not for me", "Forward by mail", "Mastodon", "Podcast", "Unsubscribe")
    ]
    assert [words for words, box in boxes if not box or box["height"] < 44] == []


@pytest.mark.parametrize(("scheme", "logo"), [("light", "logo.png"), ("dark", "logo-dark.png")])
def test_a_logo_has_a_variant_for_the_dark(browser: Browser, render: Render, scheme: Scheme, logo: str) -> None:
    page = shown(browser, preview(render(every_part(), look=EVERY_PART).variants[()].html), 375, scheme)
    seen_logos = [image for image in page.locator(".logo").all() if image.is_visible()]
    assert [(image.get_attribute("src"), image.get_attribute("alt")) for image in seen_logos] == [
        (f"https://news.example.org/{logo}", "Dispatch")
    ]
    page.close()


@pytest.mark.parametrize("theme", ["dispatch", "wire"])
def test_a_table_wider_than_a_phone_is_a_list_of_its_rows_there(browser: Browser, render: Render, theme: str) -> None:
    page = shown(browser, preview(render(every_kind(), look=look_in(theme)).variants[()].html), 320)
    for width, rows_side_by_side in ((320, False), (375, False), (600, True), (1024, True)):
        page.set_viewport_size({"width": width, "height": 900})
        scroll = page.locator(".scroll").first
        assert scroll.evaluate("e => e.scrollWidth <= e.clientWidth")
        cells = [cell.bounding_box() for cell in scroll.locator("tbody tr").first.locator("td").all()]
        assert (len({cell["y"] for cell in cells if cell}) == 1) is rows_side_by_side
        said = scroll.locator("tbody tr").first.inner_text()
        assert ("Exports 2025" in said) is not rows_side_by_side
        assert scroll.locator("thead").is_visible() is rows_side_by_side
    page.close()


def test_a_letters_wide_table_scrolls_by_itself(browser: Browser, render: Render) -> None:
    page = shown(browser, preview(render(every_kind(), look=look_in("letter")).variants[()].html), 320)
    assert page.locator(".wide").first.evaluate("e => e.scrollWidth > e.clientWidth")
    assert page.locator("thead").first.is_visible()
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_columns_stay_columns_and_a_program_goes_on_below(browser: Browser, render: Render, theme: str) -> None:
    page = shown(browser, preview(render(every_kind(), look=look_in(theme)).variants[()].html), 320)
    seen_as = "e => [e.innerText.split('\\n').length, e.scrollWidth > e.clientWidth]"
    assert [page.locator("pre").nth(at).evaluate(seen_as) for at in (0, 1)] == [[3, True], [2, False]]
    page.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_a_linked_picture_that_does_not_load_looks_like_a_link(
    browser: Browser, render: Render, theme: str, scheme: Scheme
) -> None:
    picture = Image("https://example.org/quay.jpg", "The quay", link="https://example.org/quay")
    told = Paragraph(Text("More here.", (Mark(MarkKind.LINK, 5, 9, "https://example.org/more"),)))
    story = Story("Quay", (picture, told), source="a")
    page = shown(browser, preview(render(edition(story), look=look_in(theme)).variants[()].html), 375, scheme)
    colours = "nodes => nodes.map(e => getComputedStyle(e).color)"
    alt, link = page.locator(".image, a[href$='/more']").evaluate_all(colours)
    page.close()
    assert alt == link


def test_axe_finds_nothing_to_mend(browser: Browser, html: str) -> None:
    page = shown(browser, html, 375)
    for scheme in get_args(Scheme):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.close()
