"""A page as mail programs make it over, as source: what a browser then shows is tried in test_views.py."""

from __future__ import annotations

from dispatch.preview.views import Scheme, Styles, View, seen

PAGE = (
    "<html><head><style>@media (prefers-color-scheme: dark) { .a { color: #fff } }</style>"
    "<style>@media (prefers-color-scheme:light) and (max-width: 480px) { .a { background: url(b.png) } }</style></head>"
    '<body><!-- a note --><p class="a" style="color: red; background: url(\'c.png\')" align="left">Ask for '
    '(prefers-color-scheme: dark) with url(x) and style="y".</p><img src="https://a/b.png" alt="A tram" width="10"/>'
    '<table background="d.png" width="100%"></table></body></html>'
)
WORDS = 'Ask for (prefers-color-scheme: dark) with url(x) and style="y".'


def test_what_a_page_asks_of_the_scheme_is_answered_for_any_browser() -> None:
    dark = seen(PAGE, View(Scheme.DARK))
    assert "@media (min-width: 0) { .a { color: #fff } }" in dark
    assert "@media (max-width: 0) and (max-width: 480px)" in dark
    assert "only dark" in dark
    light = seen(PAGE, View(Scheme.LIGHT))
    assert "@media (max-width: 0) { .a { color: #fff } }" in light
    assert "@media (min-width: 0) and (max-width: 480px)" in light


def test_no_word_of_the_text_is_taken_for_a_style() -> None:
    for scheme in Scheme:
        for styles in Styles:
            for images in (True, False):
                assert WORDS in seen(PAGE, View(scheme, styles, images))


def test_images_off_leaves_their_alternatives() -> None:
    off = seen(PAGE, View(images=False))
    assert '<img alt="A tram" width="10"/>' in off
    assert "b.png" not in off
    assert "c.png" not in off
    assert "d.png" not in off


def test_without_style_sheets_what_stands_on_elements_stays() -> None:
    inline = seen(PAGE, View(styles=Styles.INLINE))
    assert "max-width" not in inline
    assert "a note" not in inline
    assert "color: red" in inline


def test_without_styles_nothing_is_left_but_structure() -> None:
    bare = seen(PAGE, View(styles=Styles.NONE))
    assert f"<p>{WORDS}</p>" in bare
    assert "<table>" in bare


def test_no_theme_gives_the_studios_address_away() -> None:
    """Its address has its secret in it, and an element can overrule the header that keeps it from pictures' servers."""
    page = (
        '<head><meta name="referrer" content="unsafe-url"></head><p>referrerpolicy="origin"</p>'
        '<img alt="a > b"referrerpolicy=unsafe-url src="a.png"><img referrerPolicy="origin" src="b.png">'
    )
    shown = seen(page, View())
    assert "meta" not in shown
    assert '<p>referrerpolicy="origin"</p><img alt="a > b" src="a.png"><img  src="b.png">' in shown
