"""Opening a session: TLS, logins, and every way in which a relay can be no use."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dispatch.config.settings import Relay, Security
from dispatch.delivery.advice import advise
from dispatch.delivery.outcome import Stage, Verdict
from dispatch.delivery.replies import Reply, classify
from dispatch.delivery.smtp import SessionFailed, Timeouts, open_session
from support.certificates import certificates
from support.smtp_rules import At, Rule
from support.smtp_server import Features, SmtpServer

SECRET = "correct horse"
QUICK = Timeouts(connect=0.3, command=0.3)


@dataclass
class Opened:
    """What a session that could be opened looked like."""

    size_limit: int | None
    commands: list[str]


def try_to_open(
    server: SmtpServer,
    security: Security = Security.OPPORTUNISTIC,
    *,
    user: str | None = None,
    password: Callable[[], str | None] = lambda: SECRET,
    timeouts: Timeouts | None = None,
    ca_file: Path | None = None,
) -> Opened:

    async def talk() -> int | None:
        relay = Relay(security, server.host, server.port, user)
        session = await open_session(
            relay, password=password, timeouts=timeouts or Timeouts(), ca_file=ca_file, local_hostname="client.example"
        )
        await session.quit()
        return session.offers.size_limit

    with server:
        return Opened(asyncio.run(talk()), server.commands)


def failure(server: SmtpServer, security: Security = Security.OPPORTUNISTIC, **options: object) -> SessionFailed:
    with pytest.raises(SessionFailed) as caught:
        try_to_open(server, security, **options)  # type: ignore[arg-type]
    assert caught.value.outcome.session_lost
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("security", "features", "commands"),
    [
        (Security.OPPORTUNISTIC, Features(), ["EHLO", "QUIT"]),
        (Security.OPPORTUNISTIC, Features(starttls="self_signed"), ["EHLO", "STARTTLS", "EHLO", "QUIT"]),
        (Security.STARTTLS, Features(starttls="good"), ["EHLO", "STARTTLS", "EHLO", "QUIT"]),
        (Security.TLS, Features(tls="good"), ["EHLO", "QUIT"]),
    ],
)
def test_each_way_of_protecting_a_connection(security: Security, features: Features, commands: list[str]) -> None:
    opened = try_to_open(SmtpServer(features), security, ca_file=certificates().ca_file)
    assert [command.split()[0] for command in opened.commands] == commands
    assert opened.commands[0] == "EHLO client.example"
    assert opened.size_limit == 10_000_000


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("certificate", ["expired", "wrong_name", "self_signed"])
def test_a_bad_certificate_is_refused_before_anything_is_said(security: Security, certificate: str) -> None:
    features = Features(tls=certificate) if security is Security.TLS else Features(starttls=certificate)
    server = SmtpServer(features)
    error = failure(server, security, ca_file=certificates().ca_file, user="news")
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.STARTTLS, Verdict.POLICY)
    assert "certificate" in error.message
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_required_tls_is_never_given_up() -> None:
    error = failure(SmtpServer(Features(starttls=None)), Security.STARTTLS)
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.STARTTLS, Verdict.POLICY)
    error = failure(SmtpServer(Features(starttls="good"), rules=["starttls=454 4.7.0 Not now"]), Security.STARTTLS)
    assert (error.outcome.stage, error.outcome.verdict, error.outcome.code) == (Stage.STARTTLS, Verdict.DEFERRED, 454)


def test_a_goodbye_is_one_whether_or_not_tls_is_required() -> None:
    server = SmtpServer(Features(starttls="good"), rules=["starttls=421 4.3.2 Going down !close"])
    error = failure(server, Security.OPPORTUNISTIC)
    assert (error.outcome.stage, error.outcome.verdict, error.outcome.code) == (Stage.STARTTLS, Verdict.DEFERRED, 421)
    assert error.hint == "It may take mail later: run the same command again."


@pytest.mark.parametrize("methods", [("PLAIN",), ("PLAIN", "LOGIN")])
def test_a_goodbye_to_a_login_is_no_wrong_password(methods: tuple[str, ...]) -> None:
    features = Features(auth=("news", SECRET), auth_methods=methods)
    error = failure(SmtpServer(features, rules=["auth=421 4.3.2 Going down !close"]), user="news")
    assert (error.outcome.stage, error.outcome.verdict, error.outcome.code) == (Stage.AUTH, Verdict.DEFERRED, 421)
    assert error.hint == "It may take mail later: run the same command again."


def test_opportunistic_tls_that_cannot_be_had_does_not_stop_mail() -> None:
    opened = try_to_open(SmtpServer(Features(starttls="good"), rules=["starttls=454 4.7.0 Not now"]))
    assert [command.split()[0] for command in opened.commands] == ["EHLO", "STARTTLS", "QUIT"]
    garbled = Rule(At.STARTTLS, b"220 Go ahead\r\n(not a handshake)\r\n", times=1)
    opened = try_to_open(SmtpServer(Features(starttls="good"), rules=[garbled]), timeouts=QUICK)
    assert [command.split()[0] for command in opened.commands][-2:] == ["EHLO", "QUIT"]


@pytest.mark.parametrize("methods", [("PLAIN",), ("LOGIN",), ("PLAIN", "LOGIN")])
def test_a_login(methods: tuple[str, ...]) -> None:
    features = Features(starttls="good", auth=("news@example.org", "pässword"), auth_methods=methods)
    opened = try_to_open(
        SmtpServer(features),
        Security.STARTTLS,
        user="news@example.org",
        password=lambda: "pässword",
        ca_file=certificates().ca_file,
    )
    assert opened.commands[-2:] == [f"AUTH {methods[0]}", "QUIT"]


def test_no_password_is_asked_for_or_sent_where_no_user_is_set() -> None:
    def never() -> str:
        raise AssertionError("asked")

    opened = try_to_open(SmtpServer(Features(auth=("news", SECRET))), password=never)
    assert not any(command.startswith("AUTH") for command in opened.commands)


def test_a_wrong_password_is_never_shown() -> None:
    echo = Rule(At.AUTH, f"535 5.7.8 no {SECRET}\nAG5ld3MAY29ycmVjdCBob3JzZQ==")
    error = failure(SmtpServer(Features(auth=("news", "other")), rules=[echo]), user="news")
    assert (error.outcome.stage, error.outcome.verdict, error.outcome.code) == (Stage.AUTH, Verdict.POLICY, 535)
    shown = "".join(traceback.format_exception(error)) + repr(error.outcome) + str(error)
    assert SECRET not in shown
    assert "Y29ycmVjdCBob3JzZQ" not in shown
    assert "535" in shown


def test_a_login_that_fails_for_now_is_deferred() -> None:
    error = failure(
        SmtpServer(Features(auth=("news", SECRET), auth_methods=("PLAIN",)), rules=["auth=454 4.7.0 Later"]),
        user="news",
    )
    assert (error.outcome.verdict, error.outcome.code) == (Verdict.DEFERRED, 454)


def test_no_password_leaves_this_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer's address decides; no other machine is at hand, so the loopback is made to count as one."""

    class NoLoopback:
        is_loopback = False

    monkeypatch.setattr("dispatch.delivery.smtp.ipaddress.ip_address", lambda _: NoLoopback)
    server = SmtpServer(Features(auth=("news", SECRET)))
    error = failure(server, user="news")
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.AUTH, Verdict.POLICY)
    assert "smtps://" in str(error)
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_a_missing_password_or_no_way_to_log_in() -> None:
    error = failure(SmtpServer(Features(auth=("news", SECRET))), user="news", password=lambda: None)
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.AUTH, Verdict.POLICY)
    error = failure(SmtpServer(), user="news")
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.AUTH, Verdict.POLICY)


