"""Markdown becomes the edition's blocks: everything shown, nothing twice, nothing that may not be sent."""

# ruff: noqa: E501 - sources and tables of markup, readable whole

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.edition.codec import from_json, to_json
from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Edition,
    Heading,
    Image,
    List,
    Mark,
    MarkKind,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.edition.reading import Body, Role
from dispatch.edition.sources.markdown import read_markdown
from dispatch.errors import SourceError

TAGLINE = "Stay informed. Stay ahead."


def read(text: str, *, merge: bool = False, first_line: int = 1) -> Body:
    return read_markdown(text.split("\n"), first_line=first_line, name="a.md", tagline=TAGLINE, merge=merge)


def blocks(text: str, **options: Any) -> tuple[Block, ...]:
    return read(text, **options).story.blocks


def only(text: str, **options: Any) -> Block:
    (block,) = blocks(text, **options)
    return block


def inline(text: str, **options: Any) -> Text:
    block = only(text, **options)
    assert isinstance(block, Paragraph)
    return block.text


def marked(text: Text) -> list[tuple[str, str]]:
    return [(mark.kind.value, text.text[mark.start : mark.end]) for mark in text.marks]


def words_of(value: object) -> str:
    """Every text of a body, as its JSON holds them."""
    return json.dumps(value, default=lambda item: getattr(item, "__dict__", None) or str(item), ensure_ascii=False)


# Inline


def test_emphasis_code_strike_and_links_are_marks_beside_plain_text() -> None:
    text = inline("A *b **c*** `d` ~~e~~ [f](https://example.org/g 'title') <https://h.org>")
    assert text.text == "A b c d e f https://h.org"
    assert marked(text) == [
        ("emphasis", "b c"), ("strong", "c"), ("code", "d"), ("strike", "e"), ("link", "f"), ("link", "https://h.org"),
    ]  # fmt: skip


def test_bare_addresses_become_links_for_the_web_and_mail_only() -> None:
    text = inline("See https://example.org/a_b?x=1&amp;y=2, a@example.org, ftp://x.org and Amazon.com")
    assert [mark.target for mark in text.marks] == ["https://example.org/a_b?x=1&y=2", "mailto:a@example.org"]


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "&#106;avascript:x",
        "/page",
        "#x",
        "file:///etc",
    ],
)
def test_a_link_that_may_not_be_sent_keeps_its_words(target: str) -> None:
    assert inline(f"a [b *c*]({target}) d") == Text("a b c d", (Mark(MarkKind.EMPHASIS, 4, 5),))


def test_reference_links_work_and_their_definitions_are_no_text() -> None:
    body = read("See [the report][r].\n\n[r]: https://example.org/r 'Title'\n")
    assert [m.target for b in body.story.blocks if isinstance(b, Paragraph) for m in b.text.marks] == [
        "https://example.org/r"
    ]
    assert [role.role for role in body.roles][2] is Role.DROPPED


def test_a_hard_break_is_a_line_end_and_a_soft_one_a_space() -> None:
    assert inline("one  \ntwo\\\nthree\nfour").text == "one\ntwo\nthree four"
    assert inline("中文\n继续").text == "中文继续"


def test_entities_are_letters_and_never_line_ends() -> None:
    assert inline("A&#10;B&#13;C &amp; &copy; &#x1F600; &lt;b&gt; &nosuch;").text == "A B C & © 😀 <b> &nosuch;"


def test_typography_is_the_authors() -> None:
    assert inline('"a" -- b... (c)').text == '"a" -- b... (c)'


def test_braces_are_text_unless_merging_is_asked_for() -> None:
    placeholder = '{{ recipient.first_name | default("you") }}'
    assert inline(f"Hi **{placeholder}**").marks == (Mark(MarkKind.STRONG, 3, 3 + len(placeholder)),)
    text = inline(f"Hi **{placeholder}**", merge=True)
    assert text.text == f"Hi {placeholder}"
    assert text.marks[1] == Mark(MarkKind.MERGE, 3, 3 + len(placeholder), "first_name", "you")


