"""What dispatch.toml says of an edition's optional parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.config.load import load_settings
from dispatch.config.settings import Feedback, Logo, Settings, StandingSponsor
from dispatch.errors import ConfigError


def load(folder: Path, text: str) -> Settings:
    (folder / "dispatch.toml").write_text(text, encoding="utf-8")
    return load_settings(folder, {})


def test_no_part_is_on_by_itself(tmp_path: Path) -> None:
    newsletter = load(tmp_path, '[newsletter]\nname = "News"\n').newsletter
    assert (newsletter.logo, newsletter.web_version, newsletter.feedback, newsletter.sponsor) == (None,) * 4
    assert (dict(newsletter.social), newsletter.forward) == ({}, False)


def test_parts_may_be_short_or_whole_or_tables_of_their_own(tmp_path: Path) -> None:
    text = """
[newsletter]
logo = "https://a.org/logo.png"
web_version = "https://a.org/{date}/{slug}"
social = { Mastodon = "https://m.org/@a", "Our podcast" = "https://p.org" }
forward = true
feedback = "desk@a.org"
[newsletter.sponsor]
name = "Example Press"
link = "https://press.org/?a=1"
[lists.pro]
logo = { url = "https://a.org/pro.png", dark = "https://a.org/pro-dark.png", width = 240 }
feedback = { to = "https://a.org/{slug}?a={answer}", question = "Well?", answers = ["Yes", "No"] }
sponsor = { name = "Example Bank", text = "Money.", image = "https://bank.org/ad.png" }
forward = false
"""
    settings = load(tmp_path, text)
    ours, pro = settings.newsletter, settings.for_list("pro")
    assert ours.logo == Logo("https://a.org/logo.png", None, 180)
    assert list(ours.social.items()) == [("Mastodon", "https://m.org/@a"), ("Our podcast", "https://p.org")]
    assert ours.feedback == Feedback("desk@a.org")
    assert ours.sponsor == StandingSponsor("Example Press", link="https://press.org/?a=1")
    assert pro.logo == Logo("https://a.org/pro.png", "https://a.org/pro-dark.png", 240)
    assert pro.feedback == Feedback("https://a.org/{slug}?a={answer}", "Well?", ("Yes", "No"))
    assert pro.sponsor == StandingSponsor("Example Bank", "Money.", None, "https://bank.org/ad.png")
    assert (pro.web_version, pro.forward, ours.forward) == (ours.web_version, False, True)


def test_a_list_may_go_without_what_the_newsletter_has(tmp_path: Path) -> None:
    text = """
[newsletter]
logo = "https://a.org/logo.png"
web_version = "https://a.org/{slug}"
social = { Mastodon = "https://m.org/@a" }
feedback = "desk@a.org"
sponsor = { name = "Example Press" }
[lists.pro]
logo = false
web_version = false
social = {}
feedback = false
sponsor = false
"""
    settings = load(tmp_path, text)
    pro = settings.for_list("pro")
    assert settings.newsletter.sponsor
    assert (pro.logo, pro.web_version, dict(pro.social), pro.feedback, pro.sponsor) == (None, None, {}, None, None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('logo = "logo.png"', "begins with https://"),
        ('logo = { dark = "https://a.org/x.png" }', "needs 'url'"),
        ('logo = { url = "https://a.org/x.png", width = 4000 }', "from 16 to 536"),
        ('logo = { url = "https://a.org/x.png", height = 40 }', "takes url, dark, width, not 'height'"),
        ("logo = 3", "must be a table"),
        ('web_version = "https://a.org/latest"', "must hold {slug} or {date}"),
        ('web_version = "https://a.org/{number}"', "may hold {slug}, {date}, not {number}"),
        ('web_version = "https://{slug}.a.org/"', "behind the host only"),
        ('web_version = "http://a.org/{slug}"', "begins with https://"),
        ('social = ["https://a.org"]', "must give each name its address"),
        ('social = { Mastodon = "@a" }', "begins with https://"),
        ('forward = "yes"', "must be true or false"),
        ('feedback = "nobody"', "email address"),
        ('feedback = "https://a.org/{slug}"', "must hold {answer}"),
        ('feedback = { to = "a@b.org", answers = ["Only one"] }', "two or three answers"),
        ('feedback = { to = "a@b.org", answers = ["Yes", " "] }', "must not be blank"),
        ('sponsor = "Example Press"', "must be a table"),
        ('sponsor = { text = "Paper." }', "needs 'name'"),
        ('sponsor = { name = "P", link = "javascript:alert(1)" }', "begins with https://"),
    ],
)
def test_what_no_reader_should_get_is_refused_at_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f'[newsletter]\nname = "News"\n{line}\n')
    assert said in caught.value.message
    assert str(caught.value.place).endswith("dispatch.toml:3")
