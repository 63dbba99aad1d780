"""Dates as an edition's language writes them."""

from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date

from dispatch.render.chrome import long_date


@pytest.mark.parametrize("month", range(1, 13))
def test_plain_english_is_written_as_babel_writes_the_worlds(month: int) -> None:
    day = date(2026, month, month)
    assert long_date(day, "en") == format_date(day, format="long", locale="en_001")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en-US", "November 3, 2026"),
        ("de", "3. November 2026"),
        ("pt-BR", "3 de novembro de 2026"),
        ("ja", "2026年11月3日"),
        ("de-Zzzz-XX", "3. November 2026"),
        ("tlh", "3 November 2026"),
    ],
)
def test_a_language_without_data_falls_back(language: str, written: str) -> None:
    assert long_date(date(2026, 11, 3), language) == written
