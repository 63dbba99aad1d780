"""Themes: found, overridden part by part, and wrong ones refused at the author's own line."""

from __future__ import annotations

import quopri
from dataclasses import replace

import pytest

from dispatch.edition.model import Image, Mark, MarkKind, Paragraph, Story, Text
from dispatch.errors import ThemeError
from dispatch.render import preview, theme_names
from support.editions import LOOK, edition
from support.pages import Page
from support.rendering import Render, Write, look_in

SECTION = "<mj-section>\n<mj-column>\n{}\n</mj-column>\n</mj-section>"


def test_one_partial_can_be_overridden_and_the_rest_inherited(write: Write, render: Render) -> None:
    write(
        "dispatch/header.mjml",
        "<mj-section><mj-column><mj-text>Our own {{ look.newsletter_name }}</mj-text></mj-column></mj-section>",
    )
    html = preview(render().variants[()].html)
    assert "Our own Dispatch" in html
    assert "3 min read" not in html
    assert "Canada-China Context" in html


def test_a_theme_can_build_on_another(write: Write, render: Render) -> None:
    write("night/theme.toml", 'extends = "dispatch"\n[colours.light]\nink = "#000000"\n')
    write("night/sign_off.mjml", "<mj-section><mj-column><mj-text>Good night</mj-text></mj-column></mj-section>")
    html = preview(render(look=replace(LOOK, theme="night")).variants[()].html)
    assert "Good night" in html
    assert "Stay informed" not in html
    assert "color:#000000" in html


def test_a_partial_can_hold_the_one_that_it_stands_for(write: Write, render: Render) -> None:
    write("night/theme.toml", 'extends = "dispatch"\n')
    write("night/styles/base.css", '{% include "dispatch/styles/base.css" %}\n.tagline { letter-spacing: 1px; }\n')
    write("night/sign_off.mjml", '{% include "dispatch/sign_off.mjml" %}' + SECTION.format("<mj-text>Bye</mj-text>"))
    write("late/theme.toml", 'extends = "night"\n')
    write("late/sign_off.mjml", '{% include "night/sign_off.mjml" %}' + SECTION.format("<mj-text>Late</mj-text>"))
    page = Page(preview(render(look=look_in("late")).variants[()].html))
    at = [page.text.index(said) for said in ("Stay ahead", "Bye", "Late")]
    assert at == sorted(at)
    (tagline,) = [attributes for _, attributes in page.tags if attributes.get("class") == "tagline"]
    styles = tagline["style"].replace(": ", ":")
    assert "letter-spacing:1px" in styles
    assert "font-weight:700" in styles


def test_a_variant_in_a_partial_that_another_holds_is_compiled(write: Write, render: Render) -> None:
    write("night/theme.toml", 'extends = "dispatch"\n[variants]\nplan = ["pro"]\n')
    paid = SECTION.format('<mj-text>{% if recipient.plan == "pro" %}Thank you{% endif %}</mj-text>')
    write("night/sign_off.mjml", paid)
    write("late/theme.toml", 'extends = "night"\n')
    write("late/sign_off.mjml", '{% include "night/sign_off.mjml" %}')
    rendered = render(look=look_in("late"))
    assert {key: "Thank you" in preview(each.html) for key, each in rendered.variants.items()} == {
        ("pro",): True,
        ("",): False,
    }


def test_a_mistake_in_a_partial_that_another_holds_is_named_at_its_line(write: Write, render: Render) -> None:
    write("night/theme.toml", 'extends = "dispatch"\n')
    file = write("night/sign_off.mjml", SECTION.format("<mj-txt>x</mj-txt>"))
    write("late/theme.toml", 'extends = "night"\n')
    write("late/sign_off.mjml", '{% include "night/sign_off.mjml" %}')
    with pytest.raises(ThemeError, match="no usable tag <mj-txt>") as caught:
        render(look=look_in("late"))
    assert str(caught.value.place) == f"{file}:3"


def test_a_missing_theme_names_those_that_exist(write: Write, render: Render, tmp_path: object) -> None:
    write("night/theme.toml", 'extends = "dispatch"\n')
    with pytest.raises(ThemeError) as caught:
        render(look=replace(LOOK, theme="dispach"))
    assert "did you mean 'dispatch'?" in caught.value.message
    assert "here are: dispatch, letter, night, wire." in (caught.value.hint or "")


