"""Capitals come back to the case that the rest of the text speaks for, and to nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.recase import recase
from dispatch.edition.sources.in_brief import InBriefTitle, in_brief_title

ENGLISH = (
    "OTTAWA/BEIJING – Top officials of Canada and China met. The G7, NATO and the US told us of McDonald’s loss to "
    "eBay. It was Mélanie Joly who spoke in that context.\nA LINE IN CAPITALS SAYS NOTHING ABOUT CANADA\n"
)
FRENCH = "Le ministre de Paris est dans la position de Londres et des autres."
GERMAN = "Der Bundestag beschließt und die Regierung wartet nicht auf den Haushalt. Den Weg ebnet das Amt."


@pytest.mark.parametrize(
    ("capitals", "corpus", "ordinary"),
    [
        ("CANADA-CHINA CONTEXT", ENGLISH, "Canada-China Context"),
        ("ON THE AGENDA: THE US AND NATO", ENGLISH, "On the Agenda: The US and NATO"),
        ("MCDONALD’S AND EBAY", ENGLISH, "McDonald’s and eBay"),
        ("MÉLANIE JOLY’S VIEW", ENGLISH, "Mélanie Joly’s View"),
        ("WHAT AI MEANS FOR THE G7", ENGLISH, "What AI Means for the G7"),
        ("O’BRIEN IN 2ND ROUND OF COP28", "", "O’Brien in 2nd Round of COP28"),
        ("WORLD WAR II AND THE U.S.", "", "World War II and the U.S."),
        ("EN BREF: L’AVIS DE LONDRES", FRENCH, "En bref: l’avis de Londres"),
        ("BUNDESTAG BESCHLIESST DEN HAUSHALT", GERMAN, "Bundestag beschließt den Haushalt"),
        ("Already Set", ENGLISH, "Already Set"),
        ("الرياض", ENGLISH, "الرياض"),
        ("要点", ENGLISH, "要点"),
        ("", ENGLISH, ""),
    ],
)
def test_capitals_take_the_case_of_the_text(capitals: str, corpus: str, ordinary: str) -> None:
    assert recase(capitals, corpus) == ordinary


@given(st.text(), st.text())
def test_only_case_changes(text: str, corpus: str) -> None:
    assert recase(text.upper(), corpus).casefold() == text.upper().casefold()


@pytest.mark.parametrize(
    ("line", "label", "title"),
    [
        ("IN BRIEF | CANADA-CHINA CONTEXT", "In Brief", "CANADA-CHINA CONTEXT"),
        ("In Brief: The Deal", "In Brief", "The Deal"),
        ("In brief — Chad", "In brief", "Chad"),
        ("In Brief - World News", "In Brief", "World News"),
        ("## In Brief", "In Brief", ""),
        ("**En bref :**", "En bref", ""),
        ("KURZ GEFASST", "Kurz gefasst", ""),
        ("Auf einen Blick", "Auf einen Blick", ""),
        ("EN BREVE | LO QUE VIENE", "En breve", "LO QUE VIENE"),
        ("باختصار", "باختصار", ""),
        ("בקצרה: הסכם", "בקצרה", "הסכם"),
        ("要点：市场", "要点", "市场"),
        ("【要点】", "要点", ""),
        ("Коротко", "Коротко", ""),
        ("AT A GLANCE", "At a Glance", ""),
        ("Quick facts", "Quick facts", ""),
        ("KEY POINTS: THE BUDGET", "Key Points", "THE BUDGET"),
    ],
)
def test_a_box_is_known_by_its_name(line: str, label: str, title: str) -> None:
    assert in_brief_title(line) == InBriefTitle(label, title)


def test_a_bar_between_capitals_hints_at_a_box_of_any_name() -> None:
    assert in_brief_title("DATA DESK | THE NUMBERS") == InBriefTitle("DATA DESK", "THE NUMBERS", named=False)


@pytest.mark.parametrize(
    "line",
    [
        "In brief, the deal is off.",
        "In brief: the deal is off, and nobody will say why.",
        "Key points: nothing was agreed",
        "The Bottom Line: Nobody Won",
        "The Outcome: Minimal Thaw, Persistent Frost",
        "Brief encounters",
        "Name | Age",
        "A | B | C",
        "",
    ],
)
def test_sentences_and_ordinary_headings_are_no_box(line: str) -> None:
    assert in_brief_title(line) is None
