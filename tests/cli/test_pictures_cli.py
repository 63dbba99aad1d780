"""Pictures beside a text, from the file in a folder to the readers' mailboxes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.newsroom import Newsroom
from support.photos import opened, photo
from support.smtp_server import SmtpServer
from support.web import Reply, WebServer

SEED = """# Harbour: Fewer Cars, More Trams

The council voted on Tuesday to close the quay to cars from May. Eleven of nineteen members were in favour, four
against, and four stayed away. Trams run every six minutes, and the last one leaves at one in the morning, as before.

![The harbour at night](photos/harbour.jpg "Photograph: Ada Okafor")
"""
SEND = ("send", "seeds/quay.md", "--list", "daily", "--yes")
NAME = re.compile(r"harbour-[0-9a-f]{12}\.jpg")


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    """A newsroom with a text whose line 6 has a photograph."""
    made = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    (made.folder / "seeds" / "quay.md").write_text(SEED)
    photo(made.folder / "seeds" / "photos" / "harbour.jpg")
    return made


@pytest.fixture
def web(room: Newsroom) -> Iterator[WebServer]:
    """A web server that has the newsroom's folder of assets."""
    with WebServer({}, folder=room.folder / "assets") as running:
        settings(room, f'[assets]\nurl = "{running.url("")}"\n')
        yield running


def settings(room: Newsroom, more: str) -> None:
    file = room.folder / "dispatch.toml"
    file.write_text(file.read_text() + more)


def page_of(server: SmtpServer, number: int = 0) -> str:
    body = server.messages[number].message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def image_in(page: str) -> str:
    (found,) = re.findall(r'<img[^>]* src="([^"]+)"', page)
    return str(found)


def nothing_was_frozen(room: Newsroom) -> bool:
    return "harbour-fewer-cars" not in room.run("status").stdout


def test_a_page_shows_the_picture_before_it_is_anywhere_on_the_web(room: Newsroom) -> None:
    composed = room.run("compose", "seeds/quay.md", "--slug", "quay")
    assert composed.returncode == 0
    out = room.folder / "out" / "quay"
    page = (out / "edition.html").read_text()
    picture = opened((out / image_in(page)).read_bytes())
    assert picture.size == (1072, 804)
    assert 'width="536"' in page
    assert 'height="402"' in page
    assert dict(picture.getexif()) == {}
    assert "seeds/quay.md:6: photos/harbour.jpg lies on this machine only" in composed.stderr
    assert "[assets] url" in composed.stderr
    assert re.search(r"Pictures +1, \d+ KB", composed.stdout)
    assert "[Image: The harbour at night] [1]" in (out / "edition.txt").read_text()


def test_an_edition_has_the_address_that_readers_will_ask_for(room: Newsroom) -> None:
    settings(room, '[assets]\nurl = "https://cdn.example.org/news/"\n')
    composed = room.run("compose", "seeds/quay.md", "--json")
    assert composed.stderr == ""
    image = json.loads(composed.stdout)["stories"][0]["blocks"][1]
    base, _, name = image["src"].rpartition("/")
    assert base == "https://cdn.example.org/news"
    assert NAME.fullmatch(name)
    assert (image["width"], image["height"]) == (536, 402)


def test_a_picture_that_is_not_there_stops_no_composing_and_its_words_stand_in(room: Newsroom) -> None:
    (room.folder / "seeds" / "photos" / "harbour.jpg").rename(room.folder / "seeds" / "photos" / "harbor.jpg")
    composed = room.run("compose", "seeds/quay.md", "--slug", "quay")
    assert composed.returncode == 0
    assert "seeds/quay.md:6: photos/harbour.jpg is not there.\n  → Did you mean harbor.jpg?" in composed.stderr
    page = (room.folder / "out" / "quay" / "edition.html").read_text()
    assert "<img" not in page
    assert "The harbour at night" in page


def test_a_strange_path_breaks_no_terminal(room: Newsroom) -> None:
    (room.folder / "seeds" / "quay.md").write_text(SEED.replace("photos/harbour.jpg", "a%0A%1B%5B31mb.jpg"))
    assert "quay.md:6: a\\n\\x1b[31mb.jpg is not there." in room.run("compose", "seeds/quay.md").stderr


