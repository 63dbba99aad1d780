"""``edition.json`` holds an edition exactly, and a wrong one is named by its path."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.edition.codec import dumps, from_json, loads, to_json
from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Edition,
    Footnote,
    Heading,
    Image,
    InBrief,
    InBriefItem,
    List,
    ListItem,
    Mark,
    MarkKind,
    Paragraph,
    Point,
    Points,
    Preformatted,
    Quote,
    Sponsor,
    Story,
    Table,
    Text,
)
from dispatch.errors import SourceError

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
lines = st.none() | st.integers(1, 999)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    text = draw(words)
    marks: list[Mark] = []
    low, high = 0, len(text)
    for kind in draw(st.lists(st.sampled_from(MarkKind), max_size=3)):
        low = draw(st.integers(low, high))
        high = draw(st.integers(low, high))
        marks.append(Mark(kind, low, high, draw(st.none() | words), draw(st.none() | words)))
    return Text(text, tuple(marks))


def tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=3).map(tuple)


leaves: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, texts(), line=lines),
    st.builds(Heading, st.integers(2, 6), texts(), line=lines),
    st.builds(Points, tuples(st.builds(Point, words, texts(), line=lines)), line=lines),
    st.builds(Image, words, words, st.none() | texts(), line=lines, link=st.none() | words),
    st.builds(Code, words, st.none() | words, line=lines),
    st.builds(
        Table,
        tuples(texts()),
        tuples(tuples(texts())),
        align=tuples(st.sampled_from(["start", "center", "end"])),
        line=lines,
    ),
    st.builds(Preformatted, words, line=lines),
    st.builds(Divider, line=lines),
)
blocks: st.SearchStrategy[Block] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(List, st.booleans(), tuples(st.builds(ListItem, tuples(inner))), st.integers(0, 9), line=lines),
        st.builds(
            Quote,
            texts(),
            tuples(inner),
            st.none() | words,
            st.none() | words,
            st.none() | words,
            line=lines,
        ),
    ),
    max_leaves=5,
)
editions = st.builds(
    Edition,
    sponsor=st.none() | st.builds(Sponsor, words, words, st.none() | words, st.none() | words),
    slug=words,
    title=words,
    subject=words,
    preheader=words,
    date=st.dates(),
    language=words,
    direction=st.sampled_from(["ltr", "rtl"]),
    reading_minutes=st.integers(1, 90),
    tagline=words,
    stories=tuples(
        st.builds(
            Story,
            words,
            tuples(blocks),
            st.none() | words,
            st.none() | words,
            st.booleans(),
            st.none() | words,
            line=lines,
        )
    ),
    in_brief=st.none()
    | st.builds(
        InBrief,
        words,
        tuples(st.builds(InBriefItem, st.none() | words, texts(), line=lines)),
        st.booleans(),
        words,
        line=lines,
    ),
    footnotes=tuples(st.builds(Footnote, words, tuples(blocks))),
    subject_alternatives=tuples(words),
    number=st.none() | st.integers(1, 999),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(editions)
def test_an_edition_reads_back_as_itself(edition: Edition) -> None:
    assert loads(dumps(edition)) == edition
    assert from_json(json.loads(json.dumps(to_json(edition)))) == edition


def sample() -> Edition:
    strong = Mark(MarkKind.STRONG, 0, 4)
    return Edition(
        slug="frost",
        title="Frost",
        subject="Frost",
        preheader="No breakthroughs.",
        date=date(2026, 11, 24),
        language="en",
        direction="ltr",
        reading_minutes=2,
        tagline="Stay informed.",
        stories=(
            Story(
                "Frost",
                (
                    Paragraph(Text("Both sides met", (strong,)), line=2),
                    List(False, (ListItem((Paragraph(Text("one")),)),)),
                    Table((Text("a"), Text("both", (strong,))), ((Text("1"), Text("2")),), ("start", "end")),
                    Quote(Text("At last"), attribution="Jane Doe, mayor", role="mayor", verb="said"),
                    Image("https://example.org/a.png", "A frost", Text("Cold", (strong,))),
                    Image("https://example.org/b.png", "A thaw", width=400, height=300),
                ),
                dateline="OTTAWA",
                title_made=True,
            ),
        ),
        in_brief=InBrief("Context", (InBriefItem(None, Text("One")),), generated=True),
    )


def test_is_the_documented_shape() -> None:
    data = to_json(sample())
    assert list(data) == [
        "version", "slug", "number", "title", "subject", "subject_alternatives", "preheader", "date", "language",
        "direction", "reading_minutes", "tagline", "stories", "in_brief", "footnotes",
    ]  # fmt: skip
    paragraph, bullets, table, quote, image, sized = data["stories"][0]["blocks"]
    mark = {"kind": "strong", "start": 0, "end": 4}
    assert paragraph == {"kind": "paragraph", "text": "Both sides met", "marks": [mark], "line": 2}
    assert bullets["items"] == [[{"kind": "paragraph", "text": "one"}]]
    assert (table["header"], table["rows"]) == (["a", "both"], [["1", "2"]])
    assert table["marks"] == [{"row": None, "column": 1, **mark}]
    assert quote["attribution"] == "Jane Doe, mayor"
    assert (image["caption"], image["caption_marks"]) == ("Cold", [mark])
    assert "width" not in image
    assert (sized["width"], sized["height"]) == (400, 300)
    assert data["in_brief"]["items"] == [{"label": None, "text": "One"}]


def _set(data: Any, path: str, value: object) -> None:
    *steps, last = [int(step) if step.isdigit() else step for step in re.findall(r"[a-z_]+|\d+", path)]
    for step in steps:
        data = data[step]
    data[last] = value


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("stories[0].blocks[3].kind", "qoute", "Did you mean quote"),
        ("stories[0].blocks[0].text", 7, "must be text, not a number"),
        ("stories[0].blocks[0].marks[0].start", -1, "at least 0"),
        ("stories[0].blocks[0].marks[0].end", 99, "outside"),
        ("stories[0].blocks[0].colour", "red", "no field"),
        ("stories[0].blocks[2].marks[0].column", 5, "cell"),
        ("stories[0].blocks[2].align[0]", "middle", "one of start"),
        ("stories[0].title", None, "must be text, not null"),
        ("in_brief.generated", 1, "true or false"),
        ("date", "24 November", "date"),
        ("direction", "up", "one of ltr, rtl"),
        ("reading_minutes", True, "a number"),
        ("version", 2, "version 2"),
        ("footnotes", {}, "a list, not an object"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(path: str, value: object, says: str) -> None:
    data = to_json(sample())
    _set(data, path, value)
    with pytest.raises(SourceError) as caught:
        from_json(data)
    assert path.rsplit("[", 1)[0].split(".marks")[0] in caught.value.message
    assert says in str(caught.value)


def test_crossing_marks_are_refused() -> None:
    data = to_json(sample())
    _set(
        data,
        "stories[0].blocks[0].marks",
        [{"kind": k, "start": s, "end": s + 4} for k, s in (("strong", 0), ("link", 2))],
    )
    with pytest.raises(SourceError, match="crosses"):
        from_json(data)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}', "[" * 100_000, '{"version": 9}'])
def test_what_is_no_edition_is_an_error_not_a_traceback(text: str) -> None:
    with pytest.raises(SourceError):
        loads(text)


def test_the_documentation_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "edition-json.md").read_text("utf-8")

    def names(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(names, value.values()))
        return set().union(*map(names, value)) if isinstance(value, list) else set()

    every = names(to_json(sample())) | {"target", "default", "code", "heading", "points", "preformatted", "divider"}
    assert {name for name in every if f"`{name}`" not in page} == set()
    assert {kind for kind in MarkKind if f"`{kind}`" not in page} == set()
