"""What an author says above a text: three notations, typed by key, changed in place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.sources.front_matter import split_front_matter, write_front_matter
from dispatch.errors import SourceError

NOTATIONS = {
    "yaml": "---\ntitle: Frost\nLang: no\ndate: 2026-11-24\ndraft: yes\n---\nBody\n",
    "yaml with dots": "\n---\ntitle: 'Frost'\nlang: no\ndate: 2026-11-24\ndraft: true # not yet\n...\nBody\n",
    "toml": '+++\ntitle = "Frost"\nlang = "no"\ndate = 2026-11-24\ndraft = true\n+++\nBody\n',
    "lines": "Title: Frost\nLang: no\nDate: 2026-11-24\nDraft: yes\n\nBody\n",
}


@pytest.mark.parametrize("text", NOTATIONS.values(), ids=NOTATIONS.keys())
def test_reads_every_notation(text: str) -> None:
    front, lines, first = split_front_matter(text, "a.md")
    assert (front.title, front.lang, front.date, front.draft) == ("Frost", "no", date(2026, 11, 24), True)
    assert text.split("\n")[first - 1 :] == [*lines, ""]
    assert [line for line in lines if line] == ["Body"]
    assert text.split("\n")[front.lines["title"] - 1].lower().startswith("title")


@pytest.mark.parametrize(
    "text",
    [
        "Ottawa: talks begin\n\nMore.",
        "Title IX: a law\n\nMore.",
        "\nOTTAWA – Talks.\n",
        "Subject: one line only",
        "Theme: peace\nand more prose here\n\nx",
        "---\n\nA text below a divider\n\n---\nmore",
        "---\nA text below a divider\n",
        "\\Title: kept\n\nx",
        "Date:2026\n\nx",
        "# Title\n\ntitle: x\n",
    ],
)
def test_an_ordinary_text_is_not_eaten(text: str) -> None:
    front, lines, first = split_front_matter(text, "a.txt")
    assert front.title is None
    assert not front.lines
    assert (lines, first) == (text.rstrip("\n").split("\n"), 1)


@pytest.mark.parametrize(
    ("value", "title"),
    [("No", "No"), ("007", "007"), ("2026", "2026"), ("1e3", "1e3"), ("2026-11-24", "2026-11-24"), ("'x: y'", "x: y")],
)
def test_a_title_is_text_whatever_yaml_would_make_of_it(value: str, title: str) -> None:
    assert split_front_matter(f"---\ntitle: {value}\n---\nx", "a.md")[0].title == title


@pytest.mark.parametrize("value", ["", "~", "null"])
def test_an_empty_value_is_not_said(value: str) -> None:
    front = split_front_matter(f"---\ntitle: {value}\nsubject: x\n---\nx", "a.md")[0]
    assert (front.title, front.subject) == (None, "x")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-24 07:00", datetime(2026, 11, 24, 7)),  # noqa: DTZ001 - naive is what no offset means
        ("2026-11-24 7:00:30", datetime(2026, 11, 24, 7, 0, 30)),  # noqa: DTZ001
        ("2026-11-24T07:00Z", datetime(2026, 11, 24, 7, tzinfo=UTC)),
        ("2026-11-24 07:00 +05:30", datetime(2026, 11, 24, 7, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ("2026-11-24T07:00:00-0500", datetime(2026, 11, 24, 7, tzinfo=timezone(timedelta(hours=-5)))),
    ],
)
def test_send_at_with_and_without_offset(written: str, moment: datetime) -> None:
    for text in (f"---\nsend_at: {written}\n---\nx", f"Send-At: {written}\n\nx", f'+++\nsend_at = "{written}"\n+++\nx'):
        read = split_front_matter(text, "a.md")[0].send_at
        assert read is not None
        assert (read, read.tzinfo is None) == (moment, moment.tzinfo is None)


def test_toml_dates_are_read_as_dates() -> None:
    front = split_front_matter("+++\ndate = 2026-11-24\nsend_at = 2026-11-24T07:00:00Z\n+++\nx", "a.md")[0]
    assert (front.date, front.send_at) == (date(2026, 11, 24), datetime(2026, 11, 24, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ("---\nslug: x\ntitel: y\n---\n", 3, 'no key "titel"', '"title"'),
        ("---\nslug: x\ntitle: a: b\n---\n", 3, "not YAML", "quotes"),
        ('+++\nslug = "x"\ntitle = y\n+++\n', 3, "not TOML", "quotes"),
        ("---\ntitle: [a, b]\n---\n", 2, "one value", "title"),
        ("---\nslug: x\ndraft: maybe\n---\n", 3, "true or false", ""),
        ("---\ndate: tomorrow\n---\n", 2, "no date", "2026-11-24"),
        ("---\ndate: 2026-02-30\n---\n", 2, "day", "2026-11-24"),
        ("---\nsend_at: 2026-11-24\n---\n", 2, "hour", "07:00"),
        ("---\nlang: english please\n---\n", 2, "language tag", "en"),
        ("---\nslug: ../../etc\n---\n", 2, "small letters", "etc"),
        ("---\nlist: ../x\n---\n", 2, "name of a list", ""),
        ("---\nin_brief: never\n---\n", 2, "auto or source", "extract"),
        ("---\ntitle: x\nTitle: y\n---\n", 3, "twice", "line 2"),
        ("---\ntitle: We're #1\n---\n", 2, "comment", "quotes"),
        ("---\ntitle: x\n\nbody", 1, "never closed", "---"),
        ("---\njust words\n---\n", 2, "no keys", "title:"),
        ("Title: x\nDraft: yes\nBody at once\n", 3, "blank line", "blank line"),
        ("Title: x\nTheem: y\n\nBody\n", 2, 'no key "Theem"', '"theme"'),
        ("---\n" + "[" * 3000 + "\n---\n", 2, "not YAML", ""),
    ],
)
def test_mistakes_are_named_with_file_and_line(text: str, line: int, says: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        split_front_matter(text, "seeds/a.md")
    assert str(caught.value.place) == f"seeds/a.md:{line}"
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("key", ["title", "subject", "preheader", "author", "slug", "list"])
@pytest.mark.parametrize("inject", ["\\r\\nBcc: all@example.com", "\\nX: y", "\\0", "\\u2028z", "\\u0007"])
def test_nothing_can_be_smuggled_into_a_header(key: str, inject: str) -> None:
    with pytest.raises(SourceError) as caught:
        split_front_matter(f'---\n{key}: "a{inject}"\n---\nx', "a.md")
    assert str(caught.value.place) == "a.md:2"


WRITTEN = '---\ntitle: "New: \\"title\\""  # keep\nlang: no\n# a comment\nsubject: "S"\n---\nBody  \n\n'


def test_sets_keys_in_place_and_keeps_all_else() -> None:
    text = "---\ntitle: Old  # keep\nlang: no\n# a comment\n---\nBody  \n\n"
    assert write_front_matter(text, {"title": 'New: "title"', "subject": "S"}, "a.md") == WRITTEN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\nTITLE:\nlang: no\n---\nx", '---\nTITLE: "T"\nlang: no\n---\nx'),
        ("---\ntitle: >\n  folded\n  text\nlang: no\n---\nx", '---\ntitle: "T"\nlang: no\n---\nx'),
        ("+++\ntitle = 'a' # c\n+++\nx", '+++\ntitle = "T" # c\n+++\nx'),
        ('+++\ntitle = """a\nb"""\nlang="no"\n+++\nx', '+++\ntitle = "T"\nlang="no"\n+++\nx'),
        ("Title: a\r\nLang: no\r\n\r\nx\r\n", "Title: T\r\nLang: no\r\n\r\nx\r\n"),
        ("Lang: no\n\nx", "Lang: no\ntitle: T\n\nx"),
        ("---\rtitle: a\r---\rx\r", '---\rtitle: "T"\r---\rx\r'),
        ("\nOTTAWA – x\n", '---\ntitle: "T"\n---\n\nOTTAWA – x\n'),
        ("\ufeffone\r\ntwo", '\ufeff---\r\ntitle: "T"\r\n---\r\none\r\ntwo'),
        ("---\n\ndivider above", '---\ntitle: "T"\n---\n---\n\ndivider above'),
    ],
)
def test_every_notation_is_changed_in_its_own_way(before: str, after: str) -> None:
    assert write_front_matter(before, {"title": "T"}, "a.md") == after


@pytest.mark.parametrize("text", ["---\n{title: a, lang: no}\n---\nx", "---\ntitle: &t a\nauthor: *t\n---\nx"])
def test_what_cannot_be_changed_safely_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="safely"):
        write_front_matter(text, {"author": "B", "subject": "C"}, "a.md")


_VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40).filter(str.strip)


@given(_VALUES, st.sampled_from(["x\n", "---\ntitle: old\n---\nx\n", "+++\ntitle='old'\n+++\nx\n", "\nDATE – x"]))
def test_what_is_written_reads_back(value: str, text: str) -> None:
    written = write_front_matter(text, {"title": value}, "a.md")
    front, lines, _ = split_front_matter(written, "a.md")
    assert front.title == value.strip()
    assert lines == split_front_matter(text, "a.md")[1]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("---\ntitle: x\nsponsor_text: Paper.\n---\n", "stands without a sponsor", 3),
        ("---\nsponsor: Press\nsponsor_link: www.press.org\n---\n", "must be a web address", 3),
        ("---\nsponsor: Press\nsponsor_image: javascript:alert(1)\n---\n", "must be a web address", 3),
    ],
)
def test_a_sponsor_has_a_name_and_addresses_that_lead_somewhere(text: str, said: str, line: int) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        split_front_matter(text, "a.md")
    assert str(caught.value.place) == f"a.md:{line}"
