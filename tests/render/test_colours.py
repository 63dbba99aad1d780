"""Whatever accent a newsletter chooses, its text can be read: on every ground, in light and in dark."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.errors import ThemeError
from dispatch.preflight.darkened import OUTLOOK_WHITE, Forced
from dispatch.render import builtin_templates
from dispatch.render.colour import contrast, from_oklch, inverted, readable_on, to_oklch
from dispatch.render.theme import Theme, load_theme, palette
from support.rendering import THEMES

BROUGHT = [load_theme(name, [builtin_templates()]) for name in THEMES]
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


@given(COLOURS)
@settings(max_examples=60)
def test_any_accent_can_be_read(accent: str) -> None:
    for roles in (roles for theme in BROUGHT for roles in palette(theme, accent).values()):
        for role in ("ink", "meta", "accent"):
            for ground in ("card", "page", "tint"):
                assert contrast(roles[role], roles[ground]) >= 4.5


@given(COLOURS)
@settings(max_examples=60)
def test_any_accent_can_be_read_after_its_page_was_inverted(accent: str) -> None:
    for light in (palette(theme, accent)["light"] for theme in BROUGHT):
        for role in ("ink", "meta", "accent"):
            for ground in ("card", "page", "tint"):
                for forced in Forced:
                    assert contrast(*forced.pair(light[role], light[ground])) >= 4.5


def test_an_inverted_colour_keeps_its_hue_and_changes_ends() -> None:
    assert inverted("#FFFFFF", white=0) == "#000000"
    assert inverted("#000000") == "#FFFFFF"
    assert inverted("#FFFFFF", OUTLOOK_WHITE) == "#333333"
    assert abs(to_oklch(inverted("#A8321E")).hue - to_oklch("#A8321E").hue) < 0.2


@pytest.mark.parametrize("theme", BROUGHT, ids=lambda theme: str(theme.name))
def test_a_palette_is_left_as_designed(theme: Theme) -> None:
    designed = {scheme: dict(roles) for scheme, roles in theme.colours.items()}
    assert palette(theme, theme.colours["light"]["accent"].lower()) == palette(theme, None) == designed


def test_an_accent_keeps_its_hue_and_moves_no_further_than_it_must() -> None:
    light = ("#FFFFFF", "#F3F1EC")
    assert readable_on("#0A66C2", light) == "#0A66C2"
    moved = readable_on("#FFD400", light)
    assert 4.5 <= contrast(moved, light[1]) < 4.7
    assert abs(to_oklch(moved).hue - to_oklch("#FFD400").hue) < 0.05


@given(COLOURS)
def test_oklch_comes_back_to_the_same_colour(colour: str) -> None:
    assert from_oklch(to_oklch(colour)) == colour


def test_contrast_is_wcags() -> None:
    assert contrast("#000", "#FFF") == pytest.approx(21)
    assert contrast("#1B1D21", "#FFFFFF") == pytest.approx(16.88, abs=0.01)
    assert contrast("#A8321E", "#FBF3EE") == pytest.approx(6.10, abs=0.01)


def test_a_word_is_no_colour() -> None:
    with pytest.raises(ThemeError, match="'red' is not a colour"):
        palette(BROUGHT[0], "red")
