"""What becomes of a block before a theme sees it."""

from __future__ import annotations

import pytest

from dispatch.edition.model import Block, Preformatted, Quote, Story, Table, Text
from dispatch.render import preview
from support.editions import edition
from support.rendering import Render


def page_of(render: Render, block: Block, language: str = "en") -> str:
    return preview(render(edition(Story("Title", (block,), source="a"), language=language)).variants[()].html)


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        (("said", "Jane Doe, mayor", "mayor"), 'said <strong class="ink">Jane Doe</strong>, mayor'),
        (("said", "Jane Doe of Ghent", "of Ghent"), 'said <strong class="ink">Jane Doe</strong> of Ghent'),
        (
            ("said", "the minister, Jane Doe", "the minister"),
            'said the minister, <strong class="ink">Jane Doe</strong>',
        ),
        ((None, "田中美咲、企画部長", "企画部長"), '<strong class="ink">田中美咲</strong>、企画部長'),
        (("said", "Jane Doe", None), 'said <strong class="ink">Jane Doe</strong>'),
    ],
)
def test_only_the_speakers_name_is_bold(render: Render, quote: tuple[str | None, str, str | None], said: str) -> None:
    verb, attribution, role = quote
    page = page_of(render, Quote(Text("Yes."), attribution=attribution, role=role, verb=verb))
    assert said in page.replace(' style="color:#1B1D21"', "").replace(' style="color: #1B1D21;"', "")


@pytest.mark.parametrize(("words", "long"), [("Yes. " * 30, False), ("Yes. " * 50, True), ("はい。" * 50, True)])
def test_a_long_quotation_is_set_as_text_is(render: Render, words: str, long: bool) -> None:
    assert ('class="words long"' in page_of(render, Quote(Text(words.strip())))) is long


def cell(page: str, text: str) -> str:
    """The tag of the cell that says ``text``."""
    before = page.partition(f">{text}</t")[0]
    return before[before.rindex("<t") :]


def test_figures_keep_their_signs_in_a_right_to_left_table(render: Render) -> None:
    header = tuple(map(Text, ("מניה", "שינוי", "שער")))
    row = tuple(map(Text, ("Haifa Ports 2", "−0.4 %", "ב־3.61")))
    page = page_of(render, Table(header, (row,), align=("start", "end", "end")), "he")
    assert 'dir="ltr"' in cell(page, "−0.4 %")
    assert 'align="left"' in cell(page, "−0.4 %")
    assert 'dir="ltr"' not in cell(page, "ב־3.61")
    assert 'dir="ltr"' not in cell(page, "Haifa Ports 2")


def test_figures_and_dates_stay_in_one_line_and_words_too_long_for_a_column_are_divided(render: Render) -> None:
    header = tuple(map(Text, ("Place", "13 Nov", "Remarks")))
    row = tuple(map(Text, ("Llanfairpwllgwyngyllgogerychwyrndrobwll", "−1.6 %", "Rain on 13 November")))
    page = page_of(render, Table(header, (row,)))
    assert "nowrap" in cell(page, "13 Nov")
    assert "nowrap" in cell(page, "−1.6 %")
    assert "breaks" in cell(page, row[0].text)
    assert not {"nowrap", "breaks"} & set(cell(page, "Rain on 13 November").split())


def test_the_lines_of_a_verse_need_no_style_to_stand(render: Render) -> None:
    page = page_of(render, Preformatted("Rain on the quay\n  and nobody there"))
    assert "Rain on the quay<br />\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}and nobody there" in page.replace(
        "&nbsp;", "\N{NO-BREAK SPACE}"
    ).replace("<br>", "<br />")
