"""The first seed reads as its author meant it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.edition.model import Block, Heading, InBrief, Points, Quote
from dispatch.edition.reading import Body, Role
from dispatch.edition.sources.wire import read_wire

TAGLINE = "Stay informed. Stay ahead."


SEED = Path(__file__).with_name("texts").joinpath("canada-china.txt").read_text(encoding="utf-8")


def read(text: str) -> Body:
    return read_wire(text.split("\n"), first_line=1, name="canada-china.txt", tagline=TAGLINE, merge=False)


@pytest.fixture
def body() -> Body:
    return read(SEED)


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


def _wrapped(width: int, between: str, indent: str = "") -> Callable[[str], str]:
    def wrap(text: str) -> str:
        lines = [line for line in text.split("\n") if line]
        return between.join(textwrap.fill(line, width, initial_indent=indent) for line in lines)

    return wrap


def _unplaced(body: Body) -> object:
    """What was read, whatever lines it stands in."""

    def without_lines(block: Block) -> Block:
        if isinstance(block, Points):
            return replace(block, line=None, items=tuple(replace(item, line=None) for item in block.items))
        return replace(block, line=None)

    assert body.in_brief is not None
    box = [(item.label, item.text) for item in body.in_brief.items]
    return (body.story.dateline, [without_lines(block) for block in body.story.blocks], box, body.tagline)


@pytest.mark.parametrize(
    "dress",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="crlf"),
        pytest.param(lambda text: text.replace("\n", "\n\n"), id="blank lines between"),
        pytest.param(lambda text: text.replace("\n", "\n\t"), id="indented"),
        *(
            pytest.param(_wrapped(width, between, indent), id=f"wrapped at {width}, {name}")
            for width in (65, 72, 80, 100)
            for name, between, indent in (("spaced", "\n\n", ""), ("tight", "\n", ""), ("indented", "\n", "    "))
        ),
    ],
)
def test_it_reads_the_same_however_its_lines_were_broken(body: Body, dress: Callable[[str], str]) -> None:
    assert _unplaced(read(dress(SEED))) == _unplaced(body)