def test_a_themes_name_cannot_leave_the_templates(render: Render) -> None:
    for name in ("..", "../templates/dispatch", "", "/etc"):
        with pytest.raises(ThemeError, match="There is no theme"):
            render(look=replace(LOOK, theme=name))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("extends = ", 1, "no TOML"),
        ('\nextend = "dispatch"', 2, "did you mean extends?"),
        ("extends = 3", 1, "must be a theme's name"),
        ('extends = "nowhere"', 1, "There is no theme 'nowhere'"),
        ('extends = "night"', 1, "in a circle"),
        ('extends = "dispatch"\n[variants]\nplan = "pro"', 3, "must list the values"),
        ('extends = "dispatch"\n[colours.light]\nink = "black"', 3, "is not a colour"),
        ('extends = "dispatch"\n[colours.light]\ninc = "#000"', 3, "did you mean ink?"),
        ('extends = "dispatch"\n[colours.dim]\nink = "#000"', 2, "is not one of light, dark"),
    ],
)
def test_a_wrong_theme_toml_is_refused_at_its_line(
    write: Write, render: Render, content: str, line: int, says: str
) -> None:
    file = write("night/theme.toml", content)
    with pytest.raises(ThemeError) as caught:
        render(look=replace(LOOK, theme="night"))
    assert says in caught.value.message
    assert str(caught.value.place) == f"{file}:{line}"


def test_a_theme_of_its_own_needs_an_entry(write: Write, render: Render) -> None:
    write("night/header.mjml", "x")
    with pytest.raises(ThemeError, match=r"has no edition\.mjml") as caught:
        render(look=replace(LOOK, theme="night"))
    assert 'extends = "dispatch"' in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (SECTION.format("<mj-txt>x</mj-txt>"), 3, "no usable tag <mj-txt>; did you mean mj-text?"),
        (SECTION.format('<mj-text colour="red">x</mj-text>'), 3, "no attribute colour; did you mean color?"),
        (SECTION.format("<mj-text\n  padding='0'>x</mj-text>"), 4, "double quotes"),
        (SECTION.format('{% if false %}\n<mj-image sorce="x" />\n{% endif %}'), 4, "did you mean src?"),
        (SECTION.format('<mj-include path="x.mjml" />'), 3, "no usable tag <mj-include>"),
        (SECTION.format("<mj-text>a < b</mj-text>"), 3, "begins no tag"),
        (SECTION.format("<mj-text><p>one<p>two</p></mj-text>"), 3, "still open"),
        (SECTION.format("<mj-text>x"), 4, "still open"),
        (SECTION.format("<p>x</p>"), 3, "may not stand directly in <mj-column>"),
        ("<mj-text>x</mj-text>", 1, "may not stand directly in <mj-body>"),
        (SECTION.format("<mj-text>{{ edition.titel }}</mj-text>"), 3, "cannot be rendered"),
        (SECTION.format("<mj-text>{{ 1 / 0 }}</mj-text>"), 3, "cannot be rendered"),
        (SECTION.format("<mj-text>{{ edition.title | nosuch }}</mj-text>"), 3, "does not parse"),
        (SECTION.format("<mj-text>{{ edition.title | safe }}</mj-text>"), 3, "does not parse"),
        (SECTION.format("<mj-text>{% if %}</mj-text>"), 3, "does not parse"),
        (SECTION.format("<mj-text>{{ ''.__class__ }}</mj-text>"), 3, "cannot be rendered"),
        ('{% include "nowhere.mjml" %}', 1, "no file 'nowhere.mjml'"),
        ('{% include "sign_off.mjml" %}', 1, "without end"),
        ("{% autoescape false %}x{% endautoescape %}", 1, "cannot be switched off"),
    ],
)
def test_a_wrong_template_is_refused_at_its_line(
    write: Write, render: Render, content: str, line: int, says: str
) -> None:
    file = write("dispatch/sign_off.mjml", content)
    with pytest.raises(ThemeError) as caught:
        render()
    assert says in caught.value.message
    assert str(caught.value.place) == f"{file}:{line}"


