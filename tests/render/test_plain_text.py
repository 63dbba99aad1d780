"""The plain-text edition: every line of it as a reader of text sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.model import (
    Block,
    Heading,
    Mark,
    MarkKind,
    Paragraph,
    Point,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.render import preview
from dispatch.render.wrapping import display_width, wrap
from support.editions import arabic, canada_china, every_kind, several_stories
from support.rendering import Render


def text_of(render: Render, *blocks: Block) -> str:
    edition = canada_china()
    story = replace(edition.stories[0], blocks=blocks, dateline=None)
    return preview(render(replace(edition, stories=(story,), in_brief=None)).variants[()].text)


def test_the_first_edition_in_full(render: Render) -> None:
    text = preview(render().variants[()].text)
    assert text.startswith(
        "Dispatch\nNo. 12 · 23 November 2026 · 3 min read\n" + "-" * 72 + "\n\n"
        "Canada-China: Minimal Thaw, Persistent Frost\n============================================\n\n"
        "OTTAWA/BEIJING – Top diplomats from China and Canada held a closed-door\nmeeting in Ottawa this week,"
    )
    assert (
        "\nWhy It Matters: Canada’s Delicate Balancing Act\n-----------------------------------------------\n" in text
    )
    assert "\n* Ukraine & Global Affairs: Canada urged China to use its influence with\n  Russia to help" in text
    assert "\n    — said Professor Wendy Dobson of the University of Toronto\n" in text
    assert text.count("Stay informed. Stay ahead.") == 1


@pytest.mark.parametrize("make", [canada_china, several_stories, arabic])
def test_no_line_is_wider_than_72_or_ends_in_blanks(render: Render, make: object) -> None:
    assert callable(make)
    for line in preview(render(make()).variants[()].text).split("\n"):
        assert display_width(line) <= 72
        assert line == line.rstrip()


def test_a_url_is_never_broken_and_links_are_numbered_once(render: Render) -> None:
    long = "https://example.org/" + "segment/" * 15
    text = text_of(
        render,
        Paragraph(Text("The report is out.", (Mark(MarkKind.LINK, 4, 10, long),))),
        Paragraph(Text("See the report again", (Mark(MarkKind.LINK, 8, 14, long),))),
        Paragraph(Text(f"It is at {long} now", (Mark(MarkKind.LINK, 9, 9 + len(long), long),))),
    )
    assert "The report [1] is out." in text
    assert "See the report [1] again" in text
    assert f"\nLinks\n-----\n\n[1] {long}\n" in text
    assert text.count(long) == 2


def test_a_link_that_no_reader_may_follow_stays_text(render: Render) -> None:
    text = text_of(render, Paragraph(Text("Click here", (Mark(MarkKind.LINK, 6, 10, "javascript:alert(1)"),))))
    assert "Click here\n" in text
    assert "javascript" not in text


def test_figures_keep_their_columns(render: Render) -> None:
    figures = "Wheat     541.25  -4.25\n  Canola  606.20  -9.80"
    assert f"\n{figures}\n" in text_of(render, Preformatted(figures))


def test_a_table_stands_in_columns(render: Render) -> None:
    rows = (("Zürich", "9"), ("東京", "10,000"))
    table = Table((Text("City"), Text("Sum")), tuple(tuple(map(Text, row)) for row in rows), ("start", "end"))
    assert "City       Sum\n------  ------\nZürich       9\n東京    10,000\n" in text_of(render, table)


def test_a_wide_table_wraps_inside_its_columns(render: Render) -> None:
    remark = Text("a remark of many words that goes on and on for longer than one line has room")
    text = text_of(render, Table((Text("City"), Text("Remark")), ((Text("Oslo"), remark),)))
    assert "\nOslo  a remark of many words that goes on and on for longer than one\n      line has room\n" in text


def test_minor_headings_and_quotes_of_several_blocks(render: Render) -> None:
    quote = Quote(Text(""), blocks=(Paragraph(Text("One.")), Paragraph(Text("Two."))), attribution="Ada")
    text = text_of(render, Heading(3, Text("Detail")), quote)
    assert "Detail\n~~~~~~\n\n    One.\n\n    Two.\n\n    — Ada\n" in text


def test_every_kind_of_block_is_there(render: Render) -> None:
    text = preview(render(every_kind()).variants[()].text)
    for line in ("- Canola, in two places:\n  3. Winnipeg", "[Image: A combine harvester", "^1 Published", "* * *"):
        assert line in text


def test_wide_characters_count_two_and_may_be_broken_between() -> None:
    lines = wrap("漢字かな交じり文、そして「括弧」です。" * 3, 20)
    assert all(display_width(line) <= 22 for line in lines)
    assert not any(line[0] in "、。」" for line in lines)
    assert "".join(lines) == "漢字かな交じり文、そして「括弧」です。" * 3


@given(st.text(alphabet="ab é漢\u00a0-/.\n", max_size=200), st.integers(1, 80))
def test_wrapping_loses_no_character_but_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split(" ")) == "".join("".join(text.split("\n")).split(" "))
    assert all(" " not in line for line in lines if display_width(line) > width + 1)


def test_a_dateline_opens_the_lede_below_the_standing_lines(render: Render) -> None:
    edition = canada_china()
    blocks = (
        Paragraph(Text("FOR IMMEDIATE RELEASE")),
        Paragraph(Text("Tickets from £59")),
        Paragraph(Text("A train will run at night.")),
    )
    story = replace(edition.stories[0], blocks=blocks, dateline="EDINBURGH")
    text = preview(render(replace(edition, stories=(story,), in_brief=None)).variants[()].text)
    assert "FOR IMMEDIATE RELEASE\n\nTickets from £59\n\nEDINBURGH – A train will run at night.\n" in text


def test_a_time_stands_before_a_dash(render: Render) -> None:
    points = Points((Point("12:40", Text("Trains run again.")), Point("Why it matters", Text("It does."))))
    text = text_of(render, points)
    assert "* 12:40 – Trains run again.\n\n* Why it matters: It does.\n" in text


def test_verse_is_set_in(render: Render) -> None:
    text = text_of(render, Preformatted("and hear the wheat\n    deciding something."))
    assert "\n    and hear the wheat\n        deciding something.\n" in text
