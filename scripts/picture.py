"""``make picture``: docs/images/edition.png, the first seed's edition on a computer and on a phone in the dark."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "edition.png"
HEIGHT = 1240
SCENE = """<body style="margin:0;padding:40px;display:flex;gap:40px;align-items:flex-start;background:#C9C4B8">
<img src="{desktop}" style="width:720px;border-radius:8px;box-shadow:0 8px 30px #0004">
<img src="{phone}" style="width:375px;border-radius:28px;border:10px solid #16181A;box-shadow:0 8px 30px #0004">
</body>"""


def main() -> int:
    """Compose the seed, look at it, and write the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("error: chromium is not installed here; bring it with: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        arguments = ["compose", "seeds/canada-china.txt", "--date", "2026-11-23", "--out", folder]
        subprocess.run([sys.executable, "-m", "dispatch", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (edition,) = Path(folder).glob("*/edition.html")
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        desktop = _look(browser, edition.as_uri(), 720, "light", HEIGHT)
        phone = _look(browser, edition.as_uri(), 375, "dark", HEIGHT - 20, below="Expert Analysis")
        page = browser.new_page(viewport={"width": 1235, "height": HEIGHT + 80}, device_scale_factor=1.2)
        page.set_content(SCENE.format(desktop=desktop, phone=phone))
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


def _look(
    browser: Browser, url: str, width: int, scheme: Literal["light", "dark"], height: int, below: str = ""
) -> str:
    """A screenshot of ``url`` as a data URL: from its top, or from where the text ``below`` stands."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=2)
    page.goto(url)
    if below:
        page.get_by_text(below).first.evaluate("it => window.scrollTo(0, it.getBoundingClientRect().top - 24)")
    return "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()


if __name__ == "__main__":
    sys.exit(main())
