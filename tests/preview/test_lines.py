"""What the studio shows is, but for its lines, what readers get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any

import pytest

from dispatch.edition.model import Code, Edition, Heading, Paragraph, Points, Story
from dispatch.preview.lines import with_lines
from dispatch.render import builtin_templates, preview, render_edition
from dispatch.render.slots import LINE, RenderedEdition, Slot, SlotContext, without_lines
from support.editions import LOOK, arabic, canada_china, every_kind, several_stories

EDITIONS = [canada_china, several_stories, every_kind, arabic]
_LINE = re.compile(r' data-line="[^"]*"')


def numbered(value: Any, numbers: Iterator[int]) -> Any:
    """An edition whose every block, point and item has a line of its own, in ``a.md``."""
    if isinstance(value, tuple):
        return tuple(numbered(each, numbers) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = {each.name: numbered(getattr(value, each.name), numbers) for each in fields(value)}
    if "line" in parts:
        parts["line"] = next(numbers)
    if isinstance(value, Story):
        parts["source"] = "a.md"
    return replace(value, **parts)


def rendered(edition: Edition, *, lined: bool) -> RenderedEdition:
    return render_edition(edition, LOOK, theme_paths=[builtin_templates()], lined=lined)


@pytest.fixture(params=EDITIONS, ids=lambda make: str(make.__name__))
def edition(request: pytest.FixtureRequest) -> Edition:
    make: Callable[[], Edition] = request.param
    numbered_edition = numbered(make(), count(1))
    assert isinstance(numbered_edition, Edition)
    return numbered_edition


def test_without_its_lines_an_edition_is_the_one_that_is_sent(edition: Edition) -> None:
    assert without_lines(rendered(edition, lined=True)) == rendered(edition, lined=False)


def test_a_page_without_its_lines_is_the_one_that_is_sent(edition: Edition) -> None:
    lined = with_lines(rendered(edition, lined=True).variants[()].html, {}, {"story-1": "1:a.txt"})
    assert len(_LINE.findall(lined)) >= 10
    assert _LINE.sub("", lined) == preview(rendered(edition, lined=False).variants[()].html)


def test_every_block_that_says_something_has_its_line(edition: Edition) -> None:
    html = with_lines(rendered(edition, lined=True).variants[()].html, {}, {})
    shown = {int(line) for line in re.findall(r'data-line="(\d+):a.md"', html)}
    blocks = [block for story in edition.stories for block in story.blocks]
    assert {block.line for block in blocks if isinstance(block, Paragraph | Heading | Code)} <= shown
    assert {point.line for block in blocks if isinstance(block, Points) for point in block.items} <= shown


@pytest.mark.parametrize(
    ("html", "lined"),
    [
        ("<p>¶12¶text</p>", '<p data-line="12:a.md">text</p>'),
        ("<h2 id=x><b>¶3¶label</b> ¶3¶phrase</h2>", '<h2 data-line="3:a.md" id=x><b>label</b> phrase</h2>'),
        ("<td><p>¶1¶one</p>¶2¶two</td>", '<td data-line="2:a.md"><p data-line="1:a.md">one</p>two</td>'),
        ('<p><img alt="¶4¶a > b"/></p>', '<p><img data-line="4:a.md" alt="a > b"/></p>'),
        ("<p><br>¶5¶text</p>", '<p data-line="5:a.md"><br>text</p>'),
        ("<!-- <p> -->¶6¶text", "<!-- <p> -->text"),
        ("<style>p > a {}</style><li>¶7¶a < b</li>", '<style>p > a {}</style><li data-line="7:a.md">a < b</li>'),
    ],
)
def test_a_line_goes_to_the_innermost_block(html: str, lined: str) -> None:
    parts = re.split(r"¶(\d+)¶", html)
    split = [Slot(f"{LINE}{part}:a.md", SlotContext.HTML) if at % 2 else part for at, part in enumerate(parts)]
    assert with_lines(tuple(split), {}, {}) == lined


def test_a_readers_values_stand_in_the_page() -> None:
    html = ("<p>Dear ", Slot("name", SlotContext.HTML, "reader"), "</p>")
    assert with_lines(html, {"name": "A <b>"}, {}) == "<p>Dear A &lt;b&gt;</p>"
    assert with_lines(html, {}, {}) == "<p>Dear reader</p>"