def test_a_wrong_placeholder_is_named_with_its_line() -> None:
    for text in (
        "# T\n\nHi {{ name }}\n",
        "# T\n\n- Hi {{ name }}\n",
        "# T\n\n<p>{{ name }}</p>\n",
        "x\n\n| {{ name }} |\n|-|\n",
    ):
        with pytest.raises(SourceError) as caught:
            read(text, merge=True, first_line=5)
        assert str(caught.value.place) == "a.md:7"


# Raw HTML


def test_simple_tags_become_marks_and_never_cross() -> None:
    text = inline(
        "<b>a *b</b> c* <a href='https://x.org'>d</a> <a href='javascript:x'>e</a> <u>f</u> H<sub>2</sub>O 10<sup>6</sup> 1<sup>st</sup><br>g"
    )
    assert text.text == "a b c d e f H₂O 10⁶ 1st\ng"
    assert ("link", "d") in marked(text)
    assert marked(text)[:3] == [("strong", "a b"), ("emphasis", "b"), ("emphasis", " c")]


@pytest.mark.parametrize(
    "text",
    [
        "Text <!-- https://secret.example --> more",
        "<!--\nhttps://secret.example\n\nhttps://secret.example\n-->\n\nText  more",
        "Text <script>https://secret.example</script> more",
        "<script>\n\nsecret\n</script>\n\nText more",
        "<style>secret</style>\n\nText more",
        "<div>Text <iframe src='https://secret.example'>secret</iframe> more</div>",
        "Text <img src='javascript:secret'> more",
        "<p onclick='secret'>Text more</p>",
    ],
)
def test_comments_and_scripts_are_never_sent(text: str) -> None:
    body = read(text)
    assert "secret" not in words_of(body.story.blocks)
    assert " ".join(block.text.text for block in body.story.blocks if isinstance(block, Paragraph)).split() == [
        "Text",
        "more",
    ]


@pytest.mark.parametrize(
    "opening",
    [
        "<!-- b\n\nhttps://c.org",
        "d <!-- b\n\nhttps://c.org -->",
        "<script>\nb",
        "<STYLE>x",
        "<?php\nb",
        "<!NOTE\nb",
        "<![CDATA[b",
    ],
)
def test_a_comment_or_script_never_closed_is_an_error_with_its_line(opening: str) -> None:
    with pytest.raises(SourceError, match="never closed") as caught:
        read(f"a\n\n{opening}")
    assert str(caught.value.place) == "a.md:3"


def test_the_beginning_of_a_comment_can_be_written_as_text() -> None:
    assert inline("a `<!-- b` &lt;!-- c \\<!-- d").text == "a <!-- b <!-- c <!-- d"


def test_blocks_of_html_become_blocks() -> None:
    html = """<section><h3>Head</h3><p>One <strong>two</strong></p>three
<ul><li>a<li>b<ol start="3"><li>c</ol></ul><blockquote>“Yes.”<br>— Jane Doe, mayor</blockquote><hr>
<pre><code class="language-py">x = 1
y</code></pre>
<pre>a   b
c   d</pre></section>
<table>

<tr><th>A</th><th align="right">B</th></tr>

<tr><td>1</td><td><i>2</i></td></tr>
</table>"""
    head, para, three, ul, quote, hr, code, pre, table = blocks(html)
    assert isinstance(head, Heading)
    assert isinstance(para, Paragraph)
    assert marked(para.text) == [("strong", "two")]
    assert isinstance(three, Paragraph)
    assert isinstance(ul, List)
    inner = ul.items[1].blocks[1]
    assert isinstance(inner, List)
    assert (inner.ordered, inner.start) == (True, 3)
    assert isinstance(quote, Quote)
    assert (quote.text.text, quote.attribution, quote.role) == ("Yes.", "Jane Doe, mayor", "mayor")
    assert isinstance(hr, Divider)
    assert isinstance(code, Code)
    assert (code.text, code.language) == ("x = 1\ny", "py")
    assert isinstance(pre, Preformatted)
    assert pre.text == "a   b\nc   d"
    assert isinstance(table, Table)
    assert [cell.text for cell in table.header] == ["A", "B"]
    assert table.align == ("start", "end")
    assert marked(table.rows[0][1]) == [("emphasis", "2")]


