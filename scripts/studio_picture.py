"""``make picture``: docs/images/studio.png, the first seed in ``dispatch preview``, a quotation and its line chosen."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "studio.png"
SIZE = (1180, 720)
COLOURS = 256


def main() -> int:
    """Start the studio, use it, and write the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("error: chromium is not installed here; bring it with: apt-get install chromium", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "dispatch", "preview", "--no-open", "seeds/canada-china.txt"]
    studio = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert studio.stdout is not None
        address = studio.stdout.readline().split()[-1]
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
            width, height = SIZE
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.2)
            page.goto(address)
            page.locator("#panel-findings .verdict").wait_for()
            page.keyboard.press("2")
            page.frame_locator("#frame").locator("blockquote p").first.click()
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            # A palette is enough for type on plain grounds, and makes a third of the octets.
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            shot.quantize(COLOURS).save(PICTURE, optimize=True)
            browser.close()
    finally:
        studio.send_signal(signal.SIGINT)
        studio.wait()
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