def test_a_template_that_is_no_text_is_refused(write: Write, render: Render) -> None:
    write("dispatch/sign_off.mjml", "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ThemeError, match="cannot be read"):
        render()


def test_a_theme_without_a_way_out_is_refused(write: Write, render: Render) -> None:
    write("dispatch/footer.mjml", SECTION.format("<mj-text>No way out</mj-text>"))
    with pytest.raises(ThemeError, match="shows readers no way out") as caught:
        render()
    assert "unsubscribe_url" in (caught.value.hint or "")


def test_links_lead_from_the_base_url_or_nowhere(render: Render) -> None:
    mark = Mark(MarkKind.LINK, 0, 4, "more.html")
    story = Story("T", (Paragraph(Text("More there", (mark,))),), source="seeds/a.md")
    based = Page(preview(render(edition(story)).variants[()].html))
    links = [attributes["href"] for tag, attributes in based.tags if tag == "a" and "more" in attributes["href"]]
    assert links == ["https://news.example.org/more.html"]
    unbased = Page(preview(render(edition(story), look=replace(LOOK, base_url=None)).variants[()].html))
    assert "More there" in unbased.text


def test_a_picture_without_an_address_is_shown_by_its_words(render: Render) -> None:
    story = Story("T", (Image("pictures/a.png", "A field"),), source="seeds/a.md")
    page = Page(preview(render(edition(story)).variants[()].html))
    assert "img" not in {tag for tag, _ in page.tags}
    assert "A field" in page.text


def test_a_picture_whose_size_is_known_takes_its_room_before_it_is_there(render: Render) -> None:
    image = Image("https://example.org/a.jpg", "A field", width=400, height=300)
    page = Page(preview(render(edition(Story("T", (image,), source="seeds/a.md"))).variants[()].html))
    (shown,) = [attributes for tag, attributes in page.tags if tag == "img"]
    assert (shown["width"], shown["height"]) == ("400", "300")
    assert "max-width:400px" in shown["style"]


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", " vbscript:x", "file:///x"]
)
def test_no_link_or_image_leads_where_no_mail_should(render: Render, target: str) -> None:
    text = Text("Click", (Mark(MarkKind.LINK, 0, 5, target),))
    story = Story("T", (Image(target, "alternative", link=target), Paragraph(text)), source="seeds/a.md")
    page = Page(preview(render(edition(story)).variants[()].html))
    assert not [
        tag for tag, attributes in page.tags if target.strip() in (attributes.get("href"), attributes.get("src"))
    ]
    assert "Click" in page.text


def test_nothing_remote_is_asked_for(render: Render) -> None:
    html = preview(render().variants[()].html)
    assert "@import" not in html
    assert "url(" not in html
    assert "<link" not in html
    assert "fonts.g" not in html


def test_attributes_keep_every_character(write: Write, render: Render) -> None:
    title = "\\ \u202e e\u0301 “é” 👩‍👧 <b> &amp;"
    write("dispatch/sign_off.mjml", SECTION.format('<mj-text><p title="{{ look.tagline }}">x</p></mj-text>'))
    html = preview(render(look=replace(LOOK, tagline=title)).variants[()].html)
    assert title.replace("&", "&amp;") in html.replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(("theme", "most"), [("dispatch", 30_000), ("wire", 30_000), ("letter", 12_000)])
def test_the_first_edition_is_light(render: Render, theme: str, most: int) -> None:
    as_sent = quopri.encodestring(preview(render(look=look_in(theme)).variants[()].html).encode())
    assert len(as_sent) < most


def test_style_sheets_carry_no_blanks_and_lose_no_word(write: Write, render: Render) -> None:
    sheet = (
        '.a > b, .c d { content: "x ; y : z"; margin: 0 auto !important; }\n'
        "@media screen and (width: 1px) { i { top: 0; } }"
    )
    write("dispatch/styles/fine.css", sheet)
    html = preview(render().variants[()].html)
    assert (
        '<style type="text/css">.a > b,.c d{content:"x ; y : z";margin:0 auto!important;}'
        "@media screen and (width:1px){i{top:0;}}</style>"
    ) in html


def test_theme_names_are_those_of_all_paths(write: Write) -> None:
    path = write("night/theme.toml", "").parent.parent
    write("notes/readme.txt", "no theme")
    assert theme_names([path, path / "missing"]) == ["night"]
