"""What dispatch.toml and the environment say is in force, and what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.config.load import load_settings
from dispatch.config.schema import TABLES
from dispatch.config.settings import MaildirTarget, Relay, Relays, Security, Sender, Settings
from dispatch.errors import ConfigError


def load(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "dispatch.toml").write_bytes(text.encode())
    return load_settings(folder, environ)


def refuse(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environ)
    return str(caught.value)


def test_without_a_workspace_the_defaults_are_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {})
    assert (settings.file, settings.root) == (None, tmp_path)
    assert settings.newsletter.tagline == "Stay informed. Stay ahead."
    assert settings.newsletter.language is None
    assert settings.smtp.target == Relays((Relay(Security.OPPORTUNISTIC, "localhost", 25),))
    assert settings.ledger.url == f"sqlite:///{tmp_path}/.dispatch/dispatch.db"


def test_the_nearest_workspace_upwards_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dispatch.toml").write_text('[newsletter]\nname = "Up here"\n')
    (tmp_path / "seeds" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "seeds" / "deep")
    settings = load_settings(None, {})
    assert (settings.root, settings.newsletter.name) == (tmp_path, "Up here")


def test_a_named_workspace_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="dispatch init"):
        load_settings(tmp_path, {})


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
[newsletter]
name = "Der Bote"
tagline = "Täglich."
postal_address = '''
Bote GmbH
Hauptstr. 1'''
language = "de-AT"
timezone = "Europe/Vienna"
theme = "bote"
accent = "#00Ff00"
base_url = "https://Bücher.example/news/"
in_brief = "source"
[sender]
address = "Bote@Bücher.example"
reply_to = "red@example.org"
bounce_domain = "Bounces.Bücher.example"
[smtp]
url = "smtp+starttls://us%40er@mail.example.org"
connections = 8
timeout = 2.5
ca_file = "ca.pem"
password_command = "pass show x"
[[dkim]]
selector = "Spring"
key = "keys/one.pem"
[[dkim]]
selector = "spring"
key = "/etc/two.pem"
domain = "Example.org"
[ledger]
url = "sqlite:///state/x.db"
id = "L1"
[lists.press]
name = "Press"
sender = { name = "Press desk", address = "press@example.org" }
tagline = ""
language = "auto"
timezone = "UTC"
theme = "plain"
[lists.plain]
sender = '"Desk, The" <desk@example.org>'
[[schedule]]
cron = "0 7 * * MON-FRI"
list = "press"
folder = "seeds/daily"
[[schedule]]
cron = "*/5 * * * *"
timezone = "America/Toronto"
list = "other"
folder = "x"
stale_after_hours = 1
""",
    )
    newsletter = settings.newsletter
    assert newsletter.sender == Sender("Der Bote", "Bote@xn--bcher-kva.example")
    assert newsletter.postal_address == "Bote GmbH\nHauptstr. 1"
    assert (newsletter.language, newsletter.timezone.key, newsletter.theme) == ("de-AT", "Europe/Vienna", "bote")
    assert (newsletter.accent, newsletter.in_brief) == ("#00Ff00", "source")
    assert newsletter.base_url == "https://xn--bcher-kva.example/news"
    assert newsletter.way_out == "red@example.org"
    assert settings.smtp.target == Relays((Relay(Security.STARTTLS, "mail.example.org", 587, "us@er"),))
    assert (settings.smtp.connections, settings.smtp.timeout) == (8, 2.5)
    assert (settings.smtp.ca_file, settings.smtp.password_command) == (tmp_path / "ca.pem", "pass show x")
    assert (settings.ledger.url, settings.ledger.id) == (f"sqlite:///{tmp_path}/state/x.db", "L1")
    press = settings.for_list("press")
    assert (press.name, press.tagline, press.language, press.timezone.key) == ("Press", "", None, "UTC")
    assert press.sender == Sender("Press desk", "press@example.org")
    assert press.reply_to == "red@example.org"
    assert settings.for_list("plain").sender == Sender("Desk, The", "desk@example.org")
    assert settings.for_list("nobody") == newsletter
    assert newsletter.bounce_domain == "bounces.xn--bcher-kva.example"
    one, two = settings.dkim
    assert (one.selector, one.key, one.domain) == ("spring", tmp_path / "keys/one.pem", "xn--bcher-kva.example")
    assert (two.selector, two.key, two.domain) == ("spring", Path("/etc/two.pem"), "example.org")
    first, second = settings.schedules
    assert (first.timezone.key, first.folder, first.stale_after_hours) == ("UTC", tmp_path / "seeds/daily", 6)
    assert (second.timezone.key, second.stale_after_hours) == ("America/Toronto", 1)
    assert str(second.place).endswith("dispatch.toml:47")


