"""``dispatch send`` as a user runs it: who is mailed, who is not, and what keeps readers from harm."""

from __future__ import annotations

import json
import mailbox
import re
import shutil
from pathlib import Path

import pytest

from support.newsroom import SEED, Newsroom
from support.smtp_server import SmtpServer

SLUG = "harbour-fewer-cars-more-trams"
SEND = ("send", "seeds/harbour.txt", "--list", "daily", "--yes")


def ledger_files(room: Newsroom) -> list[Path]:
    return list((room.folder / ".dispatch").glob("*.db")) if (room.folder / ".dispatch").exists() else []


def test_a_first_send_reaches_everyone_and_a_second_mails_nobody(room: Newsroom, server: SmtpServer) -> None:
    first = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert first.returncode == 0, first.stderr
    for said in ("3 readers", "news@example.org", f"smtp://127.0.0.1:{server.port}", "3 accepted"):
        assert said in first.stdout
    assert sorted(server.recipients) == ["r0@example.org", "r1@example.org", "r2@example.org"]
    assert room.run("send", "seeds/harbour.txt", "--list", "daily").returncode == 0
    assert room.run("send", SLUG, "--list", "daily").returncode == 0
    assert room.run("send", SLUG).returncode == 0, "it went to one list only"
    assert len(server.messages) == 3
    assert room.counts(SLUG) == {"accepted": 3}


def test_a_message_carries_what_mailbox_providers_ask_for(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    message = server.messages[0].message
    for name in ("Date", "From", "To", "Subject", "Message-ID", "List-Unsubscribe", "List-Id", "Reply-To"):
        assert len(message.get_all(name, [])) == 1, name
    assert message["Subject"] == "Harbour: Fewer Cars, More Trams"
    assert message["List-Unsubscribe"].startswith("<mailto:desk@example.org?subject=unsubscribe")
    assert "List-Unsubscribe-Post" not in message, "one-click needs an https address"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert len({received.message_id for received in server.messages}) == 3
    assert "mailto:desk@example.org?subject=unsubscribe" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_with_a_base_url_unsubscribing_takes_one_click(room: Newsroom, server: SmtpServer) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace("[newsletter]", '[newsletter]\nbase_url = "https://news.example.org"'))
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    message = server.messages[0].message
    assert message["List-Unsubscribe"].startswith("<https://news.example.org/u/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "r0" not in message["List-Unsubscribe"]


def test_a_dry_run_says_who_would_get_it_and_leaves_no_trace(room: Newsroom, server: SmtpServer) -> None:
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily", "--dry-run")
    assert answer.returncode == 0, answer.stderr
    assert "3 readers" in answer.stdout
    assert server.connections == 0
    assert ledger_files(room) == []


def test_a_test_send_is_marked_and_touches_no_list(room: Newsroom, server: SmtpServer) -> None:
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily", "--test", "me@example.com")
    assert answer.returncode == 0, answer.stderr
    assert server.recipients == ["me@example.com"]
    assert server.messages[0].message["Subject"].startswith("[TEST] ")
    assert ledger_files(room) == []


def test_a_maildir_gets_what_would_be_sent_and_the_ledger_nothing(room: Newsroom, server: SmtpServer) -> None:
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily", "--smtp", "maildir:box")
    assert answer.returncode == 0, answer.stderr
    box = mailbox.Maildir(room.folder / "box", create=False)
    assert sorted(message["To"] for message in box) == ["r0@example.org", "r1@example.org", "r2@example.org"]
    assert ledger_files(room) == []
    assert server.connections == 0


@pytest.mark.parametrize(
    ("options", "settings", "opened"),
    [
        ((), "", 10),
        ((), "connections = 3\n", 3),
        (("--connections", "2"), "connections = 3\n", 2),
        (("--connections", "9"), '[relays."127.0.0.1"]\nconnections = 4\n', 4),
        ((), "connections = 1\nmessages_per_connection = 8\n", 5),
    ],
)
def test_so_many_connections_are_opened_as_option_settings_and_the_servers_limit_say(
    room: Newsroom, server: SmtpServer, options: tuple[str, ...], settings: str, opened: int
) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text() + settings)
    room.write_list("daily", 40)
    answer = room.run(*SEND, *options)
    assert answer.returncode == 0, answer.stderr
    assert (server.connections, len(server.messages)) == (opened, 40)


