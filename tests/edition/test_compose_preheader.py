"""The preheader: it goes on from the subject, and no cut of it misleads."""

from __future__ import annotations

import pytest

from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.matter import matter_of
from dispatch.edition.composing.preheader import preheader_of
from support.readings import reading


def preheader(script: str, *, subject: str = "Nothing alike", title: str = "", language: str = "en") -> str:
    matter = matter_of(reading(script), lexicon_for(language))
    return preheader_of(matter, title=title or subject, subject=subject)


def test_it_starts_with_the_first_short_plain_sentence_and_goes_on_with_the_next() -> None:
    script = """
    The envoys met “behind closed doors” there. They left by different doors after three and a half hours had gone.
    * Statement: Everyone was very happy indeed.
    Note: This sentence has a label before it.
    No breakthroughs were announced. The outcome was an agreement to keep all lines of communication open at once.
    """
    # The sentence with a quotation is passed over, the one behind it is short enough.
    assert preheader(script) == (
        "No breakthroughs were announced. The outcome was an agreement to keep all lines of communication…"
    )


def test_a_following_sentence_that_fits_stays_whole() -> None:
    assert preheader("The wall fell down at noon. No one was hurt.") == "The wall fell down at noon. No one was hurt."


def test_a_quotation_behind_it_is_left_alone() -> None:
    assert preheader("The wall fell down at noon. “No one was hurt.”") == "The wall fell down at noon."


@pytest.mark.parametrize(
    ("tail", "ends"),
    [
        # Each would be cut inside a number, an amount, a name, or after a word that only leads on.
        (
            "Rebuilding the old stones will cost the town of Springfield $12.5 million in all of its years",
            "Springfield…",
        ),
        ("Rebuilding the old stones of the harbour will cost everyone no less than 1 200 000 kroner", "no less…"),
        ("Rebuilding the old stones was the first promise of Mayor Jane Alexandra Doe in the campaign", "promise…"),
        ("Rebuilding the old stones would be paid for by each of the many towns that are on the lake", "towns…"),
    ],
)
def test_a_cut_never_parts_what_belongs_together(tail: str, ends: str) -> None:
    made = preheader(f"The wall fell down at noon. {tail}, said she.\n{tail}.\nMayor Jane Alexandra Doe knew.")
    assert made.endswith(ends)
    assert len(made) <= 100


def test_it_shares_at_most_one_word_with_the_subject_beside_the_topic() -> None:
    script = "The harbour wall fell down at noon. The harbour fell silent.\nThe wall was of old stone."
    assert preheader(script, subject="The harbour wall fell") == "The wall was of old stone."


def test_a_continuation_stops_before_it_repeats_the_subject() -> None:
    script = "Nobody was hurt on Tuesday. Engineers think that the harbour wall fell for want of repair."
    assert preheader(script, subject="Harbour wall fell", title="Harbour wall fell") == (
        "Nobody was hurt on Tuesday. Engineers think that the harbour…"
    )


def test_the_headline_s_own_sentence_is_not_said_again() -> None:
    script = "The harbour wall fell down at noon.\nShips had to wait outside for six hours."
    made = preheader(script, subject="“Nothing of ours is left”", title="The harbour wall fell down at noon")
    assert made == "Ships had to wait outside for six hours."


def test_without_a_short_sentence_a_long_one_is_begun() -> None:
    script = (
        "Ships had to wait outside for six hours and more because the pilots of the port had all been sent away "
        "to the other end of the lake."
    )
    assert preheader(script) == (
        "Ships had to wait outside for six hours and more because the pilots of the port had all been sent…"
    )


def test_where_no_sentence_can_serve_there_is_none() -> None:
    assert preheader("## Only\n* A: Labelled points are here.\n“Only a quotation is here, and nothing else.”") == ""


def test_capitals_do_not_shout() -> None:
    assert preheader("THE WALL FELL DOWN AT NOON.") == "The Wall Fell Down at Noon."


def test_a_paragraph_of_nothing_but_a_footnote_s_mark_is_passed_over() -> None:
    assert preheader_of(
        matter_of(reading("[1]\nThe wall fell down at noon.", notes=("1",)), lexicon_for("en")), title="x", subject="x"
    ) == ("The wall fell down at noon.")


@pytest.mark.parametrize(
    ("language", "script", "made"),
    [
        ("zh", "会谈在北京持续了三个小时。双方没有宣布重大突破。", "会谈在北京持续了三个小时。双方没有宣布重大突破。"),
        (
            "ar",
            "لم تعلن أي نتائج بعد الاجتماع. غادر الوفد المدينة.",
            "لم تعلن أي نتائج بعد الاجتماع. غادر الوفد المدينة.",
        ),
    ],
)
def test_other_scripts(language: str, script: str, made: str) -> None:
    assert preheader(script, language=language) == made
