"""Several processes at one ledger on a server, where they write at the same moment: nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import event

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schedules import WAITING_STATES, Due
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, SuppressionReason
from dispatch.ledger.throttles import Limit
from support.books import NOW, accepted, begun, bring_in, open_ledger, planned
from support.postgresql import PostgreSQL

pytestmark = pytest.mark.postgresql

T = TypeVar("T")


def all_at_once(work: Callable[[Ledger], T], url: str) -> list[T]:
    """What ``work`` returns in four threads that begin together, each with a ledger of its own."""
    start = Barrier(4, timeout=30)

    def one(_: int) -> T:
        with open_ledger(url) as ledger:
            start.wait()
            return work(ledger)

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(one, range(4)))


def test_several_who_claim_at_once_share_all_rows_and_none_twice(postgresql_url: str) -> None:
    ledger, send = planned(postgresql_url, 200)
    ledger.close()

    def claim(mine: Ledger) -> list[int]:
        worker, taken = mine.work.begin("host", 1, now=NOW), []
        while rows := mine.work.claim(send.id, worker, 7, now=NOW):
            taken += [row.delivery_id for row in rows]
        return taken

    taken = [row for rows in all_at_once(claim, postgresql_url) for row in rows]
    assert len(taken) == len(set(taken)) == 200


def test_several_who_ask_for_tokens_at_once_get_no_more_than_the_limit(postgresql_url: str) -> None:
    limit = Limit("all", 86_400, 60)

    def ask(ledger: Ledger) -> int:
        return sum(ledger.throttles.reserve([limit], 1, hold=3).tokens for _ in range(25))

    assert sum(all_at_once(ask, postgresql_url)) == 60


def test_several_lists_that_are_brought_in_at_once_are_all_brought_in(postgresql_url: str) -> None:
    names = [f"r{number}" for number in range(300)]

    def bring(ledger: Ledger) -> tuple[int, int]:
        ours = f"list{id(ledger)}"
        bring_in(ledger, names, name=ours)
        bring_in(ledger, names, name="shared")
        return ledger.people.active(ours), ledger.people.active("shared")

    assert all_at_once(bring, postgresql_url) == [(300, 300)] * 4


def test_a_seed_that_several_schedule_at_once_waits_once(postgresql_url: str) -> None:
    first = Due("command:daily seeds/a.txt", NOW + 3600, "seeds/a.txt", "daily")

    def place(ledger: Ledger) -> None:
        for minute in range(10):
            ledger.schedules.place(replace(first, due_at=NOW + 60 * minute), now=NOW)

    all_at_once(place, postgresql_url)
    with open_ledger(postgresql_url) as ledger:
        assert len(ledger.schedules.in_states(WAITING_STATES)) == 1


def test_two_who_change_one_row_both_come_through_whatever_the_databases_own_isolation(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str
) -> None:
    postgresql.configure(postgresql_database, "default_transaction_isolation", "serializable")
    taken = all_at_once(lambda ledger: ledger.leases.acquire("run-due", str(id(ledger)), 60), postgresql_url)
    assert sorted(taken) == [False, False, False, True]


def test_a_commit_and_the_end_of_its_worker_that_wait_for_each_other_both_come_through(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str
) -> None:
    ledger, send = planned(postgresql_url, 3)
    worker, (first, second) = begun(ledger, send.id, 2)
    (third,) = ledger.work.claim(send.id, worker, 1, now=NOW)
    with ledger, ThreadPoolExecutor() as threads:
        with postgresql.superuser(postgresql_database) as connection, connection.transaction():
            connection.execute("SELECT FROM delivery WHERE id = %s FOR UPDATE", [first.delivery_id])
            ending = threads.submit(ledger.work.end, worker, now=NOW)
            postgresql.wait_for_waiting(postgresql_database, 1)
            committing = threads.submit(ledger.work.commit, worker, [accepted(second)], [third.delivery_id], now=NOW)
            postgresql.wait_for_waiting(postgresql_database, 2)
        stands = committing.result()
        ending.result()
        counts = ledger.sends.counts(send.id)
    assert counts[DeliveryState.ACCEPTED] == 1
    assert counts[DeliveryState.UNKNOWN] == 1 + len(stands), "whose content may go when its worker ends, is in doubt"
    assert counts[DeliveryState.QUEUED] == 1 - len(stands)


def test_a_commit_and_a_cancellation_that_wait_for_each_other_both_come_through(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str
) -> None:
    ledger, send = planned(postgresql_url, 3)
    worker = ledger.work.begin("host", 1, now=NOW)
    first, second, third = (row.delivery_id for row in ledger.work.claim(send.id, worker, 3, now=NOW))
    with ledger, ThreadPoolExecutor() as threads:
        with postgresql.superuser(postgresql_database) as connection, connection.transaction():
            connection.execute("SELECT FROM delivery WHERE id = %s FOR UPDATE", [second])
            cancelling = threads.submit(ledger.control.cancel, send.id, now=NOW)
            postgresql.wait_for_waiting(postgresql_database, 1)
            committing = threads.submit(ledger.work.commit, worker, [], [third, first], now=NOW)
            postgresql.wait_for_waiting(postgresql_database, 2)
        stands = committing.result()
        assert cancelling.result() == 3 - len(stands)
        counts = ledger.sends.counts(send.id)
    assert counts[DeliveryState.SENDING] == len(stands)
    assert counts[DeliveryState.CANCELLED] == 3 - len(stands)


def test_who_unsubscribes_while_a_commit_is_under_way_is_not_mailed_by_it(postgresql_url: str) -> None:
    ledger, send = planned(postgresql_url, 2)
    worker, (first,) = begun(ledger, send.id, 1)
    (second,) = ledger.work.claim(send.id, worker, 1, now=NOW)
    left: list[str] = []

    def leave(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        """At the last moment: before the statement that lets the content go."""
        if statement.startswith("UPDATE") and "RETURNING" in statement and "sending" in given.values() and not left:
            left.append(statement)
            with open_ledger(postgresql_url) as other:
                other.people.suppress(second.address, second.address, SuppressionReason.UNSUBSCRIBED, now=NOW)

    refused = Settlement(first.delivery_id, DeliveryState.BOUNCED, "rcpt", 550, "5.7.1", "no")
    with ledger:
        event.listen(ledger._database.engine, "before_cursor_execute", leave)
        stands = ledger.work.commit(worker, [refused], [second.delivery_id], now=NOW)
        assert left
        assert stands == frozenset()
        assert ledger.sends.counts(send.id)[DeliveryState.SUPPRESSED] == 1