def test_a_stray_sign_swallows_no_words() -> None:
    assert inline("<b>\nprices <w fell by half").text == "prices <w fell by half"


def test_a_figure_is_an_image_with_its_caption() -> None:
    html = "<figure><img src='https://x.org/a.png' alt='A'><figcaption>B <i>c</i></figcaption></figure>"
    assert only(html) == Image(
        "https://x.org/a.png", "A", caption=Text("B c", (Mark(MarkKind.EMPHASIS, 2, 3),)), line=1
    )


# Images


def test_an_image_alone_is_a_block_with_its_title_as_caption() -> None:
    assert only('![A *big* cat](https://x.org/c.png "Cats & co")') == Image(
        "https://x.org/c.png", "A big cat", caption=Text("Cats & co"), line=1
    )


def test_an_image_amid_words_parts_them() -> None:
    before, image, after = blocks("One **two ![three](a.png) four** five")
    assert isinstance(before, Paragraph)
    assert isinstance(image, Image)
    assert isinstance(after, Paragraph)
    assert marked(before.text) == [("strong", "two")]
    assert marked(after.text) == [("strong", "four")]
    assert image.alt == "three"


def test_a_linked_image_keeps_its_link() -> None:
    image = only("[![Buy](https://x.org/b.png)](https://shop.example.org)")
    assert isinstance(image, Image)
    assert image.link == "https://shop.example.org"


def test_no_words_of_an_image_are_lost() -> None:
    assert inline("a ![alt](data:image/png;base64,xx 'title') b").text == "a alt title b"
    table = only("| a ![alt](b.png) |\n|---|\n| c |")
    assert isinstance(table, Table)
    assert table.header[0].text.split() == ["a", "alt"]


# Blocks


def test_the_first_heading_is_the_headline_if_it_is_an_h1() -> None:
    body = read("intro\n\n# The *head*line\n\ntext\n\n## b\n", first_line=4)
    assert (body.story.title, body.title_line) == ("The headline", 6)
    assert [type(block) for block in body.story.blocks] == [Paragraph, Paragraph, Heading]
    assert read("## a\n\n# b\n").story.title == ""


def test_heading_levels_begin_at_two_and_never_skip() -> None:
    text = "# T\n\n## a\n\n#### b\n\n# c\n\n## d\n\nSetext\n======\n\n> # e\n"
    levels = [block.level for block in blocks(text) if isinstance(block, Heading)]
    assert levels == [2, 3, 2, 3, 2]


def test_lists_nest_and_number() -> None:
    ordered = only("3. a\n   - b\n\n     c\n4. d\n")
    assert isinstance(ordered, List)
    assert (ordered.ordered, ordered.start, len(ordered.items)) == (True, 3, 2)
    first, nested = ordered.items[0].blocks
    assert isinstance(first, Paragraph)
    assert isinstance(nested, List)
    assert [type(block) for block in nested.items[0].blocks] == [Paragraph, Paragraph]


def test_code_keeps_its_lines_and_language() -> None:
    assert only("```python title\nif x:\n\n    y = '<b>'\n```") == Code(
        "if x:\n\n    y = '<b>'", language="python", line=1
    )
    assert only("    a\n    b") == Code("a\nb", line=1)


def test_tables_keep_alignment_and_marks() -> None:
    table = only("| a | b | c |\n|:--|:-:|--:|\n| *1* | 2 \\| 3 |\n")
    assert isinstance(table, Table)
    assert table.align == ("start", "center", "end")
    assert [[cell.text for cell in row] for row in table.rows] == [["1", "2 | 3", ""]]
    assert marked(table.rows[0][0]) == [("emphasis", "1")]


