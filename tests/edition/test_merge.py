"""Placeholders in editorial text: one form, by our own parser, marks beside the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.merge import merge_marks
from dispatch.edition.model import Mark, MarkKind, Text
from dispatch.errors import Place, SourceError

HERE = Place("a.md", 7)


@pytest.mark.parametrize(
    ("placeholder", "field", "default"),
    [
        ("{{ recipient.first_name }}", "first_name", None),
        ("{{recipient.city|default('there')}}", "city", "there"),
        ('{{ recipient.name | default("dear “reader”") }}', "name", "dear “reader”"),
        ("{{ recipient.name | default(“friend”) }}", "name", "friend"),
        ('{{ recipient.name |\ndefault( "" ) }}', "name", ""),
        ('{{ recipient.prénom | default("{ a | b }") }}', "prénom", "{ a | b }"),
    ],
)
def test_marks_the_placeholder_and_leaves_the_text(placeholder: str, field: str, default: str | None) -> None:
    text = f"Hello {placeholder}, welcome"
    mark = Mark(MarkKind.MERGE, 6, 6 + len(placeholder), field, default)
    assert merge_marks(Text(text), HERE) == Text(text, (mark,))


def test_keeps_the_marks_around_it_in_order() -> None:
    strong, link = Mark(MarkKind.STRONG, 0, 30), Mark(MarkKind.LINK, 31, 35, "https://example.org")
    marked = merge_marks(Text("Dear {{ recipient.name }} here, more", (strong, link)), HERE)
    assert marked.marks == (strong, Mark(MarkKind.MERGE, 5, 25, "name"), link)


def test_a_text_without_braces_is_untouched() -> None:
    text = Text("{ one } {", (Mark(MarkKind.CODE, 0, 7),))
    assert merge_marks(text, HERE) is text


@pytest.mark.parametrize(
    "written",
    [
        "{{ name }}",
        "{{ recipient }}",
        "{{ recipient.a.b }}",
        "{{ recipient['a'] }}",
        "{{ recipient.a | upper }}",
        "{{ recipient.a | default(b) }}",
        '{{ recipient.a | default("b") | safe }}',
        '{{ recipient.a + "b" }}',
        "{{ recipient.__class__() }}",
        "{{ }}",
        "{{ recipient.a",
        "recipient.a }}",
        "a }} {{ recipient.a }}",
        "{{ recipient.a }} and {{",
        "{{ {{ recipient.a }} }}",
    ],
)
def test_everything_else_in_braces_is_an_error_with_its_place(written: str) -> None:
    with pytest.raises(SourceError) as caught:
        merge_marks(Text(f"Hello {written}"), HERE)
    assert caught.value.place == HERE
    assert 'recipient.FIELD | default("…")' in (caught.value.hint or "")


def test_emphasis_may_not_begin_inside_a_placeholder() -> None:
    with pytest.raises(SourceError, match="begins or ends inside"):
        merge_marks(Text("{{ recipient.name }} here", (Mark(MarkKind.STRONG, 13, 24),)), HERE)


@given(st.text(alphabet='{}recipnt. |default("")x\n', max_size=40))
def test_never_changes_the_text_and_never_crashes(text: str) -> None:
    try:
        marked = merge_marks(Text(text), HERE)
    except SourceError:
        return
    assert marked.text == text
    assert all(text[mark.start : mark.end].startswith("{{") for mark in marked.marks)
