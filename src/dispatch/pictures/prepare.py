"""A picture file, made fit for mail: upright, no wider than is seen, light, and without what it says of its author.

What a camera writes into a file (place, time, its serial number) is for nobody's readers; colours are brought into
sRGB, which is what a file without a profile means.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base

from dispatch.pictures.gif import without_words
from dispatch.pictures.picture import COLUMN, HEAVY, WIDEST, Picture, Unfit

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
"""What is read (MPO, an iPhone's JPEG of several frames, with JPEG). Each further one is more code that a strange file
could break."""

_QUALITIES = (85, 78, 70, 60, 50)
_TURNED = frozenset({5, 6, 7, 8})
"""Orientations (EXIF 2.3 §4.6.4) in which the file lies on its side."""
_TALLEST = 65_500
"""Pixels: the most that JPEG can hold."""
DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error, zlib.error
)  # fmt: skip
"""What Pillow raises where a file is not what it says it is."""
_SAVE = "Save it as JPEG or PNG."


def prepare(content: bytes) -> Picture:
    """The picture in ``content``, fit for mail. Raises :class:`Unfit`."""
    if not content:
        raise Unfit("is empty")
    Image.init()  # or WebP and AVIF are not known
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a camera wrote badly, and is left out anyway
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as opened:
                return _prepared(opened, content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        most = Image.MAX_IMAGE_PIXELS or 0
        raise Unfit(
            f"has more than {most // 1_000_000} million pixels", "Save it with 2,000 pixels in width."
        ) from None
    except UnidentifiedImageError:
        raise _unknown(content) from None
    except DAMAGE:
        raise Unfit("is damaged: it ends too early or is not what it says it is", "Save it anew.") from None


def _prepared(opened: Image.Image, content: bytes) -> Picture:
    turned = opened.getexif().get(Base.Orientation) in _TURNED
    width, height = reversed(opened.size) if turned else opened.size
    shown = min(width, COLUMN)
    made, suffix = _encoded(opened, content, turned=turned)
    return Picture(made, suffix, shown, max(1, round(height * shown / width)))


def _encoded(opened: Image.Image, content: bytes, *, turned: bool) -> tuple[bytes, str]:
    small = max(opened.size) <= WIDEST and len(content) <= HEAVY
    if opened.format == "GIF" and (small or getattr(opened, "is_animated", False)):
        opened.load()
        return without_words(content), ".gif"  # its movement is what it is for
    if opened.format == "JPEG" and small and _is_plain(opened):
        return _saved(opened, "JPEG", quality="keep"), ".jpg"
    was_photo = opened.format in ("JPEG", "MPO", "WEBP", "AVIF")
    image = _fitted(opened, turned=turned)
    if image.mode == "RGBA":
        return _first_light(_see_through(image)), ".png"
    if not was_photo and len(drawn := _saved(image, "PNG", optimize=True)) <= HEAVY:
        return drawn, ".png"
    return _first_light(_photographs(image)), ".jpg"


def _is_plain(image: Image.Image) -> bool:
    """Whether the pixels can stay as they are: upright, of sRGB or grey."""
    upright = image.getexif().get(Base.Orientation, 1) == 1
    return upright and image.mode in ("RGB", "L") and "icc_profile" not in image.info


def _fitted(opened: Image.Image, *, turned: bool) -> Image.Image:
    """The picture upright, at most :data:`WIDEST` pixels wide, in RGB, RGBA or L of sRGB, with nothing else to it."""
    image = opened if opened.format in ("JPEG", "MPO") else _in_whole_colours(opened)
    # JPEG is decoded at half, a quarter or an eighth of its size where that will do.
    image.thumbnail((_TALLEST, WIDEST) if turned else (WIDEST, _TALLEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _in_whole_colours(_in_srgb(ImageOps.exif_transpose(image)))
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image.info.clear()
    return image


def _in_whole_colours(image: Image.Image) -> Image.Image:
    """RGB, RGBA or L: of palettes and the like no shades in between can be made. CMYK waits for its profile."""
    if image.mode.startswith("I"):
        # 16 bits of grey, of which Pillow would cut off the upper ones.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("PA", "LA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("RGB", "RGBA", "L") or (image.mode == "CMYK" and "icc_profile" in image.info):
        return image
    return image.convert("RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.pop("icc_profile", None)
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    try:
        made = ImageCms.profileToProfile(
            colours, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image  # no profile that could be read says nothing
    assert made is not None, "it is made in place only where that is asked for"
    if alpha is not None:
        made.putalpha(alpha)
    return made


def _photographs(image: Image.Image) -> Iterator[bytes]:
    """Ever less quality, which is hardly seen at two pixels for each; then fewer pixels."""
    for quality in _QUALITIES:
        yield _saved(image, "JPEG", quality=quality, optimize=True, progressive=True)
    for width in (WIDEST * 3 // 4, COLUMN):
        image.thumbnail((width, _TALLEST), Image.Resampling.LANCZOS)
        yield _saved(image, "JPEG", quality=_QUALITIES[-1], optimize=True, progressive=True)


def _see_through(image: Image.Image) -> Iterator[bytes]:
    """JPEG knows nothing of transparency, so: fewer colours, then fewer pixels."""
    yield _saved(image, "PNG", optimize=True)
    yield _saved(image.quantize(256, Image.Quantize.FASTOCTREE), "PNG", optimize=True)
    image.thumbnail((COLUMN, _TALLEST), Image.Resampling.LANCZOS)
    yield _saved(image.quantize(256, Image.Quantize.FASTOCTREE), "PNG", optimize=True)


def _first_light(attempts: Iterator[bytes]) -> bytes:
    """The first that is light enough, else the last, which is the lightest."""
    made = b""
    for made in attempts:
        if len(made) <= HEAVY:
            break
    return made


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    image.info.pop("comment", None)
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _unknown(content: bytes) -> Unfit:
    head = content[:1024]
    known = ((reason, hint) for is_it, reason, hint in _STRANGERS if is_it(head))
    return Unfit(*next(known, ("is no picture that can be read", _SAVE)))


def _has_brand(*brands: bytes) -> Callable[[bytes], bool]:
    """ISO base media files (ISO 14496-12 §4.3) say in octets 4–12 what they hold."""
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


_STRANGERS: tuple[tuple[Callable[[bytes], bool], str, str], ...] = (
    (
        _has_brand(b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"),
        "is HEIC, which only Apple's programs show",
        "Export it as JPEG (on a Mac: Preview, File, Export; an iPhone's camera: Formats, Most Compatible).",
    ),
    (_has_brand(b"avif", b"avis"), "is AVIF, which this machine's Pillow cannot read", _SAVE),
    (
        lambda head: b"<svg" in head.lower(),
        "is SVG, which mail programs do not show",
        f"Export it as PNG, {WIDEST:,} pixels wide.",
    ),
    (lambda head: head.startswith(b"%PDF"), "is PDF, which mail programs do not show", "Export its page as PNG."),
    (lambda head: head[:4] in (b"II*\0", b"MM\0*"), "is TIFF, which mail programs do not show", _SAVE),
)
"""What people take for a picture that mail could carry."""
