"""The eleven rules of the Email Markup Consortium's report that a page's source can show; a browser checks contrast."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from dispatch.edition.model import Edition
from dispatch.render import preview
from support.pages import Page
from support.rendering import EDITIONS, THEMES, Render, look_in


@pytest.fixture(params=product(THEMES, EDITIONS), ids=lambda pair: f"{pair[0]}-{pair[1].__name__}")
def made(request: pytest.FixtureRequest, render: Render) -> tuple[Edition, Page]:
    theme, make = request.param
    return make(), Page(preview(render(make(), look=look_in(theme, make)).variants[()].html))


def test_language_and_direction_are_said_on_html_and_on_the_bodys_children(made: tuple[Edition, Page]) -> None:
    edition, page = made
    said = {"lang": edition.language, "dir": edition.direction}
    for (tag, attributes), parent in zip(page.tags, page.parents, strict=True):
        if tag == "html" or parent == "body":
            assert {name: attributes.get(name) for name in said} == said, tag


def test_every_table_is_layout_or_has_column_heads(made: tuple[Edition, Page]) -> None:
    _, page = made
    for tag, attributes in page.tags:
        if tag == "table":
            assert attributes.get("role") == "presentation" or "table" in attributes.get("class", "").split()
        if tag == "th":
            assert attributes["scope"] == "col"


def test_one_h1_and_no_heading_level_is_skipped(made: tuple[Edition, Page]) -> None:
    _, page = made
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))
    assert all(words for _, words in page.headings)


def test_images_have_alternatives_and_links_have_words(made: tuple[Edition, Page]) -> None:
    _, page = made
    for tag, attributes in page.tags:
        if tag == "img":
            assert "alt" in attributes
        if tag == "a":
            assert "underline" in attributes["style"]


def test_the_page_has_a_title(made: tuple[Edition, Page]) -> None:
    edition, page = made
    assert page.title == edition.title


@pytest.mark.parametrize("theme", THEMES)
def test_headings_keep_their_colon_where_styles_are_stripped(render: Render, theme: str) -> None:
    page = Page(preview(render(look=look_in(theme)).variants[()].html))
    assert [words for _, words in page.headings] == [
        "Canada-China: Minimal Thaw, Persistent Frost",
        "On the Agenda: Thorny Issues",
        "The Outcome: Minimal Thaw, Persistent Frost",
        "Why It Matters: Canada’s Delicate Balancing Act",
        "Expert Analysis",
        "In Brief: Canada-China Context",
    ]