@pytest.mark.parametrize("attribution", ["> — Jane Doe, mayor", ">\n> -- Jane Doe, mayor", "> ― Jane Doe, mayor"])
def test_a_quotations_last_line_names_the_speaker(attribution: str) -> None:
    quote = only(f"> “It is *cold*.”\n{attribution}\n")
    assert isinstance(quote, Quote)
    assert quote.text.text.strip("“”") == "It is cold."
    assert quote.text.text[quote.text.marks[0].start : quote.text.marks[0].end] == "cold"
    assert (quote.attribution, quote.role, quote.blocks) == ("Jane Doe, mayor", "mayor", ())


def test_a_quotation_of_several_blocks_keeps_them() -> None:
    quote = only("> one\n>\n> - two\n>\n> — Jane Doe\n")
    assert isinstance(quote, Quote)
    assert [type(block) for block in quote.blocks] == [Paragraph, List]
    assert quote.text.text.split() == ["one", "two"]
    assert quote.attribution == "Jane Doe"


def test_labels_in_bold_make_points() -> None:
    listed = only("- **Trade:** one *two*\n- **Security**: three\n")
    run = only("**Trade:** one *two*\n\n**Security**: three\n")
    for points in (listed, run):
        assert isinstance(points, Points)
        assert [(item.label, item.text.text) for item in points.items] == [("Trade", "one two"), ("Security", "three")]
        assert marked(points.items[0].text) == [("emphasis", "two")]


@pytest.mark.parametrize(
    "text",
    ["**Trade:** alone", "- **A:** b\n- c\n", "- **A** b\n- **C** d\n", "- **[A](https://x.org):** b\n- **C:** d"],
)
def test_other_bold_words_make_none(text: str) -> None:
    assert not any(isinstance(block, Points) for block in blocks(text))


def test_footnotes_are_numbered_as_they_are_met() -> None:
    body = read("One[^b] two[^a] three[^b] four^[in *line*].\n\n[^a]: Note a\n\n    more\n[^b]: Note b\n[^c]: Unused\n")
    (text,) = [block.text for block in body.story.blocks if isinstance(block, Paragraph)]
    assert text.text == "One[1] two[2] three[1] four[3]."
    assert [(m.target, text.text[m.start : m.end]) for m in text.marks] == [
        ("1", "[1]"),
        ("2", "[2]"),
        ("1", "[1]"),
        ("3", "[3]"),
    ]
    notes = {note.label: [b.text.text for b in note.blocks if isinstance(b, Paragraph)] for note in body.footnotes}
    assert notes == {"1": ["Note b"], "2": ["Note a", "more"], "3": ["in line"], "4": ["Unused"]}


# The head, the box and the sign-off


def test_byline_and_dateline() -> None:
    for between in ("\n\n", "\n"):
        body = read(f"# T\n\nBy Jane Doe{between}**PARIS, Jan 5** — *Talks* began.\n")
        assert (body.story.byline, body.story.dateline) == ("By Jane Doe", "PARIS, Jan 5")
        (block,) = body.story.blocks
        assert isinstance(block, Paragraph)
        assert (block.text.text, marked(block.text)) == ("Talks began.", [("emphasis", "Talks")])
        assert [role.role for role in body.roles if role.text.startswith("By")] == [Role.BYLINE]


BOX = """# T

Text

## IN BRIEF | CANADA-CHINA CONTEXT

- **Arrests:** *One* two
- Minerals: three
  - four
- five

### Six
seven

## Next

eight
"""


def test_an_in_brief_section_is_the_box() -> None:
    body = read(BOX)
    box = body.in_brief
    assert box is not None
    assert (box.label, box.title.casefold(), box.line, box.generated) == ("In Brief", "canada-china context", 5, False)
    assert [(item.label, item.text.text) for item in box.items] == [
        ("Arrests", "One two"), ("Minerals", "three\nfour"), (None, "five"), ("Six", "seven"),
    ]  # fmt: skip
    assert marked(box.items[0].text) == [("emphasis", "One")]
    assert [block.text.text for block in body.story.blocks if isinstance(block, Paragraph | Heading)] == [
        "Text",
        "Next",
        "eight",
    ]