def test_many_readers_need_a_yes_where_nobody_can_be_asked(room: Newsroom, server: SmtpServer) -> None:
    room.write_list("many", 26)
    refused = room.run("send", "seeds/harbour.txt", "--list", "many")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert server.messages == []
    assert room.run("send", "seeds/harbour.txt", "--list", "many", "--yes").returncode == 0
    assert len(server.messages) == 26


def test_readers_without_a_way_out_are_not_mailed(room: Newsroom, server: SmtpServer) -> None:
    toml = room.folder / "dispatch.toml"
    toml.write_text(toml.read_text().replace('reply_to = "desk@example.org"\n', ""))
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert refused.returncode == 2
    assert "way out" in refused.stderr
    assert server.connections == 0


def test_a_fresh_clone_without_the_ledger_is_refused(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert "id = " in (room.folder / "dispatch.toml").read_text()
    shutil.rmtree(room.folder / ".dispatch")
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert refused.returncode == 2
    assert "ledger" in refused.stderr
    assert "dispatch.db" in refused.stderr
    assert len(server.messages) == 3
    assert ledger_files(room) == []


def test_a_changed_source_is_refused_with_the_two_ways_out(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily", "--limit", "1")
    (room.folder / "seeds" / "harbour.txt").write_text(SEED.replace("nine votes", "ten votes"))
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    assert "--slug" in refused.stderr
    assert len(server.messages) == 1
    assert room.run("send", "seeds/harbour.txt", "--list", "daily", "--resume").returncode == 0
    assert all("nine votes" in received.content.decode() for received in server.messages)
    again = room.run(
        "send", "seeds/harbour.txt", "--list", "daily", "--slug", "harbour-2", "--except", SLUG, "--dry-run"
    )
    assert "0 readers" in again.stdout


def test_a_mended_headline_does_not_mail_everyone_again(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    (room.folder / "seeds" / "harbour.txt").write_text(SEED.replace("Fewer Cars, More Trams", "Fewer Cars, More Peace"))
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert refused.returncode == 2
    assert SLUG in refused.stderr
    assert len(server.messages) == 3


def test_the_audience_is_frozen_until_new_readers_are_admitted(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    room.write_list("daily", 5)
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert len(server.messages) == 3
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily", "--add-new")
    assert answer.returncode == 0, answer.stderr
    assert sorted(server.recipients)[3:] == ["r3@example.org", "r4@example.org"]


def test_who_is_on_two_lists_gets_it_once(room: Newsroom, server: SmtpServer) -> None:
    room.write_list("weekly", ["r2@example.org", "new@example.org"])
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    room.run("send", "seeds/harbour.txt", "--list", "weekly")
    assert sorted(server.recipients) == ["new@example.org", "r0@example.org", "r1@example.org", "r2@example.org"]


def test_a_seeds_own_theme_goes_to_every_list(room: Newsroom, server: SmtpServer) -> None:
    own = room.folder / "templates" / "plain"
    own.mkdir()
    (own / "theme.toml").write_text('extends = "dispatch"\n')
    (own / "header.mjml").write_text(
        "<mj-section><mj-column><mj-text>Plain indeed</mj-text></mj-column></mj-section>\n"
    )
    seed = room.folder / "seeds" / "harbour.txt"
    seed.write_text(f"---\ntheme: plain\n---\n{SEED}")
    room.write_list("weekly", ["new@example.org"])
    assert room.run("send", "seeds/harbour.txt", "--list", "daily").returncode == 0
    assert room.run("send", SLUG, "--list", "weekly").returncode == 0
    assert all("Plain indeed" in received.content.decode() for received in server.messages)
    assert len(server.messages) == 4


def test_who_unsubscribed_is_not_mailed_whatever_the_file_says(room: Newsroom, server: SmtpServer) -> None:
    assert room.run("unsubscribe", "R1@Example.org").returncode == 0
    assert room.run("suppress", "r2@example.org", "--reason", "asked by phone").returncode == 0
    assert room.run("send", "seeds/harbour.txt", "--list", "daily").returncode == 0
    assert server.recipients == ["r0@example.org"]
    assert "asked by phone" in room.run("explain", "r2@example.org").stdout
    assert "asked by phone" in room.run("suppressions").stdout


def test_one_can_leave_a_list_whose_file_is_gone(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    (room.folder / "subscribers" / "daily.csv").unlink()
    assert room.run("unsubscribe", "r1@example.org", "--list", "daily").returncode == 0
    room.write_list("daily", 3)
    room.run("send", "seeds/harbour.txt", "--list", "daily", "--slug", "second")
    assert server.recipients.count("r1@example.org") == 1
    assert server.recipients.count("r2@example.org") == 2
    misspelt = room.run("unsubscribe", "r2@example.org", "--list", "dayly")
    assert misspelt.returncode == 1
    assert "daily" in misspelt.stderr


def test_a_list_that_lost_a_fifth_is_not_believed_without_a_yes(room: Newsroom, server: SmtpServer) -> None:
    room.write_list("daily", 10)
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    room.write_list("daily", 4)
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily", "--slug", "second")
    assert refused.returncode == 2
    assert "lost 6" in refused.stderr
    assert len(server.messages) == 10


def test_a_deferred_reader_leaves_exit_code_3_and_retry_mails_them(tmp_path: Path) -> None:
    with SmtpServer(rules=["rcpt*1@r1@example.org=451 4.7.1 Later"]) as server:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
        answer = room.run("send", "seeds/harbour.txt", "--list", "daily")
        assert answer.returncode == 3
        assert f"dispatch retry {SLUG}" in answer.stdout
        assert room.counts(SLUG) == {"accepted": 2, "deferred": 1}
        assert room.run("retry", SLUG).returncode == 0
        assert room.counts(SLUG) == {"accepted": 3}


def test_a_message_in_doubt_is_held_listed_and_resent_only_by_choice(tmp_path: Path) -> None:
    with SmtpServer(rules=["dot*1@r1@example.org=!close"]) as server:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{server.port}")
        answer = room.run("send", "seeds/harbour.txt", "--list", "daily")
        assert answer.returncode == 3
        assert "--on-unknown resend" in answer.stdout
        assert "r1@example.org" in room.run("status", SLUG).stdout
        assert room.run("send", SLUG, "--list", "daily").returncode == 3
        assert room.run("send", SLUG, "--list", "daily", "--on-unknown", "resend").returncode == 0
        assert len([one for one in server.recipients if one == "r1@example.org"]) == 2


def test_bad_rows_are_named_and_do_not_stop_the_good_ones(room: Newsroom, server: SmtpServer) -> None:
    path = room.folder / "subscribers" / "daily.csv"
    path.write_text("email,first_name\nann@example.org,Ann\nnot an address,Bob\ncid@example.org,Cid\n")
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert answer.returncode == 0
    assert "daily.csv:3" in answer.stderr
    assert sorted(server.recipients) == ["ann@example.org", "cid@example.org"]


def test_status_speaks_json(room: Newsroom) -> None:
    assert json.loads(room.run("status", "--json").stdout) == []
    room.run("send", "seeds/harbour.txt", "--list", "daily", "--limit", "2")
    document = json.loads(room.run("status", SLUG, "--json").stdout)
    assert (document["slug"], document["total"]) == (SLUG, 3)
    assert (document["counts"]["accepted"], document["counts"]["queued"]) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "seeds/none.txt", "--list", "daily"], "seeds/none.txt"),
        (["send", "no-such-edition", "--list", "daily"], "neither a file nor an edition"),
        (["send", "seeds/harbour.txt", "--list", "none"], "daily"),
        (["send", "seeds/harbour.txt"], "--list"),
        (["send", "seeds/harbour.txt", "--list", "daily", "--smtp", "http://x"], "smtp://"),
        (["send", "seeds/harbour.txt", "--list", "daily", "--test", "nobody"], "nobody"),
        (["status", "nothing"], "dispatch status"),
        (["retry", "nothing"], "dispatch status"),
        (["explain", "nobody@example.org"], "ledger"),
    ],
)
def test_a_mistake_is_answered_with_the_way_on_and_no_traceback(
    room: Newsroom, server: SmtpServer, arguments: list[str], said: str
) -> None:
    answer = room.run(*arguments)
    assert answer.returncode in (1, 2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout
    assert server.messages == []


def test_a_relay_that_is_not_there_is_named_and_nothing_is_lost(room: Newsroom, server: SmtpServer) -> None:
    answer = room.run("send", "seeds/harbour.txt", "--list", "daily", "--smtp", "smtp://127.0.0.1:1")
    assert answer.returncode == 1
    assert "127.0.0.1:1" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert room.run("send", "seeds/harbour.txt", "--list", "daily").returncode == 0
    assert len(server.messages) == 3


def test_who_a_wrong_relay_bounced_is_mailed_after_all(tmp_path: Path) -> None:
    with SmtpServer(rules=["rcpt=550 5.1.1 No such user"]) as wrong, SmtpServer() as right:
        room = Newsroom.make(tmp_path / "room", f"smtp://127.0.0.1:{right.port}", 60)
        answer = room.run(*SEND, "--smtp", f"smtp://127.0.0.1:{wrong.port}")
        assert answer.returncode == 3
        assert f"dispatch retry {SLUG} --bounced" in answer.stderr
        room.run("unsubscribe", "r0@example.org")
        lifted = room.run("suppressions", "--undo", SLUG)
        assert f"dispatch retry {SLUG} --bounced" in lifted.stdout
        assert room.run("retry", SLUG, "--bounced").returncode == 0
        assert sorted(right.recipients) == sorted(f"r{number}@example.org" for number in range(1, 60))


def test_the_way_out_of_a_changed_source_names_the_edition_that_was_meant(room: Newsroom, server: SmtpServer) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    room.run("send", "seeds/harbour.txt", "--list", "daily", "--slug", "second", "--limit", "1")
    (room.folder / "seeds" / "harbour.txt").write_text(SEED.replace("nine votes", "ten votes"))
    refused = room.run("send", "seeds/harbour.txt", "--list", "daily", "--slug", "second")
    assert "dispatch send seeds/harbour.txt --list daily --slug second --resume\n" in refused.stderr


def test_a_send_says_how_many_of_how_many_and_when_nobody_is_left(room: Newsroom) -> None:
    room.write_list("one", ["ann@example.org"])
    assert "To       one: 1 reader\n" in room.run("send", "seeds/harbour.txt", "--list", "one").stdout
    part = room.run("send", "seeds/harbour.txt", "--list", "daily", "--limit", "2").stdout
    assert "To       daily: 3 readers, 2 of them now\n" in part
    held = room.run("status", SLUG).stdout
    assert "held: --limit let 2 messages go" in held
    assert f"→ Go on: dispatch send {SLUG} --list daily" in held
    room.run("send", SLUG, "--list", "daily")
    assert "Nothing is left to send.\n" in room.run("send", SLUG, "--list", "daily").stdout


def test_times_are_the_newsletters_and_name_their_zone(room: Newsroom) -> None:
    settings = room.folder / "dispatch.toml"
    settings.write_text(settings.read_text().replace('timezone = "UTC"', 'timezone = "Asia/Kolkata"'))
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    room.run("suppress", "r1@example.org", "--reason", "asked by phone")
    for command in (("status", SLUG), ("explain", "r1@example.org"), ("suppressions",)):
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d IST", room.run(*command).stdout), command


def test_a_misspelt_reader_is_noticed_when_they_leave(room: Newsroom) -> None:
    room.run("send", "seeds/harbour.txt", "--list", "daily")
    assert "spelt right" not in room.run("unsubscribe", "r1@example.org").stdout
    answer = room.run("unsubscribe", "r11@example.org")
    assert answer.returncode == 0
    assert "is it spelt right?" in answer.stdout


@pytest.mark.parametrize("group", [(), ("dkim",), ("cron",), ("ledger",)])
def test_a_group_without_a_command_shows_its_help_and_calls_it_no_error(room: Newsroom, group: tuple[str, ...]) -> None:
    answer = room.run(*group)
    assert answer.returncode == 2
    assert answer.stderr == room.run(*group, "--help").stdout
