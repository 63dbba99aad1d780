"""A title's name in folders and addresses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.slug import slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Canada-China: Minimal Thaw, Persistent Frost", "canada-china-minimal-thaw-persistent-frost"),
        ("Mélanie Joly’s Zürich–Łódź Straße", "melanie-jolys-zurich-lodz-strasse"),
        ("İstanbul’da Ærø & Đà Nẵng", "istanbulda-aero-da-nang"),
        ("１２３ ﬁne", "123-fine"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con-edition"),
    ],
)
def test_folds_to_plain_words(title: str, slug: str) -> None:
    assert slugify(title, "x") == slug


def test_is_cut_at_a_word() -> None:
    slug = slugify("A very long headline that goes on and on about internationalisation matters", "x")
    assert slug == "a-very-long-headline-that-goes-on-and-on-about"


@pytest.mark.parametrize(
    ("title", "stem", "slug"), [("عنوان", "My File", "my-file"), ("…", "—", "edition"), ("", "", "edition")]
)
def test_falls_back_to_the_files_name(title: str, stem: str, slug: str) -> None:
    assert slugify(title, stem) == slug


@given(st.text(), st.text())
def test_is_always_a_safe_folder_name(title: str, stem: str) -> None:
    slug = slugify(title, stem)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 60
