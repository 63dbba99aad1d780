"""Pictures made fit for mail."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dispatch.pictures.cache import Cache
from dispatch.pictures.measure import HEAD, measure
from dispatch.pictures.picture import COLUMN, HEAVY, WIDEST, Picture, Unfit
from dispatch.pictures.prepare import prepare
from support.photos import camera_data, encoded, grain, opened, scene, swapped_profile

RED, BLUE = (200, 30, 30), (30, 30, 200)


def near(colour: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - two) < 25 for one, two in zip(colour, other, strict=True))


def keep(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def test_a_large_photograph_has_two_pixels_for_each_of_the_column() -> None:
    picture = prepare(encoded(scene(4_000, 3_000), "JPEG"))
    assert (picture.suffix, picture.width, picture.height) == (".jpg", 536, 402)
    assert opened(picture.content).size == (1072, 804)


def test_a_small_picture_is_shown_at_its_own_size() -> None:
    picture = prepare(encoded(scene(300, 200), "JPEG"))
    assert (picture.width, picture.height) == (300, 200)
    assert opened(picture.content).size == (300, 200)


def test_a_picture_a_little_wider_than_the_column_keeps_its_pixels() -> None:
    picture = prepare(encoded(scene(800, 600), "JPEG"))
    assert (picture.width, picture.height) == (536, 402)
    assert opened(picture.content).size == (800, 600)


@pytest.mark.parametrize(
    ("orientation", "top", "turned"), [(1, RED, False), (3, BLUE, False), (6, None, True), (8, None, True)]
)
@pytest.mark.parametrize("size", [(2_000, 1_500), (400, 300)])
def test_a_picture_stands_upright(
    orientation: int, top: tuple[int, int, int] | None, turned: bool, size: tuple[int, int]
) -> None:
    picture = prepare(encoded(scene(*size), "JPEG", exif=camera_data(orientation), quality=95))
    image = opened(picture.content)
    assert (image.width < image.height) is turned
    assert (picture.width < picture.height) is turned
    if top is not None:
        assert near(image.getpixel((5, 5)), top)
    else:  # held upright: what was the upper half is at the right (6) or at the left (8)
        left = image.getpixel((5, image.height // 2))
        assert near(left, BLUE if orientation == 6 else RED)
    assert image.getexif().get(0x0112) is None


@pytest.mark.parametrize("size", [(2_000, 1_500), (300, 200)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_wrote_is_published(kind: str, size: tuple[int, int]) -> None:
    content = encoded(scene(*size), kind, exif=camera_data(), comment=b"home of Ann", xmp=b"<x:xmpmeta>Ann</x:xmpmeta>")
    assert b"PhoneMaker" in content
    made = prepare(content).content
    assert dict(opened(made).getexif()) == {}
    assert not any(word in made for word in (b"PhoneMaker", b"Ann", b"Exif", b"xmp"))


@pytest.mark.parametrize("frames", [1, 3])
def test_a_gif_keeps_its_pictures_and_says_nothing_of_its_author(frames: int) -> None:
    pictures = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue", "green")[:frames]]
    moving = {"save_all": True, "append_images": pictures[1:], "loop": 0, "duration": 120} if frames > 1 else {}
    plain = encoded(pictures[0], "GIF", **moving)
    said = encoded(pictures[0], "GIF", comment=b"home of Ann", **moving)
    xmp = b"\x21\xff\x0bXMP DataXMP<x:xmpmeta>Ann</x:xmpmeta>\x01" + bytes(range(255, -1, -1)) + b"\0"
    colours = 13 + (3 << (said[10] & 7) + 1 if said[10] & 128 else 0)
    made = prepare(said[:colours] + xmp + said[colours:] + b"Ann, once more").content
    assert b"Ann" not in made
    image, before = Image.open(BytesIO(made)), Image.open(BytesIO(plain))
    assert (getattr(image, "n_frames", 1), image.info.get("loop")) == (frames, before.info.get("loop"))
    for number in range(frames):
        image.seek(number)
        before.seek(number)
        assert image.convert("RGB").tobytes() == before.convert("RGB").tobytes()
        assert image.info.get("duration") == before.info.get("duration")


def test_what_a_camera_wrote_badly_is_left_out_without_a_word() -> None:
    """Pillow warns of it on the terminal, where nobody can do anything about it; here a warning is an error."""
    content = encoded(scene(300, 200), "JPEG")
    broken = content[:2] + b"\xff\xe2\0\x09MPF\0Ann" + content[2:]
    assert measure(broken) == (300, 200)
    assert b"Ann" not in prepare(broken).content


def test_a_moving_gif_that_ends_too_early_is_not_published() -> None:
    content = encoded(grain(60, 40), "GIF", save_all=True, append_images=[grain(60, 40)])
    with pytest.raises(Unfit, match="damaged"):
        prepare(content[:-500])


def test_a_light_jpeg_keeps_its_tables_so_that_it_loses_nothing_twice() -> None:
    content = encoded(grain(400, 300), "JPEG", quality=60)
    made = prepare(content).content
    assert opened(made).quantization == opened(content).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize(("strength", "width"), [(20, 1_000), (90, 804)])
def test_a_heavy_photograph_becomes_light_by_less_quality_then_by_fewer_pixels(strength: float, width: int) -> None:
    content = encoded(grain(1_000, 700, strength), "JPEG", quality=98)
    assert len(content) > HEAVY
    picture = prepare(content)
    assert len(picture.content) <= HEAVY
    assert (picture.width, opened(picture.content).width) == (536, width)


def test_a_drawing_stays_sharp_and_a_photograph_in_png_becomes_jpeg() -> None:
    assert prepare(encoded(scene(), "PNG")).suffix == ".png"
    assert prepare(encoded(grain(1_200, 800), "PNG")).suffix == ".jpg"


def test_what_shines_through_does_so_still() -> None:
    glass = grain(1_400, 900)
    glass.putalpha(Image.linear_gradient("L").resize(glass.size))
    picture = prepare(encoded(glass, "PNG"))
    assert picture.suffix == ".png"
    assert len(picture.content) <= HEAVY
    alpha = opened(picture.content).convert("RGBA").getchannel("A")
    above, below = alpha.getpixel((9, 0)), alpha.getpixel((9, alpha.height - 1))
    assert isinstance(below, int)
    assert above == 0
    assert below > 200


def test_an_alpha_channel_that_hides_nothing_makes_no_png() -> None:
    solid = grain(1_200, 800)
    solid.putalpha(255)
    assert prepare(encoded(solid, "PNG")).suffix == ".jpg"


def test_what_outlook_does_not_show_becomes_what_it_shows() -> None:
    glass = scene(800, 600).convert("RGBA")
    glass.putpixel((0, 0), (0, 0, 0, 0))
    assert prepare(encoded(scene(800, 600), "WEBP")).suffix == ".jpg"
    assert prepare(encoded(scene(800, 600), "AVIF")).suffix == ".jpg"
    assert prepare(encoded(glass, "WEBP", lossless=True)).suffix == ".png"


def test_a_moving_gif_is_left_as_it_is() -> None:
    content = encoded(scene(1_200, 900), "GIF", save_all=True, append_images=[Image.new("RGB", (1_200, 900))])
    picture = prepare(content)
    assert (picture.content, picture.suffix) == (content, ".gif")
    assert (picture.width, picture.height) == (536, 402)


def test_a_large_gif_that_stands_still_becomes_lighter() -> None:
    content = encoded(grain(2_000, 1_500), "GIF")
    picture = prepare(content)
    assert len(picture.content) < len(content) / 4
    assert opened(picture.content).width == WIDEST


def test_colours_of_other_spaces_come_out_right() -> None:
    cmyk = prepare(encoded(scene(800, 600).convert("CMYK"), "JPEG")).content
    assert opened(cmyk).mode == "RGB"
    assert near(opened(cmyk).getpixel((5, 5)), RED)
    profiled = prepare(encoded(scene(800, 600), "JPEG", icc_profile=swapped_profile())).content
    assert near(opened(profiled).getpixel((5, 5)), BLUE)
    assert "icc_profile" not in opened(profiled).info
    grey = Image.new("I;16", (600, 400), 40_000)
    assert opened(prepare(encoded(grey, "PNG")).content).getpixel((5, 5)) == 156
    palette = scene(600, 400).convert("P", palette=Image.Palette.ADAPTIVE)
    assert near(opened(prepare(encoded(palette, "PNG")).content).convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"Dear editor, here is the picture.", "is no picture"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "is SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is HEIC"),
        (b"%PDF-1.7\n", "is PDF"),
        (b"II*\0\x08\0\0\0", "is TIFF"),
        (encoded(grain(400, 300), "JPEG")[:3_000], "is damaged"),
        (encoded(grain(400, 300), "PNG")[:3_000], "is damaged"),
    ],
)
def test_what_cannot_be_sent_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        prepare(content)


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_bomb_is_not_unpacked(side: int) -> None:
    """A PNG of a few hundred octets that says it has so many pixels each way."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1_000)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as outside of pytest, where a warning is no error
        with pytest.raises(Unfit, match="million pixels"):
            prepare(bomb)


