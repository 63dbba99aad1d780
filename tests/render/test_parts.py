"""An edition's optional parts: absent until asked for, then in the page and in the plain text, in its own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.edition.model import Sponsor
from dispatch.render import preview
from dispatch.render.chrome import words_for
from dispatch.render.look import Look
from support.editions import EVERY_PART, LOOK, every_part
from support.pages import Page
from support.rendering import Render

LANGUAGES = ["en", "fr", "de", "es", "pt", "it", "nl", "sv", "pl", "ru", "uk", "tr", "ar", "he", "zh", "ja"]


def links(html: str) -> list[str]:
    return [attributes["href"] for tag, attributes in Page(html).tags if tag == "a"]


def both(render: Render, look: Look, **changes: Any) -> tuple[str, str]:
    rendered = render(replace(every_part(), **changes), look=look).variants[()]
    return preview(rendered.html), preview(rendered.text)


def test_no_part_is_there_until_it_is_asked_for(render: Render) -> None:
    html = preview(render().variants[()].html)
    words = words_for("en")
    for said in (words.online, words.forward, words.question, words.advertisement):
        assert said not in html
    assert "<img" not in html
    assert links(html) == ["#"]


def test_parts_stand_in_their_order_in_page_and_text(render: Render) -> None:
    html, text = both(render, EVERY_PART)
    order = ["View in browser", "Parliament passed", "Advertisement", "Example Press", "Dockers stayed", "In Brief"]
    order += ["How was this edition?", "So-so", "Stay informed", "Forward by mail", "Mastodon", "Wire Street"]
    for said in (Page(html, lambda tag, attributes: attributes.get("data-made") == "contents").text, text):
        places = [said.index(words) for words in order]
        assert places == sorted(places)


def test_placeholders_are_the_editions_own(render: Render) -> None:
    html, text = both(render, EVERY_PART, slug="water-ports")
    page = "https://news.example.org/2026-11-23/water-ports"
    answer = "https://news.example.org/feedback?edition=water-ports&answer=Not%20for%20me"
    assert page in links(html)
    assert answer in links(html)
    assert f"View in browser: {page}\n" in text
    assert f"- Not for me: {answer}\n" in text


def test_mail_that_readers_send_says_what_it_is_about(render: Render) -> None:
    look = replace(EVERY_PART, feedback_to="desk+news@example.org", feedback_answers=("A & B", "C?"))
    html, text = both(render, look, title="Rain & “Wind”: 5% more?", subject="Rain & wind, 5% more")
    mails = [urlsplit(url) for url in links(html) if url.startswith("mailto:")]
    first, second, forward = ((mail.path, parse_qs(mail.query)) for mail in mails)
    assert first == ("desk%2Bnews@example.org", {"subject": ["A & B – Rain & “Wind”: 5% more?"]})
    assert second[1] == {"subject": ["C? – Rain & “Wind”: 5% more?"]}
    assert forward == (
        "",
        {
            "subject": ["Rain & wind, 5% more"],
            "body": ["Rain & “Wind”: 5% more?\r\nhttps://news.example.org/2026-11-23/edition"],
        },
    )
    assert "A & B, C?: desk+news@example.org" in text


def test_a_sponsor_is_marked_as_advertising_and_so_is_the_link(render: Render) -> None:
    html, text = both(render, LOOK)
    sponsored = [attributes for tag, attributes in Page(html).tags if attributes.get("rel") == "sponsored"]
    assert [attributes["href"] for attributes in sponsored] == ["https://press.example.org/?a=1&b=2"]
    assert (
        "[Advertisement]\n    Example Press\n    Paper for newspapers.\n    https://press.example.org/?a=1&b=2\n"
        in text
    )
    bare, _ = both(render, LOOK, sponsor=Sponsor("Example Press", link="javascript:alert(1)"))
    assert "Example Press" in bare
    assert "javascript" not in bare


def test_a_logo_keeps_the_name_where_images_are_off(render: Render) -> None:
    html, text = both(render, replace(EVERY_PART, logo_dark=None))
    (logo,) = (attributes for tag, attributes in Page(html).tags if "logo" in attributes.get("class", ""))
    assert (logo["alt"], logo["width"]) == ("Dispatch", "160")
    assert "font-weight:800" in logo["style"]
    assert text.startswith("Dispatch\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_of_its_own(render: Render, language: str) -> None:
    words = words_for(language)
    rendered = render(replace(every_part(), language=language), look=EVERY_PART).variants[()]
    for said in (Page(preview(rendered.html)).text, preview(rendered.text)):
        for own in (words.online, words.forward, words.question, *words.answers, words.advertisement):
            assert own in said
    if language != "en":
        english = words_for("en")
        assert words.online != english.online
        assert words.advertisement != english.advertisement


def test_parts_hold_whatever_settings_hold(render: Render) -> None:
    nasty = '<script>alert("x")</script>'
    look = replace(EVERY_PART, social=((nasty, 'https://a.example/?x="><b>'),), feedback_question=nasty)
    html, _ = both(render, look, sponsor=Sponsor(nasty, nasty, "https://a.example/", 'https://a.example/"><b>'))
    assert {"script", "b"} & {tag for tag, _ in Page(html).tags} == set()
    assert nasty in Page(html).text
