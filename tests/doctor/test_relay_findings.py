"""What is found of a mail server, by visits to real ones."""

from __future__ import annotations

import socket
import time
from functools import partial
from pathlib import Path

import pytest

from dispatch.config.settings import Relay, Security
from dispatch.delivery.session import Session
from dispatch.delivery.smtp import Timeouts, open_session
from dispatch.doctor.finding import Finding
from dispatch.doctor.relay import Doorway, visit
from dispatch.preflight.finding import Severity
from support.certificates import certificates
from support.smtp_server import Features, SmtpServer

WHOLE = Features(starttls="good", auth=("news", "hunter2"))


def doorway(relay: Relay, password: str | None = "hunter2", ca_file: Path | None = None) -> Doorway:
    """The way in that deliveries take."""
    opening = partial(
        open_session,
        relay,
        password=lambda: password,
        timeouts=Timeouts.capped(10),
        ca_file=ca_file or certificates().ca_file,
    )
    return Doorway(relay, opening)


def visited(features: Features, *, now: float | None = None, password: str = "hunter2") -> list[Finding]:
    with SmtpServer(features) as server:
        secured = Security.STARTTLS if features.starttls else Security.OPPORTUNISTIC
        security = Security.TLS if features.tls else secured
        relay = Relay(security, "localhost", server.port, features.auth[0] if features.auth else None)
        found = visit([doorway(relay, password)], now if now is not None else time.time())
        assert server.messages == []
        assert not any(command.upper().startswith(("MAIL", "RCPT", "DATA")) for command in server.commands)
        return found


def bad(findings: list[Finding]) -> list[tuple[str, Severity | None]]:
    return [(each.check, each.severity) for each in findings if each.severity is not None]


@pytest.mark.parametrize("features", [WHOLE, Features(tls="good", auth=("news", "hunter2"))])
def test_a_good_server_is_described(features: Features) -> None:
    found = visited(features)
    assert bad(found) == []
    door, offers = (each.message for each in found)
    assert "TLSv1.3, its certificate is good for" in door
    assert "logged in as news" in door
    assert offers == "localhost offers PIPELINING, SIZE, 8BITMIME, SMTPUTF8, DSN, messages of up to 10 MB."


def test_the_visit_ends_in_good_order() -> None:
    with SmtpServer(WHOLE) as server:
        visit([doorway(Relay(Security.STARTTLS, "localhost", server.port, "news"))], time.time())
        assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    ("features", "found"),
    [
        (Features(pipelining=False), "smtp-pipelining"),
        (Features(smtputf8=False), "smtp-smtputf8"),
        (Features(dsn=False), "smtp-dsn"),
    ],
)
def test_what_a_server_lacks_is_said_with_what_it_costs(features: Features, found: str) -> None:
    findings = visited(features)
    assert bad(findings) == [(found, Severity.NOTE)]


def test_a_server_that_takes_only_small_messages() -> None:
    assert bad(visited(Features(size=100_000))) == [("smtp-size", Severity.WARNING)]


def test_a_certificate_that_ends_soon() -> None:
    with SmtpServer(WHOLE) as server:
        way = doorway(Relay(Security.STARTTLS, "localhost", server.port, "news"))
        (ends,) = [each.message for each in visit([way], 0.0) if each.check == "smtp"]
        last = int(ends.partition("good for ")[2].partition(" ")[0]) * 86_400.0
        assert bad(visit([way], last - 20 * 86_400)) == []
        assert bad(visit([way], last - 5 * 86_400)) == [("smtp-certificate", Severity.WARNING)]


@pytest.mark.parametrize(
    ("features", "password", "says", "mend"),
    [
        (Features(starttls="expired"), "", "its certificate", "Whoever runs the server has to renew it"),
        (Features(starttls="wrong_name"), "", "its certificate", "Put the name that the certificate is for"),
        (WHOLE, "wrong", "did not let us log in", "Check the user in smtp.url and the password"),
    ],
)
def test_a_server_that_no_send_could_use(features: Features, password: str, says: str, mend: str) -> None:
    (found,) = visited(features, password=password)
    assert (found.check, found.severity) == ("smtp-failed", Severity.ERROR)
    assert says in found.message
    assert mend in found.mend
    assert "hunter2" not in found.message


def test_a_reserve_that_is_down_is_no_error_while_the_first_one_stands() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = Relay(Security.OPPORTUNISTIC, "127.0.0.1", port)
    with SmtpServer() as server:
        here = Relay(Security.OPPORTUNISTIC, "127.0.0.1", server.port)
        assert bad(visit([doorway(here), doorway(gone)], time.time())) == [("smtp-failed", Severity.WARNING)]
        assert bad(visit([doorway(gone), doorway(here)], time.time())) == [("smtp-failed", Severity.ERROR)]


@pytest.mark.parametrize(
    ("features", "found"),
    [(Features(), ("smtp-open", Severity.WARNING)), (Features(starttls="good"), ("smtp-unverified", Severity.NOTE))],
)
def test_what_others_on_the_way_could_do_is_said_of_a_server_elsewhere(
    features: Features, found: tuple[str, Severity]
) -> None:
    with SmtpServer(features) as server:
        near = doorway(Relay(Security.OPPORTUNISTIC, "127.0.0.1", server.port))

        async def afar() -> Session:
            session = await near.open()
            session.on_this_machine = False
            return session

        assert bad(visit([near], time.time())) == []
        assert bad(visit([Doorway(near.relay, afar)], time.time())) == [found]
