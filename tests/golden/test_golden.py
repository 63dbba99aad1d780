"""Editions of many shapes, written down whole: what a change does to readers' pages and texts shows as a difference.

``expected/NAME.page`` is what the page says and means (:func:`support.golden.outline`), without its looks;
``expected/NAME.txt`` is the plain text. Where a difference is what readers should get, ``make golden`` writes it down.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import unified_diff
from itertools import islice

import pytest

from support import golden

_SHOWN = 60


@pytest.mark.parametrize("name", golden.sources())
def test_an_edition_is_what_was_looked_at_and_accepted(
    name: str, made: Callable[[str], golden.Made], request: pytest.FixtureRequest
) -> None:
    edition = made(name)
    now = {"page": golden.outline(edition.html), "txt": edition.text}
    for form, content in now.items():
        file = golden.EXPECTED / f"{name}.{form}"
        if request.config.getoption("--accept"):
            file.write_text(content, encoding="utf-8")
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if before != content:
            changes = unified_diff(before.splitlines(), content.splitlines(), str(file.name), "now", lineterm="", n=2)
            shown = "\n".join(islice(changes, _SHOWN))
            pytest.fail(f"{shown}\n\nIf this is what readers should get: make golden, and commit it.", pytrace=False)


def test_nothing_is_expected_of_an_edition_that_is_gone() -> None:
    names = {f"{name}.{form}" for name in golden.sources() for form in ("page", "txt")}
    assert {file.name for file in golden.EXPECTED.iterdir()} == names
