"""The composer as a whole: what an author gave wins, the first seed, several sources, truth to the source."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dispatch.edition.compose import ComposeOptions, Composition, SuggestionKind, compose
from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.words import has_phrase, measure
from dispatch.edition.model import Edition, Paragraph, Sponsor
from dispatch.edition.reading import FrontMatter, Reading
from dispatch.edition.sources import read_source, read_text
from dispatch.errors import Refused
from support.readings import box, reading

TODAY = date(2026, 11, 23)
OPTIONS = ComposeOptions(tagline="Stay informed. Stay ahead.", language=None, in_brief="auto", today=TODAY)
SCRIPT = """
Engineers from Shelbyville counted 214 cracks in the harbour wall of Springfield before it fell.
Doe said “we did all that we could there”. Nobody was hurt. The ships wait outside.
"""


def composed(*readings: Reading, options: ComposeOptions = OPTIONS) -> Edition:
    return compose(readings, options).edition


def wire(text: str, name: str = "story.txt") -> Reading:
    return read_text(text, suffix=".txt", stem=name.rpartition(".")[0], name=name, tagline=OPTIONS.tagline)


# The first seed.


@pytest.fixture(scope="module")
def seed() -> Composition:
    path = Path(__file__).parents[2] / "seeds" / "canada-china.txt"
    return compose([read_source(path, name="seeds/canada-china.txt", tagline=OPTIONS.tagline)], OPTIONS)


def test_the_first_seed_gets_an_editor_s_headline_subject_and_preheader(seed: Composition) -> None:
    edition = seed.edition
    assert edition.title == edition.subject == "Canada-China: Minimal Thaw, Persistent Frost"
    assert edition.subject_alternatives == (
        "“A step, but only a step, in a long path”",
        "Canada’s Delicate Balancing Act",
    )
    assert edition.preheader == (
        "No major breakthroughs were announced. The key outcome was an agreement to maintain open lines…"
    )
    assert edition.slug == "canada-china-minimal-thaw-persistent-frost"
    assert (edition.language, edition.direction, edition.reading_minutes) == ("en", "ltr", 3)
    assert edition.stories[0].title_made


def test_the_first_seed_keeps_its_own_box_and_says_its_tagline_once(seed: Composition) -> None:
    assert seed.edition.in_brief is not None
    assert seed.edition.in_brief.title == "Canada-China Context"
    assert not seed.edition.in_brief.generated
    assert len(seed.edition.in_brief.items) == 3
    assert seed.edition.tagline == "Stay informed. Stay ahead."
    assert not any("Stay informed" in str(block) for block in seed.edition.stories[0].blocks)


def test_each_suggestion_shows_its_line_and_its_rule(seed: Composition) -> None:
    assert [(each.source, each.line) for each in seed.suggestions] == [
        ("seeds/canada-china.txt", 9),
        ("seeds/canada-china.txt", 11),
        ("seeds/canada-china.txt", 13),
    ]
    assert all(each.rule for each in seed.suggestions)


# What is given wins.


def test_front_matter_speaks_for_the_edition() -> None:
    front = FrontMatter(
        title="A title that is given, and much too long to be a subject of forty-five characters",
        subject="What changes today",
        preheader="Read this.",
        date=date(2026, 1, 2),
        slug="the-wall",
        lang="de",
        in_brief="source",
    )
    edition = composed(reading(SCRIPT, front=front))
    assert edition.title == front.title
    assert (edition.subject, edition.preheader, edition.slug) == ("What changes today", "Read this.", "the-wall")
    assert (edition.date, edition.language) == (date(2026, 1, 2), "de")
    assert not edition.stories[0].title_made


def test_the_command_line_wins_over_front_matter() -> None:
    front = FrontMatter(subject="Theirs", slug="theirs", date=date(2026, 1, 2))
    options = replace(OPTIONS, subject="Ours", slug="Ours!", date=date(2026, 3, 4), number=7)
    edition = composed(reading(SCRIPT, front=front), options=options)
    assert (edition.subject, edition.slug, edition.date, edition.number) == ("Ours", "ours", date(2026, 3, 4), 7)


def test_an_undated_edition_is_today_s() -> None:
    assert composed(reading(SCRIPT)).date == TODAY


def test_a_slug_never_leads_out_of_its_folder_and_falls_back_to_the_file() -> None:
    assert composed(reading(SCRIPT), options=replace(OPTIONS, slug="../../etc/passwd")).slug == "etc-passwd"
    assert composed(reading("أعلنت وزارة الصحة خطة جديدة.", name="health plan.txt")).slug == "health-plan"


@pytest.mark.parametrize("subject", ["One\r\nBcc: all@example.org", "One\nTwo", "a\0b", "  "])
def test_a_subject_that_could_break_its_header_is_refused(subject: str) -> None:
    with pytest.raises(Refused) as refused:
        composed(reading(SCRIPT), options=replace(OPTIONS, subject=subject))
    assert refused.value.hint


# Picking.


def test_a_pick_becomes_title_and_subject() -> None:
    made = compose([reading(SCRIPT)], replace(OPTIONS, pick=2))
    assert made.chosen.kind is SuggestionKind.QUOTATION
    assert made.edition.title == made.edition.subject == "“We did all that we could there”"
    assert made.edition.subject not in made.edition.subject_alternatives


def test_a_pick_never_replaces_a_headline_that_the_source_has() -> None:
    edition = composed(reading(SCRIPT, title="The wall is down"), options=replace(OPTIONS, pick=2))
    assert (edition.title, edition.subject) == ("The wall is down", "“We did all that we could there”")


@pytest.mark.parametrize("pick", [0, 9])
def test_a_pick_that_is_not_there_is_refused_with_the_count(pick: int) -> None:
    with pytest.raises(Refused, match="offers 2"):
        composed(reading(SCRIPT), options=replace(OPTIONS, pick=pick))


# In Brief.


def test_only_what_is_there_may_be_used_when_settings_or_author_say_so() -> None:
    script = (Path(__file__).parents[2] / "seeds" / "canada-china.txt").read_text(encoding="utf-8")
    without_box = wire(script[: script.index("IN BRIEF")])
    extracted = composed(without_box).in_brief
    assert extracted is not None
    assert extracted.generated
    assert composed(without_box, options=replace(OPTIONS, in_brief="source")).in_brief is None
    own = replace(without_box, front_matter=FrontMatter(in_brief="source"))
    assert composed(own).in_brief is None


# Several sources.


def test_several_sources_are_several_stories_under_the_first_one_s_headline() -> None:
    one = reading(SCRIPT, title="The wall is down", name="one.txt")
    two = reading("Kenya asked Ghana for rice[1]. It was refused.", name="two.txt", notes=("1",))
    three = reading("Wheat[1] is dear.", name="three.txt", notes=("1",), box=box("Wheat Context", (None, "Dear.")))
    edition = composed(one, two, three)
    assert edition.title == edition.subject == "The wall is down"
    assert [(story.title, story.title_made, story.source) for story in edition.stories] == [
        ("The wall is down", False, "one.txt"),
        ("Kenya asked Ghana for rice", True, "two.txt"),
        ("Wheat is dear", True, "three.txt"),
    ]
    assert [note.label for note in edition.footnotes] == ["1", "2"]
    assert edition.in_brief is not None
    assert edition.in_brief.title == "Wheat Context"


def test_several_sources_without_a_box_get_one_of_their_stories() -> None:
    body = "Nobody was hurt there. " * 12
    one = reading(f"Engineers from Shelbyville counted 214 cracks in the wall of Springfield. {body}", title="The wall")
    two = reading(f"Kenya asked Ghana for 20,000 tonnes of rice before the harvest of 2027. {body}", title="The rice")
    made = composed(one, two).in_brief
    assert made is not None
    assert made.generated
    assert [(item.label, item.text.text) for item in made.items] == [
        ("The wall", "Engineers from Shelbyville counted 214 cracks in the wall of Springfield."),
        ("The rice", "Kenya asked Ghana for 20,000 tonnes of rice before the harvest of 2027."),
    ]


# What is made is true to its source, whatever the text.

_OPENINGS = st.sampled_from(
    [
        "The U.S. Senate today passed a $1.2 trillion bill,",
        "Dr. Jane Doe said “we will not go back to that place”",
        "In a surprise move, the bank of Springfield cut 3,500 jobs;",
        "Der Rat hat heute 12,5 Millionen Euro bewilligt,",
        "外交部长周二在北京会见了客人，双方讨论了三个问题。",
        "قالت الوزارة اليوم إن الخطة تشمل 20 مستشفى،",
        "No one was hurt.",
        "Prices: Up, Down",
        "IN THE END THE COUNCIL OF SPRINGFIELD PAID,",
        "« Nous ne savons rien de plus », a dit Mme Dupont,",
        "“Half a quotation,",
        "1 200 000 people",
    ]
)
_LINE = st.lists(_OPENINGS | st.text(max_size=25), min_size=1, max_size=6).map(" ".join)
_SCRIPT = st.lists(
    st.tuples(st.sampled_from(["", "", "## ", "* Label: ", "- ", "> "]), _LINE).map("".join), min_size=1, max_size=8
).map("\n".join)
_TOKEN = re.compile(r"[^\W_]+(?:[.,’'][^\W_]+)*")


def _made(edition: Edition) -> list[str]:
    return [edition.title, edition.subject, edition.preheader, *edition.subject_alternatives]


@hypothesis_settings(max_examples=150)
@given(_SCRIPT, st.sampled_from(["en", "de", "fr", "zh", "ja", "ar", "xx"]))
def test_every_word_number_and_quotation_of_a_made_text_stands_in_the_source(script: str, language: str) -> None:
    source = reading(script.replace("\r", " "), name="file.txt")
    composition = compose([source], replace(OPTIONS, language=language))
    edition = composition.edition
    words = {token.casefold() for token in _TOKEN.findall(script)} | {"file"}
    spans = " ".join(script.split()).casefold()
    for text in _made(edition):
        for token in _TOKEN.findall(text):
            assert token.casefold() in words or (_is_unspaced(token) and token.casefold() in spans), (token, text)
        for quotation in re.findall("“([^”]*)”", text):
            assert quotation.casefold() in spans or quotation[:-1].casefold() in spans
    for made in composition.suggestions:
        assert measure(made.text) <= 80
        assert measure(made.subject) <= 45
        lexicon = lexicon_for(edition.language)
        assert not has_phrase(made.text, lexicon.deictic) or made.kind is SuggestionKind.FILE_NAME
        assert not has_phrase(made.subject, lexicon.deictic)
    assert edition.subject
    assert edition.title
    assert measure(edition.preheader) <= 100


def _is_unspaced(token: str) -> bool:
    return any(character >= "\u2e80" for character in token)


@hypothesis_settings(max_examples=100)
@given(_SCRIPT)
def test_every_item_of_an_extracted_box_stands_in_the_story(script: str) -> None:
    script = script.replace("\r", " ")
    edition = composed(reading(script, name="file.txt"))
    texts = [line for line in script.splitlines() if line.strip()]
    for item in edition.in_brief.items if edition.in_brief else ():
        assert any(item.text.text in line for line in texts)


def test_composing_leaves_the_story_s_own_words_alone() -> None:
    source = reading(SCRIPT)
    assert composed(source).stories[0].blocks == source.story.blocks
    assert isinstance(source.story.blocks[0], Paragraph)


_HOSTILE = {
    "open quotes": "“a " * 60_000,
    "backticks": "``a " * 50_000,
    "straight quotes": 'word "a ' * 25_000,
    "dots": "." * 200_000 + "x",
    "numbers": "12. " * 50_000,
    "spaces": "a" + " " * 200_000 + "b",
    "commas": "The cat sat, " * 15_000,
    "quotations": "The council said “we did it” on 5 May. " * 5_000,
    "cjk": "外长在北京会见了客人，讨论了问题。" * 10_000,
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE.keys())
def test_a_long_and_hostile_text_is_composed_within_the_suite_s_patience(text: str) -> None:
    edition = composed(reading(text))
    assert edition.title
    assert len(edition.subject) <= 45


# Who pays.

STANDING = Sponsor("Example Press", "Paper.", "https://press.example.org/")


def test_a_standing_sponsor_stands_in_every_edition() -> None:
    assert composed(wire(SCRIPT), options=replace(OPTIONS, sponsor=STANDING)).sponsor == STANDING
    assert composed(wire(SCRIPT)).sponsor is None


def test_front_matter_names_an_edition_s_own_sponsor_or_none() -> None:
    options = replace(OPTIONS, sponsor=STANDING)
    own = "---\nsponsor: Example  Bank\nsponsor_text: Money.\nsponsor_image: https://bank.org/a.png\n---\n"
    assert composed(wire(own + SCRIPT), options=options).sponsor == Sponsor(
        "Example Bank", "Money.", None, "https://bank.org/a.png"
    )
    for word in ("None", "false"):
        assert composed(wire(f"---\nsponsor: {word}\n---\n" + SCRIPT), options=options).sponsor is None
