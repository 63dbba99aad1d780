"""Compiled templates are kept between runs, and believed only where nobody else can have written them."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from jinja2 import Environment

from dispatch.errors import ThemeError
from dispatch.render import builtin_templates, preview, render_edition
from support.editions import LOOK, canada_china
from support.rendering import Write

Show = Callable[..., str]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache"


@pytest.fixture
def show(tmp_path: Path, cache: Path) -> Show:
    """The sample edition's HTML in the project's templates, by way of the cache."""

    def show_it(known_fields: frozenset[str] | None = None, key: tuple[str, ...] | None = None) -> str:
        paths = [tmp_path / "templates", builtin_templates()]
        rendered = render_edition(canada_china(), LOOK, theme_paths=paths, known_fields=known_fields, cache=cache)
        return preview(rendered.variants[key or rendered.key_for({})].html)

    return show_it


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of the templates that Jinja compiles from now on."""
    names: list[str | None] = []
    compile_one = Environment.compile

    def noted(self: Environment, source: str, name: str | None = None, filename: str | None = None) -> object:
        names.append(name)
        return compile_one(self, source, name, filename)

    monkeypatch.setattr(Environment, "compile", noted)
    return names


def kept(cache: Path) -> Path:
    (file,) = cache.iterdir()
    return file


def test_a_second_run_compiles_nothing_and_shows_the_same(show: Show, compiled: list[str | None]) -> None:
    first = show()
    assert "edition.mjml" in compiled
    compiled.clear()
    assert show() == first
    assert compiled == []


def test_what_was_edited_is_compiled_anew_and_nothing_else(
    show: Show, compiled: list[str | None], write: Write
) -> None:
    write("dispatch/sign_off.mjml", "<mj-raw>once</mj-raw>")
    assert "once" in show()
    compiled.clear()
    write("dispatch/sign_off.mjml", "<mj-raw>twice</mj-raw>")
    assert "twice" in show()
    assert compiled == ["sign_off.mjml"]


def test_a_slot_that_the_list_lacks_is_found_in_a_kept_template_too(show: Show, write: Write) -> None:
    file = write("dispatch/sign_off.mjml", "<mj-raw>\n{{ recipient.town }}</mj-raw>")
    show()
    with pytest.raises(ThemeError, match="no field 'town'") as caught:
        show(frozenset({"email"}))
    assert caught.value.place is not None
    assert (Path(caught.value.place.file).name, caught.value.place.line) == (file.name, 2)


def test_slots_and_variants_of_kept_templates_work(show: Show, compiled: list[str | None], write: Write) -> None:
    write("dispatch/theme.toml", '[variants]\nplan = ["pro"]')
    for_some = '{% if recipient.plan == "pro" %}<mj-raw>For some</mj-raw>{% endif %}'
    write("dispatch/sign_off.mjml", f'{for_some}<mj-raw>Dear {{{{ recipient.name | default("reader") }}}}</mj-raw>')
    show()
    compiled.clear()
    page = show(key=("pro",))
    assert compiled == []
    assert "For some" in page
    assert "Dear reader" in page
    assert "For some" not in show(key=("",))


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1] + b"\0",
        lambda whole: sha256(b"").digest(),
        lambda whole: os.urandom(4096),
    ],
    ids=["empty", "half", "changed", "nothing", "noise"],
)
def test_a_damaged_cache_is_made_anew(show: Show, cache: Path, damage: Callable[[bytes], bytes]) -> None:
    page = show()
    whole = kept(cache).read_bytes()
    kept(cache).write_bytes(damage(whole))
    assert show() == page
    assert kept(cache).read_bytes() == whole


@pytest.mark.parametrize(
    "weaken",
    [
        lambda file: file.chmod(0o620),
        lambda file: file.chmod(0o602),
        lambda file: file.parent.chmod(0o770),
        lambda file: file.parent.parent.chmod(0o777),
        lambda file: (
            file.rename(file.with_name("other")).rename(file.parent.parent / "other")
            and file.symlink_to(file.parent.parent / "other")
        ),
        pytest.param(
            lambda file: os.chown(file, 65534, 65534),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away"),
        ),
    ],
    ids=["group writes", "others write", "open folder", "open parent", "symbolic link", "another's"],
)
def test_what_another_user_could_have_written_is_not_run(
    show: Show, cache: Path, compiled: list[str | None], weaken: Callable[[Path], object]
) -> None:
    page = show()
    compiled.clear()
    weaken(kept(cache))
    assert show() == page
    assert "edition.mjml" in compiled


def test_where_nothing_can_be_kept_editions_are_made_all_the_same(show: Show, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("no folder")
    page = show()
    assert show() == page
    assert cache.read_text() == "no folder"


def test_only_its_user_may_read_or_write_the_cache(show: Show, cache: Path, compiled: list[str | None]) -> None:
    before = os.umask(0)
    try:
        show()
    finally:
        os.umask(before)
    made = (cache.parent, cache, kept(cache))
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700, 0o700, 0o600]
    compiled.clear()
    show()
    assert compiled == []