def test_each_value_says_where_it_came_from(tmp_path: Path) -> None:
    settings = load(tmp_path, '[newsletter]\n\nname = "N"\n[lists.a]\ntheme="t"\n', DISPATCH_SMTP_URL="smtp://h")
    where = {key: origin.where for key, origin in settings.origins.items()}
    assert where["newsletter.name"] == "dispatch.toml:3"
    assert where["newsletter.theme"] == "default"
    assert where["smtp.url"] == "DISPATCH_SMTP_URL"
    assert where["lists.a.theme"] == "dispatch.toml:5"


def test_the_environment_overrides_and_its_password_is_not_kept(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[smtp]\nurl = "smtp://here"\n',
        DISPATCH_SMTP_URL="smtps://u:hunter2@there",
        DISPATCH_LEDGER_URL="postgresql://me:hunter2@db/news",
    )
    assert settings.smtp.target == Relays((Relay(Security.TLS, "there", 465, "u"),))
    assert settings.ledger.url == "postgresql://me@db/news"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("postgres://me@db:5433/news?sslmode=verify-full", "postgresql://me@db:5433/news?sslmode=verify-full"),
        ("postgresql:///news?host=/run/postgresql", "postgresql:///news?host=/run/postgresql"),
        ("postgresql://me@db/news?password=hunter2&sslmode=require", "postgresql://me@db/news?sslmode=require"),
        ("postgresql://me@db/news?password=hunter2", "postgresql://me@db/news"),
    ],
)
def test_a_servers_url_is_kept_as_it_is_but_for_its_password(tmp_path: Path, text: str, url: str) -> None:
    assert load(tmp_path, "", DISPATCH_LEDGER_URL=text).ledger.url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[newsletter]\nnmae = "x"', ["dispatch.toml:2", "'nmae'", "Did you mean 'name'?"]),
        ('[newsletter]\nreply-to = "a@b.org"', [":2", "'reply_to' belongs in [sender]"]),
        ('[smpt]\nurl = "smtp://h"', [":1", "Did you mean [smtp]?"]),
        ('\nname = "x"', [":2", "outside any table", "belongs in [newsletter]"]),
        ("[newsletter]\nname = 3", [":2", "text in quotes, not a number"]),
        ('[newsletter]\nname = " "', [":2", "blank"]),
        ('[newsletter]\nname = "x\\r\\nBcc: y"', [":2", "U+000D"]),
        ('[newsletter]\ntagline = "x\\u0000"', [":2", "U+0000"]),
        ('[newsletter]\npostal_address = "x\\u001b[1m"', [":2", "U+001B"]),
        ('[newsletter]\nlanguage = "english"', [":2", "BCP 47"]),
        ('[newsletter]\ntimezone = "Berlin"', [":2", "'Europe/Berlin'?"]),
        ('[newsletter]\ntimezone = "../../etc/passwd"', [":2", "IANA"]),
        ('[newsletter]\ntimezone = "Europe"', [":2", "IANA"]),
        ('[newsletter]\naccent = "red"', [":2", "#RRGGBB"]),
        ('[newsletter]\ntheme = "../x"', [":2", "without slashes"]),
        ('[newsletter]\nbase_url = "http://x.org"', [":2", "https://"]),
        ('[newsletter]\nbase_url = "https://u@x.org"', [":2", "no user"]),
        ('[newsletter]\nbase_url = "https://x.org:port"', [":2", "must be a URL"]),
        ('[newsletter]\nbase_url = "https://x.org>,<https://y.org"', [":2", "must be a URL"]),
        ('[newsletter]\nbase_url = "https://x.org/<b>"', [":2", "must be a URL"]),
        ('[newsletter]\nbase_url = "https://"', [":2", "must be a URL"]),
        ('[newsletter]\nin_brief = "never"', [":2", "'auto' or 'source'"]),
        ('[sender]\nname = "N"', [":2", "no address"]),
        ('[sender]\naddress = "nobody"', [":2", "it has no @"]),
        ('[sender]\naddress = "a@b.org\\nBcc: c@d.org"', [":2", "control character"]),
        ('[sender]\nname = "a\\nb"\naddress = "a@b.org"', [":2", "control character"]),
        ("[smtp]\nconnections = true", [":2", "whole number"]),
        ("[smtp]\nconnections = 0", [":2", "1 to 100"]),
        ("[smtp]\ntimeout = -1", [":2", "more than 0"]),
        ("[smtp]\ntimeout = nan", [":2", "more than 0"]),
        ('[ledger]\nurl = "mysql://h/db"', [":2", "neither SQLite nor PostgreSQL"]),
        ('[ledger]\nurl = "sqlite://"', [":2", "no SQLite file"]),
        ('[ledger]\nurl = "sqlite:///x.db?mode=memory"', [":2", "?timeout=SECONDS"]),
        ('[lists.a]\nsender = { name = "N" }', [":2", "needs an address"]),
        ('[lists.a]\nsender = { address = "a@b.org", nmae = "N" }', [":2", "'nmae'"]),
        ('[lists."a/b"]\nname = "x"', [":1", "without slashes"]),
        ('[lists]\npress = "x"', [":1", "[lists.NAME]"]),
        ('[schedule]\ncron = "x"', [":1", "[[schedule]]"]),
        ('[[newsletter]]\nname = "x"', [":1", "[newsletter]"]),
        ('[[schedule]]\nlist = "a"\nfolder = "b"', [":1", "needs 'cron'"]),
        ('[[schedule]]\nlist = "a"\nfolder = "b"\ncron = "61 * * * *"', [":4", "bad minute"]),
        ('[[schedule]]\nlist = "a"\nfolder = "b"\ncron = "* * * * * *"', [":4", "five fields"]),
        ('[[schedule]]\nlist = "a"\nfolder = "b"\ncron = "0 0 30 2 *"', [":4", "cron"]),
        ("[newsletter]\nname = unquoted", [":2", "not TOML", "quotes"]),
        ('[newsletter]\nname = "x"\nname = "y"', [":3", "not TOML"]),
        ("[newsletter\n\n", ["dispatch.toml:1", "not TOML"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: list[str]) -> None:
    message = refuse(tmp_path, text)
    for part in said:
        assert part in message


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    message = refuse(tmp_path, '[newsletter]\nnmae = "x"\naccent = "red"\n', DISPATCH_SMTP_URL="http://x")
    assert [part in message for part in ("3 things", "DISPATCH_SMTP_URL: ", "toml:2: ", "toml:3: ")] == [True] * 4


def test_a_file_that_is_not_utf8_says_which_line(tmp_path: Path) -> None:
    (tmp_path / "dispatch.toml").write_bytes(b'[newsletter]\nname = "Zo\xeb"\n')
    with pytest.raises(ConfigError, match=r"dispatch\.toml:2: .*UTF-8"):
        load_settings(tmp_path, {})


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    settings = load(tmp_path, '\ufeff[newsletter]\r\n\r\nname = "N"\r\n')
    assert settings.origins["newsletter.name"].where == "dispatch.toml:3"


@pytest.mark.parametrize("table", ["smtp", "ledger"])
@pytest.mark.parametrize(
    "url",
    [
        "smtps://u:hunter2@h",
        "smtps://u:hunter2/@h",
        "postgresql://u:hunter2@h/d",
        "postgresql://h/d?sslmode=require&password=hunter2",
        "postgresql://h/d?pass%77ord=hunter2",
        "hunter2",
    ],
)
def test_no_error_shows_a_password_in_a_url(tmp_path: Path, table: str, url: str) -> None:
    assert "hunter2" not in refuse(tmp_path, f'[{table}]\nurl = "{url}"')


def test_the_password_in_the_file_is_told_where_to_go(tmp_path: Path) -> None:
    message = refuse(tmp_path, '[smtp]\nurl = "smtps://u:hunter2@h"')
    for way in ("dispatch.toml:2", "DISPATCH_SMTP_PASSWORD", "secrets.toml", "password_command"):
        assert way in message


def test_the_starters_settings_are_valid_with_every_line_that_is_commented_out(root: Path, tmp_path: Path) -> None:
    starter = (root / "dispatch.toml").read_text()
    assert load(tmp_path, starter).newsletter.way_out
    examples = [line.removeprefix("# ") for line in starter.splitlines() if _is_example(line)]
    kept = [line for line in starter.splitlines() if line and not line.startswith("#")]
    tables: dict[str, dict[str, str]] = {}
    current = ""
    for line in [line.removeprefix("# ") for line in starter.splitlines() if line in kept or _is_example(line)]:
        if line.startswith("["):
            current = line
        else:
            tables.setdefault(current, {})[line.partition(" =")[0]] = line
    whole = "\n".join("\n".join([table, *lines.values()]) for table, lines in tables.items())
    settings = load(tmp_path, whole)
    assert examples
    assert settings.schedules
    assert settings.for_list("sample").language == "fr"
    documented = {(table.strip("[]").split(".")[0], key) for table, keys in tables.items() for key in keys}
    assert documented == {(table.name, key.name) for table in TABLES for key in table.keys} - {("ledger", "id")}


def _is_example(line: str) -> bool:
    text = line.removeprefix("# ")
    return line.startswith("# ") and (text.startswith("[") or text.partition(" = ")[0].replace("_", "").isalpha())


def test_several_servers_stand_in_their_order(tmp_path: Path) -> None:
    both = Relays((Relay(Security.STARTTLS, "a", 587, "u"), Relay(Security.OPPORTUNISTIC, "b", 25)))
    assert load(tmp_path, '[smtp]\nurl = ["smtp+starttls://u@a", "smtp://b"]').smtp.target == both
    environ = {"DISPATCH_SMTP_URL": "smtp+starttls://u:secret@a  smtp://b"}
    assert load(tmp_path, '[smtp]\nurl = "smtp://here"', **environ).smtp.target == both


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ('["smtp://a", "maildir:out"]', "Maildir"),
        ('["smtp://a", "smtp://a:25"]', "named twice"),
        ("[]", "no SMTP URL"),
        ('["smtp://a", 25]', "text in quotes"),
        ('["smtp://a", "smtps://u:hunter2@b"]', "holds a password"),
    ],
)
def test_a_list_of_servers_that_makes_no_sense_is_refused(tmp_path: Path, urls: str, said: str) -> None:
    message = refuse(tmp_path, f"[smtp]\nurl = {urls}")
    assert said in message
    assert "hunter2" not in message


def test_a_maildir_lies_in_the_workspace(tmp_path: Path) -> None:
    assert load(tmp_path, '[smtp]\nurl = "maildir:out/mail"').smtp.target == MaildirTarget(tmp_path / "out/mail")


@pytest.mark.parametrize("url", ["https://news.example.org/a-b/~c", "http://localhost:8000", "http://[::1]:8000"])
def test_where_links_may_lead(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f'[newsletter]\nbase_url = "{url}/"').newsletter.base_url == url
