"""``dispatch compose`` as a user runs it: what it prints, what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import re
import shutil
import stat
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import click
import pytest

from dispatch.cli import run
from dispatch.edition.codec import loads

SLUG = "canada-china-minimal-thaw-persistent-frost"
STORY = """\
Engineers from Shelbyville counted 214 cracks in the harbour wall of Springfield before it fell.
Doe said “we did all that we could there”. Nobody was hurt. The ships wait outside.
"""


@pytest.fixture
def room(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newsletter's folder with the first seed in it, and the user inside."""
    (tmp_path / "seeds").mkdir()
    shutil.copy(root / "seeds" / "canada-china.txt", tmp_path / "seeds")
    toml = '[newsletter]\nname = "The Harbour"\n[sender]\nname = "Desk"\naddress = "desk@example.org"\n'
    toml += '[lists.paris]\ntagline = "Restez informés."\n'
    (tmp_path / "dispatch.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "wall.txt").write_text(STORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_edition_is_written_in_four_forms_and_the_user_is_told_where(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compose", "seeds/canada-china.txt"]) == 0
    said = capsys.readouterr().out
    for form in ("html", "txt", "eml", "json"):
        assert f"out/{SLUG}/edition.{form}" in said
    assert files(room / "out") == [f"{SLUG}/edition.{form}" for form in ("eml", "html", "json", "txt")]
    edition = loads((room / "out" / SLUG / "edition.json").read_text(encoding="utf-8"))
    assert edition.subject == "Canada-China: Minimal Thaw, Persistent Frost"
    assert "Stay informed. Stay ahead." in (room / "out" / SLUG / "edition.html").read_text(encoding="utf-8")


def test_each_suggestion_is_shown_with_its_line_and_rule(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["compose", "seeds/canada-china.txt"])
    said = capsys.readouterr().out
    assert re.search(r"✓ 1 +Canada-China: Minimal Thaw, Persistent Frost\n +seeds/canada-china\.txt:9 · contrast", said)
    assert re.search(r"2 +“A step, but only a step, in a long path”\n +seeds/canada-china\.txt:11 · quotation", said)
    assert re.search(r"3 +Canada’s Delicate Balancing Act\n +seeds/canada-china\.txt:13 · plain fact", said)
    assert "No major breakthroughs were announced." in said
    assert "3 min read" in said


def test_out_and_slug_say_where(room: Path) -> None:
    assert run(["compose", "wall.txt", "--out", "elsewhere", "--slug", "The Wall"]) == 0
    assert files(room / "elsewhere")[0] == "the-wall/edition.eml"
    assert not (room / "out").exists()


