"""When a run stops by itself, and when it must not; and the times of retries."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle, islice

import pytest

from dispatch.config.settings import RetrySettings
from dispatch.delivery.adaptation import says_later
from dispatch.delivery.breaker import Breaker
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.retry import next_attempt

ACCEPTED = Outcome(Verdict.ACCEPTED, Stage.CONTENT, 250, "", "ok")
POLICY = Outcome(Verdict.POLICY, Stage.RCPT, 550, "5.7.1", "reputation")
DEAD = Outcome(Verdict.BOUNCED, Stage.RCPT, 550, "5.1.1", "no such user")
LOST = Outcome(Verdict.DEFERRED, Stage.DATA, text="connection lost")
LATER = Outcome(Verdict.DEFERRED, Stage.RCPT, 451, "4.7.1", "greylisted")


def stopped_after(outcomes: Iterable[Outcome]) -> int | None:
    breaker = Breaker()
    for number, outcome in enumerate(outcomes, start=1):
        breaker.count(outcome)
        if breaker.tripped:
            return number
    return None


@pytest.mark.parametrize("outcome", [POLICY, DEAD, LOST])
def test_ten_failures_at_first_stop_a_run_and_twenty_later(outcome: Outcome) -> None:
    assert stopped_after([outcome] * 30) == 10
    assert stopped_after([ACCEPTED] + [outcome] * 30) == 21


def test_over_half_of_the_recent_ones_refusing_us_stops_a_run_though_some_go() -> None:
    mixed = islice(cycle([POLICY, POLICY, ACCEPTED]), 300)
    assert stopped_after(mixed) == 50
    good_at_first = [*[ACCEPTED] * 1_000, *islice(cycle([POLICY, POLICY, ACCEPTED]), 300)]
    stopped = stopped_after(good_at_first)
    assert stopped is not None
    assert 1_100 < stopped < 1_200


def test_a_half_dead_list_and_a_greylisted_crowd_stop_nothing() -> None:
    assert stopped_after(islice(cycle([DEAD, DEAD, ACCEPTED]), 900)) is None
    assert stopped_after([LATER] * 900) is None
    assert stopped_after(islice(cycle([POLICY, ACCEPTED, ACCEPTED]), 900)) is None


def test_the_diagnosis_says_what_the_server_said() -> None:
    breaker = Breaker()
    for outcome in islice(cycle([POLICY, POLICY, ACCEPTED]), 50):
        breaker.count(outcome)
    assert breaker.diagnosis() == "34 of the last 50 messages failed: the server refuses us (last: 550 reputation)"


def test_retries_grow_as_set_and_the_last_interval_repeats() -> None:
    retry = RetrySettings((60, 600))
    assert [next_attempt(attempts, 0, 0.0, retry) for attempts in (1, 2, 3)] == [60, 600, 600]
    assert 600 < next_attempt(2, 0, 0.99, retry) <= 720


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "slows"),
    [
        (421, "4.7.0", "Our system has detected an unusual rate of mail", True),
        (451, "4.7.1", "Too many messages, slow down", True),
        (452, "4.3.1", "Insufficient system storage", True),
        (451, "4.7.1", "Greylisted for 300 seconds", False),
        (450, "4.2.0", "Recipient address rejected: Greylisted", False),
        (450, "", "try again in 5 minutes", False),
        (452, "4.2.2", "Mailbox full", False),
        (0, "", "connection lost", False),
    ],
)
def test_what_asks_for_a_slower_pace(code: int, enhanced: str, text: str, slows: bool) -> None:
    assert says_later(Outcome(Verdict.DEFERRED, Stage.RCPT, code, enhanced, text)) is slows
