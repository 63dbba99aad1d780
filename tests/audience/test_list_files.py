"""List files, as tidy and as messy as they come."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.audience.check import Duplicate, check_list
from dispatch.audience.files import BadRow, DepartedList, ListFile, Row, list_file_path, list_names, open_list
from dispatch.audience.plain import plain_keys
from dispatch.errors import ListError


def write(folder: Path, content: str | bytes, name: str = "daily") -> ListFile:
    path = folder / f"{name}.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_list(path, name)


def rows(listed: ListFile) -> list[Row]:
    found = list(listed.rows())
    assert all(isinstance(row, Row) for row in found), found
    return [row for row in found if isinstance(row, Row)]


def bad(listed: ListFile) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in listed.rows() if isinstance(row, BadRow)]


def keys(listed: ListFile) -> list[str]:
    return [row.key for row in listed.rows() if isinstance(row, Row)]


HEADERS = ["email", "Email", "E-Mail", "EMAIL_ADDRESS", "Email Address", "e-mail address", "mail", "emailAddress"]


@pytest.mark.parametrize("header", [*HEADERS, "\ufeffEmail", " email ", "Work email", "Courriel"])
def test_the_address_column_by_its_usual_names(tmp_path: Path, header: str) -> None:
    listed = write(tmp_path, f"First Name,{header}\nAnn,ann@example.org\n")
    assert rows(listed) == [Row(2, "ann@example.org", "ann@example.org", False, {"first_name": "Ann"})]


def test_other_columns_get_names_a_theme_can_use(tmp_path: Path) -> None:
    header = "email,First Name,Prénom,firstName,First-name,,2nd line,名前,Email Address,,"
    listed = write(tmp_path, f"{header}\na@example.org,1,2,3,4,5,6,7,8,,\n")
    assert rows(listed)[0].fields == {
        "first_name": "1",
        "prenom": "2",
        "first_name_2": "3",
        "first_name_3": "4",
        "column_6": "5",
        "field_2nd_line": "6",
        "名前": "7",
        "email_address": "8",
    }
    assert listed.columns == tuple(rows(listed)[0].fields)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_line_end_and_delimiter(tmp_path: Path, codec: str, newline: str, delimiter: str) -> None:
    lines = [delimiter.join(line) for line in (["email", "name"], ["a@example.org", "Zoë “Z” Müller"], ["b@x.org", ""])]
    listed = write(tmp_path, newline.join(lines).encode(codec))
    assert [(row.line, row.key, row.fields["name"]) for row in rows(listed)] == [
        (2, "a@example.org", "Zoë “Z” Müller"),
        (3, "b@x.org", ""),
    ]


def test_pieces_in_two_encodings_are_each_read_right(tmp_path: Path) -> None:
    listed = write(tmp_path, "email,name\na@x.org,Zoë\n".encode() + "b@x.org,Renée\n".encode("cp1252"))
    assert [row.fields["name"] for row in rows(listed)] == ["Zoë", "Renée"]


def test_a_spreadsheets_separator_line_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    listed = write(tmp_path, "sep=;\r\n\r\nemail;city\r\n\r\na@x.org;Bern, CH\r\n;\r\n  \r\nb@x.org;Ulm\r\n")
    assert [(row.line, row.fields["city"]) for row in rows(listed)] == [(5, "Bern, CH"), (8, "Ulm")]


def test_a_comma_in_the_header_does_not_outweigh_the_column_that_is_named_email(tmp_path: Path) -> None:
    listed = write(tmp_path, "email;Name, first, last\na@x.org;Ann\n")
    assert keys(listed) == ["a@x.org"]


def test_quoted_newlines_keep_the_line_numbers_right_and_values_on_one_line(tmp_path: Path) -> None:
    listed = write(tmp_path, 'email,"home\ntown"\na@x.org,"1 Main St\r\nSpringfield"\nnobody,x\nb@x.org, "Lee, Bo" \n')
    found = list(listed.rows())
    assert found[0] == Row(3, "a@x.org", "a@x.org", False, {"home_town": "1 Main St Springfield"})
    assert found[1] == BadRow(5, "nobody", "it has no @")
    assert found[2] == Row(6, "b@x.org", "b@x.org", False, {"home_town": "Lee, Bo"})


def test_control_characters_never_reach_a_field(tmp_path: Path) -> None:
    listed = write(tmp_path, 'email,name\na@x.org,"Ann\r\nBcc: x@y.org\x00\x1b[31m\u2028"\n')
    assert rows(listed)[0].fields == {"name": "Ann Bcc: x@y.org [31m"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",Ann", "blank"),
        ("nobody,Ann", "no @"),
        ("a@x.org", "1 cell where the header has 2"),
        ("a@x.org,Ann,Lee", "3 cells where the header has 2"),
        ("a\x00@x.org,Ann", "U+0000"),
        ('a@x.org,"Ann', "never closes"),
        ('"a@x.org,Ann', "never closes"),
        ("a@x.org," + "x" * 140_000, "CSV"),
    ],
)
def test_a_bad_row_costs_only_itself(tmp_path: Path, line: str, reason: str) -> None:
    listed = write(tmp_path, f'email,name\nfirst@x.org,A\n{line}\nsecond@x.org,"B"\n\nthird@x.org,"C\nD"\n')
    assert keys(listed) == ["first@x.org", "second@x.org", "third@x.org"]
    [(at, why)] = bad(listed)
    assert at == 3
    assert reason in why


def test_two_open_quotes_do_not_swallow_the_readers_between_them(tmp_path: Path) -> None:
    listed = write(tmp_path, 'email,name\na@x.org,"Ann\nb@x.org,Bo\nc@x.org,"Cy\nd@x.org,Di\n')
    assert keys(listed) == ["b@x.org", "d@x.org"]
    assert [line for line, _ in bad(listed)] == [2, 4]


def test_quotes_inside_a_quoted_name_are_read_as_meant(tmp_path: Path) -> None:
    listed = write(tmp_path, 'email,name\na@x.org,"Ann "Annie" Lee"\n')
    assert rows(listed)[0].fields["name"].startswith("Ann")


def test_empty_cells_beyond_the_header_are_no_fault(tmp_path: Path) -> None:
    assert keys(write(tmp_path, "email,name\na@x.org,Ann,,\n")) == ["a@x.org"]


def test_the_digest_changes_with_the_bytes(tmp_path: Path) -> None:
    one, again = write(tmp_path, "email\na@x.org\n"), write(tmp_path, "email\na@x.org\n")
    assert one.digest == again.digest != write(tmp_path, "email\na@x.org\n\n").digest


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n", b" , \n"])
def test_an_empty_file_is_no_list(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ListError, match="empty"):
        write(tmp_path, content)


def test_a_file_without_an_address_column_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"daily\.csv:2: No column .* Name, City\."):
        write(tmp_path, "\nName,City\nAnn,Ulm\n")


def test_a_file_without_a_header_is_told_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="names are missing"):
        write(tmp_path, "ann@example.org,Ann\nbo@example.org,Bo\n")


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"])
def test_a_spreadsheet_is_told_to_become_csv(tmp_path: Path, magic: bytes) -> None:
    with pytest.raises(ListError, match="Export it as CSV"):
        write(tmp_path, magic + bytes(100))


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("daily", "Email Address,FNAME,UNSUB_TIME"),
        ("daily", "Email Address,FNAME,CLEAN_TIME"),
        ("unsubscribed_members_export_1a2b", "Email Address,FNAME"),
        ("cleaned_members_export_1a2b", "Email Address,FNAME"),
        ("Nonsubscribed_segment", "Email Address,FNAME"),
        ("2026-unsubscribed_export", "Email Address,FNAME"),
    ],
)
def test_an_export_of_the_departed_is_refused_as_a_list(tmp_path: Path, name: str, header: str) -> None:
    with pytest.raises(DepartedList, match="not used as a list") as caught:
        write(tmp_path, f"{header}\na@x.org,A\n", name)
    assert caught.value.hint


def test_subscribed_readers_are_not_taken_for_the_departed(tmp_path: Path) -> None:
    assert keys(write(tmp_path, "Email Address,OPTIN_TIME\na@x.org,x\n", "subscribed_members_export")) == ["a@x.org"]


def test_a_list_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    write(tmp_path, "email\n", "weekly")
    write(tmp_path, "email\n", "monthly")
    with pytest.raises(ListError, match="monthly, weekly"):
        open_list(tmp_path / "press.csv", "press")
    with pytest.raises(ListError, match="Did you mean 'weekly'"):
        open_list(tmp_path / "wekly.csv", "wekly")
    assert list_names(tmp_path) == ("monthly", "weekly")


@pytest.mark.parametrize("name", ["", "../secrets", "/etc/passwd", "a/b", ".hidden", "..", "a\nb"])
def test_a_lists_name_never_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ListError, match="no list's name"):
        list_file_path(tmp_path, name)


def test_check_puts_every_row_in_one_heap(tmp_path: Path) -> None:
    write(tmp_path, "email,name\nA@x.org,A\nnobody,B\n\na@X.org,C\nb@x.org,D\nb@x.org\n")
    report = check_list(tmp_path / "daily.csv")
    assert (report.rows, report.added) == (5, 2)
    assert report.skipped == (Duplicate(5, "a@X.org", 2),)
    assert [row.line for row in report.rejected] == [3, 7]


VALUES = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" ,;|\"\n'"), max_size=12)


@settings(max_examples=60)
@given(
    values=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[tuple[str, str]],
    delimiter: str,
    newline: str,
    quoting: int,
    codec: str,
) -> None:
    # Python's writer leaves "\n" unquoted when lines end in "\r": that file says something else than was meant.
    assume(newline != "\r" or quoting != csv.QUOTE_MINIMAL)
    text = io.StringIO()
    quoted: dict[str, int] = {"quoting": quoting}
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, **quoted)  # type: ignore[arg-type]
    writer.writerow(["one", "Email", "two"])
    writer.writerows((one, f"r{index}@x.org", two) for index, (one, two) in enumerate(values))
    listed = write(tmp_path_factory.mktemp("lists"), text.getvalue().encode(codec))
    expected = [
        (f"r{index}@x.org", " ".join(one.split("\n")).split(), " ".join(two.split("\n")).split())
        for index, (one, two) in enumerate(values)
    ]
    assert [(row.key, row.fields["one"].split(), row.fields["two"].split()) for row in rows(listed)] == expected


@settings(max_examples=80)
@given(st.text(st.sampled_from('ab@.,;"\n\r \tx\x00é'), max_size=120) | st.binary(max_size=80))
def test_no_content_breaks_the_reader_and_every_row_is_counted(
    tmp_path_factory: pytest.TempPathFactory, noise: str | bytes
) -> None:
    body = noise.encode() if isinstance(noise, str) else noise
    path = tmp_path_factory.mktemp("lists") / "daily.csv"
    path.write_bytes(b"email,name\nfirst@x.org,A\n" + body)
    report = check_list(path)
    assert report.added + len(report.rejected) + len(report.skipped) == report.rows
    assert report.added >= 1


ODD_CELLS = [
    "a@x.org",
    "B.c+d@Mail.X.org",
    "a@xn--bcher-kva.example",
    "A@a-XN--b.Example",
    "ann@bücher.example",
    "a..b@x.org",
    "a@x",
    "a@x.o",
    "a@-x.org",
    "a@x.org\nb@x.org",
    " a@x.org ",
    "Ann <a@x.org>",
    f"{'a' * 65}@x.org",
    f"a@{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 9}.org",
    "Zoë",
    "Ann\tLee",
    "\u00a0Ann\u200b",
    "",
    '"',
    'say "hi"',
]
CELLS = st.sampled_from(ODD_CELLS) | st.text(st.sampled_from("aB@.-+ xn<>é\x1f"), max_size=12)


@pytest.mark.parametrize("cell", ODD_CELLS)
def test_an_address_taken_for_plain_is_one_that_is_mailed_as_it_stands(cell: str) -> None:
    try:
        parsed = parse_address(cell)
    except BadAddress:
        expected = None
    else:
        # An A-label is valid, and still looked at.
        expected = [parsed.key] if parsed.address == cell and cell.isascii() and "xn--" not in parsed.key else None
    assert plain_keys([cell]) == expected


@settings(max_examples=300)
@given(
    # Most rows are plain but for one cell, so that no other one sends their batch the careful way.
    table=st.lists(st.tuples(CELLS).map(list) | st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=2),
    header=st.sampled_from([["email"], ["email", "name"], ["name", "email", "city"]]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_a_row_is_read_alike_among_plain_rows_and_alone(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], header: list[str], quoting: int
) -> None:
    def written(records: list[list[str]]) -> str:
        text = io.StringIO()
        csv.writer(text, quoting=quoting, lineterminator="\n").writerows(records)  # type: ignore[arg-type]
        return text.getvalue()

    def read(body: str) -> list[tuple[object, ...]]:
        path = folder / "daily.csv"
        path.write_text(written([header]) + body, encoding="utf-8", newline="")
        told: list[tuple[object, ...]] = []
        for row in open_list(path, "daily").rows():
            if isinstance(row, Row):
                told.append((row.address, row.key, row.smtputf8, row.fields))
            else:
                told.append((row.raw, row.reason))
        return told

    folder = tmp_path_factory.mktemp("lists")
    # Far enough below the header that the rows are looked at many at a time.
    plain = ["r@x.org" if name == "email" else "R" for name in header]
    lead = written([plain] * 600)
    body = written([[*row, *plain[len(row) :]] for row in table])
    assert read(lead + body)[600:] == read(body)
    # Beside a row that is not plain, each is read by itself.
    odd = written([["nobody"] * len(header)])
    assert read(lead + odd + body)[601:] == read(body)


@pytest.mark.parametrize("before", range(250, 262))
def test_a_record_of_several_lines_is_whole_wherever_it_stands(tmp_path: Path, before: int) -> None:
    lead = "".join(f"r{number}@x.org,R\n" for number in range(before))
    listed = write(tmp_path, f'email,name\n{lead}a@x.org,"A\nB\nC"\nopen@x.org,"D\nb@x.org,E\n')
    *_, first, broken, last = listed.rows()
    assert first == Row(before + 2, "a@x.org", "a@x.org", False, {"name": "A B C"})
    assert isinstance(broken, BadRow)
    assert (broken.line, last.line) == (before + 5, before + 6)
