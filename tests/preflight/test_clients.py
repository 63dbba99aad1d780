"""What is said of mail programs, by the figures that the package carries."""

# ruff: noqa: E501 - a row of a table reads better on one line

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.preflight.clients import client_feature, scores, used
from dispatch.preflight.document import Document
from dispatch.preflight.support import support
from dispatch.preflight.usage import features_of
from support.proofs import Case, proof_of


def features(html: str) -> set[str]:
    document = Document(f"<html><head></head><body>{html}</body></html>")
    return set(features_of(document, support().features)) - {"html-body", "html-style"}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="margin-top:1em">x</p>', {"html-p", "css-margin", "css-unit-em"}),
        ('<span style="display:flex;gap:4px">x</span>', {"html-span", "css-display", "css-display-flex", "css-gap", "css-unit-px"}),
        ('<h3 align="center">x</h3>', {"html-h1-h6", "html-align"}),
        ('<a href="#top">x</a>', {"html-anchor-links"}),
        ('<a href="mailto:x@example.org">x</a>', {"html-mailto-links"}),
        ('<img src="https://x.org/a.JPEG?b.png" />', {"html-img", "image-jpg"}),
        ('<section>x</section>', {"html-semantics"}),
        ('<p style="color:rgba(0,0,0,.5)">x</p>', {"html-p", "css-rgba"}),
        ('<p style="width:calc(1px + 2vw)">x</p>', {"html-p", "css-width", "css-unit-calc", "css-unit-px", "css-unit-vw"}),
        ('<p style="white-space:nowrap">x</p>', {"html-p"}),
        ('<p style="white-space:pre-wrap">x</p>', {"html-p", "css-white-space"}),
        ('<pre style="white-space:pre-wrap">x</pre>', {"html-pre"} & set(support().features)),
        ("<style>@media (prefers-color-scheme: dark) { a:hover { color: red } }</style>",
         {"css-at-media", "css-at-media-prefers-color-scheme", "css-pseudo-class-hover"}),
        ("<style>.a > b, #c [d] { --x: 1 }</style>",
         {"css-selector-class", "css-selector-child", "css-selector-grouping", "css-selector-id", "css-selector-attribute",
          "css-selector-descendant", "css-variables"}),
    ],
)  # fmt: skip
def test_what_a_page_is_built_with_is_seen(html: str, expected: set[str]) -> None:
    assert features(html) == expected


def test_a_finding_names_the_programs_and_the_element(tmp_path: Path) -> None:
    proof = proof_of(Case(html=lambda html: html.replace("</h1>", '<i style="display:flex">x</i></h1>')), tmp_path)
    where = used(proof)["css-display-flex"].element
    assert where is not None
    assert where.endswith("h1:nth-child(1) > i:nth-child(1)")
    assert support().lacking("css-display-flex", ["outlook"]) == ["outlook/windows", "outlook/windows-mail"]


def test_a_page_that_uses_less_is_shown_by_more(tmp_path: Path) -> None:
    plain = scores(proof_of(Case(), tmp_path))
    assert plain["apple-mail"] > plain["outlook"] > 50
    fancy = Case(
        html=lambda html: html.replace("</h1>", '<i style="display:grid;clip-path:none;filter:none">x</i></h1>')
    )
    assert scores(proof_of(fancy, tmp_path))["outlook"] < plain["outlook"]


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        (".a { float: left }", ["float is not shown by Outlook (Windows), Outlook (Windows Mail)."]),
        ("@media (max-width: 480px) { .a { float: left } }", []),
        ("@media (max-width: 480px) { .a { float: left } } .b { float: left }", ["float is not shown by Outlook (Windows), Outlook (Windows Mail)."]),
    ],
)  # fmt: skip
def test_what_stands_under_a_media_query_is_asked_of_programs_that_know_it(
    sheet: str, found: list[str], tmp_path: Path
) -> None:
    case = Case(html=lambda html: html.replace("</head>", f"<style>{sheet}</style></head>"))
    assert [each.message for each in client_feature(proof_of(case, tmp_path)) if "float" in each.message] == found
