"""Asking real servers on this machine, good and bad."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from dispatch.online.answer import Answer, Failure, Hop, Question, asked_as
from dispatch.online.asking import Terms, ask_all
from dispatch.online.lookup import Lookup, is_public
from support.certificates import certificates
from support.web import Reply, WebServer


def ask(*questions: Question | str, told: Callable[[int], None] = lambda _: None, **terms: Any) -> dict[str, Answer]:
    trusted = ssl.create_default_context(cafile=certificates().ca_file)
    given = {"user_agent": "Dispatch/test", "may_ask": lambda *_: True, "verify": trusted, **terms}
    asked = [each if isinstance(each, Question) else Question(each) for each in questions]
    return dict(asyncio.run(ask_all(asked, Terms(**given), told)))


def ask_one(question: Question | str, **terms: Any) -> Answer:
    (answer,) = ask(question, **terms).values()
    return answer


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 410, 429, 500, 503, 999])
def test_an_answer_has_the_status_that_the_server_gave(status: int) -> None:
    with WebServer({"/page": Reply(status)}) as web:
        answer = ask_one(web.url("/page"))
    assert (answer.status, answer.failure) == (status, None)
    assert answer.is_there is (status < 300)


def test_a_page_is_not_fetched_where_asking_for_its_head_will_do() -> None:
    with WebServer({"/page": Reply(body=b"x")}) as web:
        ask_one(web.url("/page"))
        assert [each.method for each in web.asked] == ["HEAD"]
        assert web.asked[0].agent == "Dispatch/test"


@pytest.mark.parametrize("head", [403, 404, 405, 501])
def test_a_server_that_refuses_head_is_asked_as_a_browser_asks(head: int) -> None:
    with WebServer({"/page": Reply(200, head=head)}) as web:
        assert ask_one(web.url("/page")).status == 200
        assert [each.method for each in web.asked] == ["HEAD", "GET"]


def test_who_asked_too_often_is_not_asked_again() -> None:
    with WebServer({"/page": Reply(429)}) as web:
        ask_one(web.url("/page"))
        assert len(web.asked) == 1


def test_redirects_are_followed_and_reported() -> None:
    replies = {
        "/old": Reply(301, headers={"Location": "/newer"}),
        "/newer": Reply(302, headers={"Location": "newest?x=1"}),
        "/newest?x=1": Reply(),
    }
    with WebServer(replies) as web:
        answer = ask_one(web.url("/old"))
        assert answer.hops == (Hop(301, web.url("/newer")), Hop(302, web.url("/newest?x=1")))
    assert (answer.status, answer.final) == (200, answer.hops[-1].to)


def test_redirects_without_an_end_are_given_up() -> None:
    there_and_back = {
        "/a": Reply(302, headers={"Location": "/b"}),
        "/b": Reply(302, headers={"Location": "/a"}),
        **{f"/{n}": Reply(302, headers={"Location": f"/{n + 1}"}) for n in range(30)},
    }
    with WebServer(there_and_back) as web:
        assert ask_one(web.url("/a")).failure is Failure.LOOP
        assert ask_one(web.url("/0"), most_hops=5).failure is Failure.LOOP
        assert "/7" not in web.paths("HEAD")


@pytest.mark.parametrize("whereto", ["ftp://example.org/", "mailto:a@example.org", "http://[x", "http://a b/"])
def test_a_redirect_to_what_is_no_web_address_is_no_crash(whereto: str) -> None:
    with WebServer({"/a": Reply(302, headers={"Location": whereto})}) as web:
        answer = ask_one(web.url("/a"))
    assert answer.failure is Failure.BROKEN or answer.status == 302


def test_a_server_that_keeps_silent_is_given_up() -> None:
    over = threading.Event()
    with WebServer({"/slow": Reply(wait=over.wait)}) as web:
        answer = ask_one(web.url("/slow"), seconds=0.3)
        over.set()
    assert answer.failure is Failure.SLOW


def test_who_is_slow_keeps_nobody_else_waiting() -> None:
    fast_is_done = threading.Event()
    with WebServer({"/slow": Reply(wait=fast_is_done.wait), "/fast": Reply()}) as web:
        answers = ask(web.url("/slow"), web.url("/fast"), told=lambda _: fast_is_done.set(), seconds=30)
    assert {each.status for each in answers.values()} == {200}


def test_when_the_time_for_all_is_over_the_rest_is_not_asked() -> None:
    over = threading.Event()
    with WebServer({f"/{n}": Reply(wait=over.wait) for n in range(20)}) as web:
        answers = ask(*(web.url(f"/{n}") for n in range(20)), seconds=60, seconds_in_all=0.5)
        over.set()
    assert [each.failure for each in answers.values()] == [Failure.NOT_ASKED] * 20


def test_one_site_is_asked_two_things_at_a_time() -> None:
    with WebServer({}) as web:
        web.replies |= {f"/{n}": Reply(wait=lambda: web.wait_for(2)) for n in range(12)}
        answers = ask(*(web.url(f"/{n}") for n in range(12)), seconds=60)
        assert web.most_at_once == 2
    assert {each.status for each in answers.values()} == {200}


def test_all_sites_together_are_asked_so_many_things_at_a_time() -> None:
    with WebServer({}) as web:
        web.replies |= {f"/{n}": Reply(wait=lambda: web.wait_for(3)) for n in range(12)}
        urls = [web.url(f"/{n}", host=host) for n in range(6) for host in ("localhost", "127.0.0.1")]
        answers = ask(*urls, together=3, seconds=60)
        assert web.most_at_once == 3
    assert {each.status for each in answers.values()} == {200}


def test_how_many_have_answered_is_told() -> None:
    told: list[int] = []
    with WebServer({}) as web:
        ask(*(web.url(f"/{n}") for n in range(5)), told=told.append)
    assert told == sorted(told)
    assert told[-1] == 5


@pytest.mark.parametrize(
    ("name", "said"),
    [("expired", "certificate has expired"), ("wrong_name", "mismatch"), ("self_signed", "unable to get local issuer")],
)
def test_a_certificate_that_is_not_to_be_trusted_is_named(name: str, said: str) -> None:
    with WebServer({"/": Reply()}, tls=getattr(certificates(), name)) as web:
        answer = ask_one(web.url("/", "https"))
        assert web.asked == []
    assert answer.failure is Failure.ENCRYPTION
    assert said in answer.said


def test_a_good_certificate_is_trusted() -> None:
    with WebServer({"/": Reply()}, tls=certificates().good) as web:
        assert ask_one(web.url("/", "https")).status == 200


def test_https_at_a_server_without_it_says_nothing_of_a_certificate() -> None:
    with WebServer({"/": Reply()}) as web:
        assert ask_one(web.url("/", "https")).failure is Failure.BROKEN


def test_an_http_address_that_answers_https_as_well_is_noticed() -> None:
    with WebServer({"/page": Reply(), "/gone": Reply(404)}, tls=certificates().good) as web:
        assert ask_one(web.url("/page")).secure
        assert not ask_one(web.url("/gone")).secure
        assert not ask_one(web.url("/page", "https")).secure
    with WebServer({"/page": Reply()}) as web:
        assert not ask_one(web.url("/page")).secure


def test_a_redirect_to_the_same_address_with_https_is_all_the_proof_that_is_needed() -> None:
    with WebServer({}, tls=certificates().good) as web:
        first = iter([True])

        def upgrade() -> None:
            web.replies["/page"] = Reply() if next(first, False) else web.replies["/page"]

        web.replies["/page"] = Reply(301, headers={"Location": web.url("/page", "https")}, wait=upgrade)
        answer = ask_one(web.url("/page"))
        assert answer.secure
        assert web.paths("HEAD") == ["/page", "/page"]


def test_where_nothing_listens_the_connection_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert ask_one(f"http://127.0.0.1:{taken.getsockname()[1]}/").failure is Failure.REFUSED


@contextmanager
def saying(words: bytes) -> Iterator[int]:
    """A port where whoever comes is told ``words`` and nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            came, _ = listening.accept()
            with came:
                came.recv(4096)
                came.sendall(words)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("words", [b"220 mail.example.org ESMTP\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-"])
