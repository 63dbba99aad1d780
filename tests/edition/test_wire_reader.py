"""Single habits of wire text: overrides, wrapped lines, datelines, quotations, boxes, sign-offs."""

from __future__ import annotations

import pytest

from dispatch.edition.model import Block, Heading, List, MarkKind, Paragraph, Points, Preformatted, Quote, Table
from dispatch.edition.reading import Body, Role
from dispatch.edition.sources.wire import read_wire

TAGLINE = "Stay informed. Stay ahead."
LEDE = "The government said on Monday that it would act soon enough."


def read(text: str, *, tagline: str = TAGLINE, merge: bool = False) -> Body:
    return read_wire(text.split("\n"), first_line=5, name="wire.txt", tagline=tagline, merge=merge)


def blocks(text: str) -> tuple[Block, ...]:
    return read(f"{LEDE}\n{text}").story.blocks[1:]


def paragraphs(text: str) -> list[str]:
    return [block.text.text for block in read(text).story.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize(
    "dateline",
    [
        "OTTAWA/BEIJING –",
        "PARIS, Jan 5 —",
        "WASHINGTON (Reuters) -",
        "MEXICO, MO –",
        "NEW YORK (AP) —",
        "ST. LOUIS —",
        "WINSTON-SALEM, N.C. (AP) —",
        "BOSTON, Mass., Jan. 5, 2026 /PRNewswire/ --",
        "LOS ANGELES--(BUSINESS WIRE)--",
        "Berlin (dpa/tmn) -",
        "Berlin –",
        "PARIS—",
        "BRUSSELS and PARIS —",
        "JERUSALEM/GAZA, Nov 3 (Reuters) -",
        "МОСКВА, 5 января —",
        "МОСКВА, 5 января. /ТАСС/.",
    ],
)
def test_what_stands_before_the_dash_is_the_dateline(dateline: str) -> None:
    story = read(f"{dateline} {LEDE}").story
    assert story.dateline == dateline.rstrip(" -–—.") or f"{story.dateline}." == dateline
    assert [block.text.text for block in story.blocks if isinstance(block, Paragraph)] == [LEDE]


@pytest.mark.parametrize(
    "text",
    [
        "NASA — the US space agency — said it would fly to the Moon.",
        "COVID-19 — The pandemic changed all of our lives in the city.",
        "BREAKING – Four people died in the fire on Monday night.",
        "WHO – The agency said on Monday that it would act soon.",
        "The deal — which took years — is done, and everyone is glad.",
        "Apple — The company said on Monday that it would act.",
        "قال الوزير إن المحادثات - وهي الأولى - كانت جيدة جدا.",
    ],
)
def test_a_sentence_with_a_dash_has_no_dateline(text: str) -> None:
    assert read(text).story.dateline is None
    assert paragraphs(text) == [text]


def test_a_dateline_alone_in_its_line_takes_none_of_the_text_below() -> None:
    body = read(f"PARIS, Jan 5 —\n{LEDE}")
    assert (body.story.dateline, paragraphs(f"PARIS, Jan 5 —\n{LEDE}")) == ("PARIS, Jan 5", [LEDE])


def test_dispatches_divided_by_stars_keep_their_own_datelines() -> None:
    body = read(f"PARIS — {LEDE}\n\n* * *\n\nLONDON — {LEDE}")
    assert body.story.dateline is None


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("## a heading that ends in a full stop.", Heading, "a heading that ends in a full stop."),
        ("> Someone said this.", Quote, "Someone said this."),
        ("\\IN BRIEF", Paragraph, "IN BRIEF"),
        ("\\- no bullet", Paragraph, "- no bullet"),
        ("\\# no heading", Paragraph, "# no heading"),
    ],
)
def test_a_mark_overrides_the_guess(line: str, kind: type[Block], text: str) -> None:
    (block,) = blocks(line)
    assert isinstance(block, kind)
    assert isinstance(block, Heading | Quote | Paragraph)
    assert block.text.text == text


def test_a_hyphen_makes_a_list_even_of_one_labelled_item() -> None:
    assert isinstance(blocks("- Trade: up.")[0], List)
    assert isinstance(blocks("- Trade: up.\n- Peace: down.")[0], List)
    assert isinstance(blocks("• Trade: up.\n• Peace: down.")[0], Points)