SAMPLES = [encoded(grain(60, 40), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP")]


@given(st.sampled_from(SAMPLES), st.data())
def test_no_file_breaks_it(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(0, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(broken)))
    try:
        picture = prepare(bytes(broken[:cut]))
    except Unfit:
        return
    assert picture.width >= 1
    assert picture.height >= 1
    assert picture.content


def test_a_name_is_the_contents_own() -> None:
    one, other = Picture(b"a", ".jpg", 1, 1), Picture(b"b", ".jpg", 1, 1)
    assert one.name("quay") == "quay-ca978112ca1b.jpg"
    assert one.name("quay") != other.name("quay")


def test_a_size_is_known_from_a_files_beginning() -> None:
    content = encoded(grain(1_800, 1_200), "JPEG", exif=camera_data())
    assert len(content) > HEAD
    assert measure(content[:HEAD]) == (1_800, 1_200)
    assert measure(b"<html>") is None
    assert COLUMN < 1_800


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", keep)
    content = encoded(scene(), "JPEG")
    made = cache.of(content, prepare)

    def never(_: bytes) -> Picture:
        raise AssertionError("it was made again")

    assert cache.of(content, never) == made


def test_without_a_place_to_keep_it_a_picture_is_made_all_the_same(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    content = encoded(scene(300, 200), "JPEG")
    for folder in (in_the_way / "kept", None):
        assert Cache(folder, keep).of(content, prepare).width == 300
