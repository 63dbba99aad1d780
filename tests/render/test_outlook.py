"""What classic Outlook, whose pages Word draws, needs to find in an edition."""

from __future__ import annotations

import re

import pytest

from dispatch.edition.model import Edition
from dispatch.render import preview
from support.editions import arabic, canada_china, every_kind, several_stories
from support.pages import Page
from support.rendering import Render

ON_WINDOWS = {"Georgia", "Segoe UI", "Consolas"}


@pytest.fixture(params=[canada_china, several_stories, every_kind, arabic], ids=lambda make: str(make.__name__))
def html(request: pytest.FixtureRequest, render: Render) -> str:
    edition: Edition = request.param()
    return preview(render(edition).variants[()].html)


def test_each_part_of_the_page_has_a_table_600_wide(html: str) -> None:
    for_word = re.findall(r"<!--\[if mso \| IE\]>(.*?)<!\[endif\]-->", html, re.DOTALL)
    frames = [found for part in for_word for found in re.findall(r"<table[^>]*>", part) if "width:600px" in found]
    sections = re.findall(r'<div class="(?:card|tint|footer)\b', html)
    assert len(frames) == len(sections) > 3
    assert all('width="600"' in frame and 'align="center"' in frame and "bgcolor" in frame for frame in frames)
    opened, closed = ("".join(for_word).count(tag) for tag in ("<table", "</table>"))
    assert opened == closed


def test_faces_begin_with_one_that_windows_has(html: str) -> None:
    faces = {found.strip("'&quot;") for found in re.findall(r"font-family:\s*([^,;\"]+)", html)}
    assert faces
    assert faces <= ON_WINDOWS


def test_both_sides_are_cells_of_one_row_with_widths(render: Render) -> None:
    html = preview(render().variants[()].html)
    pair = re.search(r'<table class="pair".*?</table>', html, re.DOTALL)
    assert pair
    cells = [(attributes["width"], attributes["class"]) for tag, attributes in Page(pair[0]).tags if tag == "td"]
    assert [width for width, _ in cells] == ["47%", "32", "47%"]


def test_what_only_stripped_styles_should_show_is_hidden_from_word(html: str) -> None:
    for tag, attributes in Page(html).tags:
        if tag == "span" and attributes.get("class") in ("colon", "of meta"):
            assert "mso-hide:all" in attributes["style"]


def test_the_rule_between_stories_is_no_higher_than_a_rule(render: Render) -> None:
    html = preview(render(several_stories()).variants[()].html)
    for _, attributes in Page(html).tags:
        if attributes.get("class") in ("apart", "headline", "second"):
            assert "mso-line-height-rule:exactly" in attributes["style"]


def test_nothing_rests_on_what_word_cannot_draw(html: str) -> None:
    inline = "".join(attributes.get("style", "") for _, attributes in Page(html).tags)
    for unknown in ("border-radius", "flex", "grid", "position:", "float", "box-shadow", "url("):
        assert unknown not in inline
