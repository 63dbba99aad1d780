"""The first seed reads as its author meant it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.edition.model import Heading, InBrief, Points, Quote
from dispatch.edition.reading import Body, Role
from dispatch.edition.sources.wire import read_wire

TAGLINE = "Stay informed. Stay ahead."


@pytest.fixture
def body() -> Body:
    text = Path(__file__).with_name("texts").joinpath("canada-china.txt").read_text(encoding="utf-8")
    return read_wire(text.split("\n"), first_line=1, name="canada-china.txt", tagline=TAGLINE, merge=False)


def test_it_has_a_dateline_and_no_headline(body: Body) -> None:
    assert (body.story.title, body.title_line, body.story.byline) == ("", None, None)
    assert body.story.dateline == "OTTAWA/BEIJING"


def test_its_headings_stand_in_order_on_one_level(body: Body) -> None:
    headings = [(block.level, block.text.text) for block in body.story.blocks if isinstance(block, Heading)]
    assert headings == [
        (2, "On the Agenda: Thorny Issues"),
        (2, "The Outcome: Minimal Thaw, Persistent Frost"),
        (2, "Why It Matters: Canada’s Delicate Balancing Act"),
        (2, "Expert Analysis"),
    ]


def test_its_labelled_lines_are_points(body: Body) -> None:
    points = [block for block in body.story.blocks if isinstance(block, Points)]
    assert [len(block.items) for block in points] == [4, 2, 3]
    assert points[0].items[0].label == "Trade & Economic Coercion"
    assert points[0].items[0].text.text.startswith("Canada pressed China")


def test_its_quote_has_both_halves_and_its_speaker(body: Body) -> None:
    (quote,) = [block for block in body.story.blocks if isinstance(block, Quote)]
    assert quote.text.text.startswith(
        "This is relationship management at its most basic. Neither side expects a reset."
    )
    assert quote.text.text.endswith("agreeing to disagree—loudly—on everything else.")
    assert quote.attribution == "Professor Wendy Dobson of the University of Toronto"
    assert (quote.verb, quote.role) == ("said", "of the University of Toronto")


def test_its_box_and_its_sign_off_leave_the_story(body: Body) -> None:
    assert isinstance(body.in_brief, InBrief)
    assert (body.in_brief.label, body.in_brief.title) == ("In Brief", "Canada-China Context")
    assert [item.label for item in body.in_brief.items] == ["Arrests Aftermath", "Critical Minerals", "Next Steps"]
    assert body.tagline == TAGLINE


def test_each_line_is_explained_once_and_in_order(body: Body) -> None:
    assert [role.line for role in body.roles] == list(range(1, len(body.roles) + 1))
    noted = {role.line: (role.role, role.note) for role in body.roles}
    assert noted[1] == (Role.BLANK, "")
    assert noted[2] == (Role.PARAGRAPH, "dateline OTTAWA/BEIJING")
    assert noted[3] == (Role.HEADING, "level 2")
    assert noted[5] == (Role.POINT, "Trade & Economic Coercion")
    assert noted[20] == (Role.IN_BRIEF_TITLE, "In Brief")
    assert noted[24] == (Role.TAGLINE, "")