@pytest.mark.parametrize(
    ("rule", "stage", "verdict", "code"),
    [
        ("banner=554 5.7.1 Not you !close", Stage.BANNER, Verdict.POLICY, 554),
        ("banner=421 4.3.2 Too many of you !close", Stage.BANNER, Verdict.DEFERRED, 421),
        ("banner=!close", Stage.BANNER, Verdict.DEFERRED, 0),
        ("banner=!hang", Stage.BANNER, Verdict.DEFERRED, 0),
        ("ehlo=550 5.7.1 Not with that name", Stage.EHLO, Verdict.POLICY, 550),
        ("ehlo=421 4.3.2 Going down !close", Stage.EHLO, Verdict.DEFERRED, 421),
        ("ehlo=!close", Stage.EHLO, Verdict.DEFERRED, 0),
        ("ehlo=!reset", Stage.EHLO, Verdict.DEFERRED, 0),
        ("ehlo=!hang", Stage.EHLO, Verdict.DEFERRED, 0),
    ],
)
def test_a_server_that_will_not_talk(rule: str, stage: Stage, verdict: Verdict, code: int) -> None:
    error = failure(SmtpServer(rules=[rule]), timeouts=QUICK if "hang" in rule else None)
    assert (error.outcome.stage, error.outcome.verdict, error.outcome.code) == (stage, verdict, code)
    assert "127.0.0.1" in error.message


