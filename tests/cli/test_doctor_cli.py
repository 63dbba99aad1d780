"""``dispatch doctor`` as a person runs it who wants to know whether their mail will arrive."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.certificates import certificates
from support.dns_server import DnsServer
from support.newsroom import Newsroom
from support.smtp_server import Features, SmtpServer

KEY = ".dispatch/dkim/spring.harbour.news.pem"
ZONE = """
harbour.news. 300 IN MX 10 mx.harbour.news.
mx.harbour.news. 300 IN A 9.9.9.10
harbour.news. 300 IN TXT "v=spf1 ip4:9.9.9.9 ~all"
_dmarc.harbour.news. 300 IN TXT "v=DMARC1; p=none; rua=mailto:desk@harbour.news"
out.harbour.news. 300 IN A 9.9.9.9
9.9.9.9.in-addr.arpa. 300 IN PTR out.harbour.news.
"""
FROM_THERE = ("--ip", "9.9.9.9")


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer) -> Newsroom:
    """A newsroom with a domain of its own, a key, and a crontab that nobody else uses."""
    made = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
    change(made, "example.org", "harbour.news")
    assert made.run("dkim", "keygen", "--selector", "spring").returncode == 0
    return made


def change(room: Newsroom, old: str, new: str) -> None:
    toml = room.folder / "dispatch.toml"
    text = toml.read_text()
    assert old in text
    toml.write_text(text.replace(old, new))


def add(room: Newsroom, text: str) -> None:
    with (room.folder / "dispatch.toml").open("a") as file:
        file.write(f"\n{text}\n")


def zone(room: Newsroom) -> str:
    """The domain's zone, with what ``dispatch dkim record --zone`` prints in it."""
    printed = room.run("dkim", "record", "--zone").stdout
    return ZONE + re.sub(r"\. IN TXT \( (.*) \)", r". 300 IN TXT \1", printed)


def findings(room: Newsroom, *args: str) -> dict[str, dict[str, object]]:
    """What is found bad, by its check."""
    answer = room.run("doctor", "--json", *args)
    assert "Traceback" not in answer.stderr
    found = json.loads(answer.stdout)["findings"]
    return {each["check"]: each for each in found if each["severity"] is not None}


def test_a_newsroom_in_order_has_nothing_to_mend(room: Newsroom) -> None:
    with DnsServer(zone(room)) as dns:
        answer = room.run("doctor", "--online", *FROM_THERE, "--resolver", dns.address)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.splitlines()[-1] == "Nothing to mend."
    for heading in ("Settings", "Mail server", "SPF", "DKIM", "DMARC", "Mail that comes back", "Reverse DNS"):
        assert f"{heading}\n  ✓ " in answer.stdout
    assert "spring.harbour.news.pem is an RSA key of 2,048 bits, and signs as harbour.news." in answer.stdout


def test_without_online_no_resolver_is_asked(room: Newsroom, server: SmtpServer) -> None:
    with DnsServer(zone(room)) as dns:
        answer = room.run("doctor", "--resolver", dns.address)
        assert dns.questions == []
    assert answer.returncode == 0
    assert "dispatch doctor --online" in answer.stdout
    assert server.connections == 1
    assert server.messages == []


def test_a_missing_record_is_printed_as_it_is_to_be_published(room: Newsroom) -> None:
    with DnsServer(ZONE) as dns:
        answer = room.run("doctor", "--online", *FROM_THERE, "--resolver", dns.address)
    assert answer.returncode == 1
    assert "✗ There is no record spring._domainkey.harbour.news" in answer.stdout
    printed = room.run("dkim", "record").stdout
    for line in printed.strip().splitlines()[1:]:
        assert line.strip() in answer.stdout


def test_a_resolver_may_come_from_the_environment(room: Newsroom) -> None:
    with DnsServer(zone(room)) as dns:
        elsewhere = Newsroom(room.folder, {"DISPATCH_RESOLVER": dns.address})
        assert findings(elsewhere, "--online", *FROM_THERE) == {}
        assert dns.questions


def test_a_dns_that_is_down_is_said_and_no_accident(room: Newsroom) -> None:
    with DnsServer() as dns:
        gone = dns.address
    answer = room.run("doctor", "--online", "--resolver", gone)
    assert answer.returncode == 1
    assert "✗ The DNS does not answer" in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "args", [("--resolver", "dns.example"), ("--resolver", "127.0.0.1:0"), ("--ip", "x", "--online"), FROM_THERE]
)
def test_what_cannot_be_asked_is_refused(room: Newsroom, args: tuple[str, ...]) -> None:
    answer = room.run("doctor", *args)
    assert answer.returncode == 2
    assert args[0] in answer.stderr


def test_a_list_with_a_sender_of_its_own_is_examined_by_itself(room: Newsroom) -> None:
    add(room, '[lists.daily]\nsender = "Harbour Daily <daily@tide.news>"')
    found = findings(room)
    assert "No DKIM key speaks for daily@tide.news" in str(found["sender"]["message"])
    with DnsServer(zone(room)) as dns:
        found = findings(room, "--online", "--list", "daily", "--resolver", dns.address)
        assert "tide.news" in str(found["dmarc-missing"]["message"])
        assert not any(question.startswith("_dmarc.harbour.news ") for question in dns.questions)
        assert "tide.news" in str(findings(room, "--online", "--resolver", dns.address)["mx-missing"]["message"])