@pytest.mark.parametrize("title", ["### En bref", "In Brief\n========", "**Kurz gefasst:**", "###### Коротко ##"])
@pytest.mark.parametrize("end", ["\n---\n\nafter\n", "\n" + TAGLINE, "\n> after\n"])
def test_the_box_has_many_names_and_ends(title: str, end: str) -> None:
    body = read(f"# T\n\nbefore\n\n{title}\n\nOne.\n\nTwo: three\n{end}")
    assert body.in_brief is not None
    assert [(item.label, item.text.text) for item in body.in_brief.items] == [(None, "One."), ("Two", "three")]
    assert ("after" in words_of(body.story.blocks)) == ("after" in end)


def test_an_empty_section_is_a_heading_like_any_other() -> None:
    body = read("## In Brief\n\n## Next\n\ntext")
    assert body.in_brief is None
    assert len(body.story.blocks) == 3


@pytest.mark.parametrize("end", [f"- item\n{TAGLINE}\n", f"*{TAGLINE}*\n\n[^1]: note", f"{TAGLINE}\n\n<!-- c -->\n"])
def test_the_tagline_is_the_sign_off_and_no_text(end: str) -> None:
    body = read(f"text[^1]\n\n{end}")
    assert body.tagline is not None
    assert TAGLINE not in words_of(body.story.blocks)
    assert [role.role for role in body.roles].count(Role.TAGLINE) == 1


# For any text


@st.composite
def documents(draw: st.DrawFn) -> str:
    numbers = iter(range(100_000))

    def word() -> str:
        return f"w{next(numbers):04d}"

    def phrase() -> str:
        forms = ["{}", "*{}*", "**{}**", "`{}`", "~~{}~~", "[{}](https://example.org)", "[{}](javascript:x)", "<b>{}</b>",
                 "![{}](x.png)", '![{}](javascript:x "{}")', "{}\n{}", "{}  \n{}", "**{}:** {}", "<i>{} *{}</i>*", "^[{}]",
                 "[![{}](x.png)](https://x.org)", "{}: {}", "\\*{}", "{}&#10;{}", "<span title='x'>{}</span>", "“{}”"]  # fmt: skip
        picked = draw(st.lists(st.sampled_from(forms), min_size=1, max_size=3))
        return " ".join(form.format(*(word() for _ in range(form.count("{}")))) for form in picked)

    def flat_phrase() -> str:
        return phrase().replace("  \n", " ").replace("\n", " ")

    def block(depth: int) -> str:
        kinds = ["para", "head", "setext", "code", "table", "html", "labels", "hr", "note"]
        kind = draw(st.sampled_from(kinds + ["list", "quote", "numbers"] * (depth < 2)))
        inner = (
            "\n\n".join(block(depth + 1) for _ in range(draw(st.integers(1, 2))))
            if kind in ("list", "quote", "numbers")
            else ""
        )
        indented = inner.replace("\n", "\n    ")
        match kind:
            case "head":
                return f"{'#' * draw(st.integers(1, 6))} {flat_phrase()}"
            case "setext":
                return f"{flat_phrase()}\n---"
            case "code":
                return f"```\n{word()}\n\n  {word()}\n```"
            case "table":
                return f"| {word()} | {word()} |\n|---|--:|\n| *{word()}* | {word()} |"
            case "html":
                return (
                    f"<div><p>{word()} <b>{word()}</b></p><ul><li>{word()}</ul><!-- hidden -->\n<h2>{word()}</h2></div>"
                )
            case "labels":
                return f"**{word()}:** {word()}\n\n**{word()}**: {word()}"
            case "hr":
                return "* * *"
            case "note":
                label = word()
                return f"{word()}[^{label}]\n\n[^{label}]: {word()}".replace(label, label.replace("w", "n"))
            case "list":
                return f"-   {indented}\n-   {word()}"
            case "numbers":
                return f"1.  {indented}\n2.  {word()}"
            case "quote":
                return "> " + inner.replace("\n", "\n> ") + draw(st.sampled_from(["", f"\n>\n> — Jane {word()}"]))
        return phrase()

    heading = draw(st.sampled_from(["", "## In Brief\n\n", "## IN BRIEF | {}\n\n"])).replace("{}", word().upper())
    parts = [block(0) for _ in range(draw(st.integers(1, 4)))]
    return "\n\n".join(
        [*parts[:1], heading + parts[-1] if heading else word(), *parts[1:-1], draw(st.sampled_from(["", TAGLINE]))]
    )


