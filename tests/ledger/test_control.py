"""What is decided about a whole send: paused, cancelled, in doubt; and the clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Send
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, Stop
from support.books import NOW, planned


@pytest.fixture
def book(ledger_url: str) -> Iterator[tuple[Ledger, Send]]:
    ledger, send = planned(ledger_url, 6)
    with ledger:
        yield ledger, send


def _read_again(ledger: Ledger, send: Send) -> Send:
    found = ledger.sends.find(send.slug, send.list_name)
    assert found is not None
    return found


def test_a_paused_send_is_nobodys_until_it_is_resumed(book: tuple[Ledger, Send]) -> None:
    ledger, send = book
    assert ledger.schedules.to_continue(living=[], now=NOW) == [send.id]
    assert ledger.control.pause(send.id, now=NOW)
    assert not ledger.control.pause(send.id, now=NOW)
    assert ledger.control.standing(send.id) is Stop.PAUSED
    assert ledger.schedules.to_continue(living=[], now=NOW) == []
    ledger.sends.hold(send.id, None)
    assert _read_again(ledger, send).held == "paused by hand", "what lets a held send go on does not resume it"
    assert ledger.control.resume(send.id, now=NOW)
    assert ledger.schedules.to_continue(living=[], now=NOW) == [send.id]


def test_cancelling_takes_back_claimed_rows_too_and_is_final(book: tuple[Ledger, Send]) -> None:
    ledger, send = book
    worker = ledger.work.begin("host", 1, now=NOW)
    first, second, *_ = ledger.work.claim(send.id, worker, 3, now=NOW)
    assert ledger.work.commit(worker, [], [first.delivery_id], now=NOW) == {first.delivery_id}
    assert ledger.control.cancel(send.id, now=NOW) == 5
    assert ledger.work.commit(worker, [], [second.delivery_id], now=NOW) == frozenset()
    late = Settlement(first.delivery_id, DeliveryState.DEFERRED, "content", 451, "", "later", NOW + 600)
    ledger.work.commit(worker, [late], [], now=NOW)
    assert ledger.control.cancel(send.id, now=NOW) == 1
    assert ledger.sends.counts(send.id)[DeliveryState.CANCELLED] == 6
    assert not ledger.control.resume(send.id, now=NOW)
    assert ledger.control.standing(send.id) is Stop.CANCELLED


def test_what_is_put_off_is_nobodys_until_its_time_and_counts_no_attempt(book: tuple[Ledger, Send]) -> None:
    ledger, send = book
    worker = ledger.work.begin("host", 1, now=NOW)
    rows = ledger.work.claim(send.id, worker, 6, now=NOW)
    ledger.control.postpone(worker, [(one.delivery_id, NOW + 100) for one in rows], "put off: slow", now=NOW)
    assert ledger.work.claim(send.id, worker, 6, now=NOW + 99) == []
    again = ledger.work.claim(send.id, worker, 6, now=NOW + 100)
    assert [one.attempts for one in again] == [0] * 6


def test_what_is_in_doubt_is_listed_with_what_was_seen_and_settled_by_a_persons_word(
    book: tuple[Ledger, Send],
) -> None:
    ledger, send = book
    worker = ledger.work.begin("host", 1, now=NOW)
    first, *_ = ledger.work.claim(send.id, worker, 3, now=NOW)
    ledger.work.commit(worker, [], [first.delivery_id], now=NOW)
    ledger.work.end(worker, now=NOW + 5)
    (doubt,) = ledger.control.doubts(send.id)
    assert (doubt.address, doubt.since) == (first.address, NOW + 5)
    assert "before a reply came" in doubt.said
    assert ledger.control.assume_accepted(send.id, now=NOW + 9) == 1
    assert ledger.control.doubts(send.id) == []
    story = ledger.story_of(first.address, first.address)
    assert story is not None
    assert story.deliveries[0].state is DeliveryState.ACCEPTED
    assert "assumed accepted" in [event.kind for event in story.events]


def test_a_waiting_send_is_left_alone_until_its_time(book: tuple[Ledger, Send]) -> None:
    ledger, send = book
    ledger.control.wait_until(send.id, NOW + 60)
    assert ledger.schedules.to_continue(living=[], now=NOW + 59) == []
    assert ledger.schedules.to_continue(living=[], now=NOW + 60) == [send.id]


def test_a_persons_word_about_the_clock_outweighs_later_entries(book: tuple[Ledger, Send]) -> None:
    ledger, _ = book
    ledger.work.begin("host", 1, now=NOW + 1_000)
    assert ledger.control.last_moment() == NOW + 1_000
    ledger.control.trust_clock(now=NOW - 5_000)
    assert ledger.control.last_moment() == NOW - 5_000