DEEP = """# Trams

Trams come in May.[^1]

- One:

  ![A](photos/harbour.jpg)

> ![B](photos/harbour.jpg)
>
> Words.

[^1]: ![C](photos/harbour.jpg)
"""


def test_pictures_in_lists_quotations_and_footnotes_are_found_and_one_edition_has_several_texts(room: Newsroom) -> None:
    other = room.folder / "seeds" / "more"
    other.mkdir()
    (other / "deep.md").write_text(DEEP)
    photo(other / "photos" / "harbour.jpg", 300, 200)
    out = room.run("compose", "seeds/quay.md", "seeds/more/deep.md", "--slug", "both", "--json").stdout
    sources = re.findall(r'"src": "([^"]+)"', out)
    assert [NAME.fullmatch(src.rpartition("/")[2]) is not None for src in sources] == [True] * 4
    assert len(set(sources)) == 2, "each path is seen from its own text"


def test_what_is_composed_again_is_not_made_again(room: Newsroom) -> None:
    room.run("compose", "seeds/quay.md")
    kept = list((room.folder / ".dispatch" / "pictures").rglob("*.jpg"))
    assert len(kept) == 1
    program = "import sys; from dispatch.cli import run; run(['compose', sys.argv[1]]); print('PIL' in sys.modules)"
    for seed in ("seeds/quay.md", "seeds/harbour.txt"):
        again = subprocess.run(
            [sys.executable, "-c", program, seed], cwd=room.folder, env=room.variables, capture_output=True, text=True
        )
        assert again.stdout.endswith("False\n"), again.stderr


def test_a_text_outside_any_newsletter_leaves_no_cache_behind(room: Newsroom) -> None:
    (room.folder / "dispatch.toml").unlink()
    assert room.run("compose", "seeds/quay.md").returncode == 0
    assert not (room.folder / ".dispatch").exists()


def test_check_names_what_keeps_a_picture_from_readers(room: Newsroom) -> None:
    seed = room.folder / "seeds" / "quay.md"
    seed.write_text(seed.read_text() + "\n![The quay](photos/quay.jpg)\n")
    checked = room.run("check", "seeds/quay.md", "--json")
    assert checked.returncode == 1
    found = {
        each["rule"]: each["line"] for each in json.loads(checked.stdout)["findings"] if each["severity"] == "error"
    }
    assert found == {"image-unpublished": 6, "image-file": 8}


@pytest.mark.parametrize("more", [(), ("--force",), ("--dry-run",), ("--test", "me@example.org")])
def test_without_an_address_on_the_web_nothing_goes_to_anybody(
    room: Newsroom, server: SmtpServer, more: tuple[str, ...]
) -> None:
    sent = room.run(*SEND, *more)
    assert sent.returncode == 2
    assert "seeds/quay.md:6: Readers could not see a picture" in sent.stderr
    assert "[assets] url" in sent.stderr
    assert "https address" in sent.stderr
    assert server.messages == []
    assert nothing_was_frozen(room)
    assert not (room.folder / "assets").exists()


def test_readers_get_the_picture_that_was_published(room: Newsroom, server: SmtpServer, web: WebServer) -> None:
    sent = room.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    (file,) = (room.folder / "assets").iterdir()
    assert NAME.fullmatch(file.name)
    assert {image_in(page_of(server, n)) for n in range(3)} == {web.url(f"/{file.name}")}
    assert web.paths("GET") == [f"/{file.name}"], "it was asked for before anybody was mailed"


def test_a_dry_run_publishes_nothing_and_a_test_message_has_its_picture(
    room: Newsroom, server: SmtpServer, web: WebServer
) -> None:
    assert room.run(*SEND, "--dry-run").returncode == 0
    assert not (room.folder / "assets").exists()
    assert room.run(*SEND, "--test", "me@example.org").returncode == 0
    name = image_in(page_of(server)).rpartition("/")[2]
    assert (room.folder / "assets" / name).is_file()


def test_a_send_that_was_begun_needs_neither_picture_nor_settings(
    room: Newsroom, server: SmtpServer, web: WebServer
) -> None:
    assert room.run(*SEND, "--limit", "1").returncode == 3
    (room.folder / "seeds" / "photos" / "harbour.jpg").unlink()
    file = room.folder / "dispatch.toml"
    file.write_text(file.read_text().replace(f'[assets]\nurl = "{web.url("")}"\n', ""))
    assert "[assets]" not in file.read_text()
    assert room.run(*SEND).returncode == 0
    assert len({image_in(page_of(server, n)) for n in range(3)}) == 1


