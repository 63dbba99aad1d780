"""The fact sheet: what is listed, where it stands, and which names nearly agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.preflight.facts import Fact, FactSheet, facts_of
from support.proofs import Case, proof_of


def sheet(text: str, folder: Path, lang: str = "en") -> FactSheet:
    """The fact sheet of a text of one headline; its first line stands in line 8."""
    case = Case(body=f"# Trams\n\n{text}\n", front={"lang": lang})
    return facts_of(proof_of(case, folder).edition)


def texts(facts: tuple[Fact, ...]) -> list[str]:
    return [fact.text for fact in facts]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor, Ana Silva, met Ursula von der Leyen.", ["Ana Silva", "Ursula von der Leyen"]),
        ("Trams run. The Bank of Canada pays.", ["Bank of Canada"]),
        ("Silva spoke. So did Silva.", ["Silva"]),
        ("In Lisbon, Jean-Luc O’Neill’s tram waits.", ["Lisbon", "Jean-Luc O’Neill"]),
        ("Nobody came. However it was late.", []),
        ("A note on `Class Name` in code.", []),
    ],
)
def test_names_are_found_by_their_capitals(text: str, names: list[str], tmp_path: Path) -> None:
    assert texts(sheet(text, tmp_path).names) == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It cost $1.5 billion, or 12,000 euros a day.", ["$1.5 billion", "12,000 euros"]),
        ("Some 48 per cent of 19 members; the G7 was not asked.", ["48 per cent", "19 members"]),
        ("At -3 °C, 7% stayed.", ["3 °C", "7%"]),
    ],
)
def test_numbers_are_listed_with_what_they_count(text: str, numbers: list[str], tmp_path: Path) -> None:
    assert texts(sheet(text, tmp_path).numbers) == numbers


@pytest.mark.parametrize(
    ("lang", "text", "dates"),
    [
        ("en", "On Tuesday, 24 November 2026; in 2018; by May 3.", ["Tuesday, 24 November 2026", "2018", "May 3"]),
        ("de", "Am 24. November 2026 und am Dienstag.", ["24. November 2026", "Dienstag"]),
        ("fr", "Le 24 novembre 2026 et mardi.", ["24 novembre 2026", "mardi"]),
        ("es", "El 24 de noviembre de 2026.", ["24 de noviembre de 2026"]),
        ("en", "From 2026-11-24 on.", ["2026-11-24"]),
    ],
)  # fmt: skip
def test_dates_are_found_in_the_editions_language(lang: str, text: str, dates: list[str], tmp_path: Path) -> None:
    found = sheet(text, tmp_path, lang)
    assert texts(found.dates) == dates
    assert found.numbers == ()


def test_every_place_of_a_name_is_told(tmp_path: Path) -> None:
    found = sheet("The mayor, Ana Silva, left.\n\nTrams wait for Ana Silva.", tmp_path)
    assert [place.line for place in found.names[0].places if place] == [8, 10]


def test_quotations_are_listed_with_their_speakers(tmp_path: Path) -> None:
    found = sheet("She said “we wait” and left.\n\n> Trams come.\n>\n> — Ana Silva, mayor", tmp_path)
    assert [(said.words, said.speaker) for said in found.quotations] == [
        ("we wait", None),
        ("Trams come.", "Ana Silva, mayor"),
    ]
    assert "Ana Silva" in texts(found.names)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("We met Joly. Then Jolie left with Joly, said Jolie.", [("Jolie", "Joly")]),
        ("We met Ana Schmidt and later Herr Schmitt.", [("Ana Schmidt", "Herr Schmitt")]),
        ("From Canada came Canadian trams to China and Chinese trams to Canadians.", []),
        ("We met Ana and Anna.", []),
        ("We met Martin and Martina, and Michael Chong in China.", []),
    ],
)
def test_names_that_nearly_agree_are_put_side_by_side(text: str, pairs: list[tuple[str, str]], tmp_path: Path) -> None:
    assert [(one.text, other.text) for one, other in sheet(text, tmp_path).doubtful] == pairs
