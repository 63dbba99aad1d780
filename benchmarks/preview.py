"""How long an author waits: from a file's save until the studio's page in Chromium shows it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import CommandFailed, Figure, table
from benchmarks.workspace import DISPATCH, SEED, fresh_newsletter

# The next frame after the text stands in the page is the one that paints it.
WATCH = """() => {
  const page = document.getElementById('frame').contentDocument
  window.seen = {}
  new MutationObserver(() => {
    const found = /Round (\\d+) of/.exec(page.body?.textContent ?? '')
    if (found && !(found[1] in seen)) {
      seen[found[1]] = 0
      requestAnimationFrame(() => { seen[found[1]] = performance.timeOrigin + performance.now() })
    }
  }).observe(page, { childList: true, subtree: true })
}"""


def report(rounds: int) -> str:
    """The table of refreshes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return "Chromium is not installed here, so the studio is left out; bring it with: apt-get install chromium"
    newsletter = fresh_newsletter("preview")
    seed = newsletter / SEED
    template = newsletter / "templates" / "dispatch" / "sign_off.mjml"
    subjects = {f"the text, `{SEED}`": seed, "a template of the theme": template}
    process = subprocess.Popen(
        [*DISPATCH, "preview", "--no-open", SEED], cwd=newsletter, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if found is None:
            raise CommandFailed("dispatch preview printed no address")
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
            page = browser.new_page(bypass_csp=True)
            page.goto(found[0])
            page.frame_locator("#frame").locator("h1").wait_for()
            rows = [
                [name, Figure.of(_refreshes(page, file, rounds)).show("ms", 1000)] for name, file in subjects.items()
            ]
            browser.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    return table(["saved", "until the page shows it"], rows)


def _refreshes(page: Page, file: Path, rounds: int) -> list[float]:
    """Seconds of so many saves."""
    before = file.read_text(encoding="utf-8")
    change = _in_template if file.suffix == ".mjml" else _in_text
    page.evaluate(WATCH)
    taken = []
    for number in range(1, rounds + 2):
        content = change(before, f"Round {number} of {file.name}.")
        began = time.time()
        file.write_text(content, encoding="utf-8")
        page.wait_for_function("number => window.seen[number]", arg=number)
        taken.append(page.evaluate("number => window.seen[number]", number) / 1000 - began)
    file.write_text(before, encoding="utf-8")
    page.frame_locator("#frame").get_by_text("Round").wait_for(state="detached")
    return taken[1:]  # the first one imports what the studio does not need before


def _in_text(before: str, words: str) -> str:
    return f"{before}\n{words}\n"


def _in_template(before: str, words: str) -> str:
    return f"{before}<mj-section><mj-column><mj-text>{words}</mj-text></mj-column></mj-section>\n"
