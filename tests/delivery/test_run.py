"""A send's run against a real server: every reader once, and each failure recorded as what it was."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from dispatch.delivery.loop import Session, Tally
from dispatch.delivery.worker import living, registered
from dispatch.errors import LedgerError, RelayError
from dispatch.ledger.founding import open_database
from dispatch.ledger.states import DeliveryState, EventKind, SuppressionReason
from dispatch.ledger.work import LEASE_SECONDS
from support.books import NOW, ON_SQLITE_ALONE, planned
from support.desk import Desk
from support.postgresql import PostgreSQL
from support.smtp_server import Features, SmtpServer


class Desks:
    def __init__(self, folder: Path, ledger_url: str) -> None:
        self.folder = folder
        self.ledger_url = ledger_url
        self.open: list[Desk] = []

    def __call__(self, readers: int, rules: Iterable[str] = (), features: Features | None = None) -> Desk:
        server = SmtpServer(features, rules=rules)
        server.__enter__()
        ledger, send = planned(self.ledger_url, readers)
        desk = Desk(ledger, send, server, self.folder)
        self.open.append(desk)
        return desk


@pytest.fixture
def desks(tmp_path: Path, ledger_url: str) -> Iterable[Desks]:
    made = Desks(tmp_path, ledger_url)
    yield made
    for desk in made.open:
        desk.ledger.close()
        desk.server.__exit__(None, None, None)
        assert desk.server.violations == []
        assert desk.complaints == []


@pytest.mark.parametrize("pipelining", [True, False])
def test_every_reader_gets_one_message_and_a_second_run_mails_nobody(desks: Desks, pipelining: bool) -> None:
    desk = desks(60, features=Features(pipelining=pipelining))
    ended = desk.run()
    assert sorted(desk.server.recipients) == sorted(f"r{number}@example.org" for number in range(60))
    assert ended.tally.states[DeliveryState.ACCEPTED] == desk.counts[DeliveryState.ACCEPTED] == 60
    connections = desk.server.connections
    assert desk.run().tally.attempted == 0
    assert len(desk.server.messages) == 60
    assert desk.server.connections == connections, "a finished send does not even connect"


def test_a_dead_address_bounces_is_suppressed_and_its_neighbours_get_theirs(desks: Desks) -> None:
    desk = desks(5, ["rcpt@r2@example.org=550 5.1.1 No such user"])
    desk.run()
    assert desk.state_of("r2") is DeliveryState.BOUNCED
    assert desk.counts[DeliveryState.ACCEPTED] == 4
    assert [one.address for one in desk.ledger.people.suppressions()] == ["r2@example.org"]


def test_a_refusal_that_is_about_us_is_tried_again_and_suppresses_nobody(desks: Desks) -> None:
    desk = desks(3, ["rcpt@r1@example.org=550 5.7.1 Your reputation is poor"])
    desk.run()
    assert desk.state_of("r1") is DeliveryState.DEFERRED
    assert list(desk.ledger.people.suppressions()) == []


def test_a_deferred_reader_is_mailed_when_their_time_has_come(desks: Desks) -> None:
    desk = desks(3, ["rcpt*1@r1@example.org=451 4.7.1 Greylisted, come back"])
    desk.run()
    assert desk.state_of("r1") is DeliveryState.DEFERRED
    due = desk.ledger.sends.next_attempt(desk.send.id)
    assert due is not None
    assert due >= NOW + 300
    assert desk.run().tally.attempted == 0
    desk.now = due
    desk.run()
    assert desk.counts[DeliveryState.ACCEPTED] == 3
    assert len(desk.server.messages) == 3


@ON_SQLITE_ALONE
def test_a_reader_who_is_deferred_for_days_is_given_up_as_expired(desks: Desks) -> None:
    desk = desks(1, ["rcpt=451 4.7.1 Not today"])
    for _ in range(200):
        desk.run()
        if not desk.counts.unfinished:
            break
        desk.now = desk.ledger.sends.next_attempt(desk.send.id) or desk.now
    assert desk.counts[DeliveryState.EXPIRED] == 1
    assert NOW + 4 * 86_400 <= desk.now <= NOW + 5 * 86_400


def test_a_connection_that_goes_after_the_dot_leaves_unknown_which_only_a_person_resends(desks: Desks) -> None:
    desk = desks(4, ["dot*1@r1@example.org=!close"])
    desk.run()
    assert desk.state_of("r1") is DeliveryState.UNKNOWN
    assert desk.counts[DeliveryState.ACCEPTED] == 3
    desk.run()
    assert desk.state_of("r1") is DeliveryState.UNKNOWN
    desk.run(resend=True)
    assert desk.counts[DeliveryState.ACCEPTED] == 4
    twice = [message.message_id for message in desk.server.messages if message.recipient == "r1@example.org"]
    assert len(twice) == 2
    assert len(set(twice)) == 1, "the receiver can tell the second copy by its Message-ID"


@pytest.mark.parametrize("at", ["mail", "rcpt", "data"])
def test_a_connection_that_goes_before_the_content_costs_nobody_their_message(desks: Desks, at: str) -> None:
    desk = desks(20, [f"{at}#5*2=!reset"])
    desk.run()
    assert desk.counts[DeliveryState.ACCEPTED] == 20
    assert len(desk.server.messages) == 20


def test_a_reader_whose_transaction_always_drops_is_deferred_and_does_not_hold_up_the_others(desks: Desks) -> None:
    desk = desks(6, ["rcpt@r2@example.org=!close"])
    desk.run(connections=1)
    assert desk.state_of("r2") is DeliveryState.DEFERRED
    assert desk.counts[DeliveryState.ACCEPTED] == 5


@pytest.mark.parametrize("fault", ["!close", "421 4.3.2 Going down !close"])
def test_who_is_next_when_the_answer_to_a_message_is_lost_gets_theirs_in_the_same_run(desks: Desks, fault: str) -> None:
    desk = desks(6, [f"dot*1@r1@example.org={fault}"])
    desk.run(connections=1)
    assert desk.counts[DeliveryState.ACCEPTED] == 5
    assert desk.state_of("r2") is DeliveryState.ACCEPTED
    assert desk.state_of("r1") in {DeliveryState.UNKNOWN, DeliveryState.DEFERRED}


def test_a_connection_that_takes_no_more_costs_nobody_their_message(desks: Desks) -> None:
    desk = desks(12, ["mail#5*1=452 4.5.3 Too many messages sent"])
    desk.run(connections=1)
    assert desk.counts[DeliveryState.ACCEPTED] == len(desk.server.messages) == 12
    assert desk.server.connections == 2


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_connection_that_carried_its_share_is_left_politely_and_another_opened(
    desks: Desks, pipelining: bool
) -> None:
    desk = desks(12, features=Features(pipelining=pipelining))
    desk.run(connections=1, each=5)
    assert desk.counts[DeliveryState.ACCEPTED] == len(desk.server.messages) == 12
    verbs = [command.split()[0].split(":")[0] for command in desk.server.commands]
    carried = " ".join(verb for verb in verbs if verb in {"EHLO", "MAIL", "QUIT"}).split(" QUIT")
    assert [session.count("MAIL") for session in carried] == [5, 5, 2, 0], "no envelope was begun in vain"


def test_what_became_of_the_last_message_is_written_before_another_connection_is_opened(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks(8)
    written: list[int] = []
    connect = desk.connect

    def looking() -> Awaitable[Session]:
        written.append(desk.counts[DeliveryState.ACCEPTED])
        return connect()

    monkeypatch.setattr(desk, "connect", looking)
    desk.run(connections=1, each=3)
    assert written == [0, 3, 6], "to open one may take minutes, and a crash meanwhile leaves nobody in doubt"


def test_a_server_that_takes_nothing_for_now_is_asked_once_a_connection(desks: Desks) -> None:
    desk = desks(6, ["mail#2=452 4.3.1 Out of room"])
    desk.run(connections=1)
    assert (desk.counts[DeliveryState.ACCEPTED], desk.counts[DeliveryState.DEFERRED]) == (2, 4)


def test_a_relay_that_is_not_there_is_an_error_and_everyone_stays_queued(desks: Desks) -> None:
    desk = desks(3)
    desk.server.__exit__(None, None, None)
    with pytest.raises(RelayError):
        desk.run()
    assert desk.counts[DeliveryState.QUEUED] == 3
    with SmtpServer() as desk.server:
        desk.run()
        assert desk.counts[DeliveryState.ACCEPTED] == 3
    desk.server = SmtpServer()
    desk.server.__enter__()


def test_a_limit_sends_so_many_and_leaves_the_rest_queued(desks: Desks) -> None:
    desk = desks(30)
    desk.run(limit=7)
    assert (desk.counts[DeliveryState.ACCEPTED], desk.counts[DeliveryState.QUEUED]) == (7, 23)
    desk.run()
    assert sorted(desk.server.recipients) == sorted({f"r{number}@example.org" for number in range(30)})


def test_stopping_finishes_what_is_on_the_wire_and_leaves_the_rest_queued(desks: Desks) -> None:
    desk = desks(200)

    def stop_after_ten(tally: Tally) -> None:
        if tally.attempted >= 10:
            desk.stopping.set()

    desk.progressed = stop_after_ten
    ended = desk.run()
    counts = desk.counts
    assert 10 <= ended.tally.attempted <= 16, "three on the wire, and three whose envelopes went with them"
    assert counts[DeliveryState.ACCEPTED] == len(desk.server.messages) == ended.tally.attempted
    assert counts[DeliveryState.ACCEPTED] + counts[DeliveryState.QUEUED] == 200
    assert counts[DeliveryState.UNKNOWN] == counts[DeliveryState.SENDING] == 0


def test_an_unsubscription_during_the_send_takes_effect(desks: Desks) -> None:
    desk = desks(200)

    def unsubscribe_the_last(tally: Tally) -> None:
        if tally.attempted == 5:
            desk.ledger.people.suppress("r199@example.org", "r199@example.org", SuppressionReason.UNSUBSCRIBED, now=NOW)

    desk.progressed = unsubscribe_the_last
    desk.run(connections=1)
    assert desk.state_of("r199") is DeliveryState.SUPPRESSED
    assert "r199@example.org" not in desk.server.recipients
    assert len(desk.server.messages) == 199


@pytest.mark.parametrize("pipelining", [True, False])
def test_an_unsubscription_after_the_claim_stops_the_content_and_harms_no_neighbour(
    desks: Desks, pipelining: bool
) -> None:
    desk = desks(20, features=Features(pipelining=pipelining))

    def unsubscribe_one_that_is_claimed(tally: Tally) -> None:
        if tally.attempted == 5:
            desk.ledger.people.suppress("r10@example.org", "r10@example.org", SuppressionReason.UNSUBSCRIBED, now=NOW)

    desk.progressed = unsubscribe_one_that_is_claimed
    ended = desk.run(connections=1)
    assert (ended.tally.refused, desk.state_of("r10")) == (1, DeliveryState.SUPPRESSED)
    assert sorted(desk.server.recipients) == sorted(f"r{n}@example.org" for n in range(20) if n != 10)
    for received in desk.server.messages:
        assert received.content.endswith(f"To: {received.recipient}\r\n\r\nHello\r\n".encode())


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        ("rcpt=550 5.1.1 No such user", DeliveryState.BOUNCED),
        ("rcpt=550 relay not permitted", DeliveryState.BOUNCED),
        ("mail=550 5.7.1 Your reputation is poor", DeliveryState.DEFERRED),
        ("dot=554 This message looks like spam", DeliveryState.BOUNCED),
        ("dot=!close", DeliveryState.UNKNOWN),
        ("data=!close", DeliveryState.DEFERRED),
    ],
)
def test_a_relay_that_fails_everyone_is_stopped_before_it_burns_the_list(
    desks: Desks, rule: str, state: DeliveryState
) -> None:
    desk = desks(500, [rule])
    ended = desk.run()
    assert ended.halted is not None
    assert desk.counts[state] <= 25
    assert desk.counts[DeliveryState.QUEUED] >= 475


def test_a_crowd_that_is_greylisted_stops_nothing(desks: Desks) -> None:
    desk = desks(60, ["rcpt=451 4.7.1 Greylisted, come back"])
    assert desk.run().halted is None
    assert desk.counts[DeliveryState.DEFERRED] == 60


def test_what_was_refused_is_written_at_once_not_with_some_later_message(desks: Desks) -> None:
    desk = desks(10, [f"rcpt@r{number}@example.org=550 5.1.1 No such user" for number in range(1, 10)])
    written: list[int] = []
    desk.progressed = lambda tally: written.append(tally.attempted - desk.counts.total + desk.counts.unfinished)
    desk.run(connections=1)
    assert max(written) <= 2, "one outcome that has just come, and the one before it"


def test_dead_addresses_among_living_ones_stop_nothing(desks: Desks) -> None:
    rules = [f"rcpt@r{number}@example.org=550 5.1.1 No such user" for number in range(0, 60, 2)]
    desk = desks(60, rules)
    ended = desk.run(connections=1)
    assert ended.halted is None
    assert desk.counts[DeliveryState.ACCEPTED] == desk.counts[DeliveryState.BOUNCED] == 30


def test_a_worker_that_died_is_found_and_what_it_was_sending_is_unknown(desks: Desks) -> None:
    desk = desks(10)
    dead = desk.ledger.work.begin("another-host", 4711, now=NOW)
    rows = desk.ledger.work.claim(desk.send.id, dead, 4, now=NOW)
    desk.ledger.work.commit(dead, [], [rows[0].delivery_id], now=NOW)
    assert desk.run().found_unknown == 0, "its heartbeat has not run out: it may be alive"
    assert len(desk.server.messages) == 6
    with desk.ledger._database.writing() as connection:
        connection.exec_driver_sql("UPDATE worker SET expires_at = 0 WHERE host = 'another-host'")
    assert desk.run().found_unknown == 1
    assert desk.counts[DeliveryState.ACCEPTED] == 9
    assert desk.counts[DeliveryState.UNKNOWN] == 1


def test_a_worker_whose_lock_is_not_to_be_seen_lives_as_long_as_its_heartbeat(desks: Desks) -> None:
    desk = desks(10)
    namesake = desk.ledger.work.begin(socket.gethostname(), 4711, now=NOW)
    rows = desk.ledger.work.claim(desk.send.id, namesake, 4, now=NOW)
    desk.ledger.work.commit(namesake, [], [rows[0].delivery_id], now=NOW)
    assert desk.run().found_unknown == 0
    assert len(desk.server.messages) == 6
    (desk.folder / "workers" / f"{namesake}-4711.lock").touch()
    assert desk.run().found_unknown == 1, "a lock that nobody holds is a dead process's"
    assert desk.counts[DeliveryState.ACCEPTED] == 9


def test_workers_of_two_ledgers_of_one_workspace_do_not_share_a_lock(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            ledger, _ = planned(tmp_path / name, 1)
            stack.enter_context(ledger)
            pid = os.getpid() if name == "one" else 4711
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(os, "getpid", lambda pid=pid: pid)
                worker = stack.enter_context(registered(ledger.work, tmp_path / "workers", lambda: NOW))
            assert living(ledger.work, tmp_path / "workers") == [worker]


def test_a_worker_that_cannot_renew_its_lease_hangs_up_before_another_takes_its_rows(desks: Desks) -> None:
    desk = desks(200)
    database = open_database(desks.ledger_url)
    other = database.engine.connect()
    locked = asyncio.Event()

    def free() -> None:
        desk.server.wait_until(lambda: desk.server.open == 0)
        other.rollback()

    freeing = threading.Thread(target=free)

    def lock(tally: Tally) -> None:
        if not locked.is_set():
            other.begin()  # which keeps everybody else from writing into a file
            if not database.is_sqlite:
                other.exec_driver_sql("LOCK TABLE worker, delivery")
            locked.set()

    async def sleep(seconds: float) -> None:
        if seconds == LEASE_SECONDS / 3:
            await locked.wait()
        elif seconds == LEASE_SECONDS / 2:
            freeing.start()

    desk.progressed = lock
    desk.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(LedgerError, match="could not be written"):
        desk.run()
    freeing.join()
    other.close()
    database.close()
    counts = desk.counts
    assert counts[DeliveryState.ACCEPTED] + counts[DeliveryState.UNKNOWN] >= len(desk.server.messages)
    assert counts[DeliveryState.UNKNOWN] <= 3
    assert counts[DeliveryState.QUEUED] >= 180


def test_a_process_that_was_asleep_between_the_intent_and_the_content_sends_no_content(desks: Desks) -> None:
    desk = desks(3)

    def dozing() -> float:
        if desk.now == NOW and desk.counts[DeliveryState.SENDING]:
            desk.now += 100
        return desk.now

    desk.clock = dozing
    desk.run(connections=1)
    assert len(desk.server.messages) == desk.counts[DeliveryState.ACCEPTED] == 2
    assert desk.counts[DeliveryState.DEFERRED] == 1
    desk.now += 86_400
    desk.run()
    assert sorted(desk.server.recipients) == ["r0@example.org", "r1@example.org", "r2@example.org"]


def test_a_clock_set_back_an_hour_in_the_middle_of_a_send_loses_and_repeats_nobody(desks: Desks) -> None:
    desk = desks(40, ["rcpt*1@r2@example.org=451 4.7.1 Greylisted, come back", "dot*1@r9@example.org=!close"])

    def set_back(tally: Tally) -> None:
        if tally.attempted == 5:
            desk.now -= 3_600

    desk.progressed = set_back
    desk.run(connections=1)
    assert (desk.counts[DeliveryState.ACCEPTED], desk.state_of("r9")) == (38, DeliveryState.UNKNOWN)
    assert desk.state_of("r2") is DeliveryState.DEFERRED
    assert desk.run().tally.attempted == 0, "by this clock its time is more than an hour away"
    desk.now = NOW + 3_600
    desk.run()
    assert sorted(desk.server.recipients) == sorted(f"r{number}@example.org" for number in range(40))
    assert desk.counts[DeliveryState.ACCEPTED] == 39


@ON_SQLITE_ALONE
def test_a_ledger_that_fails_in_the_middle_loses_and_repeats_nothing(desks: Desks) -> None:
    desk = desks(40)
    with closing(sqlite3.connect(desk.folder / "dispatch.db")) as other, other:
        other.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON delivery "
            "WHEN NEW.state = 'sending' AND (SELECT count(*) FROM delivery WHERE state = 'accepted') >= 12 "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(LedgerError, match="disk that holds the ledger is full"):
        desk.run()
    assert 0 < desk.counts[DeliveryState.ACCEPTED] < 40
    with closing(sqlite3.connect(desk.folder / "dispatch.db")) as other, other:
        other.execute("DROP TRIGGER full")
    desk.run()
    assert sorted(desk.server.recipients) == sorted({f"r{number}@example.org" for number in range(40)})
    counts = desk.counts
    assert counts[DeliveryState.ACCEPTED] + counts[DeliveryState.UNKNOWN] == 40
    assert counts[DeliveryState.UNKNOWN] <= 3, "one a connection"


def test_what_happened_to_a_reader_is_told_in_order(desks: Desks) -> None:
    desk = desks(1, ["rcpt*1=451 4.7.1 Later"])
    desk.run()
    desk.ledger.work.requeue(desk.send.id, DeliveryState.DEFERRED, EventKind.RETRY, now=NOW + 1)
    desk.run()
    story = desk.ledger.story_of("r0", "r0@example.org")
    assert story is not None
    assert [event.kind for event in story.events] == [EventKind.DEFERRED, EventKind.RETRY]
    assert story.deliveries[0].attempts == 2


@pytest.mark.postgresql
def test_a_worker_that_cannot_tell_the_ledger_of_its_end_says_what_came_first_and_is_taken_for_dead_at_once(
    postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path
) -> None:
    ledger, _ = planned(postgresql_url, 1)
    with ledger:
        at_work = ExitStack()
        worker = at_work.enter_context(registered(ledger.work, tmp_path, lambda: NOW))
        assert living(ledger.work, tmp_path) == [worker]
        with postgresql.down(), pytest.raises(LedgerError, match="what came first"), at_work:
            raise LedgerError("what came first")
        assert living(ledger.work, tmp_path) == []