def _open_key(room: Newsroom) -> None:
    (room.folder / KEY).chmod(0o644)


def _no_key(room: Newsroom) -> None:
    (room.folder / KEY).write_text("no key")


def _exchanged(room: Newsroom) -> None:
    change(room, 'selector = "spring"', 'selector = "autumn"')


def _no_way_out(room: Newsroom) -> None:
    change(room, 'reply_to = "desk@harbour.news"', "")


def _placeholder(room: Newsroom) -> None:
    change(room, f'key = "{KEY}"', 'key = "spring.pem"')
    change(room, "harbour.news", "example.org")
    (room.folder / KEY).rename(room.folder / "spring.pem")


def _no_list(room: Newsroom) -> None:
    (room.folder / "subscribers" / "daily.csv").write_text("name\nAnn\n")


def _bad_rows(room: Newsroom) -> None:
    room.write_list("daily", ["ann@harbour.news", "nobody"])


def _other_ledger(room: Newsroom) -> None:
    add(room, '[ledger]\nid = "01234567-89ab-cdef-0123-456789abcdef"')


def _broken_ledger(room: Newsroom) -> None:
    (room.folder / ".dispatch" / "dispatch.db").write_text("not a database, though it is as long as one has to be" * 40)


def _unscheduled(room: Newsroom) -> None:
    (room.folder / "seeds" / "daily").mkdir()
    add(room, '[[schedule]]\ncron = "0 7 * * *"\nlist = "daily"\nfolder = "seeds/daily"')


def _maildir(room: Newsroom) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(re.sub(r'url = "smtp://[^"]*"', 'url = "maildir:out/box"', toml.read_text()))


@pytest.mark.parametrize(
    ("fault", "check", "severity", "says"),
    [
        (_open_key, "key", "error", "chmod 600"),
        (_no_key, "key", "error", "no private key"),
        (_exchanged, "key-name", "warning", "made for another name"),
        (_no_way_out, "sender", "error", "no way out"),
        (_placeholder, "sender-placeholder", "warning", "nobody owns example.org"),
        (_no_list, "list", "error", "email"),
        (_bad_rows, "list-rows", "warning", "dispatch lists check daily"),
        (_other_ledger, "ledger", "error", "there is no ledger"),
        (_broken_ledger, "ledger", "error", "ledger"),
        (_unscheduled, "cron", "warning", "cron"),
        (_maildir, "smtp-none", "note", "folder"),
    ],
)
def test_what_would_stop_a_send_is_found_before_it(
    room: Newsroom, fault: Callable[[Newsroom], None], check: str, severity: str, says: str
) -> None:
    fault(room)
    found = findings(room)
    assert found[check]["severity"] == severity
    assert says in f"{found[check]['message']} {found[check]['mend']}"
    assert all("\n" not in str(each["message"]) for each in found.values())


def test_a_ledger_that_cannot_be_written_is_found(room: Newsroom) -> None:
    assert room.run("send", "seeds/harbour.txt", "--list", "daily", "--yes").returncode == 0
    (room.folder / ".dispatch" / "dispatch.db").chmod(stat.S_IRUSR)
    # Root writes everywhere, as long as it has that capability.
    less = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    answer = subprocess.run(
        [*less, *room.command("doctor", "--json")],
        cwd=room.folder,
        env=room.variables,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    (found,) = [each for each in json.loads(answer.stdout)["findings"] if each["check"] == "ledger"]
    assert found["severity"] == "error"
    assert "dispatch.db" in found["message"]


def test_a_login_that_fails_is_told_without_the_password(tmp_path: Path) -> None:
    with SmtpServer(Features(starttls="good", auth=("news", "hunter2"))) as server:
        room = Newsroom.make(tmp_path / "room", f"smtp+starttls://news@localhost:{server.port}")
        change(room, "[smtp]\n", f'[smtp]\nca_file = "{certificates().ca_file}"\n')
        assert "there is no password" in str(findings(room)["smtp-failed"]["message"])
        secrets = room.folder / ".dispatch" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.write_text('smtp_password = "hunter2"')
        assert "chmod 600" in str(findings(room)["smtp-failed"]["mend"])
        secrets.chmod(0o600)
        assert "smtp-failed" not in findings(room)
        secrets.write_text('smtp_password = "swordfish"')
        answer = room.run("doctor")
        assert answer.returncode == 1
        assert "did not let us log in" in answer.stdout
        assert "swordfish" not in answer.stdout + answer.stderr


def test_to_look_at_everything_writes_nothing(room: Newsroom) -> None:
    before = sorted(path.name for path in room.folder.rglob("*"))
    room.run("doctor")
    assert sorted(path.name for path in room.folder.rglob("*")) == before
