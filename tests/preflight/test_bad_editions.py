"""Bad editions, as they come over a desk, and all that is found in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.preflight.check import check
from support.proofs import proof_of_file

FOLDER = Path(__file__).parent / "bad"

EXPECTED: dict[str, list[str]] = {
    "encoding.md": ["mojibake 1", "mojibake 3", "preheader-missing -"],
    "images.md": [
        "client-feature -",
        "image-alt 3",
        "image-alt 5",
        "image-http 7",
        "image-only 1",
        "image-unsupported 7",
        "preheader-missing -",
    ],
    "links.md": [
        "link-broken 3",
        "link-http 3",
        "link-private 3",
        "link-same-words 3",
        "link-text 3",
        "link-tracking 3",
    ],
    "pictures.md": ["image-alt 13", "image-file 5", "image-unpublished 9", "image-words 9"],
    "spam.md": [
        "date-past 4",
        "preheader-repeats 3",
        "subject-bait 2",
        "subject-bait 3",
        "subject-capitals 2",
        "subject-long 2",
        "subject-punctuation 2",
        "subject-punctuation 2",
    ],
    "unfinished.md": [
        "doubled-word 3",
        "placeholder 3",
        "quote-unattributed 11",
        "reference-unresolved 9",
        "section-empty 5",
        "template-marker 9",
    ],
}
"""Of each file, what is found: the rule and the line."""


def found_in(name: str) -> list[str]:
    findings = check(proof_of_file(FOLDER / name))
    return sorted(f"{each.rule.id} {each.place.line if each.place and each.place.line else '-'}" for each in findings)


def test_no_edition_goes_untried() -> None:
    assert {file.name for file in FOLDER.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_all_that_is_wrong_with_it_is_found(name: str) -> None:
    assert found_in(name) == EXPECTED[name]
