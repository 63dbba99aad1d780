"""What differs per recipient: slots with a default, declared variants, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.edition.model import Mark, MarkKind, Paragraph, Text
from dispatch.errors import SourceError, ThemeError
from dispatch.render import preview
from dispatch.render.slots import Pieces, Slot, SlotContext, encode
from support.editions import canada_china
from support.pages import Page
from support.rendering import Render, Write


def slots(pieces: Pieces) -> list[Slot]:
    return [piece for piece in pieces if isinstance(piece, Slot)]


def mj_text(content: str) -> str:
    return f"<mj-section><mj-column><mj-text>\n{content}\n</mj-text></mj-column></mj-section>"


def test_a_slot_knows_where_it_stands(write: Write, render: Render) -> None:
    write(
        "dispatch/sign_off.mjml",
        mj_text(
            'Dear {{ recipient.first_name | default("reader") }}'
            '<a title="For {{ recipient["plan"] }}" href="https://example.org/?u={{ recipient.id }}">x</a>'
        ),
    )
    rendered = render()
    html = rendered.variants[()].html
    assert slots(html)[:3] == [
        Slot("first_name", SlotContext.HTML, "reader"),
        Slot("plan", SlotContext.ATTRIBUTE),
        Slot("id", SlotContext.URL),
    ]
    assert rendered.used == {"first_name", "plan", "id"}
    assert "Dear reader<a" in preview(html)


def test_the_way_out_is_a_link_in_html_and_text(render: Render) -> None:
    rendered = render().variants[()]
    assert slots(rendered.html) == [Slot("@unsubscribe_url", SlotContext.URL)]
    assert slots(rendered.text) == [Slot("@unsubscribe_url", SlotContext.TEXT)]
    assert 'href="#"' in preview(rendered.html)
    assert preview(rendered.text).endswith("Unsubscribe:\n(each reader’s own link)\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{{ recipient.name | upper }}", "upper cannot be applied"),
        ("{{ recipient.name | default('x') | upper }}", "no slot can follow"),
        ("{{ recipient.name ~ '!' }}", "no slot can follow"),
        ("{{ recipient.name | default(look.tagline) }}", "must be a quoted text"),
        ("{{ recipient }}", "no slot can follow"),
        ("{% set r = recipient %}{{ r.name }}", "no slot can follow"),
        ("{% for x in recipient.name %}x{% endfor %}", "no slot can follow"),
        ("{% filter upper %}{{ recipient.name }}{% endfilter %}", "inside {% filter %}"),
        ("{% set x %}{{ recipient.name }}{% endset %}{{ x }}", "inside {% set %}"),
        ("{% if recipient.plan %}x{% endif %}", "known only per recipient"),
        ('{% if recipient.plan > "a" %}x{% endif %}', "compared with something else"),
        ('{% if recipient.plan == "pro" %}x{% endif %}', "declares no variants"),
        ("{% if edition.title == recipient.name %}x{% endif %}", "known only per recipient"),
        ('<p style="color:{{ recipient.colour }}">x</p>', "may not stand in the attribute style"),
        ('<a href="{{ recipient.site }}">x</a>', "may not decide where a link leads"),
        ('<a href="https://{{ recipient.site }}/">x</a>', "may not decide where a link leads"),
        ("<!-- {{ recipient.name }} -->", "inside a comment"),
        ("{% macro m() %}{{ recipient.name }}{% endmacro %}{{ m() | upper }}", "changes a recipient's slot"),
    ],
)
def test_anything_but_a_slot_is_refused(write: Write, render: Render, content: str, says: str) -> None:
    write("dispatch/sign_off.mjml", mj_text(content))
    with pytest.raises(ThemeError) as caught:
        render()
    assert says in caught.value.message
    assert caught.value.hint


def test_a_refusal_names_the_line_in_the_authors_file(write: Write, render: Render) -> None:
    file = write("dispatch/sign_off.mjml", mj_text("\n\n{{ recipient.name | upper }}"))
    with pytest.raises(ThemeError) as caught:
        render()
    assert str(caught.value.place) == f"{file}:4"


def test_an_unknown_field_names_the_lists_fields(write: Write, render: Render) -> None:
    write("dispatch/sign_off.mjml", mj_text("{{ recipient.frist_name }}"))
    render()
    with pytest.raises(ThemeError) as caught:
        render(known_fields=frozenset({"email", "first_name"}))
    assert caught.value.place
    assert caught.value.place.line == 2
    assert "email, first_name" in (caught.value.hint or "")


def test_each_variant_is_compiled_and_found(write: Write, render: Render) -> None:
    write("dispatch/theme.toml", '[variants]\nplan = ["pro", "free"]\nregion = ["eu"]\nunused = ["a", "b", "c"]\n')
    write(
        "dispatch/sign_off.mjml",
        mj_text(
            '{% if recipient.plan == "pro" %}PRO{% elif recipient.plan in ["free"] %}FREE{% else %}OTHER{% endif %}'
            '{% if not (recipient.region != "eu" or recipient.plan == "free") %}EU{% endif %}'
        ),
    )
    # The built-in theme's own theme.toml still gives the colours.
    rendered = render()
    assert rendered.fields == ("plan", "region")
    assert len(rendered.variants) == 6

    def shown(**recipient: str) -> str:
        html = preview(rendered.variants[rendered.key_for(recipient)].html)
        return next(word for word in ("PROEU", "PRO", "FREE", "OTHEREU", "OTHER") if word in html)

    assert shown(plan="pro", region="us") == "PRO"
    assert shown(plan="pro", region="eu") == "PROEU"
    assert shown(plan="free", region="eu") == "FREE"
    assert shown(plan="gold") == "OTHER"
    assert shown(region="eu") == "OTHEREU"


def test_a_variant_must_be_declared(write: Write, render: Render) -> None:
    write("dispatch/theme.toml", '[variants]\nplan = ["pro"]\n')
    write("dispatch/sign_off.mjml", mj_text('{% if recipient.plan == "prö" %}x{% endif %}'))
    with pytest.raises(ThemeError, match="not among the values of plan"):
        render()


def test_too_many_variants_are_refused(write: Write, render: Render) -> None:
    write("dispatch/theme.toml", '[variants]\na = ["1", "2"]\nb = ["1", "2"]\nc = ["1", "2", "3"]\n')
    with pytest.raises(ThemeError, match="36 combinations; at most 32"):
        render()


def test_editorial_text_is_text(render: Render) -> None:
    edition = canada_china()
    words = '{{ recipient.name }} {% if x %} <a@b> <script>alert(1)</script> {# no #} zq0slotn0z "&amp;"'
    story = replace(edition.stories[0], blocks=(Paragraph(Text(words)),), title=words)
    rendered = render(replace(edition, stories=(story,), title=words, preheader=words))
    assert slots(rendered.variants[()].html) == [Slot("@unsubscribe_url", SlotContext.URL)]
    page = Page(preview(rendered.variants[()].html))
    assert words in page.text
    assert "script" not in {tag for tag, _ in page.tags}
    assert words in " ".join(preview(rendered.variants[()].text).split())


def test_a_merge_in_a_text_becomes_a_slot_in_html_and_plain_text(render: Render) -> None:
    edition = canada_china()
    text = Text("Dear reader, hello", (Mark(MarkKind.MERGE, 5, 11, "first_name", "reader"),))
    story = replace(edition.stories[0], blocks=(Paragraph(text, line=7),), dateline=None)
    merged = replace(edition, stories=(story,))
    rendered = render(merged, known_fields=frozenset({"email", "first_name"}))
    variant = rendered.variants[()]
    assert Slot("first_name", SlotContext.HTML, "reader") in variant.html
    assert Slot("first_name", SlotContext.TEXT, "reader") in variant.text
    assert "Dear reader, hello" in preview(variant.text)
    assert rendered.used == {"first_name"}
    with pytest.raises(SourceError) as caught:
        render(merged, known_fields=frozenset({"email", "name"}))
    assert str(caught.value.place) == "seeds/canada-china.txt:7"
    assert "email, name" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("context", "value", "encoded"),
    [
        (SlotContext.HTML, 'a<b>&"', 'a&lt;b&gt;&amp;"'),
        (SlotContext.ATTRIBUTE, 'a<b>&"', "a&lt;b&gt;&amp;&quot;"),
        (SlotContext.URL, "a b&c/é", "a%20b%26c%2F%C3%A9"),
        (SlotContext.TEXT, "a\r\nb", "a b"),
        (SlotContext.HTML, "", "you &amp; me"),
    ],
)
def test_a_value_cannot_break_out_of_its_slot(context: SlotContext, value: str, encoded: str) -> None:
    assert encode(Slot("name", context, "you & me"), value) == encoded


def test_a_whole_url_is_escaped_and_not_encoded_again() -> None:
    url = "https://example.org/u/a%20b?x=1&y=2"
    assert encode(Slot("@unsubscribe_url", SlotContext.URL), url) == url.replace("&", "&amp;")