def test_wrapped_lines_are_one_paragraph_and_keep_their_hyphens() -> None:
    text = (
        "The council voted on Tuesday to close the last of its long-\n"
        "running plants, short- and\nlong-term, and the mayor spoke of a day that nobody\n"
        "— least of all she — had wanted. The plant closes on Dec.\n"
        "12. The workers were told in the morning of the same\nday.\n\n"
        "A second paragraph begins here and it is wrapped as well, as\none would think."
    )
    first, second = paragraphs(text)
    assert "long-running plants, short- and long-term" in first
    assert "nobody — least of all she — had" in first
    assert "on Dec. 12. The workers" in first
    assert second.endswith("as one would think.")


def test_headlines_in_a_column_stay_apart() -> None:
    lines = [
        "Fed holds rates steady as inflation cools in November, officials say",
        "Oil prices drop 3 percent on a surprise build in crude stockpiles",
        "Parliament passes the budget by one vote after a night of debate",
        "Storm closes northern ports and leaves thousands without power",
    ]
    assert paragraphs("\n".join([LEDE, *lines]))[1:] == lines


@pytest.mark.parametrize(
    ("text", "words", "verb", "by", "role"),
    [
        ("“It is so,” said Jane Doe. “Go on.”", "It is so. Go on.", "said", "Jane Doe", None),
        ("“It is so,” Jane Doe said, “and it stays.”", "It is so, and it stays.", "said", "Jane Doe", None),
        ('"Is it?" asked Jane Doe, the mayor.', "Is it?", "asked", "Jane Doe, the mayor", "the mayor"),
        ("„Es ist so“, sagte Kanzler Max Muster.", "Es ist so.", "sagte", "Kanzler Max Muster", None),
        ("« C’est ainsi », a déclaré Claire Martin.", "C’est ainsi.", "a déclaré", "Claire Martin", None),
        ("“It is so.” — Jane Doe, mayor of Ghent", "It is so.", None, "Jane Doe, mayor of Ghent", "mayor of Ghent"),
        ("Jane Doe said: “It is so.”", "It is so.", "said", "Jane Doe", None),
        ("“It is so.”\n— Jane Doe", "It is so.", None, "Jane Doe", None),
        ("> It is so.\n> — Jane Doe, mayor", "It is so.", None, "Jane Doe, mayor", "mayor"),
        ("«نعم»، قالت هدى منصور من القاهرة.", "نعم.", "قالت", "هدى منصور من القاهرة", "من القاهرة"),
        ("«نعم»، قال مسؤول من الوزارة.", "نعم.", "قال", "مسؤول من الوزارة", None),
        ("> はい。\n> — 田中美咲、企画部長", "はい。", None, "田中美咲、企画部長", "企画部長"),
    ],
)
def test_a_quotation_and_its_speaker_are_a_quote(
    text: str, words: str, verb: str | None, by: str, role: str | None
) -> None:
    (quote,) = blocks(text)
    assert isinstance(quote, Quote)
    assert (quote.text.text, quote.verb, quote.attribution, quote.role) == (words, verb, by, role)


@pytest.mark.parametrize(
    "text",
    [
        "“It is so,” said Jane Doe as she left the building.",
        "“It is so,” she said.",
        "“It is so,” said Jane Doe. Nobody answered. “Go on.”",
        "“It is so,” and “it stays”.",
        "“It is so.”",
        "The “Two Michaels” were released in 2021.",
    ],
)
def test_a_paragraph_that_says_more_is_left_whole(text: str) -> None:
    (paragraph,) = blocks(text)
    assert isinstance(paragraph, Paragraph)
    assert paragraph.text.text == text


def test_one_labelled_line_alone_is_a_paragraph() -> None:
    assert isinstance(blocks("Trade: Canada pressed China to lift its barriers.")[0], Paragraph)
    assert isinstance(blocks("Trade: Canada pressed.\n\nPeace: China listened.")[0], Points)


def test_numbers_that_do_not_count_up_stay_words() -> None:
    ordered = blocks("3. Third\n4. Fourth")[0]
    assert isinstance(ordered, List)
    assert (ordered.ordered, ordered.start) == (True, 3)
    assert [type(block) for block in blocks("1. One\n7. Seven")] == [Paragraph, Paragraph]
    lettered = blocks("a) one\nb) two")[0]
    assert isinstance(lettered, List)
    assert not lettered.ordered
    assert isinstance(lettered.items[0].blocks[0], Paragraph)
    assert lettered.items[0].blocks[0].text.text == "a) one"