def test_something_that_is_no_mail_server() -> None:
    error = failure(SmtpServer(rules=[Rule(At.BANNER, b"HTTP/1.1 400 Bad Request\r\n\r\n")]))
    assert (error.outcome.stage, error.outcome.verdict) == (Stage.BANNER, Verdict.DEFERRED)
    assert "not SMTP" in error.message


def test_plain_text_spoken_to_a_tls_port_and_the_reverse() -> None:
    error = failure(SmtpServer(Features(tls="good")), timeouts=QUICK)
    assert (error.outcome.stage, error.outcome.code) == (Stage.BANNER, 0)
    assert "smtps://" in (error.hint or "")
    error = failure(SmtpServer(), Security.TLS)
    assert error.outcome.stage is Stage.STARTTLS
    assert "smtp+starttls://" in (error.hint or "")


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        relay = Relay(Security.OPPORTUNISTIC, "127.0.0.1", taken.getsockname()[1])
        with pytest.raises(SessionFailed) as caught:
            asyncio.run(open_session(relay, password=lambda: None, timeouts=Timeouts(), ca_file=None))
    assert (caught.value.outcome.stage, caught.value.outcome.verdict) == (Stage.CONNECT, Verdict.DEFERRED)
    assert "refused" in caught.value.message


@pytest.mark.parametrize(("host", "port"), [("a..b", 25), ("x" * 70 + ".example", 25), ("127.0.0.1", 70000)])
def test_no_host_at_all(host: str, port: int) -> None:
    relay = Relay(Security.OPPORTUNISTIC, host, port)
    with pytest.raises(SessionFailed) as caught:
        asyncio.run(open_session(relay, password=lambda: None, timeouts=Timeouts(), ca_file=None))
    assert (caught.value.outcome.stage, caught.value.outcome.verdict) == (Stage.CONNECT, Verdict.POLICY)


@pytest.mark.parametrize(
    ("user", "security", "advice"),
    [
        (None, Security.OPPORTUNISTIC, "put a user into smtp.url"),
        ("news", Security.OPPORTUNISTIC, "keep the password private"),
        ("news", Security.TLS, "Check the user"),
    ],
)
def test_a_server_that_wants_a_login_first_is_explained(user: str | None, security: Security, advice: str) -> None:
    refused = classify(Reply(530, ("5.7.0 Authentication required",)), Stage.MAIL)
    message, hint = advise(Relay(security, "mail.example.org", 587, user), refused)
    assert "530 5.7.0 Authentication required" in message
    assert advice in (hint or "")


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    for path in (broken, tmp_path / "missing.pem"):
        error = failure(SmtpServer(Features(starttls="good")), Security.STARTTLS, ca_file=path)
        assert path.name in error.message
        assert error.outcome.verdict is Verdict.POLICY


def test_a_host_without_a_qualified_name_says_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    server = SmtpServer()

    async def talk() -> None:
        relay = Relay(Security.OPPORTUNISTIC, server.host, server.port)
        session = await open_session(relay, password=lambda: None, timeouts=Timeouts(), ca_file=None)
        await session.quit()

    with server:
        asyncio.run(talk())
    assert server.commands[0] == "EHLO [127.0.0.1]"
