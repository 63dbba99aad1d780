"""Pictures as they come out of cameras, phones and programs."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def scene(width: int = 2_000, height: int = 1_500) -> Image.Image:
    """A picture whose upper half is red and whose lower half is blue."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (0, height // 2, width, height))
    return image


def grain(width: int, height: int, strength: float = 40) -> Image.Image:
    """A photograph in bad light: what PNG makes nothing of, and JPEG little."""
    return Image.effect_noise((width, height), strength).convert("RGB")


def camera_data(orientation: int = 1) -> Image.Exif:
    """What a phone writes into its pictures: how it was held, and where."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "PhoneMaker"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (45.0, 25.0, 0.0)
    return exif


def photo(path: Path, width: int = 2_000, height: int = 1_500) -> Path:
    """A photograph at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(scene(width, height), "JPEG", exif=camera_data(), quality=95))
    return path


def swapped_profile() -> bytes:
    """A colour profile (ICC.1 §7.3) in which red means what sRGB calls blue, and blue red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)