def edition_of(body: Body) -> Edition:
    return Edition(
        slug="s",
        title="",
        subject="",
        preheader="",
        date=date(2026, 11, 24),
        language="en",
        direction="ltr",
        reading_minutes=1,
        tagline="",
        stories=(body.story,),
        in_brief=body.in_brief,
        footnotes=body.footnotes,
    )


def said(body: Body) -> list[str]:
    """Every word that a reader sees, once for each time that it is shown."""
    data = to_json(edition_of(body))

    def walk(value: object) -> list[str]:
        if isinstance(value, dict):
            if value.get("kind") == "quote" and value["blocks"]:
                value = {**value, "text": ""}
            hidden = ("marks", "caption_marks", "src", "link", "role", "source", "label_id")
            return [word for key, item in value.items() if key not in hidden for word in walk(item)]
        if isinstance(value, list):
            return [word for item in value for word in walk(item)]
        return re.findall(r"w\d{4}", value.casefold()) if isinstance(value, str) else []

    return walk(data["stories"]) + walk(data["in_brief"]) + walk(data["footnotes"])


@settings(max_examples=120)
@given(documents())
def test_no_word_is_lost_and_none_is_said_twice(text: str) -> None:
    body = read(text)
    assert sorted(said(body)) == sorted(re.findall(r"w\d{4}", text.casefold()))
    assert "hidden" not in words_of(body.story.blocks)


def check_roles(text: str, first_line: int, body: Body) -> None:
    assert [role.text for role in body.roles] == text.split("\n")
    assert [role.line for role in body.roles] == list(range(first_line, first_line + len(body.roles)))
    assert all((role.role is Role.BLANK) == (not role.text.strip()) or role.role is Role.CODE for role in body.roles)


MARKUP = st.lists(
    st.sampled_from([*"*_`~[]()<>!#>-+=|:\\&;{}^\n\n\n  ", "w1 ", "\n\n", "    ", "- ", "1. ", "> ", "```\n", "[^1]", "[^1]: ", "![", "](x)",
                     "<b>", "</b>", "<div>", "</div>", "<!-- ", "-->", "<p", "&#0;", "&amp;", "# ", "---\n", "|--|\n", "In Brief", "— Jane ",
                     "https://x.org", "<br>", "<script>", "<table>", "<td>", "**w2:** ", "{{ ", "}}"]),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=300)
@given(MARKUP, st.integers(1, 30))
def test_any_text_is_read_or_refused_with_its_place(text: str, first_line: int) -> None:
    body: Body | None
    try:
        body = read(text, first_line=first_line)
    except SourceError as refusal:
        refused = refusal.message
        body = None
    if body is None:
        assert "nested" in refused or "closed" in refused
        return
    check_roles(text, first_line, body)
    edition = edition_of(body)
    assert from_json(to_json(edition)) == edition  # which refuses marks outside their text and marks that cross


@pytest.mark.parametrize(
    "text", ["> " * 300 + "x", "<div>" * 3000 + "x", "- " * 300 + "x", "[" * 3000, "*a **b " * 2000, "![" * 2000]
)
def test_hostile_nesting_is_no_crash(text: str) -> None:
    try:
        body = read(text)
    except SourceError as refusal:
        shown = "nested" in refusal.message
    else:
        shown = bool(body.story.blocks)
    assert shown


def test_a_large_text_is_read_whole() -> None:
    text = "\n\n".join(
        f"## Part {n}\n\nWords of **part {n}** and [a link](https://example.org/{n})." for n in range(2700)
    )
    assert len(text) > 200_000
    assert len(blocks(text)) == 5400


def test_a_divider_that_parts_nothing_is_dropped() -> None:
    body = read("---\n\nOne.\n\n---\n\n## In Brief\n\n- Two: three.\n\n---\n\nFour.\n\n---\n")
    assert [type(block) for block in body.story.blocks] == [Paragraph, Divider, Paragraph]
