"""Whatever an editor's program left behind is read as text, or refused with a reason."""

from __future__ import annotations

import gzip
import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edition.sources.decode import byte_order_mark, decode, decode_raw, read_bytes
from dispatch.errors import SourceError

STORY = "OTTAWA – “Candid,” said Mélanie Joly.\nTwo – no, three – points: naïve façade.\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_reads_every_encoding_editors_save(codec: str) -> None:
    assert decode(STORY.encode(codec), "a.txt") == STORY


@pytest.mark.parametrize("text", ["مرحبا بالعالم، هذا نص.\nسطر ثان\n", "Привет, мир.\nЕщё строка", "Καλημέρα κόσμε\n"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_knows_utf16_without_a_mark_in_other_alphabets(text: str, codec: str) -> None:
    assert decode(text.encode(codec), "a.txt") == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_become_one(end: str) -> None:
    assert decode(f"one{end}two{end}{end}three".encode(), "a.txt") == "one\ntwo\n\nthree"


def test_removes_control_characters_and_keeps_the_words() -> None:
    assert (
        decode(b"Canada\x00 and\x07 Chi\x1bna\ttalk\n\x0c\nsoon\x00\x00\x00", "a.txt")
        == "Canada and China\ttalk\n \nsoon"
    )


def test_a_stray_byte_does_not_garble_the_rest() -> None:
    assert decode("“Déjà vu” ".encode() + b"caf\xe9 \x80 5", "a.txt") == "“Déjà vu” café € 5"


def test_large_texts_are_fine() -> None:
    text = STORY * 4000
    assert decode(text.encode("cp1252"), "a.txt") == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"PK\x03\x04\x14\0\x06\0",
        gzip.compress(STORY.encode() * 9),
        b"%PDF-1.7 looks like text",
        b"{\\rtf1 \\ansi Hello}",
        random.Random(7).randbytes(4000),
        bytes(range(32)) * 40,
    ],
)
def test_what_is_no_text_is_refused_as_binary(data: bytes) -> None:
    with pytest.raises(SourceError, match="binary") as caught:
        decode(data, "a.txt")
    assert str(caught.value.place) == "a.txt"
    assert "UTF-8" in (caught.value.hint or "")


@pytest.mark.parametrize("codec", ["koi8-r", "cp1251", "iso8859-6"])
def test_another_alphabets_old_encoding_is_refused_rather_than_garbled(codec: str) -> None:
    text = "مرحبا بالعالم هذا نص عربي" if codec == "iso8859-6" else "Президент приехал в Москву сегодня утром"
    with pytest.raises(SourceError, match="encoding"):
        decode(text.encode(codec), "a.txt")


def test_broken_utf16_says_so() -> None:
    with pytest.raises(SourceError, match="UTF-16"):
        decode(b"\xff\xfea\0b", "a.txt")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\0\0\0"])
def test_an_empty_source_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError, match="no text"):
        decode(data, "a.txt")


def test_the_digest_is_of_the_bytes_as_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    assert read_bytes(path, "a.txt") == ("one\ntwo", hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_missing_file_names_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "canada-china.txt").write_text("x")
    with pytest.raises(SourceError, match="no such file") as caught:
        read_bytes(tmp_path / "canada-chna.txt", "canada-chna.txt")
    assert "canada-china.txt" in (caught.value.hint or "")


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="folder"):
        read_bytes(tmp_path, "seeds")


def test_a_file_that_may_not_be_read_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, as which containers run tests, may read everything
    with pytest.raises(SourceError) as caught:
        read_bytes(tmp_path / "a.txt", "a.txt")
    assert "chmod" in (caught.value.hint or "")


@pytest.mark.parametrize("file", ["a" * 300 + ".txt", "a\0.txt"])
def test_a_name_no_file_can_have_is_an_error_with_its_reason(tmp_path: Path, file: str) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_bytes(tmp_path / file, "a.txt")


@given(st.binary(max_size=400))
def test_any_bytes_are_clean_text_or_a_source_error(data: bytes) -> None:
    try:
        text = decode(data, "a.txt")
    except SourceError:
        return
    assert "\n".join(text.splitlines()) == text.removesuffix("\n")
    assert not any(ord(char) < 32 and char not in "\n\t" for char in text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff\u2028\u2029")))
def test_utf8_text_is_kept_letter_for_letter(text: str) -> None:
    data = ("x" + text).encode()
    assert decode(data, "a.txt") == "x" + text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_the_raw_text_goes_back_to_the_same_bytes(codec: str) -> None:
    data = STORY.replace("\n", "\r\n").encode(codec)
    text, used = decode_raw(data, "a.txt")
    assert byte_order_mark(data) + text.encode(used) == data
