"""From a block to its line, from a line to its block, from a finding to what it is about."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from dispatch.preflight.document import Document, path
from support.studio import Studio

pytestmark = pytest.mark.browser


def edition(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


def marked(page: Page) -> Locator:
    return edition(page).locator("[data-studio-mark]")


def chosen(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name="Source").get_by_role("option", selected=True)


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("Trams run every six minutes", "Trams run every six minutes, and the last one leaves"),
        ("What Changes", "## What Changes: Trams"),
        ("The quay belongs", "> The quay belongs to those who walk."),
        ("Paragraph 33 says", "Paragraph 33 says what the council said"),
        ("Harbour: Fewer Cars", 'title: "Harbour: Fewer Cars, More Trams"'),
    ],
)
def test_a_click_on_a_block_marks_its_line(page: Page, block: str, line: str) -> None:
    page.keyboard.press("2")
    edition(page).get_by_text(block).last.click()
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(chosen(page)).to_contain_text(line)
    expect(chosen(page)).to_be_in_viewport()
    expect(marked(page)).to_contain_text(block)


def test_a_click_on_a_picture_marks_its_line(page: Page) -> None:
    page.keyboard.press("2")
    edition(page).get_by_role("img").click()
    expect(chosen(page)).to_contain_text("![A tram at the quay](tram.png)")


def test_a_line_leads_to_its_block_by_mouse_and_by_keys(page: Page) -> None:
    page.keyboard.press("e")
    source = page.get_by_role("tabpanel", name="Source")
    source.get_by_role("option").filter(has_text="Paragraph 33 says").click()
    expect(marked(page)).to_have_text("Paragraph 33 says what the council said on day 33 of its debate.")
    expect(marked(page)).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(marked(page)).to_have_text("Paragraph 34 says what the council said on day 34 of its debate.")
    page.keyboard.press("Escape")
    expect(marked(page)).to_have_count(0)


def test_a_link_is_shown_and_not_followed(page: Page) -> None:
    page.keyboard.press("2")
    link = edition(page).get_by_role("link", name="The decision")
    link.hover()
    expect(page.locator("#link")).to_have_text("https://www.example.com/decision")
    link.click()
    expect(edition(page).locator("h1")).to_be_visible()
    expect(chosen(page)).to_contain_text("The council voted on Tuesday")


FAULTY = """# Trams at the Quay

The council met on Tuesday and TK. [Click here](https://www.example.com/a) for the minutes.

![](https://www.example.com/tram.png)
"""


def test_findings_lead_to_their_element_or_their_line(page: Page, studio: Studio) -> None:
    (studio.room.folder / "seeds" / "faulty.md").write_text(FAULTY, encoding="utf-8")
    seed = page.get_by_role("combobox", name="Seed")
    expect(seed.locator("option", has_text="faulty.md")).to_have_count(1)
    seed.select_option(label="seeds/faulty.md")
    findings = page.get_by_role("tabpanel", name="Findings")
    expect(findings.locator('[data-rule="placeholder"]')).to_be_visible()
    findings.locator('[data-rule="placeholder"]').click()
    expect(marked(page)).to_contain_text("The council met on Tuesday and TK.")
    findings.locator('[data-rule="image-alt"]').first.click()
    expect(marked(page)).to_have_count(1)
    expect(findings.locator("[aria-current]")).to_contain_text("Write in a sentence what it shows")
    page.keyboard.press("n")
    expect(findings.locator("[aria-current]")).not_to_have_attribute("data-rule", "image-alt")


PAIR = """HARBOUR, Nov 23 – The council met on Tuesday. It decided what is to become of the quay.

What They Say: Two Sides
Council Statement: Trams run every six minutes.
Traders Statement: Deliveries are what we live on.
"""


def test_the_path_of_each_element_leads_to_it_in_the_browser(page: Page, studio: Studio) -> None:
    """Browsers put table bodies where the source has none."""
    (studio.room.folder / "seeds" / "pair.txt").write_text(PAIR, encoding="utf-8")
    seed = page.get_by_role("combobox", name="Seed")
    expect(seed.locator("option", has_text="pair.txt")).to_have_count(1)
    seed.select_option(label="seeds/pair.txt")
    expect(edition(page).locator(".pair")).to_be_visible()
    document = Document(studio.ask("page?source=seeds/pair.txt")[1].decode())
    elements = [[path(each), each.text_content()] for each in document.all("td", "p", "a", "h1", "h2", "img", "tr")]
    assert any(" > tr" in where and "> tbody >" not in where.rpartition("table")[2] for where, _ in elements)
    wrong = page.evaluate(
        """async elements => {
          const { mark } = await import('./static/frame.js')
          const page = document.getElementById('frame').contentDocument
          return elements.filter(([path, text]) => {
            mark([path])
            const marked = [...page.querySelectorAll('[data-studio-mark]')]
            return marked.length !== 1 || marked[0].textContent !== text
          })
        }""",
        elements,
    )
    assert wrong == []


def test_findings_are_those_of_dispatch_check(page: Page, studio: Studio) -> None:
    checked = json.loads(studio.room.run("check", "seeds/harbour.md", "--json").stdout)
    answer, body = studio.ask("findings?source=seeds/harbour.md")
    assert answer.status == 200
    assert json.loads(body) == checked
    shown = page.get_by_role("tabpanel", name="Findings").locator("[data-rule]")
    expect(shown).to_have_count(len(checked["findings"]))


def test_several_sources_are_one_edition_and_lead_each_to_its_own_lines(page: Page, studio: Studio) -> None:
    with Studio.start(studio.room, "seeds/harbour.md", "seeds/harbour.txt") as both:
        page.goto(both.url)
        expect(page.get_by_role("combobox", name="Seed").locator("option:checked")).to_have_text(
            "seeds/harbour.md + seeds/harbour.txt"
        )
        edition(page).get_by_text("The harbour road becomes a promenade").click()
        expect(
            page.get_by_role("listbox", name="seeds/harbour.txt").get_by_role("option", selected=True)
        ).to_contain_text("The harbour road becomes a promenade")
