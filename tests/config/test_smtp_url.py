"""SMTP URLs: which server, how protected, as whom; and never a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.config.settings import MaildirTarget, Relay, Security
from dispatch.config.smtp_url import parse_smtp_url, password_in
from dispatch.errors import ConfigError

ROOT = Path("/news")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("smtp://localhost", Relay(Security.OPPORTUNISTIC, "localhost", 25)),
        ("smtp://localhost:2525/", Relay(Security.OPPORTUNISTIC, "localhost", 2525)),
        ("SMTP+StartTLS://user@Mail.example.org", Relay(Security.STARTTLS, "mail.example.org", 587, "user")),
        ("smtps://me%40example.org@mail.example.org", Relay(Security.TLS, "mail.example.org", 465, "me@example.org")),
        ("smtp://[2001:db8::1]:26", Relay(Security.OPPORTUNISTIC, "2001:db8::1", 26)),
        ("smtp://bücher.example", Relay(Security.OPPORTUNISTIC, "xn--bcher-kva.example", 25)),
        ("maildir:out/mail", MaildirTarget(Path("/news/out/mail"))),
        ("maildir:/var/mail/x", MaildirTarget(Path("/var/mail/x"))),
        ("maildir:///var/mail/x", MaildirTarget(Path("/var/mail/x"))),
    ],
)
def test_a_url_names_its_target(text: str, target: Relay | MaildirTarget) -> None:
    assert parse_smtp_url(text, ROOT) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "localhost:25",
        "http://localhost",
        "smtp:localhost",
        "smtp://",
        "smtp://user@",
        "smtp://h:0",
        "smtp://h:99999",
        "smtp://h:port",
        "smtp://h/path",
        "smtp://h?x=1",
        "smtp://h\r\nX",
        "smtp://us%0Aer@h",
        "smtp://[::1",
        "maildir:",
        "maildir://host/x",
    ],
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_smtp_url(text, ROOT)


def test_a_password_is_refused_unless_it_comes_from_the_environment() -> None:
    url = "smtps://user:p%40ss@h"
    with pytest.raises(ConfigError, match="password") as caught:
        parse_smtp_url(url, ROOT)
    assert "p%40ss" not in str(caught.value)
    assert parse_smtp_url(url, ROOT, password_allowed=True) == Relay(Security.TLS, "h", 465, "user")
    assert password_in(url) == "p@ss"
