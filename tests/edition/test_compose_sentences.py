"""Sentences and quotations: the cuts that every other rule rests on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.composing.quotations import is_balanced, is_unquoted, quotations
from dispatch.edition.composing.sentences import sentences


@pytest.mark.parametrize(
    "parts",
    [
        ["No breakthroughs were announced.", "Talks go on."],
        ["Dr. Jane A. Smith met Sen. J. R. Doe at St. Mary’s on Jan. 5.", "They spoke."],
        ["Growth was 3.5 percent.", "In 2018. ", "It fell."],
        ["The U.S. Senate voted at 5 p.m. Eastern time.", "It passed."],
        ["He moved to the U.S. ", "The move was his last."],
        ["See No. 5 in vol. 3 of the report.", "It is long."],
        ["“This is basic,” said Ms. Dobson.", "“Neither side expects a reset. The goal is calm.”"],
        ["“Stop!” she said.", "Nobody did."],
        ["Really?", "Yes!", "It is so…", "Well."],
        ["Yahoo! reported a loss.", "Shares fell."],
        ["Der Bundesrat muss am 3. Oktober zustimmen.", "Danach gilt das Gesetz."],
        ["Es waren z.B. 14 Länder.", "Das sagte Hr. Maier."],
        ["M. Macron a parlé d’« un effort. Un vrai. » à Paris.", "Il est parti."],
        ["会谈持续了三个小时。", "没有宣布重大突破。"],
        ["都知事は「投資だ。必要だ」と述べた。", "費用は3.5億円だ。"],
        ["هل انتهت المحادثات؟", "لا أحد يعلم."],
        ["क्या यह सच है?", "यह सच है।", "ठीक है।"],
        ["The price, $1.2 million, was paid [1].", "Nobody complained."],
        ["One sentence without an end"],
    ],
)
def test_sentences_end_where_a_reader_says_they_do(parts: list[str]) -> None:
    glue = "" if "。" in parts[0] else " "
    text = glue.join(part.strip() for part in parts)
    assert [sentence.text for sentence in sentences(text)] == [part.strip() for part in parts]


@given(st.text(max_size=200))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(sentence.text.split()) for sentence in found) == "".join(text.split())
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in found)


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("called it “a step, in a long path.”", ["a step, in a long path."]),
        ('He said "go" and "stay".', ["go", "stay"]),
        ("Er sagte: „Das reicht“, und ging.", ["Das reicht"]),
        ("Il a dit « non ».", [" non "]),
        ("Hun sagde »nej« til det.", ["nej"]),
        ("知事は「投資だ」と述べた", ["投資だ"]),
        ("He called it ‘a mess’ at the lads’ club.", ["a mess"]),
        ("Canada’s rock ’n’ roll", []),
        ('An inch is 1" and no more', []),
        ("“The ‘Two Michaels’ are free,” he said.", ["The ‘Two Michaels’ are free,"]),
        ("”Det är klart”, sade hon.", ["Det är klart"]),
        ("“Never closed, he said.", []),
    ],
)
def test_quotations_are_found_by_their_marks(text: str, inner: list[str]) -> None:
    assert [found.inner(text) for found in quotations(text)] == inner


def test_a_text_with_half_a_quotation_is_neither_whole_nor_unquoted() -> None:
    assert not is_balanced("“Neither side expects a reset.")
    assert not is_unquoted("expects a reset.”")
    assert is_balanced("“Neither side” expects it.")
    assert is_unquoted("Canada’s act")