def test_json_prints_the_edition_and_nothing_else_and_writes_nothing(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(room)
    assert run(["compose", "wall.txt", "--json", "--pick", "2", "--date", "2026-01-02"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert (document["subject"], document["date"]) == ("“We did all that we could there”", "2026-01-02")
    assert printed.err == ""
    assert files(room) == before
    assert (room / "wall.txt").read_text(encoding="utf-8") == STORY


def test_explain_prints_each_line_with_its_role_in_columns(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "seeds/canada-china.txt", "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "seeds/canada-china.txt"
    numbered = [line for line in lines if re.match(r" *\d+  [a-z]", line)]
    source = (room / "seeds" / "canada-china.txt").read_text(encoding="utf-8").splitlines()
    assert len(numbered) == len(source)
    heading = next(line for line in numbered if "The Outcome: Minimal Thaw, Persistent Frost" in line)
    assert re.match(r" 9  heading +The Outcome", heading)
    assert len({line.index(source[number - 1]) for number, line in enumerate(numbered, 1) if source[number - 1]}) == 1


def test_the_message_opens_in_a_mail_program_and_its_way_out_is_inert(room: Path) -> None:
    run(["compose", "seeds/canada-china.txt"])
    message = message_from_bytes((room / "out" / SLUG / "edition.eml").read_bytes(), policy=default)
    assert message["Subject"] == "Canada-China: Minimal Thaw, Persistent Frost"
    assert message["From"] == "Desk <desk@example.org>"
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    html = message.get_body(("html",))
    assert html is not None
    assert "unsubscribe%20" not in html.get_content()
    assert 'href="#"' in html.get_content()


def test_a_recipient_s_field_shows_its_default(room: Path) -> None:
    text = 'merge: true\ntitle: For you\n\nDear {{ recipient.name | default("reader") }}, the wall fell down.'
    (room / "merge.md").write_text(f"---\n{text.replace(chr(10) * 2, chr(10) + '---' + chr(10))}", encoding="utf-8")
    assert run(["compose", "merge.md"]) == 0
    for form in ("html", "txt"):
        assert "Dear reader, the wall" in (room / "out" / "for-you" / f"edition.{form}").read_text(encoding="utf-8")


def test_a_pick_is_kept_in_the_seed_and_stands_the_next_time(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "seeds/canada-china.txt", "--pick", "2"]) == 0
    seed = room / "seeds" / "canada-china.txt"
    assert "title: " in seed.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["compose", "seeds/canada-china.txt", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["title"] == document["subject"] == "“A step, but only a step, in a long path”"


def test_a_pick_changes_no_other_byte_of_the_seed(room: Path) -> None:
    body = STORY.replace("\n", "\r\n").encode("cp1252")
    (room / "old.txt").write_bytes(body)
    (room / "old.txt").chmod(0o640)
    assert run(["compose", "old.txt", "--pick", "2"]) == 0
    written = (room / "old.txt").read_bytes()
    assert written.endswith(body)
    assert "title: ".encode("cp1252") in written
    assert "“We did all that we could there”".encode("cp1252") in written
    assert stat.S_IMODE((room / "old.txt").stat().st_mode) == 0o640


def test_a_pick_beside_a_headline_of_the_source_s_own_changes_the_subject_only(room: Path) -> None:
    (room / "own.txt").write_text(f"---\ntitle: The wall is down\n---\n{STORY}", encoding="utf-8")
    assert run(["compose", "own.txt", "--pick", "2"]) == 0
    edition = loads((room / "out" / "the-wall-is-down" / "edition.json").read_text(encoding="utf-8"))
    assert (edition.title, edition.subject) == ("The wall is down", "“We did all that we could there”")
    front = (room / "own.txt").read_text(encoding="utf-8").split("---")[1]
    assert front.count("title:") == 1
    assert "subject:" in front


def test_a_refused_pick_writes_nothing(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(room)
    assert run(["compose", "wall.txt", "--pick", "7"]) == 2
    assert "offers 2" in capsys.readouterr().err
    assert files(room) == before
    assert (room / "wall.txt").read_text(encoding="utf-8") == STORY


def test_a_subject_with_a_line_break_is_refused(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "wall.txt", "--subject", "One\r\nBcc: all@example.org"]) == 2
    assert "one line" in capsys.readouterr().err


def test_several_sources_make_one_edition(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "seeds/canada-china.txt", "wall.txt"]) == 0
    assert "2 stories" in capsys.readouterr().out
    edition = loads((room / "out" / SLUG / "edition.json").read_text(encoding="utf-8"))
    assert [story.source for story in edition.stories] == ["seeds/canada-china.txt", "wall.txt"]


def test_a_list_s_own_settings_are_in_force(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "wall.txt", "--list", "paris", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tagline"] == "Restez informés."


def test_composing_works_outside_a_newsletter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wall.txt").write_text(STORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["compose", "wall.txt", "--slug", "wall"]) == 0
    message = message_from_bytes((tmp_path / "out" / "wall" / "edition.eml").read_bytes(), policy=default)
    assert "example.invalid" in message["From"]


def test_composing_again_replaces_the_files_and_leaves_nothing_else(room: Path) -> None:
    run(["compose", "wall.txt", "--slug", "wall"])
    before = files(room / "out")
    (room / "wall.txt").write_text(STORY.replace("214", "215"), encoding="utf-8")
    assert run(["compose", "wall.txt", "--slug", "wall"]) == 0
    assert files(room / "out") == before
    assert "215" in (room / "out" / "wall" / "edition.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["compose"], ["compose", "wall.txt", "--json", "--explain"]])
def test_wrong_usage_is_exit_2(room: Path, arguments: list[str]) -> None:
    assert run(arguments) == 2


def test_bad_sources_say_which_file_and_leave_no_edition(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (room / "empty.txt").touch()
    for source in ("missing.txt", "empty.txt", "seeds", "dispatch.toml"):
        assert run(["compose", source]) == 1
        said = capsys.readouterr().err
        assert source in said
        assert "Traceback" not in said
    assert not (room / "out").exists()


def test_an_output_folder_that_cannot_be_is_an_error_and_the_seed_stays(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (room / "out").write_text("a file", encoding="utf-8")
    assert run(["compose", "wall.txt", "--pick", "2"]) == 1
    assert "out" in capsys.readouterr().err
    assert (room / "wall.txt").read_text(encoding="utf-8") == STORY


def test_open_shows_the_page(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    assert run(["compose", "wall.txt", "--slug", "wall", "--open"]) == 0
    assert opened == [(room / "out" / "wall" / "edition.html").resolve().as_uri()]


def test_a_theme_that_asks_for_a_field_the_list_lacks_is_found_while_composing_for_it(
    room: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(root / "templates", room / "templates")
    footer = room / "templates" / "dispatch" / "footer.mjml"
    text = footer.read_text(encoding="utf-8")
    footer.write_text(text.replace("<a class", "{{ recipient.nmae }}<a class", 1), encoding="utf-8")
    (room / "subscribers").mkdir()
    (room / "subscribers" / "daily.csv").write_text("email,name\nann@example.org,Ann\n", encoding="utf-8")
    assert run(["compose", "wall.txt", "--list", "daily"]) == 1
    said = capsys.readouterr().err
    assert "The list has no field 'nmae'." in said
    assert "email, name" in said


def test_a_day_that_is_none_is_answered_with_how_to_write_one(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compose", "wall.txt", "--date", "31.12.2026"]) == 2
    said = capsys.readouterr().err
    assert "'31.12.2026' is no day; write it as 2026-11-24." in said
    assert "→ All options: dispatch compose --help" in said
