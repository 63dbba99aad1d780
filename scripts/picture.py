"""``make picture``: docs/images/, editions as people see them on a computer and on a phone in the dark."""

from __future__ import annotations

import base64
import io
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from scripts.looks.pictures import ROOT, Scheme, compose, shown

PICTURES = ROOT / "docs" / "images"
SAMPLES = "src/dispatch/edition/samples"
SEED = ("seeds/canada-china.txt",)
STORIES = tuple(f"{SAMPLES}/{name}" for name in ("water.txt", "port.txt", "light.md"))
COLOURS = 256
SCENE = """<body style="margin:0;padding:40px;display:flex;gap:40px;align-items:flex-start;background:#C9C4B8">
<img src="{desktop}" style="width:720px;border-radius:8px;box-shadow:0 8px 30px #0004">
<img src="{phone}" style="width:375px;border-radius:28px;border:10px solid #16181A;box-shadow:0 8px 30px #0004">
</body>"""


@dataclass(frozen=True)
class Picture:
    """``desktop`` and ``phone`` are what is composed for each; the phone is scrolled to the text ``below``."""

    name: str
    theme: str
    desktop: tuple[str, ...]
    phone: tuple[str, ...]
    below: str = ""
    height: int = 900
    scale: float = 1.0


ALL = (
    Picture("edition", "dispatch", SEED, SEED, below="Expert Analysis", height=1196, scale=1.2),
    Picture("theme-dispatch", "dispatch", SEED, STORIES),
    Picture("theme-wire", "wire", SEED, STORIES),
    Picture("theme-letter", "letter", SEED, STORIES),
)


def main() -> int:
    """Compose, look, and write the pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("error: chromium is not installed here; bring it with: apt-get install chromium", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        for picture in ALL:
            _take(browser, picture)
        browser.close()
    return 0


def _take(browser: Browser, picture: Picture) -> None:
    with tempfile.TemporaryDirectory() as folder:
        large, small = (
            compose(ROOT, [ROOT / source for source in sources], Path(folder), picture.theme)
            for sources in (picture.desktop, picture.phone)
        )
        desktop = _look(browser, large, 720, "light", picture.height)
        phone = _look(browser, small, 375, "dark", picture.height - 20, picture.below)
    page = browser.new_page(viewport={"width": 1235, "height": picture.height + 80}, device_scale_factor=picture.scale)
    page.set_content(SCENE.format(desktop=desktop, phone=phone))
    file = PICTURES / f"{picture.name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    # A palette is enough for type on plain grounds, and makes a third of the octets.
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS).save(file, optimize=True)
    page.close()
    print(f"wrote {file.relative_to(ROOT)} ({file.stat().st_size / 1024:.0f} KB)")


def _look(browser: Browser, edition: Path, width: int, scheme: Scheme, height: int, below: str = "") -> str:
    """A screenshot of an edition as a data URL: from its top, or from where the text ``below`` stands."""
    page = shown(browser, edition, width, height, scheme, scale=2)
    if below:
        page.get_by_text(below).first.evaluate("it => window.scrollTo(0, it.getBoundingClientRect().top - 24)")
    shot = page.screenshot()
    page.close()
    return "data:image/png;base64," + base64.b64encode(shot).decode()


if __name__ == "__main__":
    sys.exit(main())