def test_columns_keep_their_columns() -> None:
    (columns,) = blocks("Brent           79.31   78.40\nNatural gas      2.61    2.66")
    assert columns == Preformatted("Brent           79.31   78.40\nNatural gas      2.61    2.66", 6)
    (table,) = blocks("Region\t2025\nNorth\t64.0%\nSouth\t57.1%")
    assert isinstance(table, Table)
    assert ([cell.text for cell in table.header], table.align) == (["Region", "2025"], ("start", "end"))
    assert isinstance(blocks("One sentence.  Another one.\nA third.  And a fourth.")[0], Paragraph)


def test_a_box_on_top_leaves_the_story_its_text() -> None:
    body = read(f"IN BRIEF\nRates stay where they are.\n\nPARIS — {LEDE}\n\n{LEDE}")
    assert body.in_brief is not None
    assert [item.text.text for item in body.in_brief.items] == ["Rates stay where they are."]
    assert (body.story.dateline, len(body.story.blocks)) == ("PARIS", 2)


def test_a_second_box_is_a_section_of_the_story() -> None:
    body = read(f"{LEDE}\nIN BRIEF\nOne: a thing.\nNEWS IN BRIEF\nTwo is another thing.")
    assert body.in_brief is not None
    assert len(body.in_brief.items) == 1
    assert isinstance(body.story.blocks[1], Heading)


@pytest.mark.parametrize("sign_off", [TAGLINE, "STAY INFORMED - STAY AHEAD", "Stay informed.\nStay ahead."])
def test_the_tagline_leaves_the_story_in_any_dress(sign_off: str) -> None:
    body = read(f"{LEDE}\n\n{sign_off}")
    assert body.tagline == sign_off.replace("\n", " ")
    assert len(body.story.blocks) == 1
    assert body.roles[-1].role is Role.TAGLINE


def test_a_tagline_inside_a_paragraph_stays_there() -> None:
    assert read(f"{LEDE} {TAGLINE}").tagline is None
    assert read(f"{LEDE}\n\\{TAGLINE}").tagline is None
    assert read(LEDE, tagline="").tagline is None


def test_merge_fields_are_text_unless_merge_is_asked_for() -> None:
    field = 'Hello {{ recipient.first_name | default("friend") }}, see https://example.org/x.'
    (plain,) = read(field).story.blocks
    assert isinstance(plain, Paragraph)
    assert [mark.kind for mark in plain.text.marks] == [MarkKind.LINK]
    (merged,) = read(field, merge=True).story.blocks
    assert isinstance(merged, Paragraph)
    assert {mark.kind for mark in merged.text.marks} == {MarkKind.LINK, MarkKind.MERGE}


def test_lines_are_numbered_as_in_their_file() -> None:
    body = read(f"\nA Headline\n\n{LEDE}")
    assert (body.title_line, body.story.blocks[0].line) == (6, 8)
    assert [role.line for role in body.roles] == [5, 6, 7, 8]


def test_deep_nesting_is_kept_without_exhausting_the_stack() -> None:
    deep = "\n".join(" " * (2 * depth) + f"- level {depth}" for depth in range(2000))
    assert isinstance(blocks(deep)[0], List)


def test_an_empty_text_is_an_empty_story() -> None:
    body = read("\n \n\u200b")
    assert (body.story.title, body.story.blocks, body.in_brief) == ("", (), None)


@pytest.mark.parametrize(
    ("below", "heading"),
    [
        ("ركز الاجتماع على ثلاث قضايا:\n\nالصندوق: تدفع كل دولة حصة بحسب إنتاجها.", True),
        ("نعم لكل القضايا", False),
    ],
)
def test_in_a_script_without_capitals_a_lead_in_may_be_shorter_than_its_heading(below: str, heading: bool) -> None:
    opening = "اتفق وزراء الطاقة في الرياض يوم الأحد على إنشاء صندوق مشترك للطوارئ بقيمة خمسة مليارات دولار."
    found = blocks(f"{opening}\n\nعلى جدول الأعمال: أمن الإمدادات\n\n{below}")
    assert isinstance(found[1], Heading) is heading
