"""``dispatch theme`` as a newsroom's designer runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dispatch.cli import run
from dispatch.render import builtin_templates
from support.rendering import THEMES

SECTION = "<mj-section><mj-column><mj-text>\n{}\n</mj-text></mj-column></mj-section>\n"
EXTENDS = 'extends = "dispatch"\n'
BASE, DARK = (f'{{% include "dispatch/styles/{name}.css" %}}' for name in ("base", "dark"))
FOOTER = SECTION.format('<a href="{{{{ unsubscribe_url }}}}">Leave</a>\n{}')


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A new newsletter, in which commands run."""
    assert run(["init", str(tmp_path / "news")]) == 0
    monkeypatch.chdir(tmp_path / "news")
    capsys.readouterr()
    return tmp_path / "news"


@pytest.fixture
def evening(news: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The newsletter's own theme, as it is begun."""
    assert run(["theme", "new", "evening"]) == 0
    capsys.readouterr()
    return news / "templates" / "evening"


def compose(*arguments: str) -> str:
    """The edition of the sample text."""
    assert run(["compose", "seeds/canada-china.txt", *arguments]) == 0
    (edition,) = Path("out").glob("*/edition.html")
    return edition.read_text(encoding="utf-8")


def test_the_list_says_where_each_theme_comes_from(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (evening.parent / "wire" / "footer.mjml").write_text(FOOTER.format(""), encoding="utf-8")
    assert run(["theme", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r" {2,}", line)[:2] for line in lines] == [
        ["* dispatch", "built in, as it came"],
        ["", "evening"],
        ["", "letter"],
        ["", "wire"],
    ]
    assert "yours, builds on dispatch" in lines[1]
    assert "built in, 1 file differs" in lines[3]
    assert "two minutes" in lines[3]


def test_the_list_as_data(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["theme", "list", "--json"]) == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["evening"] == {
        "name": "evening",
        "built_in": False,
        "folder": "templates/evening",
        "changed": [],
        "extends": ["dispatch"],
        "description": "",
        "in_use": False,
        "error": None,
    }
    assert found["dispatch"]["in_use"]


def test_the_list_tells_a_theme_that_cannot_be_read(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (evening / "theme.toml").write_text('extends = "dispach"\n', encoding="utf-8")
    assert run(["theme", "list"]) == 1
    assert "templates/evening/theme.toml:1: There is no theme 'dispach'" in capsys.readouterr().out


def test_themes_are_there_without_a_newsletter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["theme", "list"]) == 0
    assert re.findall(r"^[* ] (\w+) +built in  \S", capsys.readouterr().out, re.MULTILINE) == THEMES
    assert run(["theme", "check", "letter"]) == 0
    assert run(["theme", "new", "evening"]) == 2
    assert "dispatch init" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("origin", THEMES)
def test_a_new_theme_looks_like_the_one_that_it_builds_on(news: Path, origin: str) -> None:
    assert run(["theme", "new", "evening", "--from", origin]) == 0
    assert run(["theme", "new", "whole", "--from", origin, "--full"]) == 0
    assert compose("--theme", "evening") == compose("--theme", "whole") == compose("--theme", origin)


def test_what_a_new_theme_says_next_can_be_run(
    news: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    assert run(["theme", "new", "evening", "--from", "wire"]) == 0
    commands = re.findall(r"^ {2}dispatch (.+?) {2}", capsys.readouterr().out, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert run(command.split()) == 0
    assert len(opened) == 1


def test_rules_and_colours_of_one_s_own_count(evening: Path) -> None:
    rules = evening / "styles" / "base.css"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n.headline { font-size: 41px; }\n", encoding="utf-8")
    settings = evening / "theme.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("#A8321E", "#7A1F5C"), encoding="utf-8")
    edition = compose("--theme", "evening")
    assert re.search(r"<h1 [^>]*font-size: ?41px", edition)
    assert "#7A1F5C" in edition


def test_an_accent_is_made_readable_and_gives_its_hue_to_the_tint(news: Path) -> None:
    assert run(["theme", "new", "evening", "--accent", "#FFD400"]) == 0
    written = (news / "templates" / "evening" / "theme.toml").read_text(encoding="utf-8")
    assert 'accent   = "#FFD400"' in written, "in the dark it can be read"
    light = written.partition("[colours.dark]")[0]
    assert "#FFD400" not in light
    assert "#FBF3EE" not in light
    assert run(["theme", "check", "evening"]) == 0


def test_a_whole_theme_has_every_file(news: Path) -> None:
    assert run(["theme", "new", "whole", "--from", "wire", "--full"]) == 0
    folder = news / "templates"
    names = {name: {path.relative_to(folder / name) for path in (folder / name).rglob("*.*")} for name in THEMES}
    whole = {path.relative_to(folder / "whole") for path in (folder / "whole").rglob("*.*")}
    assert whole == names["dispatch"] | names["wire"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["a/b"], 2, "'a/b' cannot be a theme's name"),
        ([".."], 2, "'..' cannot be a theme's name"),
        ([""], 2, "cannot be a theme's name"),
        (["evening"], 2, "There is a 'evening' already (templates/evening)"),
        (["wire"], 2, "There is a 'wire' already"),
        (["notes"], 2, "There is a 'notes' already"),
        (["night", "--from", "wirre"], 1, "did you mean 'wire'?"),
        (["night", "--accent", "green"], 1, "'green' is not a colour"),
    ],
)
def test_a_theme_that_cannot_be_made_changes_nothing(
    evening: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    (evening.parent / "notes").write_text("precious", encoding="utf-8")
    before = sorted(evening.parent.rglob("*"))
    assert run(["theme", "new", *arguments]) == code
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""
    assert sorted(evening.parent.rglob("*")) == before


@pytest.mark.parametrize("theme", THEMES)
def test_in_what_dispatch_brings_there_is_nothing_to_mend(
    theme: str, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["theme", "check", theme, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["errors"] == []
    assert found["findings"] == []
    assert len(found["pages"]) >= 6


MISTAKES = [
    ("footer.mjml", FOOTER.format("{% if %}"), "footer.mjml:3: This template does not parse"),
    ("footer.mjml", FOOTER.format("<mj-txt>x</mj-txt>"), "footer.mjml:3: MJML has no usable tag <mj-txt>"),
    ("footer.mjml", FOOTER.format("<p>x"), "footer.mjml:4: </mj-text> stands where <p> is still open"),
    ("footer.mjml", SECTION.format("No way out"), "The theme 'evening' shows readers no way out"),
    ("notes.mjml", SECTION.format("{{ edition.nots }}"), "notes.mjml:2: This template cannot be rendered"),
    ("footer.mjml", FOOTER.format('<img src="https://x.org/a.png" width="9" />'), "footer.mjml:3: The image"),
    ("footer.mjml", FOOTER.format('<img src="https://x.org/a.png" alt="" />'), "[image-size]"),
    ("footer.mjml", FOOTER.format('<div style="width:640px">x</div>'), "footer.mjml:3: “x” is 640 pixels wide"),
    ("footer.mjml", FOOTER.format('<p style="color:#BBB">x</p>'), "footer.mjml:3: “x” is #BBBBBB on #FFFFFF: 1.9 to 1"),
    ("footer.mjml", FOOTER.format('<p style="font-size:11px">x</p>'), "footer.mjml:3: “x” is 11 pixels"),
    ("footer.mjml", FOOTER.format("<h1>x</h1>"), "There are 2 headings of the first rank"),
    ("footer.mjml", FOOTER.format("<h4>x</h4>"), "footer.mjml:3: “x” is of rank 4"),
    ("footer.mjml", FOOTER.format('<a href="#nowhere">x</a>'), "footer.mjml:3: “x” leads to #nowhere"),
    ("footer.mjml", FOOTER.format('<table><tr><td><p>x</p></td></tr></table>'), "footer.mjml:3: A table for layout"),
    ("styles/base.css", BASE + ".small { font-size: 10px; }", "footer.mjml:5: “The Wire"),
    ("styles/dark.css", DARK + "@media (prefers-color-scheme: dark) { .meta { color: #333 !important; } }", "in dark."),
    ("styles/phone.css", "@media (max-width: 480px) { .gutter { min-width: 700px; } }", "says min-width: 700px"),
    ("styles/phone.css", ".gutter { color: #111111; }\n" * 700, "[size-styles]"),
    ("theme.toml", EXTENDS + '[colours.dark]\nink = "#EEE"\npage = "#FFF"\ncard = "#000"\n', "theme.toml:3: No shade"),
    ("theme.toml", EXTENDS + '[colours.light]\nink = "#000"\n[colours.dark]\nink = "x"\n', "theme.toml:5: 'x'"),
]  # fmt: skip


def test_a_theme_as_it_is_begun_has_no_mistake(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["theme", "check", "evening"]) == 0
    told = capsys.readouterr().out
    assert [says for _, _, says in MISTAKES if says in told] == []


@pytest.mark.parametrize(("file", "content", "says"), MISTAKES, ids=[says[:40] for _, _, says in MISTAKES])
def test_a_mistake_is_told_where_it_stands(
    evening: Path, capsys: pytest.CaptureFixture[str], file: str, content: str, says: str
) -> None:
    (evening / file).write_text(content, encoding="utf-8")
    code = run(["theme", "check", "evening"])
    told = capsys.readouterr()
    assert says in told.out
    assert told.err == ""
    warns = {"[image-size]", "footer.mjml:3: “x” is 11 pixels", "footer.mjml:5: “The Wire"}
    assert code == (0 if says in warns else 1)


def test_a_mistake_in_one_sample_s_part_leaves_the_others_looked_at(
    evening: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (evening / "notes.mjml").write_text(
        "{% if edition.notes %}" + SECTION.format("{{ edition.nots }}") + "{% endif %}", encoding="utf-8"
    )
    assert run(["theme", "check", "evening", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    (mistake,) = found["errors"]
    assert mistake["samples"] == ["every-block"]
    assert (mistake["file"], mistake["line"]) == ("templates/evening/notes.mjml", 2)
    assert "stories" in found["pages"]
    assert "every-block" not in found["pages"]


def test_every_variant_is_looked_at(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = evening / "theme.toml"
    declared = settings.read_text(encoding="utf-8") + '\n[variants]\nplan = ["pro"]\n'
    settings.write_text(declared, encoding="utf-8")
    faint = '{% if recipient.plan == "pro" %}<p style="color:#CCC">Thank you</p>{% endif %}'
    (evening / "footer.mjml").write_text(FOOTER.format(faint), encoding="utf-8")
    assert run(["theme", "check", "evening"]) == 1
    told = capsys.readouterr().out
    assert "templates/evening/footer.mjml:3: “Thank you” is #CCCCCC on #FFFFFF" in told
    assert "12 pages: every-block-pro, every-block, " in told


def test_a_rule_that_the_newsletter_set_off_is_off(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (evening / "footer.mjml").write_text(FOOTER.format('<img src="https://x.org/a.png" width="9" />'), encoding="utf-8")
    assert run(["theme", "check", "evening"]) == 1
    with Path("dispatch.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[check]\noff = ["alt", "client-feature"]\n')
    capsys.readouterr()
    assert run(["theme", "check", "evening"]) == 0
    assert "Nothing to mend." in capsys.readouterr().out


def test_the_pages_can_be_looked_at(evening: Path) -> None:
    assert run(["theme", "check", "evening", "--out", "out/themes"]) == 0
    pages = {page.stem: page.read_text(encoding="utf-8") for page in Path("out/themes/evening").iterdir()}
    assert 'dir="rtl"' in pages["right-to-left"]
    assert "Harvest Week" in pages["every-block"]
    assert "{{" not in pages["every-block"]


def test_all_themes_are_looked_at_where_none_is_named(evening: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["theme", "check", "--json"]) == 0
    assert [each["theme"] for each in json.loads(capsys.readouterr().out)] == sorted(["evening", *THEMES])


def test_a_theme_that_is_not_there_is_no_theme_to_check(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["theme", "check", "wirre"]) == 1
    assert "did you mean 'wire'?" in capsys.readouterr().err


def test_composing_in_a_theme_that_is_not_there_does_not_blame_the_text(
    news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compose", "seeds/canada-china.txt", "--theme", "wirre"]) == 1
    assert capsys.readouterr().err.startswith("error: There is no theme 'wirre'; did you mean 'wire'?")


def test_the_option_outweighs_the_text_and_the_settings(news: Path) -> None:
    seed = news / "seeds" / "canada-china.txt"
    seed.write_text("Theme: letter\n\n" + seed.read_text(encoding="utf-8"), encoding="utf-8")
    assert compose() == compose("--theme", "letter") != compose("--theme", "wire")


def test_the_built_in_themes_describe_themselves() -> None:
    for name in THEMES:
        assert re.search(r'^description = "\w.+\."$', (builtin_templates() / name / "theme.toml").read_text(), re.M)
