"""Addresses in running text become links, and nothing else does."""

from __future__ import annotations

import pytest

from dispatch.edition.model import Mark, MarkKind, Text
from dispatch.edition.sources.inline import link_marks


@pytest.mark.parametrize(
    ("text", "linked", "target"),
    [
        ("See https://example.org/a_b?c=d&e=(f).", "https://example.org/a_b?c=d&e=(f)", None),
        ("See (www.example.com/news).", "www.example.com/news", "https://www.example.com/news"),
        ("Read example.org/report today", "example.org/report", "https://example.org/report"),
        ("Write to <press@example.com>.", "press@example.com", "mailto:press@example.com"),
        ("(press@acme.news)", "press@acme.news", "mailto:press@acme.news"),
        ("www.acme.design, it says", "www.acme.design", "https://www.acme.design"),
        ("mailto:press@example.com", "mailto:press@example.com", "mailto:press@example.com"),
        ("见https://example.org/新闻。", "https://example.org/新闻", None),
    ],
)
def test_an_address_is_a_link(text: str, linked: str, target: str | None) -> None:
    (mark,) = link_marks(Text(text)).marks
    assert text[mark.start : mark.end] == linked
    assert mark.kind is MarkKind.LINK
    assert target is None or mark.target == target
    assert mark.target is not None
    assert mark.target.startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize(
    "text",
    [
        "Amazon.com and Node.js rose.",
        "<a@b> and {{ x }}",
        "ftp://example.org/file",
        "javascript:alert(1)",
        "//example.org/path",
        "and/or 24/7",
        "@handle #tag 10:30",
        "file.txt/other",
        "x@" + "a" * 5000 + ".com",
    ],
)
def test_other_text_is_no_link(text: str) -> None:
    assert link_marks(Text(text)).marks == ()


def test_a_link_crosses_no_mark_that_is_there() -> None:
    text = Text("see https://example.org/x now", (Mark(MarkKind.MERGE, 4, 12, target="name"),))
    assert link_marks(text) == text
