"""Who may ask the studio: nobody but the author's own page."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.smtp_server import SmtpServer
from support.studio import Studio, newsroom

JSON = {"Content-Type": "application/json"}
TEST = "test?source=seeds/harbour.md"


def test_it_listens_on_this_machine_only(studio: Studio) -> None:
    assert studio.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("root", ["/", "/x/", "/static/", "//"])
def test_without_the_token_there_is_nothing(studio: Studio, root: str) -> None:
    for path in ("", "edition?source=seeds/harbour.md", "static/studio.js"):
        answer, body = studio.ask(path, root=root)
        assert answer.status == 404
        assert b"Harbour" not in body


@pytest.mark.parametrize("host", ["evil.example:{port}", "evil.example", "127.0.0.1", "127.0.0.1.evil.example:{port}"])
def test_a_name_that_was_made_to_lead_here_is_refused(studio: Studio, host: str) -> None:
    port = studio.origin.rpartition(":")[2]
    answer, _ = studio.ask("", headers={"Host": host.format(port=port)})
    assert answer.status == 403


def test_this_machines_name_is_taken(studio: Studio) -> None:
    port = studio.origin.rpartition(":")[2]
    answer, _ = studio.ask("", headers={"Host": f"localhost:{port}"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "{origin}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{origin}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_other_page_can_send_a_test(studio: Studio, mail: SmtpServer, headers: dict[str, str]) -> None:
    before = len(mail.messages)
    given = {name: value.format(origin=studio.origin) for name, value in headers.items()}
    body = json.dumps({"address": "victim@example.org"})
    answer, _ = studio.ask(TEST, method="POST", headers={**JSON, **given}, body=body)
    assert answer.status == 403
    assert len(mail.messages) == before


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", '{"address": "a@example.org"}', 415),
        ("application/x-www-form-urlencoded", "address=a@example.org", 415),
        ("application/json", "[]", 400),
        ("application/json", "{", 400),
        ("application/json", json.dumps({"address": "a" * 20_000}), 400),
    ],
)
def test_what_no_page_of_ours_posts_is_refused(studio: Studio, kind: str, body: str, status: int) -> None:
    headers = {"Content-Type": kind, "Origin": studio.origin}
    answer, _ = studio.ask(TEST, method="POST", headers=headers, body=body)
    assert answer.status == status


def test_a_test_is_not_sent_by_a_mere_look(studio: Studio) -> None:
    answer, _ = studio.ask(TEST)
    assert answer.status == 405


@pytest.mark.parametrize("source", ["dispatch.toml", "../../etc/passwd", "/etc/passwd", "seeds/../dispatch.toml", ""])
def test_only_seeds_are_read(studio: Studio, source: str) -> None:
    answer, body = studio.ask(f"edition?source={source}")
    said = json.loads(body)
    assert answer.status == 200
    assert said["edition"] is None
    assert "no seed" in said["fault"]["message"]


@pytest.mark.parametrize("path", ["static/../app.py", "static/%2e%2e/app.py", "static//etc/passwd"])
def test_only_the_studios_own_files_are_served(studio: Studio, path: str) -> None:
    answer, body = studio.ask(path)
    assert answer.status == 404
    assert b"import" not in body


@pytest.mark.parametrize("name", ["tram.png", "1-0.png", "..%2fharbour.md"])
def test_only_pictures_of_the_edition_are_served(studio: Studio, name: str) -> None:
    answer, _ = studio.ask(f"picture/{name}?source=seeds/harbour.md")
    assert answer.status == 404


def test_answers_say_what_a_page_may_do_with_them(studio: Studio) -> None:
    answer, _ = studio.ask("")
    assert "script-src 'self'" in (answer.getheader("Content-Security-Policy") or "")
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"
    answer, _ = studio.ask("page?source=seeds/harbour.md")
    policy = answer.getheader("Content-Security-Policy") or ""
    assert "sandbox allow-same-origin" in policy
    assert "script" not in policy


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order_while_a_page_listens(studio: Studio, number: int) -> None:
    with Studio.start(studio.room) as other:
        parts = urlsplit(other.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("GET", f"{parts.path}events")
        stream = connection.getresponse()
        assert b"retry" in stream.readline()
        code, said = other.stop(number)
        stream.read()
        connection.close()
    assert code == 0
    assert said == ""


def test_it_ends_at_once_though_a_mail_server_is_silent(tmp_path: Path) -> None:
    with SmtpServer(rules=["banner=!hang"]) as mail:
        room = newsroom(tmp_path / "news", f"smtp://{mail.host}:{mail.port}")
        with Studio.start(room, "seeds/harbour.md") as studio, ThreadPoolExecutor() as threads:
            headers = {**JSON, "Origin": studio.origin}
            body = json.dumps({"address": "me@example.org"})
            asked = threads.submit(studio.ask, TEST, method="POST", headers=headers, body=body)
            mail.wait_until(lambda: mail.connections == 1)
            assert studio.stop() == (0, "")
            with suppress(ConnectionError, HTTPException):
                asked.result()
        mail.release()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["seeds/missing.md"], "seeds/missing.md: "),
        (["seeds/harbour.md", "--list", "dayly"], "Did you mean 'daily'?"),
    ],
)
def test_what_was_misspelt_is_said_on_the_terminal(studio: Studio, arguments: list[str], said: str) -> None:
    done = studio.room.run("preview", "--no-open", *arguments)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_link_to_the_studio_can_be_followed_from_anywhere(studio: Studio) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert studio.ask("", headers=elsewhere)[0].status == 200
    loaded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert studio.ask("edition?source=seeds/harbour.md", headers=loaded)[0].status == 403


def test_a_port_that_is_taken_is_said(studio: Studio) -> None:
    done = studio.room.run("preview", "--no-open", "--port", studio.origin.rpartition(":")[2])
    assert done.returncode == 1
    assert "is not free" in done.stderr
    assert "→ Leave --port out" in done.stderr
