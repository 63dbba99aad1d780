"""No word of a wire text is lost, and none is said twice, whatever its shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.edition.model import (
    Block,
    Heading,
    List,
    MarkKind,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
)
from dispatch.edition.reading import Body
from dispatch.edition.sources.wire import read_wire

TAGLINE = "Stay informed. Stay ahead."
TEXTS = sorted(Path(__file__).with_name("texts").glob("*.txt"))

# Scripts without spaces have no word ends to keep: there each character counts.
_UNSPACED = re.compile(r"[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_WORD = re.compile(r"[^\W_]+")
_END_MARK = re.compile(r"^[-–—\s#*]*[-–—#*]\s*30\s*[-–—#*][-–—\s#*]*$")


def words(texts: Iterable[str | None]) -> Counter[str]:
    spaced = (_UNSPACED.sub(r" \g<0> ", text) for text in texts if text)
    return Counter(word.casefold().lstrip("0") or "0" for text in spaced for word in _WORD.findall(text))


def said(body: Body) -> Iterator[str | None]:
    yield from (body.story.title, body.story.dateline, body.story.byline, body.tagline)
    for block in body.story.blocks:
        yield from told(block)
    if body.in_brief:
        yield from (body.in_brief.label, body.in_brief.title)
        for item in body.in_brief.items:
            yield from (item.label, item.text.text)


def told(block: Block) -> Iterator[str | None]:
    match block:
        case Paragraph() | Heading():
            yield block.text.text
        case Points():
            for point in block.items:
                yield from (point.label, point.text.text)
        case List():
            for number, entry in enumerate(block.items, start=block.start):
                yield str(number) if block.ordered else None
                for inner in entry.blocks:
                    yield from told(inner)
        case Quote():
            yield from (block.text.text, block.verb, block.attribution)
        case Table():
            for row in (block.header, *block.rows):
                yield from (cell.text for cell in row)
        case Preformatted():
            yield block.text


def read(text: str) -> Body:
    return read_wire(text.split("\n"), first_line=1, name="wire.txt", tagline=TAGLINE, merge=False)


def assert_whole(text: str) -> None:
    body = read(text)
    assert words(said(body)) == words(line for line in text.split("\n") if not _END_MARK.match(line.strip()))
    assert [role.text for role in body.roles] == text.split("\n")
    assert [role.line for role in body.roles] == list(range(1, len(body.roles) + 1))


_one_of = st.sampled_from
_PHRASES = _one_of(
    """
    talks resume in Ottawa|The minister left|a step, but only a step|Jane Doe|NATO|the G7 and the US|ministers
    |prices rose 1.9 percent|Überraschung in Köln|Canada’s balancing act|well-|short- and|—|https://example.org/a_b?c=d
    |press@example.com|www.example.com|{{ x }}|<a@b>|U.S.|e.g.|10:30|قال الوزير|בנק ישראל|中欧班列|お知らせ|İSTANBUL
    |STRASSE|straße|said|told reporters|In Brief
    """.replace("\n    ", "").split("|")
)
_RUNS = st.lists(_PHRASES, min_size=1, max_size=9).map(" ".join)
_SENTENCES = st.builds("{}{}".format, _RUNS, _one_of([".", ".", "?", ",", ":", "", "。"]))
_CAPITALS = _RUNS.map(str.upper)
_NUMBERS = st.integers(0, 12)
_MARGINS = _one_of(["", "", "  ", "   ", "    ", "\t"])
_PLACES = _one_of(["PARIS, Jan 5 —", "OTTAWA/BEIJING –", "NEW YORK (AP) -", "الرياض -", "Berlin (dpa) --"])
_BULLETS = _one_of(["-", "•", "*", "–", "+", "a)", "(b)", "①", "٣."])
_OVERRIDES = _one_of(["# ", "## ", "### ", "> ", ">", "\\", "\\- ", "\\# "])
_BOX_LABELS = _one_of(["IN BRIEF", "En bref", "DATA DESK", "AT A GLANCE"])
_STANDING = [
    *("IN BRIEF", "In Brief:", "## In Brief", "Kurz gefasst", "باختصار", "要点", "By Jane Doe", "Von MAX MUSTER"),
    *("* * *", "---", "====", "-----", "###", "-30-", "— 30 —", "***", "", "", "", " ", "\f", "\r", "\u200b", "\x00"),
    *(TAGLINE, "STAY INFORMED - STAY AHEAD", "Stay informed.", "Stay ahead.", "FOR IMMEDIATE RELEASE"),
]
_SHAPES = st.one_of(
    _SENTENCES,
    _SENTENCES,
    _CAPITALS,
    _RUNS.map(str.title),
    st.builds("{}: {}".format, _PHRASES, _SENTENCES),
    st.builds("{} {}".format, _PLACES, _SENTENCES),
    st.builds("{}{} {}".format, _MARGINS, _BULLETS, _SENTENCES),
    st.builds("{}{}{} {}".format, _MARGINS, _NUMBERS, _one_of([".", ")"]), _SENTENCES),
    st.builds("“{}” said {}. “{}”".format, _SENTENCES, _RUNS, _SENTENCES),
    st.builds('"{}" {} said.'.format, _SENTENCES, _PHRASES),
    st.builds("{} said: “{}”".format, _PHRASES, _SENTENCES),
    st.builds("“{}” — {}, {}".format, _SENTENCES, _PHRASES, _PHRASES),
    st.builds("— {}, {}".format, _PHRASES, _PHRASES),
    st.builds("{}   {}   {}".format, _PHRASES, _NUMBERS, _NUMBERS),
    st.builds("{}\t{}\t{}".format, _PHRASES, _NUMBERS, _PHRASES),
    st.builds("| {} | {} |".format, _PHRASES, _NUMBERS),
    st.builds("{}{}".format, _OVERRIDES, _SENTENCES),
    st.builds("{} | {}".format, _BOX_LABELS, _CAPITALS),
    _one_of(_STANDING),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=40),
)


def _wrap(text: str) -> str:
    """Hard wraps at 40, as a mail program would."""
    lines: list[str] = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) > 40:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip(" ") if lines[-1] else word
    return "\n".join(lines)


_LINES = st.lists(st.one_of(_SHAPES, _SHAPES.map(_wrap)), max_size=14).map("\n".join)


@settings(max_examples=300)
@given(_LINES)
@example("IN BRIEF | A\n1. One.\n2. Two.\n  nested: text\nStay informed.\nStay ahead.")
@example("Head\n====\n“A,” said B. “C.”\n- x\n  - y\n\n  more\n-30-")
def test_no_word_is_lost_and_none_said_twice(text: str) -> None:
    assert_whole(text)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_word_of_a_real_text_is_lost(path: Path) -> None:
    assert_whole(path.read_text(encoding="utf-8"))


@settings(max_examples=100)
@given(_LINES)
def test_marks_lie_inside_their_text_and_lead_to_safe_places(text: str) -> None:
    for block in read(text).story.blocks:
        if isinstance(block, Paragraph | Heading | Quote):
            for mark in block.text.marks:
                assert mark.kind is MarkKind.LINK
                assert 0 <= mark.start < mark.end <= len(block.text.text)
                assert (mark.target or "").lower().startswith(("http://", "https://", "mailto:"))
