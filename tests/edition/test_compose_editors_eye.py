"""What an editor would never let pass: subjects that tell nothing, halves of quotations, scraps as news."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.edition.composing.extraction import box_from_sections
from dispatch.edition.composing.headlines import suggest
from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.matter import matter_of
from dispatch.edition.composing.preheader import preheader_of
from dispatch.edition.composing.suggestion import Suggestion, SuggestionKind
from dispatch.edition.merge import merge_marks
from dispatch.edition.model import Block, Paragraph, Text
from dispatch.edition.reading import Reading
from dispatch.edition.sources.wire import read_wire
from dispatch.errors import Place
from support.readings import reading


def of_blocks(*blocks: Block) -> Reading:
    made = reading("")
    return replace(made, story=replace(made.story, blocks=blocks))


def suggestions(script: str, *, title: str = "", language: str = "en") -> tuple[Suggestion, ...]:
    return suggest(matter_of(reading(script, name="wall.txt", title=title), lexicon_for(language)))


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        # "as" with a clause behind it ends the one before it, whatever its verb …
        (
            "UPDATE 3-Grain ships leave Odesa port as new corridor opens, insurers remain wary",
            "Grain ships leave Odesa port",
        ),
        ("Harbour Town End Kings' Run as Kelly Strikes Twice", "Harbour Town End Kings' Run"),
        # … and of what fits, the most is kept, without the label where that leaves more.
        (
            "MARKETS CLOSE: Stocks end mixed as oil jumps 3%, dollar softens",
            "Stocks end mixed as oil jumps 3%",
        ),
        ("Miriam Adler, 1931–2026: chemist who took the lead out of paint", "Miriam Adler, 1931–2026"),
        # No clause ends in it: its beginning, cut at a word that leads nowhere.
        ("Northsea Rail to run night trains from Edinburgh to Hamburg", "Northsea Rail to run night trains…"),
    ],
)
def test_a_long_headline_s_subject_tells_the_news(title: str, subject: str) -> None:
    script = "Something happened somewhere, and nobody would say what it was.\nWe are owned by 840 people."
    assert suggestions(script, title=title)[0].subject == subject


@pytest.mark.parametrize(
    "title",
    [
        "Council stays as divided over the wall as it has been since 2014",
        "Former harbour master named as chairman of the new port authority",
        "Mayor is guilty of fraud, prosecutors say in their opening statement",
        "Mayor known as the friend of the poor leaves town hall for good now",
    ],
)
def test_no_subject_parts_what_belongs_together(title: str) -> None:
    assert suggestions("Something happened.", title=title)[0].subject not in {
        title.split(" as ")[0],
        title.split(",")[0],
        "Mayor is guilty of fraud, prosecutors…",
    }


def test_one_labelled_paragraph_is_its_own_lede() -> None:
    made = suggestions("FLASH: Parliament elects Maria Tavares prime minister by 118 votes to 112, ending a deadlock.")[
        0
    ]
    assert made.kind is SuggestionKind.LEDE
    assert made.text == "Parliament elects Maria Tavares prime minister by 118 votes to 112"
    assert made.subject == "Parliament elects Maria Tavares prime…"


def test_a_greeting_is_no_headline() -> None:
    texts = [made.text for made in suggestions("Hello friends! The mayor signs the bill at noon, and we were there.")]
    assert texts == ["The mayor signs the bill at noon, and we were there"]


def test_a_made_headline_begins_with_a_capital_unless_its_first_word_has_its_own_spelling() -> None:
    assert suggestions("so here is what happened at the meeting. it was long.")[0].text.startswith("So here is")
    assert suggestions("iPhone sales fell by a third, the firm said.")[0].text.startswith("iPhone")


def test_half_a_quotation_is_never_offered() -> None:
    script = "“There are people who are cleverer,” she said, “and they will never know it.” He left."
    assert not [made for made in suggestions(script, title="Obituary") if made.kind is SuggestionKind.QUOTATION]
    whole = "“There are people who are cleverer,” she said. “They will never know it.” He left."
    assert [made.text for made in suggestions(whole, title="Obituary")][1] == "“They will never know it”"


def test_words_that_stand_higher_are_a_better_headline_than_a_later_scrap() -> None:
    script = """
    Kazakhstan will open in September the first plant of its kind in the whole of the region, the minister said.
    “We no longer want to sell stones abroad,” he told us.
    The plant makes 25 thousand tons.
    """
    made = suggestions(script)
    assert (made[0].kind, made[1].kind) == (SuggestionKind.QUOTATION, SuggestionKind.SENTENCE)


def test_a_field_in_a_paragraph_spoils_only_its_own_sentence() -> None:
    text = merge_marks(
        Text("Thank you for ordering from us. Your parcel to {{ recipient.town }} has left."), Place("seed.txt", 1)
    )
    matter = matter_of(of_blocks(Paragraph(text, 1)), lexicon_for("en"))
    assert preheader_of(matter, title="Seeds", subject="Seeds") == "Thank you for ordering from us."


def test_a_release_s_boilerplate_and_pointers_to_pages_are_not_in_brief() -> None:
    script = """
    The train leaves Edinburgh at 18:20 and reaches Hamburg at 10:05 the next morning, with 214 passengers in it.
    ## What It Costs
    A cabin costs from £59, and a bicycle travels in it for another £12 on every night of the week.
    More about the prices of all 7 cars and the cabins in them stands at https://example.org/prices every day.
    ## Who Rides
    Most of the 214 passengers will be families, the operator of the train says in its plan for the first year.
    It was a long way, and nobody thought that it would ever be done by a firm of its size in so short a time.
    ## About Northsea Rail
    Northsea Rail is owned by its 840 employees in Scotland, England and Denmark, and it was founded in 2019.
    """
    made = box_from_sections(matter_of(reading(script), lexicon_for("en")))
    assert made is not None
    assert [item.label for item in made.items] == ["What It Costs", "Who Rides"]
    assert "://" not in "".join(item.text.text for item in made.items)


def test_the_entries_of_a_live_report_are_prose() -> None:
    lines = [
        "Storm Ilse: live",
        "",
        "12:40 – Trains run again in the north.",
        "",
        "11:05 – The mayor asks for patience.",
    ]
    lines += ["", "09:30 – Power is back for 21,000 of 48,000 households."]
    body = read_wire(lines, first_line=1, name="live.txt", tagline="", merge=False)
    matter = matter_of(of_blocks(*body.story.blocks), lexicon_for("en"))
    assert preheader_of(matter, title="Storm", subject="Storm") == ("Trains run again in the north.")
