"""Claims and commits: every transition is a compare-and-set, and what is in doubt is told as unknown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from dispatch.errors import LedgerError
from dispatch.ledger.database import Database
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, EventKind, SuppressionReason
from support.books import NOW, accepted, begun, planned

STATEMENTS = ("SELECT", "UPDATE", "INSERT", "WITH", "DELETE")


def test_two_workers_share_a_send_and_never_a_row(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 10)
    with ledger:
        one, two = ledger.work.begin("a", 1, now=NOW), ledger.work.begin("b", 2, now=NOW)
        first = ledger.work.claim(send.id, one, 6, now=NOW)
        second = ledger.work.claim(send.id, two, 6, now=NOW)
        assert len(first) == 6
        assert len(second) == 4
        assert not {row.delivery_id for row in first} & {row.delivery_id for row in second}
        assert ledger.work.commit(two, [], [first[0].delivery_id], now=NOW) == frozenset()


def test_a_message_keeps_its_message_id_over_attempts_and_no_two_share_one(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 3)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        first = ledger.work.claim(send.id, worker, 3, now=NOW)
        ledger.work.end(worker, now=NOW)
        again = ledger.work.claim(send.id, ledger.work.begin("a", 2, now=NOW), 3, now=NOW)
    assert [row.message_id for row in first] == [row.message_id for row in again]
    assert len({row.message_id for row in first}) == 3


def test_an_unsubscription_between_claim_and_content_stops_the_content(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 3)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        rows = ledger.work.claim(send.id, worker, 3, now=NOW)
        ledger.people.unsubscribe(rows[0].address, "r0@example.org", list_name="daily", now=NOW)
        ledger.people.suppress(rows[1].address, "r1@example.org", SuppressionReason.COMPLAINED, now=NOW)
        stands = ledger.work.commit(worker, [], [row.delivery_id for row in rows], now=NOW)
        assert stands == {rows[2].delivery_id}
        assert ledger.sends.counts(send.id)[DeliveryState.SUPPRESSED] == 2


def test_what_a_dead_worker_was_sending_becomes_unknown_and_the_rest_is_free(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 5)
    with ledger:
        worker, _ = begun(ledger, send.id, 2)
        ledger.work.claim(send.id, worker, 2, now=NOW)
        assert ledger.work.end(worker, now=NOW) == 2
        counts = ledger.sends.counts(send.id)
        assert (counts[DeliveryState.UNKNOWN], counts[DeliveryState.QUEUED]) == (2, 3)
        other = ledger.work.begin("b", 2, now=NOW)
        assert len(ledger.work.claim(send.id, other, 10, now=NOW)) == 3
        story = ledger.story_of("r0@example.org", "r0@example.org")
    assert story is not None
    assert [event.kind for event in story.events] == [EventKind.UNKNOWN]


def test_a_late_250_turns_unknown_into_accepted_and_nothing_else_moves_a_row_of_another(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 2)
    with ledger:
        worker, (first, second) = begun(ledger, send.id, 2)
        ledger.work.end(worker, now=NOW)
        late = Settlement(second.delivery_id, DeliveryState.BOUNCED, "content", 550, "5.7.1", "no")
        ledger.work.commit(worker, [accepted(first), late], [], now=NOW)
        counts = ledger.sends.counts(send.id)
    assert (counts[DeliveryState.ACCEPTED], counts[DeliveryState.UNKNOWN]) == (1, 1)


def test_an_accepted_row_is_never_claimed_or_sent_again(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 1)
    with ledger:
        worker, (only,) = begun(ledger, send.id, 1)
        ledger.work.commit(worker, [accepted(only)], [], now=NOW)
        assert ledger.work.claim(send.id, worker, 5, now=NOW + 10**6) == []
        assert ledger.work.commit(worker, [], [only.delivery_id], now=NOW) == frozenset()
        for state in (DeliveryState.DEFERRED, DeliveryState.UNKNOWN):
            assert ledger.work.requeue(send.id, state, EventKind.RESEND, now=NOW) == 0


def test_a_deferred_row_waits_for_its_time(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 1)
    with ledger:
        worker, (only,) = begun(ledger, send.id, 1)
        later = Settlement(only.delivery_id, DeliveryState.DEFERRED, "rcpt", 451, "4.7.1", "later", next_at=NOW + 600)
        ledger.work.commit(worker, [later], [], now=NOW)
        assert ledger.sends.next_attempt(send.id) == NOW + 600
        assert ledger.work.claim(send.id, worker, 5, now=NOW + 599) == []
        (again,) = ledger.work.claim(send.id, worker, 5, now=NOW + 600)
        assert again.attempts == 1
        ledger.work.end(worker, now=NOW)
        assert ledger.work.expire(send.id, older_than=NOW + 1, now=NOW + 601) == 1
        assert ledger.sends.counts(send.id).unfinished == 0


def test_a_dead_address_is_suppressed_with_its_bounce_and_a_sends_can_be_undone(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 1)
    with ledger:
        worker, (only,) = begun(ledger, send.id, 1)
        dead = Settlement(
            only.delivery_id, DeliveryState.BOUNCED, "rcpt", 550, "5.1.1", "5.1.1 no such user", suppress=True
        )
        ledger.work.commit(worker, [dead], [], now=NOW)
        assert [one.reason for one in ledger.people.suppressions()] == [SuppressionReason.BOUNCED]
        assert ledger.people.undo_bounces(send.id, now=NOW) == 1
        assert list(ledger.people.suppressions()) == []


def test_a_beat_of_a_worker_that_was_ended_says_so(ledger_url: str) -> None:
    ledger, _ = planned(ledger_url, 1)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        assert ledger.work.beat(worker)
        assert [row.id for row in ledger.work.others(worker + 1)] == [worker]
        ledger.work.end(worker, now=NOW)
        assert not ledger.work.beat(worker)
        assert ledger.work.others(worker + 1) == []


def test_a_lease_has_one_holder(ledger_url: str) -> None:
    ledger, _ = planned(ledger_url, 1)
    with ledger:
        assert ledger.leases.acquire("run-due", "one", 60)
        assert not ledger.leases.acquire("run-due", "two", 60)
        assert ledger.leases.acquire("run-due", "one", 60)
        ledger.leases.release("run-due", "two")
        assert not ledger.leases.acquire("run-due", "two", 60)
        ledger.leases.release("run-due", "one")
        assert ledger.leases.acquire("run-due", "two", -1)
        assert ledger.leases.acquire("run-due", "three", 60)


def test_a_late_250_keeps_a_row_from_being_sent_again_by_whoever_took_it_over(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 2)
    with ledger:
        stopped, (first, second) = begun(ledger, send.id, 2)
        ledger.work.end(stopped, now=NOW)
        ledger.work.requeue(send.id, DeliveryState.UNKNOWN, EventKind.RESEND, now=NOW)
        other = ledger.work.begin("b", 2, now=NOW)
        ledger.work.claim(send.id, other, 2, now=NOW)
        ledger.work.commit(other, [], [second.delivery_id], now=NOW)
        ledger.work.commit(stopped, [accepted(first), accepted(second)], [], now=NOW)
        assert ledger.work.commit(other, [], [first.delivery_id], now=NOW) == frozenset()
        counts = ledger.sends.counts(send.id)
        assert (counts[DeliveryState.ACCEPTED], counts[DeliveryState.SENDING]) == (1, 1)
        story = ledger.story_of("r0@example.org", "r0@example.org")
    assert story is not None
    assert story.events[-1].kind == EventKind.LATE_ACCEPTANCE


def test_a_worker_that_was_taken_for_dead_begins_nothing_that_nobody_would_find(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 3)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        (row,) = ledger.work.claim(send.id, worker, 1, now=NOW)
        with ledger._database.writing() as connection:
            connection.exec_driver_sql("UPDATE worker SET ended_at = 1")
        assert ledger.work.claim(send.id, worker, 5, now=NOW) == []
        assert ledger.work.commit(worker, [], [row.delivery_id], now=NOW) == frozenset()


def test_a_reader_first_tried_days_after_the_planning_is_owed_the_whole_time(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 1)
    tried = NOW + 6 * 86_400
    with ledger:
        worker, (only,) = begun(ledger, send.id, 1)
        refused = Settlement(only.delivery_id, DeliveryState.DEFERRED, "rcpt", 451, "", "later", next_at=tried + 600)
        ledger.work.commit(worker, [refused], [], now=tried)
        assert ledger.work.expire(send.id, older_than=tried - 1, now=tried + 600) == 0
        assert ledger.work.expire(send.id, older_than=tried + 1, now=tried + 600) == 1


@pytest.mark.parametrize("last", [DeliveryState.BOUNCED, DeliveryState.UNKNOWN])
def test_a_reader_whom_a_person_has_mailed_again_is_owed_the_whole_time_from_then_on(
    ledger_url: str, last: DeliveryState
) -> None:
    ledger, send = planned(ledger_url, 1)
    day = 86_400.0

    def attempt(state: DeliveryState, at: float) -> None:
        worker = ledger.work.begin("host", 1, now=at)
        (only,) = ledger.work.claim(send.id, worker, 1, now=at)
        assert ledger.work.commit(worker, [], [only.delivery_id], now=at)
        again = at + 600 if state is DeliveryState.DEFERRED else None
        outcome = Settlement(only.delivery_id, state, "rcpt", 451, "", "", next_at=again)
        ledger.work.commit(worker, [outcome], [], now=at)
        ledger.work.end(worker, now=at)

    with ledger:
        attempt(DeliveryState.DEFERRED, NOW)
        attempt(last, NOW + day)
        assert ledger.work.requeue(send.id, last, EventKind.RETRY, now=NOW + 6 * day) == 1
        attempt(DeliveryState.DEFERRED, NOW + 6 * day)
        assert ledger.work.expire(send.id, older_than=NOW + 6 * day - 1, now=NOW + 6 * day) == 0
        assert ledger.work.expire(send.id, older_than=NOW + 6 * day + 1, now=NOW + 10 * day) == 1


def test_a_deferred_row_that_a_worker_has_in_hand_is_not_requeued_under_it(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 2)
    with ledger:
        worker, rows = begun(ledger, send.id, 2)
        later = [Settlement(row.delivery_id, DeliveryState.DEFERRED, "rcpt", 451, "", "", next_at=NOW) for row in rows]
        ledger.work.commit(worker, later, [], now=NOW)
        (in_hand,) = ledger.work.claim(send.id, worker, 1, now=NOW)
        assert ledger.work.requeue(send.id, DeliveryState.DEFERRED, EventKind.RETRY, now=NOW) == 1
        assert ledger.work.commit(worker, [], [in_hand.delivery_id], now=NOW) == {in_hand.delivery_id}


def test_a_clock_that_was_set_back_leaves_no_lease_and_no_heartbeat_for_years(ledger_url: str) -> None:
    ledger, _ = planned(ledger_url, 1)
    with ledger:
        assert ledger.leases.acquire("run-due", "one", 60)
        worker = ledger.work.begin("far", 1, now=NOW)
        assert [row.expired for row in ledger.work.others(0)] == [False]
        with ledger._database.writing() as connection:
            connection.exec_driver_sql("UPDATE lease SET expires_at = expires_at + 1e8")
            connection.exec_driver_sql("UPDATE worker SET expires_at = expires_at + 1e8")
        assert [(row.id, row.expired) for row in ledger.work.others(0)] == [(worker, True)]
        assert ledger.leases.acquire("run-due", "two", 60)


def test_no_statement_of_a_delivery_loop_looks_at_more_rows_than_it_takes(ledger_url: str) -> None:
    said: list[tuple[str, Any]] = []
    ledger, send = planned(ledger_url, 20)

    def note(_c: object, _cursor: object, sql: str, given: Any, _x: object, many: bool) -> None:
        said.append((sql, next(iter(given)) if many and isinstance(given, list) else given))

    with ledger:
        event.listen(ledger._database.engine, "before_cursor_execute", note)
        worker, rows = begun(ledger, send.id, 3)
        one, two, three = rows
        later = Settlement(two.delivery_id, DeliveryState.DEFERRED, "rcpt", 451, "", "later", next_at=NOW + 1)
        dead = Settlement(three.delivery_id, DeliveryState.BOUNCED, "rcpt", 550, "5.1.1", "no", suppress=True)
        ledger.work.commit(worker, [accepted(one), later, dead], [], now=NOW)
        ledger.work.expire(send.id, older_than=NOW - 1, now=NOW)
        ledger.work.claim(send.id, worker, 5, now=NOW + 2)
        ledger.work.end(worker, now=NOW)
        ledger.work.requeue(send.id, DeliveryState.UNKNOWN, EventKind.RESEND, now=NOW)
        ledger.sends.next_attempt(send.id)
        event.remove(ledger._database.engine, "before_cursor_execute", note)
        statements = [one for one in said if one[0].lstrip().upper().startswith(STATEMENTS)]
        with ledger._database.reading() as connection:
            steps = [
                f"{step} of {sql}"
                for sql, given in statements
                for step in _plan(ledger._database, connection, sql, given)
            ]
    assert steps
    big = ("delivery", "subscriber", "membership", "event", "suppression")
    assert not [step for step in steps if re.search(rf"\b(?i:seq scan on|scan) ({'|'.join(big)})\b", step)]
    assert not [step for step in steps if "TEMP B-TREE" in step]


def _plan(database: Database, connection: Connection, sql: str, given: Any) -> list[str]:
    if database.is_sqlite:
        return [step[3] for step in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, given)]
    # With so few rows it would read them all; what is left then has no index to take.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return [step[0] for step in connection.exec_driver_sql("EXPLAIN " + sql, given)]


def test_an_ordinary_commit_is_three_statements_however_many_messages_it_is_about(ledger_url: str) -> None:
    said: list[str] = []
    ledger, send = planned(ledger_url, 20)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        rows = [row.delivery_id for row in ledger.work.claim(send.id, worker, 20, now=NOW)]
        ledger.work.commit(worker, [], rows[:10], now=NOW)
        event.listen(
            ledger._database.engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: said.append(sql.split()[0])
        )
        sent = [Settlement(row, DeliveryState.ACCEPTED, "content", 250, "2.0.0", "Ok") for row in rows[:10]]
        assert ledger.work.commit(worker, sent, rows[10:], now=NOW) == frozenset(rows[10:])
        assert [verb for verb in said if verb != "BEGIN"] == ["UPDATE", "SELECT", "UPDATE"]
        counts = ledger.sends.counts(send.id)
        assert (counts[DeliveryState.ACCEPTED], counts[DeliveryState.SENDING]) == (10, 10)


def test_a_worker_notices_that_the_ledgers_file_is_gone(tmp_path: Path) -> None:
    ledger, _ = planned(tmp_path, 1)
    with ledger:
        worker = ledger.work.begin("a", 1, now=NOW)
        (tmp_path / "dispatch.db").rename(tmp_path / "backup.db")
        with pytest.raises(LedgerError, match="moved"):
            ledger.work.beat(worker)
        (tmp_path / "backup.db").rename(tmp_path / "dispatch.db")
        assert ledger.work.beat(worker)