def test_a_picture_that_changes_gets_another_name_and_the_first_stays(
    room: Newsroom, server: SmtpServer, web: WebServer
) -> None:
    assert room.run(*SEND, "--test", "me@example.org").returncode == 0
    photo(room.folder / "seeds" / "photos" / "harbour.jpg", 2_000, 1_000)
    assert room.run(*SEND, "--test", "me@example.org").returncode == 0
    first, second = (image_in(page_of(server, n)).rpartition("/")[2] for n in range(2))
    assert first != second
    assert {file.name for file in (room.folder / "assets").iterdir()} == {first, second}


def test_a_picture_that_cannot_be_fetched_stops_the_send(room: Newsroom, server: SmtpServer, web: WebServer) -> None:
    web.folder = room.folder / "elsewhere"
    sent = room.run(*SEND)
    assert sent.returncode == 2
    assert f"seeds/quay.md:6: {web.url('/harbour-')}" in sent.stderr
    assert "is not there (404)." in sent.stderr
    assert server.messages == []
    assert nothing_was_frozen(room)
    assert room.run(*SEND, "--force").returncode == 0, "a person knows better"
    assert len(server.messages) == 3


def test_a_second_list_gets_the_pictures_again_or_nobody_of_it_is_mailed(
    room: Newsroom, server: SmtpServer, web: WebServer
) -> None:
    for name in ("weekly", "monthly"):
        room.write_list(name, [f"{name}@example.org"])
    assert room.run(*SEND).returncode == 0
    (file,) = (room.folder / "assets").iterdir()
    file.unlink()
    assert room.run("send", "seeds/quay.md", "--list", "weekly", "--yes").returncode == 0
    assert file.is_file(), "it was published again"
    file.unlink()
    (room.folder / "seeds" / "photos" / "harbour.jpg").unlink()
    for source in ("seeds/quay.md", "harbour-fewer-cars-more-trams"):
        refused = room.run("send", source, "--list", "monthly", "--yes")
        assert refused.returncode == 2
        assert "quay.md:6: " in refused.stderr
        assert f"{web.url(f'/{file.name}')} is not there (404)." in refused.stderr
    assert len(server.messages) == 4


def test_who_cannot_ask_for_pictures_says_so_in_the_settings(
    room: Newsroom, server: SmtpServer, web: WebServer
) -> None:
    web.folder = None
    settings(room, '[check]\noff = ["image-gone"]\n')
    assert room.run(*SEND).returncode == 0
    assert web.asked == []


def test_a_command_brings_pictures_to_the_web(room: Newsroom, server: SmtpServer, web: WebServer) -> None:
    web.folder = room.folder / "on the web"
    web.folder.mkdir()
    # In the table that stands last in the file.
    settings(room, "publish_command = \"cp -R {folder}/. 'on the web'\"\n")
    assert room.run(*SEND).returncode == 0
    assert [NAME.fullmatch(file.name) is not None for file in web.folder.iterdir()] == [True]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sh -c 'echo no route to host >&2; exit 12'", "ended with exit code 12: no route to host"),
        ("no-such-command {folder}", "cannot be run: no-such-command: No such file or directory"),
        ("rsync 'unclosed", "cannot be read"),
    ],
)
def test_a_command_that_fails_stops_the_send_before_anything_is_frozen(
    room: Newsroom, server: SmtpServer, web: WebServer, command: str, said: str
) -> None:
    settings(room, f'publish_command = "{command}"\n')
    sent = room.run(*SEND)
    assert sent.returncode == 1
    line = (room.folder / "dispatch.toml").read_text().splitlines().index(f'publish_command = "{command}"') + 1
    assert f"dispatch.toml:{line}: assets.publish_command {said}" in sent.stderr
    assert "{folder}" not in sent.stderr, "what is to be tried can be pasted"
    assert server.messages == []
    assert nothing_was_frozen(room)


def test_a_folder_that_cannot_be_written_is_named(room: Newsroom, web: WebServer) -> None:
    (room.folder / "in-the-way").write_text("")
    settings(room, 'folder = "in-the-way/assets"\n')
    sent = room.run(*SEND)
    assert sent.returncode == 1
    assert "The pictures cannot be written into in-the-way/assets" in sent.stderr
    assert "Traceback" not in sent.stderr


