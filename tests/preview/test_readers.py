"""The edition as one subscriber gets it, and as a test in one's own mailbox."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from support.smtp_server import SmtpServer
from support.studio import Studio

pytestmark = pytest.mark.browser


def edition(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


def test_a_subscriber_is_found_by_address_and_gets_their_own_edition(page: Page) -> None:
    expect(edition(page).get_by_text("Good morning, dear reader.")).to_be_visible()
    page.keyboard.press("/")
    dialog = page.get_by_role("dialog", name="Read as a subscriber")
    found = dialog.get_by_role("listbox", name="Subscribers").get_by_role("option")
    expect(found).to_have_count(3)
    dialog.get_by_label("Address").fill("CLEO")
    expect(found).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(edition(page).get_by_text("Good morning, cleo.")).to_be_visible()
    expect(page.get_by_role("button", name="As cleo@example.com")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("tabpanel", name="Text")).to_contain_text("Good morning, cleo.")
    page.keyboard.press("m")
    expect(page.get_by_role("tabpanel", name="Headers")).to_contain_text("cleo@example.com")
    page.keyboard.press("/")
    dialog.get_by_role("button", name="Nobody in particular").click()
    page.keyboard.press("p")
    expect(edition(page).get_by_text("Good morning, dear reader.")).to_be_visible()


def test_the_lists_file_is_read_anew_when_it_was_saved(page: Page, studio: Studio) -> None:
    path = studio.room.write_list("evening", ["dora@example.org"])
    page.keyboard.press("/")
    dialog = page.get_by_role("dialog", name="Read as a subscriber")
    expect(dialog.get_by_label("List").locator("option", has_text="evening")).to_have_count(1)
    dialog.get_by_label("List").select_option("evening")
    dialog.get_by_role("option").filter(has_text="dora@example.org").click()
    expect(edition(page).get_by_text("Good morning, dora.")).to_be_visible()
    path.write_text("email,first_name\ndora@example.org,Dorothea\n", encoding="utf-8")
    expect(edition(page).get_by_text("Good morning, Dorothea.")).to_be_visible()
    path.unlink()


def test_a_long_list_answers_with_its_first_matches(studio: Studio) -> None:
    path = studio.room.write_list("long", 30_000)
    try:
        for search, found in (("r29999@", ["r29999@example.org"]), ("R1", None), ("zz", [])):
            answer, body = studio.ask(f"readers?{urlencode({'list': 'long', 'search': search})}")
            assert answer.status == 200
            addresses = [reader["fields"]["email"] for reader in json.loads(body)["readers"]]
            assert addresses == found if found is not None else len(addresses) == 20
    finally:
        path.unlink()


def test_a_test_goes_to_the_address_and_the_servers_reply_is_shown(
    page: Page, studio: Studio, mail: SmtpServer
) -> None:
    page.keyboard.press("@")
    dialog = page.get_by_role("dialog", name="Send me a test")
    dialog.get_by_label("To").fill("me@example.org")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("accepted: me@example.org (250 Ok: queued)")
    (received,) = [each for each in mail.messages if each.recipient == "me@example.org"]
    assert received.message["Subject"] == "[TEST] Fewer cars, more trams at the harbour"
    assert not (studio.room.folder / ".dispatch" / "dispatch.db").exists()
    assert [path.name.partition("-")[0] for path in (studio.room.folder / "assets").iterdir()] == ["tram"]
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.get_by_role("button", name="Send me a test").click()
    expect(dialog.get_by_label("To")).to_have_value("me@example.org")


def test_what_the_server_refuses_is_said_with_what_to_do(page: Page) -> None:
    page.keyboard.press("@")
    dialog = page.get_by_role("dialog", name="Send me a test")
    dialog.get_by_label("To").fill("nobody@example.org")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("status")).to_contain_text("No such user here")
    expect(dialog.get_by_role("status")).to_contain_text("→")
