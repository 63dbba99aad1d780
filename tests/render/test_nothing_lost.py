"""No word of an edition is lost, and none is said twice, in HTML and in plain text, whatever the words are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    Story,
    Table,
    Text,
)
from dispatch.render import builtin_templates, preview, render_edition
from dispatch.render.richtext import clean
from support.editions import edition
from support.pages import Attributes, Page
from support.rendering import THEMES, look_in

WORD = re.compile(r"w\d+q")
SHAPES = (
    "{}", "{}", "{}.", "{},", "“{}”", "<{}>", "<a@{}>", "{{{{ {} }}}}", "{{% {} %}}", "{{# {}", "&{};", "&amp;{}",
    "'{}'", '"{}"', "שלום{}", "مرحبا{}", "漢字{}漢字、かな", "👩‍👩‍👧{}", "e\u0301{}", "\x07{}", "{}\x00",
    "</mj-text>{}", "--{}", "-->{}",
    "<script>{}</script>", "{}:", "*{}*", "_{}_", "\\{}", "\u202e{}", "$1{}", "]]>{}", "zq0slot{}",
)  # fmt: skip

# A cell may wrap inside its column, so only shapes that stay on one line can be looked for whole.
WHOLE = [shape for shape in SHAPES if shape.isascii() and " " not in shape]


@st.composite
def editions(draw: st.DrawFn) -> tuple[Edition, list[str]]:
    """An edition whose every word is different, and the words as they were put in."""
    numbers = count()
    fragments: list[str] = []

    def word(shapes: Sequence[str] = SHAPES) -> str:
        fragments.append(draw(st.sampled_from(shapes)).format(f"w{next(numbers)}q"))
        return fragments[-1]

    def words(most: int = 4, shapes: Sequence[str] = SHAPES) -> str:
        return " ".join(word(shapes) for _ in range(draw(st.integers(1, most))))

    def text(shapes: Sequence[str] = SHAPES) -> Text:
        parts = [words(3, shapes) for _ in range(draw(st.integers(1, 3)))]
        whole, marks = "", []
        for part in parts:
            start = len(whole) + bool(whole)
            whole = f"{whole} {part}" if whole else part
            kind = draw(st.sampled_from([None, MarkKind.EMPHASIS, MarkKind.STRIKE, MarkKind.CODE, MarkKind.LINK]))
            if kind is not None:
                marks.append(Mark(kind, start, len(whole), "https://example.org/?a=1&b=<2>"))
                if draw(st.booleans()):
                    marks.append(Mark(MarkKind.STRONG, start, start + len(part.split(" ")[0])))
        return Text(whole, tuple(marks))

    def cell() -> Text:
        return text(WHOLE)

    def blocks(depth: int, most: int = 3) -> tuple[Block, ...]:
        return tuple(block(depth) for _ in range(draw(st.integers(1, most))))

    def leaf() -> Block:
        makers: list[Callable[[], Block]] = [
            lambda: Paragraph(text()),
            lambda: Heading(draw(st.integers(2, 6)), Text(f"{words(2)}: {words(2)}")),
            lambda: Points(tuple(Point(words(6), text()) for _ in range(draw(st.integers(1, 3))))),
            lambda: Image("https://example.org/a.png", words(), text()),
            lambda: Code(f"{words()}\n\n   {words()}"),
            lambda: Preformatted(f"  {words()}\n{words()}   {word()}"),
            lambda: Table((cell(), cell()), tuple((cell(), cell()) for _ in range(draw(st.integers(0, 2))))),
            lambda: Quote(text(), attribution=words(2), verb=word()),
            Divider,
        ]
        return draw(st.sampled_from(makers))()

    def block(depth: int) -> Block:
        if depth == 0 or draw(st.booleans()):
            return leaf()
        if draw(st.booleans()):
            return Quote(Text(""), blocks=blocks(depth - 1, 2))
        items = tuple(ListItem(blocks(depth - 1, 2)) for _ in range(draw(st.integers(1, 2))))
        return List(draw(st.booleans()), items, draw(st.integers(1, 12)))

    def story() -> Story:
        dateline = words() if draw(st.booleans()) else None
        return Story(words(), blocks(2), dateline, None, draw(st.booleans()))

    def brief() -> InBrief | None:
        if draw(st.booleans()):
            return None
        items = tuple(InBriefItem(words(2) if draw(st.booleans()) else None, text()) for _ in range(2))
        return InBrief(words(2) if draw(st.booleans()) else "", items, label=words(2))

    stories = [story() for _ in range(draw(st.integers(1, 2)))]
    title = words() if len(stories) > 1 and draw(st.booleans()) else None
    whole = edition(*stories, title=title, in_brief=brief(), language=draw(st.sampled_from(["en", "ar", "ja"])))
    notes = tuple(Footnote(word(), (Paragraph(text()),)) for _ in range(draw(st.integers(0, 2))))
    return replace(whole, footnotes=notes, tagline=words()), fragments


def repeated_on_purpose(tag: str, attributes: Attributes) -> bool:
    return attributes.get("data-made") in ("preheader", "contents", "in-brief", "column")


def squeezed(text: str) -> str:
    return "".join(clean(text).split())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(editions(), st.sampled_from(THEMES))
def test_every_word_is_said_once(made: tuple[Edition, list[str]], theme: str) -> None:
    whole, fragments = made
    rendered = render_edition(whole, look_in(theme), theme_paths=[builtin_templates()]).variants[()]
    html = Page(preview(rendered.html), repeated_on_purpose).text
    plain = preview(rendered.text)
    contents = [story.title for story in whole.stories] if len(whole.stories) > 1 else []
    for said, again in ((html, []), (plain, contents)):
        assert Counter(WORD.findall(said)) == Counter(WORD.findall(" ".join([*fragments, *again])))
        lost = [fragment for fragment in fragments if squeezed(fragment) not in squeezed(said)]
        assert not lost
