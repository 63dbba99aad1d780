"""Moving a ledger from its file onto a server: nothing is lost, and there are never two that are both in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from dispatch.errors import LedgerError, Refused
from dispatch.ledger.founding import open_database
from dispatch.ledger.moving import move
from dispatch.ledger.schedules import Due
from dispatch.ledger.schema import metadata
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, SuppressionReason
from dispatch.ledger.throttles import Limit
from support.books import NOW, accepted, begun, bring_in, open_ledger, plan, planned, sqlite_url
from support.postgresql import PostgreSQL

pytestmark = pytest.mark.postgresql


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The URL of a ledger in a file with something in each of its tables."""
    url = sqlite_url(tmp_path)
    ledger, send = planned(url, 6)
    with ledger:
        bring_in(ledger, ["Zoë", "r1", "r2"], name="weekly", at=NOW + 0.123456789)
        ledger.people.unsubscribe("r1@example.org", "r1@example.org", list_name="weekly", now=NOW)
        ledger.people.suppress("Zoë@example.org", "zoë@example.org", SuppressionReason.MANUAL, now=NOW, detail="“…”")
        worker, (first, second, third) = begun(ledger, send.id, 3)
        dead = Settlement(second.delivery_id, DeliveryState.BOUNCED, "rcpt", 550, "5.1.1", "no", suppress=True)
        ledger.work.commit(worker, [accepted(first), dead], [], now=NOW)
        ledger.throttles.reserve([Limit("all", 60, 10)], 2, hold=3)
        ledger.throttles.reserve_connections("mx:25", worker, 1, most=4)
        ledger.throttles.slow("domain example.org", 60, "421")
        ledger.throttles.warmup_day("mx:25", "2026-11-25")
        ledger.leases.acquire("run-due", "one", 60)
        ledger.schedules.place(Due("command:daily seeds/a.txt", NOW, "seeds/a.txt", "daily"), now=NOW)
        ledger.troubles.note("send 1", "no server", now=NOW)
        ledger.work.end(worker, now=NOW)
        assert third.delivery_id
    return url


def rows(url: str) -> Mapping[str, Sequence[Any]]:
    database = open_database(url)
    with database.reading() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    database.close()
    return found


def moved(source: str, target: str) -> Mapping[str, int]:
    return move(source, target, prepare=lambda name, work: None)


def test_everything_moves_and_the_new_ledger_goes_on_where_the_old_one_stood(file: str, postgresql_url: str) -> None:
    before = rows(file)
    assert [name for name, found in before.items() if not found] == [], "something of each kind"
    with open_ledger(file) as ledger:
        links, name = ledger.link_keys(), ledger.id
    numbers = moved(file, postgresql_url)
    assert rows(postgresql_url) == before
    assert numbers == {name: len(found) for name, found in before.items()}
    with open_ledger(postgresql_url) as ledger:
        assert (ledger.link_keys(), ledger.id) == (links, name)
        bring_in(ledger, ["New", "r1"], name="third")
        second = plan(ledger, "second", name="third")
        worker, sent = begun(ledger, second.id, 1)
        ledger.work.commit(worker, [accepted(sent[0])], [], now=NOW)
        ledger.people.unsubscribe("new@example.org", "new@example.org", list_name="third", now=NOW)
        ledger.schedules.place(Due("command:third seeds/b.txt", NOW, "seeds/b.txt", "third"), now=NOW)
        (first,) = ledger.sends.of_edition("first")
        assert ledger.sends.counts(first.id).by_state == {
            DeliveryState.ACCEPTED: 1,
            DeliveryState.BOUNCED: 1,
            DeliveryState.UNKNOWN: 1,
            DeliveryState.QUEUED: 3,
        }


def test_the_old_ledger_is_shut_also_for_who_has_it_open(file: str, postgresql_url: str) -> None:
    with open_ledger(file) as still_open:
        (send,) = still_open.sends.of_edition("first")
        moved(file, postgresql_url)
        writes: list[Callable[[], object]] = [
            lambda: still_open.work.begin("host", 1, now=NOW),
            lambda: still_open.people.suppress("a@b.org", "a@b.org", SuppressionReason.MANUAL, now=NOW),
            lambda: still_open.control.cancel(send.id, now=NOW),
        ]
        for write in writes:
            with pytest.raises(LedgerError, match="not in use any more") as caught:
                write()
            assert "[ledger] url" in str(caught.value.hint)
    with pytest.raises(LedgerError, match="was moved to postgresql://") as caught:
        open_ledger(file)
    assert "url = " in str(caught.value.hint)


def test_a_ledger_that_someone_works_on_stays_where_it_is(file: str, postgresql_url: str) -> None:
    with open_ledger(file) as ledger:
        worker = ledger.work.begin("host", 1, now=NOW)
        with pytest.raises(Refused, match="under way"):
            moved(file, postgresql_url)
        assert ledger.work.beat(worker)
        ledger.work.end(worker, now=NOW)
    moved(file, postgresql_url)


def test_a_server_that_holds_a_ledger_keeps_it(file: str, postgresql_url: str) -> None:
    planned(postgresql_url, 2)[0].close()
    before = rows(postgresql_url)
    with pytest.raises(Refused, match="already"):
        moved(file, postgresql_url)
    assert rows(postgresql_url) == before
    open_ledger(file).close()


@pytest.mark.parametrize("calls", [1, 2])
def test_a_move_that_breaks_off_leaves_one_ledger_and_is_completed_by_the_next_call(
    file: str, postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str, calls: int
) -> None:
    before = rows(file)

    def cut_off(connection: Any) -> None:
        """Cut the server off while the file is being shut: the server's own commit comes after."""
        if connection.dialect.name == "sqlite":
            with postgresql.superuser() as other:
                statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                other.execute(statement, [postgresql_database])

    event.listen(Engine, "commit", cut_off)
    try:
        with pytest.raises(LedgerError, match="not available"):
            moved(file, postgresql_url)
    finally:
        event.remove(Engine, "commit", cut_off)
    with pytest.raises(LedgerError, match="was moved"):
        open_ledger(file)
    for _ in range(calls):
        numbers = moved(file, postgresql_url)
        assert numbers["delivery"] == len(before["delivery"])
    assert rows(postgresql_url) == before
    open_ledger(postgresql_url).close()


def test_a_ledger_that_was_moved_goes_nowhere_else(
    file: str, postgresql: PostgreSQL, postgresql_url: str, postgresql_empty: str
) -> None:
    moved(file, postgresql_url)
    with pytest.raises(Refused, match="moved already"):
        moved(file, postgresql.url(postgresql_empty))