LINKS = """# Harbour: Fewer Cars, More Trams

The council voted on Tuesday to close the quay to cars from May. [The decision]({gone}) takes effect in spring.

[The plan]({moved}) says so, and [a mailbox](mailto:desk@example.org) takes questions.
"""


@pytest.fixture
def linked(room: Newsroom) -> Iterator[tuple[Newsroom, WebServer]]:
    """A newsroom that is its own site's, with a text that links to two of its pages."""
    replies = {"/plan": Reply(301, headers={"Location": "/plans/1"}), "/plans/1": Reply()}
    with WebServer(replies) as web:
        file = room.folder / "dispatch.toml"
        file.write_text(file.read_text().replace("[newsletter]\n", f'[newsletter]\nbase_url = "{web.url("")}"\n'))
        (room.folder / "seeds" / "links.md").write_text(LINKS.format(gone=web.url("/gone"), moved=web.url("/plan")))
        yield room, web


def test_check_asks_the_web_where_it_is_told_to(linked: tuple[Newsroom, WebServer]) -> None:
    room, web = linked
    room.run("check", "seeds/links.md")
    assert web.asked == []
    checked = room.run("check", "seeds/links.md", "--online")
    assert checked.returncode == 1
    assert f"seeds/links.md:3: {web.url('/gone')} is not there (404)." in checked.stdout
    assert f"seeds/links.md:5: {web.url('/plan')} is now {web.url('/plans/1')}." in checked.stdout
    assert checked.stderr == ""
    assert web.asked[0].agent.startswith("Dispatch/")


def test_what_the_web_said_as_data(linked: tuple[Newsroom, WebServer]) -> None:
    room, _ = linked
    data = json.loads(room.run("check", "seeds/links.md", "--online", "--json").stdout)
    assert data["asked"] == 2
    found = {each["rule"]: (each["severity"], each["line"]) for each in data["findings"]}
    assert found["link-gone"] == ("error", 3)
    assert found["link-moved"] == ("note", 5)


def test_settings_decide_what_the_webs_answers_mean(linked: tuple[Newsroom, WebServer]) -> None:
    room, _ = linked
    settings(room, '[check]\nwarnings = ["link-gone", "link-private"]\n')
    checked = room.run("check", "seeds/links.md", "--online")
    assert checked.returncode == 0, checked.stdout
    assert "[link-gone]" in checked.stdout


def test_a_text_does_not_make_this_machine_call_its_neighbours(room: Newsroom) -> None:
    with WebServer({"/gone": Reply(404)}) as web:
        (room.folder / "seeds" / "links.md").write_text(
            LINKS.format(gone=web.url("/gone"), moved=web.url("/", host="127.0.0.1"))
        )
        checked = room.run("check", "seeds/links.md", "--online")
        assert web.asked == []
    assert "lies in a private network and was not asked" in checked.stdout


NOWHERE = f"https://{'a' * 64}.org"
"""No name has a label of 64 letters (RFC 1035 §2.3.4), so nobody has to be asked for it."""


def test_a_site_that_does_not_exist_is_an_error(linked: tuple[Newsroom, WebServer]) -> None:
    room, web = linked
    (room.folder / "seeds" / "links.md").write_text(LINKS.format(gone=NOWHERE, moved=web.url("/plans/1")))
    checked = room.run("check", "seeds/links.md", "--online")
    assert f"seeds/links.md:3: {NOWHERE}: there is no {'a' * 64}.org." in checked.stdout


def test_a_machine_that_reaches_nothing_says_so_and_blames_no_link(room: Newsroom) -> None:
    (room.folder / "seeds" / "links.md").write_text(LINKS.format(gone=f"{NOWHERE}/1", moved=f"{NOWHERE}/2"))
    checked = room.run("check", "seeds/links.md", "--online")
    assert checked.returncode == 1
    assert "Is this machine online?" in checked.stderr
    assert checked.stdout == ""


def test_rules_that_ask_the_web_are_marked(room: Newsroom) -> None:
    lines = room.run("check", "--rules").stdout.splitlines()
    assert [line.endswith("--online") for line in lines if " link-gone " in line or " link-http " in line] == [
        False,
        True,
    ]
