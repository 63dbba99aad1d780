"""An edition composed, and pictures of its page as readers' devices would show it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
ROOT = Path(__file__).resolve().parent.parent.parent
DATE = "2026-11-23"
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900"><rect width="1600" height="900"
fill="#9DB4C0"/><path d="M0 900 500 400l300 260 330-420 470 660z" fill="#5C6B73"/></svg>"""
# Georgia is on readers' devices and rarely on Linux; Gelasio has its measures (SIL Open Font License).
_FACES = "".join(
    f"@font-face {{ font-family: Georgia; font-style: {style}; font-weight: {weight};"
    f' src: local("Georgia{name}"), local("Gelasio{name or " Regular"}"); }}\n'
    for style, weight, name in (
        ("normal", 400, ""),
        ("normal", 700, " Bold"),
        ("italic", 400, " Italic"),
        ("italic", 700, " Bold Italic"),
    )
)
_SHEET = """<body style="margin:0;padding:24px;display:flex;gap:24px;align-items:flex-start;width:max-content;
background:{ground}">{pictures}</body>"""
_GROUNDS = {"light": "#C9C4B8", "dark": "#3A3A3A"}


def compose(newsletter: Path, sources: Sequence[Path], out: Path, theme: str | None = None) -> Path:
    """The page that ``dispatch compose`` makes of ``sources``, in a new folder below ``out``."""
    folder = Path(tempfile.mkdtemp(dir=out))
    command = [sys.executable, "-m", "dispatch", "-C", newsletter, "compose", *sources, "--date", DATE, "--out", folder]
    command += ["--theme", theme] if theme else []
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    (page,) = folder.glob("*/edition.html")
    return page


def shown(browser: Browser, file: Path, width: int, height: int, scheme: Scheme, scale: float = 1) -> Page:
    """``file`` in a window, with something in the place of pictures from elsewhere; nothing is fetched."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale)
    page.route("http*://**/*", lambda route: route.fulfill(body=_PICTURE, content_type="image/svg+xml"))
    page.goto(file.as_uri())
    page.add_style_tag(content=_FACES)
    page.evaluate("document.fonts.ready")
    return page


def take(page: Page, file: Path, *, whole: bool = True) -> Path:
    """A picture of a page, or of what of it stands in the window; the page is closed."""
    page.screenshot(path=file, full_page=whole)
    page.close()
    return file


def lay_out(browser: Browser, pictures: Sequence[Path], file: Path, scheme: Scheme) -> Path:
    """One picture of several side by side, at their size."""
    images = "".join(f'<img src="{each.as_uri()}">' for each in pictures)
    sheet = file.with_suffix(".html")
    sheet.write_text(_SHEET.format(ground=_GROUNDS[scheme], pictures=images), encoding="utf-8")
    page = browser.new_page(viewport={"width": 600, "height": 400})
    page.goto(sheet.as_uri())
    page.set_viewport_size({"width": page.evaluate("document.body.scrollWidth"), "height": 400})
    sheet.unlink()
    return take(page, file)