def test_what_speaks_no_http_is_broken(words: bytes) -> None:
    with saying(words) as port:
        assert ask_one(f"http://127.0.0.1:{port}/").failure is Failure.BROKEN


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: " + b"9" * 5_000,
        b"Content-Length: -1",
        b"Content-Type: \xff\xfe",
        b"Location: http://\xc3\xa9.example\xff/",
        b"Location: https://exa mple.org:99999/",
        b"Set-Cookie: =\xff; expires=never; domain=.; path",
        b"Content-Encoding: gzip",
    ],
)
@pytest.mark.parametrize("status", [b"200 OK", b"302 Found", b"999 No"])
def test_no_answer_is_too_strange(header: bytes, status: bytes) -> None:
    with saying(b"HTTP/1.1 " + status + b"\r\n" + header + b"\r\n\r\nno gzip") as port:
        answer = ask_one(Question(f"http://127.0.0.1:{port}/", picture=True), seconds=30)
    assert answer.failure is not None or answer.status is not None


def test_of_a_picture_kind_weight_and_beginning_are_told() -> None:
    reply = Reply(body=b"\x89PNG" + bytes(996), headers={"Content-Type": "Image/PNG; charset=x"})
    with WebServer({"/a.png": reply}) as web:
        answer = ask_one(Question(web.url("/a.png"), picture=True))
    assert (answer.kind, answer.octets, answer.head[:4]) == ("image/png", 1000, b"\x89PNG")


