"""From what an author wrote to the file that it means, and to no other."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from dispatch.pictures import locate
from dispatch.pictures.locate import is_local, read_picture
from dispatch.pictures.picture import Unfit


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A newsletter's folder with a text in seeds/ and a picture in seeds/photos/."""
    photos = tmp_path / "news" / "seeds" / "photos"
    photos.mkdir(parents=True)
    (photos / "harbour.jpg").write_bytes(b"picture")
    (tmp_path / "elsewhere.jpg").write_bytes(b"secret")
    return tmp_path / "news"


def read(room: Path, src: str) -> bytes:
    return read_picture(src, room / "seeds", (room,))[1]


def why_not(room: Path, src: str) -> tuple[str, str]:
    with pytest.raises(Unfit) as caught:
        read(room, src)
    return caught.value.reason, caught.value.hint or ""


@pytest.mark.parametrize(
    "src", ["photos/harbour.jpg", "./photos/harbour.jpg", " photos/harbour.jpg ", "photos/../photos/harbour.jpg"]
)
def test_a_path_is_seen_from_the_texts_folder(room: Path, src: str) -> None:
    assert read(room, src) == b"picture"


def test_a_path_may_lead_through_the_newsletters_folder(room: Path) -> None:
    (room / "logo.png").write_bytes(b"logo")
    assert read(room, "../logo.png") == b"logo"


@pytest.mark.parametrize(
    ("name", "src"), [("a b.jpg", "a%20b.jpg"), ("a b.jpg", "a b.jpg"), ("100%.jpg", "100%25.jpg")]
)
def test_what_markdown_escapes_is_understood(room: Path, name: str, src: str) -> None:
    (room / "seeds" / name).write_bytes(b"picture")
    assert read(room, src) == b"picture"


def test_an_accent_is_found_however_it_is_stored(room: Path) -> None:
    one, two = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
    for stored, written in ((one, two), (two, one)):
        file = room / "seeds" / f"{stored}.jpg"
        file.write_bytes(b"picture")
        assert read(room, f"{written}.jpg") == b"picture"
        file.unlink()


@pytest.mark.parametrize(
    ("src", "reason"),
    [
        ("photos/none.jpg", "is not there"),
        ("none/harbour.jpg", "is not there"),
        ("photos", "is a folder"),
        ("../../elsewhere.jpg", "lies outside the newsletter's folder"),
        ("%2e%2e/%2e%2e/elsewhere.jpg", "lies outside the newsletter's folder"),
        ("/etc/hostname", "is a path of one machine"),
        ("%2Fetc/hostname", "is a path of one machine"),
        ("~/harbour.jpg", "is a path of one machine"),
        ("a%00b.jpg", "is no path"),
        ("x" * 5_000, "is not there"),
        ("photos/harbour.jpg/x", "is not there"),
    ],
)
def test_what_is_no_file_of_the_newsletter_says_why(room: Path, src: str, reason: str) -> None:
    assert why_not(room, src)[0] == reason


def test_a_name_that_nearly_is_one_is_named(room: Path) -> None:
    assert why_not(room, "photos/Harbor.jpg") == ("is not there", "Did you mean harbour.jpg?")


def test_a_link_leads_where_its_end_lies(room: Path) -> None:
    photos = room / "seeds" / "photos"
    (photos / "in.jpg").symlink_to("harbour.jpg")
    (photos / "out.jpg").symlink_to(room.parent / "elsewhere.jpg")
    (photos / "nowhere.jpg").symlink_to("none.jpg")
    (photos / "circle.jpg").symlink_to("circle.jpg")
    assert read(room, "photos/in.jpg") == b"picture"
    assert why_not(room, "photos/out.jpg")[0] == "lies outside the newsletter's folder"
    assert why_not(room, "photos/nowhere.jpg")[0].startswith("cannot be read")
    assert why_not(room, "photos/circle.jpg")[0].startswith("cannot be read")


def test_a_pipe_is_not_waited_for(room: Path) -> None:
    os.mkfifo(room / "seeds" / "pipe.jpg")
    assert why_not(room, "pipe.jpg")[0] == "is no file"


def test_a_huge_file_is_not_read(room: Path) -> None:
    with (room / "seeds" / "huge.jpg").open("wb") as file:
        file.truncate(locate.MOST_OCTETS + 1)
    assert why_not(room, "huge.jpg")[0] == "has 64 MB, more than the 64 that are read"


@pytest.mark.parametrize(
    ("src", "local"),
    [
        ("photos/a.jpg", True), ("a:b.jpg", False), ("https://x.org/a.jpg", False), ("//x.org/a.jpg", False),
        ("data:image/png;base64,x", False), ("cid:x", False), ("/a.jpg", True), ("", False), ("2026:11.jpg", True),
    ],
)  # fmt: skip
def test_a_path_is_told_from_an_address(src: str, local: bool) -> None:
    assert is_local(src) is local
