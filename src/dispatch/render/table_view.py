"""A table as templates see it: its cells as HTML, and how it finds room on phones and computers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from types import SimpleNamespace

from markupsafe import Markup

from dispatch.edition.model import Table, Text
from dispatch.render.columns import longest_words
from dispatch.render.richtext import clean
from dispatch.render.wrapping import display_width

PHONE_LETTERS, PHONE_COLUMNS = 38, 4
"""Letters, and columns, of a table that a phone has room for side by side."""

CALM_LETTERS, CALM_COLUMNS = 56, 5
"""Letters, and columns, that a computer's page has room for with air between them."""

DENSE_LETTERS = 74
"""Letters that it has room for at all; beyond, words are divided."""

_GAP = 2
_SHORT, _LONG = 8, 20
_ALIGN = ("start", "center", "end")
_LETTER = re.compile(r"[^\W\d_]")


def table_view(table: Table, html: Callable[[Text], Markup], *, right_to_left: bool) -> SimpleNamespace:
    """``table`` for ``blocks/table.html``. ``wide``: a phone has no room for its columns side by side; ``dense``: a
    computer has only where they stand close."""
    columns = max([len(table.header), *(len(row) for row in table.rows)], default=0)
    align = [*table.align, *["start"] * columns][:columns]
    names = [clean(cell.text) for cell in table.header]
    texts = [[cell.text for cell in row] for row in (table.header, *table.rows)]
    least = sum(longest_words(texts, columns, display_width)) + columns * _GAP

    longest = _LONG if least <= DENSE_LETTERS else 0

    def cells(row: Sequence[Text], names: Sequence[str] = ()) -> list[SimpleNamespace]:
        # Each with its column's name; the first column names the row, and needs none.
        named = zip(row, align, chain(["", *names[1:]], repeat("")), strict=False)
        return [_cell(text, html(text), side, name, longest, right_to_left) for text, side, name in named]

    return SimpleNamespace(
        kind="table",
        header=cells(table.header),
        rows=[cells(row, names) for row in table.rows],
        wide=bool(names) and columns > 2 and (least > PHONE_LETTERS or columns > PHONE_COLUMNS),
        dense=least > CALM_LETTERS or columns > CALM_COLUMNS,
    )


def _cell(text: Text, html: Markup, side: str, name: str, longest: int, right_to_left: bool) -> SimpleNamespace:
    """``short``: a figure or a date that stays in one line; ``breaks``: it has a word longer than ``longest``, which is
    divided; ``ltr``: figures whose signs a right-to-left line would put on their other side."""
    figures = re.search("[0-9]", text.text) is not None
    return SimpleNamespace(
        html=html,
        align=side if side in _ALIGN else "start",
        of=name if text.text else "",
        short=figures and display_width(text.text) <= _SHORT,
        breaks=max(map(display_width, text.text.split()), default=0) > longest,
        ltr=right_to_left and figures and not _LETTER.search(text.text),
    )