def test_of_a_large_picture_only_the_beginning_is_fetched() -> None:
    with WebServer({"/a.png": Reply(stream=400_000_000)}) as web:
        answer = ask_one(Question(web.url("/a.png"), picture=True))
        assert answer.octets == 400_000_000
        assert len(answer.head) < 1_000_000
    assert web.streamed < 50_000_000


def test_what_lies_in_a_private_network_is_not_touched() -> None:
    with WebServer({"/": Reply()}) as web:
        answers = ask(
            web.url("/"), web.url("/", host="127.0.0.1"), web.url("/", host="[::ffff:127.0.0.1]"), may_ask=is_public
        )
        assert {each.failure for each in answers.values()} == {Failure.PRIVATE}
        assert web.asked == []


def test_no_redirect_leads_into_a_private_network() -> None:
    with WebServer({"/public": Reply(302), "/router/reboot": Reply()}) as web:
        inside = web.url("/router/reboot", host="127.0.0.1")
        web.replies["/public"] = Reply(302, headers={"Location": inside})
        answer = ask_one(web.url("/public"), may_ask=lambda host, _: host == "localhost")
        assert (answer.failure, answer.final) == (Failure.PRIVATE, inside)
        assert {each.path for each in web.asked} == {"/public"}


def test_a_name_that_leads_elsewhere_the_second_time_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a name can answer the look at it with a public address, and the connection with a private one."""
    found, looks = socket.getaddrinfo, iter(["192.0.2.1"])

    def look_up(host: str | bytes, *args: Any, **options: Any) -> Any:
        rebound = host in ("rebound.example", b"rebound.example")
        return found(next(looks, "127.0.0.1") if rebound else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with WebServer({"/": Reply()}) as web:
        answer = ask_one(web.url("/", host="rebound.example"), may_ask=lambda _, address: str(address) == "192.0.2.1")
        assert web.asked == []
    assert answer.failure is Failure.PRIVATE


def test_a_name_for_which_no_proxy_asks_is_judged_by_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebServer({"/": Reply()}) as web:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "localhost")
        assert ask_one(web.url("/"), may_ask=is_public, direct=False).failure is Failure.PRIVATE
        assert web.asked == []


def test_a_proxy_may_be_in_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebServer({"http://www.example.org/": Reply()}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url(""))
        monkeypatch.setenv("no_proxy", "")
        asked = Question("http://www.example.org/", picture=True)
        assert ask_one(asked, may_ask=is_public, direct=False).status == 200


@pytest.mark.parametrize("picture", [True, False])
def test_no_connection_stays_open_where_a_server_is_silent_about_encryption(picture: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gc.disable()  # or what is forgotten is closed by chance
        try:
            url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
            assert ask_one(Question(url, picture=picture), seconds=0.3).failure is Failure.SLOW
            came, _ = listening.accept()
            with came:
                came.settimeout(10)
                assert came.recv(65_536)[:1] == b"\x16"
                assert came.recv(65_536) == b""
        finally:
            gc.enable()


@pytest.mark.parametrize(
    ("address", "is_everybodys"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("64:ff9b::5db8:d70e", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::808:808", False),
        ("2002:c0a8:101::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
    ],
)
def test_an_address_is_judged_by_the_one_that_it_stands_for(address: str, is_everybodys: bool) -> None:
    assert is_public("example.org", ip_address(address)) is is_everybodys


def test_a_name_that_cannot_be_has_no_host() -> None:
    async def look() -> Failure | None:
        return await Lookup(is_public, direct=True).why_not(f"{'a' * 64}.org")

    assert asyncio.run(look()) is Failure.NO_HOST


def test_through_a_proxy_names_are_not_looked_up_here_but_addresses_are_judged() -> None:
    async def look(host: str) -> Failure | None:
        return await Lookup(is_public, direct=False).why_not(host)

    assert asyncio.run(look("nowhere.invalid")) is None
    assert asyncio.run(look("192.168.1.1")) is Failure.PRIVATE


def test_a_fragment_is_the_browsers_own() -> None:
    assert asked_as(" https://example.org/a?b=1#c ") == "https://example.org/a?b=1"
