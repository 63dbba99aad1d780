"""Limits that all workers of a ledger share: never more than allowed, whichever window one looks at."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, literal

from dispatch.ledger.database import Database
from dispatch.ledger.founding import open_database
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.throttles import Grant, Limit, Throttles
from support.books import NOW, open_ledger

LIMITS = (Limit("all", 1, 5), Limit("all", 60, 20), Limit("domain gmail.com", 60, 12))


class Clock:
    """The database's clock, as a test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> ColumnElement[float]:
        return literal(self.now)


@pytest.fixture
def database(ledger_url: str) -> Iterator[Database]:
    opened = open_database(ledger_url)
    yield opened
    opened.close()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # the worker
        st.sampled_from([1, 3, 8]),  # how many tokens it wants
        st.sampled_from([0.0, 0.5, 0.95]),  # when within the hold it uses them
        st.sampled_from([99, 99, 1, 0]),  # how many it uses
        st.booleans(),  # whether it lives to give the rest back
        st.sampled_from([0.0, 0.01, 0.4, 1.01, 1.2, 4.0, 57.0, 60.1]),  # seconds until the next one asks
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=80)
@given(steps=STEPS, hold=st.sampled_from([0.2, 0.9, 3.0]))
def test_no_window_ever_sees_more_than_the_limit_with_several_workers(
    steps: list[tuple[int, int, float, int, bool, float]], hold: float
) -> None:
    begun: list[float] = []
    with TemporaryDirectory() as folder:
        clock = Clock()
        opened = open_database(f"sqlite:///{folder}/dispatch.db")
        workers = [Throttles(opened, clock) for _ in range(3)]
        for worker, wanted, share, uses, lives, pause in steps:
            grant = workers[worker].reserve(LIMITS, wanted, hold=hold)
            used = min(uses, grant.tokens)
            begun += [clock.now + hold * share] * used
            if lives:
                workers[worker].give_back(grant, grant.tokens - used)
            clock.now += pause
        opened.close()
    for limit in LIMITS:
        for last in begun:
            within = [one for one in begun if last - limit.seconds < one <= last]
            assert len(within) <= limit.most


def test_unused_tokens_are_another_workers_and_what_a_crash_loses_comes_back_with_the_window(
    database: Database,
) -> None:
    clock = Clock()
    one, other = Throttles(database, clock), Throttles(database, clock)
    limit = Limit("all", 60, 10)
    grant = one.reserve([limit], 10, hold=3)
    assert grant.tokens == 10
    assert other.reserve([limit], 1, hold=3).tokens == 0
    one.give_back(grant, 4)
    assert other.reserve([limit], 10, hold=3).tokens == 4
    refused = other.reserve([limit], 1, hold=3)
    assert refused.limit == limit
    clock.now += refused.wait + 0.01
    assert other.reserve([limit], 100, hold=3).tokens == 10


def test_a_clock_that_was_set_back_by_days_does_not_stop_mail_for_days(database: Database) -> None:
    clock = Clock()
    throttles = Throttles(database, clock)
    limit = Limit("all", 60, 1)
    assert throttles.reserve([limit], 1, hold=3).tokens == 1
    clock.now -= 3 * 86_400
    assert throttles.reserve([limit], 1, hold=3).tokens == 1


def test_a_pace_that_was_set_by_a_clock_gone_wrong_can_be_slowed_further(database: Database) -> None:
    clock = Clock()
    throttles = Throttles(database, clock)
    throttles.slow("domain gmail.com", 600, "421 slow down")
    clock.now -= 3 * 86_400
    throttles.slow("domain gmail.com", 300, "421 slow down")
    assert throttles.paces()["domain gmail.com"].per_minute == 150


def test_a_slowed_domain_is_halved_once_for_what_its_old_pace_caused_and_freed_again_step_by_step(
    database: Database,
) -> None:
    clock = Clock()
    throttles = Throttles(database, clock)
    throttles.slow("domain gmail.com", 600, "421 slow down")
    throttles.slow("domain gmail.com", 600, "421 slow down")
    assert throttles.paces()["domain gmail.com"].per_minute == 300
    clock.now += 60
    throttles.slow("domain gmail.com", 300, "421 slow down")
    assert throttles.paces()["domain gmail.com"].per_minute == 150
    for _ in range(7):
        throttles.quicken("domain gmail.com")
    assert throttles.paces()["domain gmail.com"].per_minute == 570
    throttles.quicken("domain gmail.com")
    assert throttles.paces() == {}


def test_what_slowed_a_domain_is_forgotten_with_time(database: Database) -> None:
    clock = Clock()
    throttles = Throttles(database, clock)
    throttles.slow("domain gmail.com", 600, "421 slow down")
    clock.now += 3_700
    assert throttles.paces() == {}


def test_the_days_of_a_warm_up_are_those_on_which_mail_goes(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        days = ["2026-11-24", "2026-11-24", "2026-11-25", "2026-12-02"]
        assert [ledger.throttles.warmup_day("mx:25", day) for day in days] == [1, 1, 2, 3]
        assert ledger.throttles.warmup_day("other:25", "2026-12-02") == 1


def test_connections_to_a_relay_are_shared_and_freed_when_a_worker_ends(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        first, second = _worker(ledger), _worker(ledger)
        reserve = ledger.throttles.reserve_connections
        assert reserve("mx:25", first, 3, most=4) == 3
        assert reserve("mx:25", second, 3, most=4) == 1
        assert reserve("other:25", second, 3, most=4) == 3
        assert reserve("mx:25", second, 3, most=None) == 3
        ledger.work.end(first, now=NOW)
        assert reserve("mx:25", second, 3, most=4) == 3


def test_giving_back_nothing_changes_nothing(database: Database) -> None:
    Throttles(database).give_back(Grant(0), 0)


def _worker(ledger: Ledger) -> int:
    return ledger.work.begin("host", 1, now=NOW)


def test_tokens_count_until_the_window_after_the_last_moment_at_which_one_may_be_used(database: Database) -> None:
    clock = Clock()
    clock.now = NOW - NOW % 60
    throttles = Throttles(database, clock)
    limit = Limit("all", 60, 2)
    assert throttles.reserve([limit], 1, hold=3).tokens == 1
    clock.now += 1.0  # a bucket of this window is 1.2 seconds wide
    assert throttles.reserve([limit], 1, hold=3).tokens == 1
    clock.now += 62.9
    assert throttles.reserve([limit], 1, hold=3).tokens == 0
    clock.now += 0.2
    assert throttles.reserve([limit], 1, hold=3).tokens == 1
