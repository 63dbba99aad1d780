"""In Brief by extraction, boxes and footnotes of several sources, reading time."""

from __future__ import annotations

import pytest

from dispatch.edition.composing.extraction import box_from_sections
from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.matter import matter_of
from dispatch.edition.composing.merging import merged_box, renumbered
from dispatch.edition.composing.passages import rewrite_marks, slice_text
from dispatch.edition.composing.reading_time import reading_minutes
from dispatch.edition.model import InBrief, Mark, MarkKind, Paragraph, Text
from support.readings import box, reading

_STORY = """
The harbour wall of Springfield fell down at noon, and the ships that were due later waited on the lake for hours.
## What Happened: A Wall Falls
It was noisy. Nobody knows yet why it happened, or whether it could have been foreseen by the people in charge of it.
Engineers from Shelbyville counted 214 cracks in the wall during the spring.
## What Comes Next
However, the council has asked for more time than it was given before.
* Money: The council put aside $12.5 million for a new wall in its last budget.
The people of the town will be asked what they think of all this, and they will be heard.
## Voices
“We did all that we could do in the time that we were given,” said Doe. “It was not much.”
"""


def extracted(script: str, language: str = "en") -> InBrief | None:
    return box_from_sections(matter_of(reading(script), lexicon_for(language)))


def test_each_section_gives_its_heading_and_its_most_telling_sentence() -> None:
    made = extracted(_STORY)
    assert made is not None
    assert made.generated
    assert [(item.label, item.text.text) for item in made.items][:2] == [
        ("What Happened", "Engineers from Shelbyville counted 214 cracks in the wall during the spring."),
        ("What Comes Next", "The council put aside $12.5 million for a new wall in its last budget."),
    ]


def test_what_is_extracted_stands_word_for_word_in_the_story_and_names_its_line() -> None:
    made = extracted(_STORY)
    assert made is not None
    for item in made.items:
        assert item.line is not None
        assert item.text.text in _STORY.strip("\n").split("\n")[item.line - 1]


def test_headings_with_the_same_label_keep_their_phrases() -> None:
    script = _STORY.replace("What Comes Next", "What Happened: The Council Pays")
    made = extracted(script)
    assert made is not None
    assert [item.label for item in made.items][:2] == ["What Happened: A Wall Falls", "What Happened: The Council Pays"]


@pytest.mark.parametrize(
    "script",
    [
        "A story without any section at all goes on for a while and says what it has to say in 25 words or so.",
        "## One\nThe only section of the story that has a sentence long enough to be told.\n## Two\nToo short.",
        # The box would say nearly all of it again.
        "## One\nThe council put aside $12.5 million for a wall.\n## Two\nEngineers counted 214 cracks in the wall.",
        "## One\nIs there anybody who knows what happened here?\n## Two\nThey went before it could be asked of them.",
    ],
)
def test_where_no_box_can_be_made_honestly_there_is_none(script: str) -> None:
    assert extracted(script) is None


def test_an_extracted_sentence_keeps_its_link_and_drops_its_footnote() -> None:
    text = Text("Old. The wall[1] fell down.", (Mark(MarkKind.LINK, 9, 13, "https://a.example"),))
    assert slice_text(text, 5, 27) == Text("The wall[1] fell down.", (Mark(MarkKind.LINK, 4, 8, "https://a.example"),))
    noted = _STORY.replace("spring.", "spring[1].")
    made = box_from_sections(matter_of(reading(noted, notes=("1",)), lexicon_for("en")))
    assert made is not None
    assert made.items[0].text.text.endswith("during the spring.")


def test_deeper_headings_belong_to_their_section() -> None:
    made = extracted(_STORY.replace("## What Comes Next", "### What Comes Next"))
    assert made is not None
    assert [item.label for item in made.items] == ["What Happened", "Voices"]


def test_an_arabic_box_has_an_arabic_name() -> None:
    body = (
        "قال المجلس إن الجدار الجديد سيكلف 12 مليون دولار في هذه المدينة القديمة. "
        + "وصلت السفن متأخرة جدا إلى الميناء. " * 4
    )
    made = extracted(f"## الأول\n{body}\n## الثاني\n{body}", "ar")
    assert made is not None
    assert made.label == "باختصار"


def test_boxes_of_several_sources_become_one() -> None:
    merged = merged_box(
        [box("Rice Context", ("A", "One.")), box("", (None, "Two.")), box("Wheat Context", ("C", "Three."))]
    )
    assert merged is not None
    assert merged.title == "Rice Context · Wheat Context"
    assert [item.text.text for item in merged.items] == ["One.", "Two.", "Three."]
    assert not merged.generated
    assert merged_box([]) is None


def test_footnotes_of_several_sources_are_numbered_through() -> None:
    one = reading("First[1] and second[2] point.", notes=("1", "2"), name="one.md")
    two = reading("Third[1] is here.", notes=("1",), name="two.md", box=box("", (None, "Box.")))
    first, second = renumbered([one, two])
    assert [note.label for note in (*first.footnotes, *second.footnotes)] == ["1", "2", "3"]
    block = second.story.blocks[0]
    assert isinstance(block, Paragraph)
    assert block.text == Text("Third[3] is here.", (Mark(MarkKind.FOOTNOTE, 5, 8, target="3"),))
    assert renumbered([one]) == (one,)


def test_marks_move_with_a_text_that_grows_before_them() -> None:
    text = Text(
        "ab[9] link",
        (Mark(MarkKind.FOOTNOTE, 2, 5, target="9"), Mark(MarkKind.LINK, 6, 10, target="https://a.example")),
    )

    def longer(mark: Mark, shown: str) -> Mark | tuple[Mark, str]:
        return (mark, "[10]") if mark.kind is MarkKind.FOOTNOTE else mark

    changed = rewrite_marks(text, longer)
    assert changed.text == "ab[10] link"
    assert [changed.text[mark.start : mark.end] for mark in changed.marks] == ["[10]", "link"]


@pytest.mark.parametrize(
    ("texts", "minutes"),
    [
        ([], 1),
        (["word " * 230], 1),
        (["word " * 231], 2),
        (["word " * 200, "– … —", "word " * 40], 2),
        (["字" * 500], 1),
        (["字" * 501], 2),
        (["字" * 250 + " word" * 116], 2),
    ],
)
def test_reading_time(texts: list[str], minutes: int) -> None:
    assert reading_minutes(texts) == minutes
