"""How a story opens on the page: standing lines, the dateline, the lede; and verse, which is no table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.edition.model import Block, Heading, Paragraph, Preformatted, Text
from dispatch.render import preview
from dispatch.render.opening import lede_at
from support.editions import arabic, canada_china
from support.pages import Page
from support.rendering import Render


def opened(render: Render, *blocks: Block, dateline: str | None = "EDINBURGH") -> Page:
    edition = canada_china()
    story = replace(edition.stories[0], blocks=blocks, dateline=dateline)
    return Page(preview(render(replace(edition, stories=(story,), in_brief=None)).variants[()].html))


def paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(Paragraph(Text(text)) for text in texts)


def classes(page: Page) -> list[str]:
    """The first class of each paragraph and heading of the story, from its headline on."""
    found = [
        (attributes.get("class") or "").split() for tag, attributes in page.tags if tag in ("h1", "h2", "p", "pre")
    ]
    names = [name[0] for name in found if name]
    return names[names.index("headline") : names.index("end")]


def test_the_dateline_stands_above_the_lede_and_below_the_standing_lines(render: Render) -> None:
    page = opened(render, *paragraphs("FOR IMMEDIATE RELEASE", "Tickets from £59", "A train will run.", "It is new."))
    assert classes(page) == ["headline", "standing", "standing", "dateline", "lede", "para"]


def test_a_story_that_opens_otherwise_keeps_its_dateline_on_top(render: Render) -> None:
    page = opened(render, Heading(2, Text("On the Agenda")), *paragraphs("They talked."))
    assert classes(page) == ["headline", "dateline", "head", "para"]


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (["Dear reader,", "It rained."], 0),
        (["The points:", "It rained."], 0),
        (["the server was down for two hours", "it runs again."], 0),
        (["BULLETIN", "A short deck of words", "It rained."], 2),
        (["Only lines", "And no prose"], 0),
        (["国会で", "雨が降った。"], 1),
    ],
)
def test_the_lede_is_the_first_paragraph_of_prose(texts: list[str], place: int) -> None:
    assert lede_at(paragraphs(*texts)) == place


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("The last stop is a field.\nI turn the engine off", "verse"),
        ("Brent   79.31   78.40\nWTI     74.90   73.92", "pre"),
        ("if x == 1 {\n    y = 2\n}", "pre"),
    ],
)
def test_verse_is_set_as_text_and_columns_in_fixed_width(render: Render, text: str, shown_as: str) -> None:
    assert classes(opened(render, *paragraphs("It rained."), Preformatted(text)))[-1] == shown_as


def test_a_tagline_keeps_its_own_direction(render: Render) -> None:
    page = Page(preview(render(arabic()).variants[()].html))
    taglines = [attributes for tag, attributes in page.tags if tag == "p" and attributes.get("class") == "tagline"]
    assert [attributes.get("dir") for attributes in taglines] == ["auto"]


def test_a_short_lead_in_looks_like_the_labels_beside_it_and_a_sign_off_binds_to_the_name(render: Render) -> None:
    page = opened(
        render, *paragraphs("It rained.", "State of play:", "So it goes on and on and on:", "Yours,", "Hanna")
    )
    shown = [attributes.get("class") for tag, attributes in page.tags if tag == "p"]
    start = shown.index("lede")
    assert shown[start : start + 5] == ["lede", "binds lead-in", "binds", "binds", "para"]
